// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/text.h"
#include "etcd/election.h"
#include "etcd/message.h"

// Parts of the lease's time.
#define RENEW_PARTS  5     // it is renewed this often,
#define MARGIN_PARTS 4     // and counts for less by this part
#define LOOK_PARTS   2     // the leader's key is looked at this often, whatever the watch says
#define TTL_LIMIT_S  86400 // what etcd gives beyond is not counted on
#define RESIGN_MS    1000  // is as long as a member is waited for at the end
#define PAUSE_MS     250   // between attempts that fail, and between looks that find nothing new

struct election {
    struct election_options options;
    char *key;
    char *host;

    int64_t lease;         // 0: none
    int64_t ttl_ms;        // as etcd granted it
    int64_t asked_ms;      // when the request under way was sent: the lease counts from then
    int64_t sure_until_ms; // monotonic
    int64_t renew_ms;      // when it is due
    bool asking_lease;     // granting or renewing is under way

    enum election_role role;
    int64_t fence;
    char *leader;
    int64_t since_wall_ms;
    char *fault;

    int64_t look_ms; // when the leader's key is looked at; INSTANT_NEVER: while it is watched
    bool looking;
    int64_t looking_lease; // with which lease
    bool watching;
    int64_t watched_ms; // since when
    bool resigning;
    void (*resigned)(void *data);
    void *resigned_data;
};

static int64_t now_ms(const struct election *election)
{
    return election->options.now(election->options.data).monotonic_ms;
}

struct election *election_new(const struct election_options *options)
{
    struct election *election = memory_new(1, sizeof(*election));
    election->options = *options;
    election->key = memory_format("%sleader", options->prefix);
    election->host = memory_text(options->host);
    election->ttl_ms = options->ttl_ms;
    return election;
}

void election_free(struct election *election)
{
    if (election == NULL)
        return;
    cluster_forget(election->options.cluster, election);
    free(election->key);
    free(election->host);
    free(election->leader);
    free(election->fault);
    free(election);
}

static void ask(
    struct election *election, const char *path, json_t *body, cluster_answered *answered)
{
    struct cluster_question question = {
        .path = path,
        .body = body,
        .timeout_ms = election->ttl_ms / RENEW_PARTS,
    };
    cluster_ask(election->options.cluster, &question, answered, election);
}

static void tell(struct election *election)
{
    election->options.changed(election->options.data);
}

// NULL: all is well.
static void set_fault(struct election *election, const char *fault)
{
    if (text_equal(election->fault, fault))
        return;
    memory_replace_text(&election->fault, fault);
    tell(election);
}

static void take_role(struct election *election, enum election_role role, int64_t fence,
    const char *leader, int64_t since_wall_ms)
{
    bool changed = election->role != role || election->fence != fence ||
                   !text_equal(election->leader, leader) ||
                   election->since_wall_ms != since_wall_ms;
    election->role = role;
    election->fence = fence;
    election->since_wall_ms = since_wall_ms;
    memory_replace_text(&election->leader, leader);
    if (changed)
        tell(election);
}

static void ignore(const json_t *body, const struct error *error, void *data)
{
    (void)body, (void)error, (void)data;
}

// Without a lease nothing of this term can come back: the next one has a lease and a fence of its
// own. Where etcd cannot be told, the old lease runs out.
static void drop_lease(struct election *election)
{
    if (election->lease != 0)
        ask(election, "/v3/lease/revoke", etcd_number("ID", election->lease), ignore);
    election->lease = 0;
    election->sure_until_ms = 0;
    election->renew_ms = now_ms(election);
}

static void step_down(struct election *election, const char *why)
{
    drop_lease(election);
    memory_replace_text(&election->fault, why);
    election->look_ms = election->watching ? INSTANT_NEVER : now_ms(election);
    take_role(election, ELECTION_STANDBY, 0, NULL, 0);
}

// ---- The lease

static void lose_lease(struct election *election, const char *why)
{
    if (election->role == ELECTION_LEADER)
        step_down(election, why);
    else
        drop_lease(election);
}

static void take_lease(struct election *election, int64_t ttl_s)
{
    election->ttl_ms = (ttl_s < TTL_LIMIT_S ? ttl_s : TTL_LIMIT_S) * 1000;
    election->sure_until_ms = election->asked_ms + election->ttl_ms -
                              election->ttl_ms / MARGIN_PARTS;
    election->renew_ms = election->asked_ms + election->ttl_ms / RENEW_PARTS;
}

static void granted(const json_t *body, const struct error *error, void *data)
{
    struct election *election = data;
    int64_t lease = etcd_number_of(body, "ID");
    int64_t ttl_s = etcd_number_of(body, "TTL");
    election->asking_lease = false;
    if (error != NULL || lease == 0 || ttl_s <= 0) {
        election->renew_ms = now_ms(election) + PAUSE_MS;
        set_fault(election, error != NULL ? error->message : "etcd gave no lease");
        return;
    }
    election->lease = lease;
    take_lease(election, ttl_s);
    set_fault(election, NULL);
    election_wake(election);
}

// The gateway answers with a stream of one message: {"result": {…}}.
static void renewed(const json_t *body, const struct error *error, void *data)
{
    struct election *election = data;
    int64_t ttl_s = etcd_number_of(json_object_get(body, "result"), "TTL");
    election->asking_lease = false;
    if (election->lease == 0)
        return; // dropped meanwhile
    if (error != NULL && error->code != ERROR_NOT_FOUND) {
        election->renew_ms = now_ms(election) + PAUSE_MS;
        set_fault(election, error->message);
        return;
    }
    if (ttl_s > 0) {
        take_lease(election, ttl_s);
        set_fault(election, NULL);
    } else {
        lose_lease(election, "the lease has run out in etcd");
    }
}

static void ask_lease(struct election *election, int64_t now)
{
    if (election->asking_lease || now < election->renew_ms)
        return;
    election->asking_lease = true;
    election->asked_ms = now;
    if (election->lease == 0)
        ask(election, "/v3/lease/grant",
            json_pack("{s:I}", "TTL", (json_int_t)(election->options.ttl_ms / 1000)), granted);
    else
        ask(election, "/v3/lease/keepalive", etcd_number("ID", election->lease), renewed);
}

// ---- The leader's key

static void look_again(struct election *election, int64_t after_ms)
{
    election->look_ms = now_ms(election) + after_ms;
}

// Whatever came of it, the key tells. One that ends at once must not have etcd asked without end.
static void watched(const json_t *body, const struct error *error, void *data)
{
    (void)body, (void)error;
    struct election *election = data;
    bool at_once = now_ms(election) - election->watched_ms < PAUSE_MS;
    election->watching = false;
    look_again(election, at_once ? PAUSE_MS : 0);
    election_wake(election);
}

// Until it changes, or for half the lease's time.
static void watch(struct election *election, int64_t from_revision)
{
    struct cluster_question question = {
        .path = "/v3/watch",
        .body = etcd_watch(election->key, from_revision),
        .timeout_ms = election->ttl_ms / LOOK_PARTS,
        .until = "\"events\"",
        .once = true,
        .led = true,
    };
    election->watching = true;
    election->watched_ms = now_ms(election);
    election->look_ms = INSTANT_NEVER;
    cluster_ask(election->options.cluster, &question, watched, election);
}

static void follow(struct election *election, const struct etcd_entry *entry)
{
    json_t *value = json_loads(entry->value, 0, NULL);
    const char *host = json_string_value(json_object_get(value, "host"));
    int64_t since_ms = etcd_number_of(value, "since_ms");
    bool own = election->lease != 0 && entry->lease == election->lease;
    bool another = !own || entry->create_revision != election->fence;
    if (election->role == ELECTION_LEADER && another)
        step_down(election, "the leader's key in etcd is another one");
    else if (own)
        take_role(election, ELECTION_LEADER, entry->create_revision, host, since_ms);
    else
        take_role(
            election, ELECTION_STANDBY, 0, host == NULL ? "a host without a name" : host, since_ms);
    json_decref(value);
}

static void won(struct election *election, int64_t fence)
{
    int64_t since_ms = election->options.now(election->options.data).wall_ms;
    if (election->role == ELECTION_LEADER)
        step_down(election, "the leader's key in etcd was removed");
    else
        take_role(election, ELECTION_LEADER, fence, election->host, since_ms);
}

// The key as it was found, or none where it was made. Without its revision there is nothing to
// guard writes with: as a fence, 0 would hold while nobody leads.
static int read_look(const json_t *body, struct etcd_entries *entries, struct error *error)
{
    if (etcd_revision_of(body) <= 0)
        return error_set(error, ERROR_CORRUPT, "etcd gave an answer without a revision");
    if (json_is_true(json_object_get(body, "succeeded")))
        return 0;
    if (etcd_entries_read(etcd_transaction_read(body, 0), entries, error) != 0)
        return -1;
    if (entries->count != 1 || entries->items[0].create_revision <= 0)
        return error_set(error, ERROR_CORRUPT, "etcd gave no revision of the leader's key");
    return 0;
}

static void looked(const json_t *body, const struct error *error, void *data)
{
    struct election *election = data;
    struct etcd_entries entries = {0};
    struct error unreadable = {0};
    election->looking = false;
    if (error == NULL && read_look(body, &entries, &unreadable) != 0)
        error = &unreadable;
    bool stale = election->lease == 0 || election->lease != election->looking_lease;
    if (error != NULL || stale) {
        look_again(election, stale ? 0 : PAUSE_MS);
        etcd_entries_deinit(&entries);
    }
    if (error != NULL) {
        if (error->code == ERROR_NOT_FOUND && !stale) // the lease of the key that was to be made
            lose_lease(election, "the lease has run out in etcd");
        else
            set_fault(election, error->message);
    }
    if (error != NULL || stale)
        return;
    watch(election, etcd_revision_of(body) + 1);
    if (json_is_true(json_object_get(body, "succeeded")))
        won(election, etcd_revision_of(body));
    else
        follow(election, &entries.items[0]);
    etcd_entries_deinit(&entries);
}

// Makes the leader's key unless there is one, and else reads it.
static void look(struct election *election, int64_t now)
{
    if (election->looking || election->watching || election->lease == 0 || now < election->look_ms)
        return;
    struct instant instant = election->options.now(election->options.data);
    json_t *value = json_pack(
        "{s:s, s:I}", "host", election->host, "since_ms", (json_int_t)instant.wall_ms);
    char *text = json_dumps(value, JSON_COMPACT);
    json_decref(value);
    election->looking = true;
    election->looking_lease = election->lease;
    ask(election, "/v3/kv/txn",
        etcd_transaction(json_pack("[o]", etcd_if_created(election->key, 0)),
            json_pack("[o]", etcd_put(election->key, text, election->lease)),
            json_pack("[o]", etcd_read(election->key))),
        looked);
    free(text);
}

// ---- From outside

void election_wake(struct election *election)
{
    int64_t now = now_ms(election);
    if (election->resigning)
        return;
    if (election->role == ELECTION_LEADER && now >= election->sure_until_ms) {
        CLEANUP(memory_free_text)
        char *why = memory_format("the lease could not be renewed in time%s%s",
            election->fault == NULL ? "" : ": ", election->fault == NULL ? "" : election->fault);
        step_down(election, why);
    }
    ask_lease(election, now);
    look(election, now);
}

static int64_t sooner(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t election_next_wake(const struct election *election)
{
    int64_t next = INSTANT_NEVER;
    if (election->resigning)
        return next;
    if (!election->asking_lease)
        next = sooner(next, election->renew_ms);
    if (!election->looking && !election->watching && election->lease != 0)
        next = sooner(next, election->look_ms);
    if (election->role == ELECTION_LEADER)
        next = sooner(next, election->sure_until_ms);
    return next;
}

struct election_view election_view(const struct election *election)
{
    return (struct election_view){
        .role = election->role,
        .fence = election->fence,
        .leader = election->leader,
        .since_wall_ms = election->since_wall_ms,
        .fault = election->fault,
    };
}

bool election_is_sure(const struct election *election, int64_t now_monotonic_ms)
{
    return election->role == ELECTION_LEADER && now_monotonic_ms < election->sure_until_ms;
}

void election_lost(struct election *election, int64_t fence, const char *why)
{
    if (election->role == ELECTION_LEADER && election->fence == fence)
        step_down(election, why);
}

static void revoked(const json_t *body, const struct error *error, void *data)
{
    (void)body, (void)error; // else it runs out
    struct election *election = data;
    election->resigned(election->resigned_data);
}

void election_resign(struct election *election, void (*resigned)(void *data), void *data)
{
    cluster_forget(election->options.cluster, election);
    election->resigning = true;
    election->resigned = resigned;
    election->resigned_data = data;
    if (election->lease == 0) {
        resigned(data);
        return;
    }
    struct cluster_question question = {
        .path = "/v3/lease/revoke",
        .body = etcd_number("ID", election->lease),
        .timeout_ms = RESIGN_MS,
    };
    cluster_ask(election->options.cluster, &question, revoked, election);
}
