// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base64.h"
#include "core/memory.h"
#include "etcd/message.h"
#include "fake_etcd.h"

struct entry {
    char *key;
    char *value;
    int64_t created;
    int64_t changed;
    int64_t lease;
};

struct lease {
    int64_t id;
    int64_t ttl_ms;
    int64_t ends_ms;
};

struct waiting {
    struct transfer *transfer;
    struct fake_link *link;
    int64_t since_ms;
    struct waiting *prev;
    struct waiting *next;
};

struct fake_etcd {
    struct entry entries[4096];
    size_t count;
    struct lease leases[256];
    size_t lease_count;
    int64_t last_lease;
    int64_t revision;
    int64_t now_ms;
    struct waiting *waiting;
    struct waiting *delayed;
    size_t transactions;
    size_t largest;
    size_t longest;
};

struct fake_etcd *fake_etcd_new(void)
{
    struct fake_etcd *etcd = memory_new(1, sizeof(*etcd));
    etcd->revision = 1;
    return etcd;
}

static void free_list(struct waiting *list)
{
    struct waiting *item, *next;
    DL_FOREACH_SAFE(list, item, next) {
        transfer_free(item->transfer);
        free(item);
    }
}

static void remove_at(struct fake_etcd *etcd, size_t at)
{
    free(etcd->entries[at].key);
    free(etcd->entries[at].value);
    etcd->count--;
    memmove(
        &etcd->entries[at], &etcd->entries[at + 1], (etcd->count - at) * sizeof(etcd->entries[0]));
}

void fake_etcd_free(struct fake_etcd *etcd)
{
    free_list(etcd->waiting);
    free_list(etcd->delayed);
    while (etcd->count > 0)
        remove_at(etcd, etcd->count - 1);
    free(etcd);
}

// ---- Keys

static struct entry *find(const struct fake_etcd *etcd, const char *key)
{
    for (size_t i = 0; i < etcd->count; i++)
        if (strcmp(etcd->entries[i].key, key) == 0)
            return (struct entry *)&etcd->entries[i];
    return NULL;
}

static void put(struct fake_etcd *etcd, const char *key, const char *value, int64_t lease)
{
    struct entry *entry = find(etcd, key);
    if (entry == NULL) {
        size_t at = 0;
        assert_true(etcd->count < sizeof(etcd->entries) / sizeof(etcd->entries[0]));
        while (at < etcd->count && strcmp(etcd->entries[at].key, key) < 0)
            at++;
        memmove(&etcd->entries[at + 1], &etcd->entries[at],
            (etcd->count - at) * sizeof(etcd->entries[0]));
        etcd->count++;
        entry = &etcd->entries[at];
        *entry = (struct entry){.key = memory_text(key), .created = etcd->revision};
    }
    memory_replace_text(&entry->value, value);
    entry->changed = etcd->revision;
    entry->lease = lease;
}

static bool is_within(const char *key, const char *first, const char *end)
{
    return end == NULL ? strcmp(key, first) == 0 : strcmp(key, first) >= 0 && strcmp(key, end) < 0;
}

static void delete_range(struct fake_etcd *etcd, const char *first, const char *end)
{
    for (size_t i = etcd->count; i > 0; i--)
        if (is_within(etcd->entries[i - 1].key, first, end))
            remove_at(etcd, i - 1);
}

static void delete_leased(struct fake_etcd *etcd, int64_t lease)
{
    etcd->revision++;
    for (size_t i = etcd->count; i > 0; i--)
        if (etcd->entries[i - 1].lease == lease)
            remove_at(etcd, i - 1);
}

// ---- JSON

static char *text_of(const json_t *object, const char *name)
{
    size_t length = 0;
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? NULL : base64_decode(text, &length);
}

static json_t *bytes(const char *text)
{
    CLEANUP(memory_free_text) char *encoded = base64_encode(text, strlen(text));
    return json_string(encoded);
}

static json_t *number(int64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRId64, value);
    return json_string(text);
}

static json_t *header(const struct fake_etcd *etcd)
{
    return json_pack("{s:o}", "revision", number(etcd->revision));
}

static json_t *range(const struct fake_etcd *etcd, const json_t *asked)
{
    CLEANUP(memory_free_text) char *first = text_of(asked, "key");
    CLEANUP(memory_free_text) char *end = text_of(asked, "range_end");
    size_t limit = (size_t)etcd_number_of(asked, "limit");
    bool backwards = json_object_get(asked, "sort_order") != NULL;
    json_t *items = json_array();
    bool more = false;
    for (size_t i = 0; i < etcd->count; i++) {
        const struct entry *entry = &etcd->entries[backwards ? etcd->count - 1 - i : i];
        if (!is_within(entry->key, first, end))
            continue;
        more = limit > 0 && json_array_size(items) == limit;
        if (more)
            break;
        json_array_append_new(
            items, json_pack("{s:o, s:o, s:o, s:o, s:o}", "key", bytes(entry->key), "value",
                       bytes(entry->value), "create_revision", number(entry->created),
                       "mod_revision", number(entry->changed), "lease", number(entry->lease)));
    }
    json_t *answer = json_pack("{s:o, s:o}", "header", header(etcd), "kvs", items);
    if (more)
        json_object_set_new(answer, "more", json_true());
    return answer;
}

static bool holds(const struct fake_etcd *etcd, const json_t *condition)
{
    CLEANUP(memory_free_text) char *key = text_of(condition, "key");
    const char *target = json_string_value(json_object_get(condition, "target"));
    const struct entry *entry = find(etcd, key);
    if (strcmp(target, "CREATE") == 0)
        return etcd_number_of(condition, "create_revision") == (entry == NULL ? 0 : entry->created);
    if (strcmp(target, "MOD") == 0)
        return (entry == NULL ? 0 : entry->changed) < etcd_number_of(condition, "mod_revision");
    CLEANUP(memory_free_text) char *value = text_of(condition, "value");
    return entry != NULL && strcmp(entry->value, value) == 0;
}

static struct lease *find_lease(struct fake_etcd *etcd, int64_t id)
{
    for (size_t i = 0; i < etcd->lease_count; i++)
        if (etcd->leases[i].id == id)
            return &etcd->leases[i];
    return NULL;
}

static json_t *operate(struct fake_etcd *etcd, const json_t *operation)
{
    const json_t *asked = json_object_get(operation, "request_range");
    if (asked != NULL)
        return json_pack("{s:o}", "response_range", range(etcd, asked));
    asked = json_object_get(operation, "request_put");
    const json_t *removal = json_object_get(operation, "request_delete_range");
    CLEANUP(memory_free_text) char *key = text_of(asked != NULL ? asked : removal, "key");
    CLEANUP(memory_free_text) char *value = text_of(asked, "value");
    CLEANUP(memory_free_text) char *end = text_of(removal, "range_end");
    if (asked != NULL)
        put(etcd, key, value == NULL ? "" : value, etcd_number_of(asked, "lease"));
    else
        delete_range(etcd, key, end);
    return json_pack("{s:{}}", asked != NULL ? "response_put" : "response_delete_range");
}

static bool has_dead_lease(struct fake_etcd *etcd, const json_t *operations)
{
    size_t index;
    json_t *operation;
    json_array_foreach(operations, index, operation) {
        int64_t lease = etcd_number_of(json_object_get(operation, "request_put"), "lease");
        if (lease != 0 && find_lease(etcd, lease) == NULL)
            return true;
    }
    return false;
}

// NULL: as etcd says when a lease is not known.
static json_t *transaction(struct fake_etcd *etcd, const json_t *asked)
{
    size_t index;
    json_t *item;
    bool well = true;
    json_array_foreach(json_object_get(asked, "compare"), index, item)
        well = well && holds(etcd, item);
    const json_t *operations = json_object_get(asked, well ? "success" : "failure");
    etcd->transactions++;
    if (json_array_size(operations) > etcd->largest)
        etcd->largest = json_array_size(operations);
    if (has_dead_lease(etcd, operations))
        return NULL;
    if (well)
        etcd->revision++;
    json_t *responses = json_array();
    json_array_foreach(operations, index, item)
        json_array_append_new(responses, operate(etcd, item));
    return json_pack(
        "{s:o, s:b, s:o}", "header", header(etcd), "succeeded", well, "responses", responses);
}

static json_t *grant(struct fake_etcd *etcd, const json_t *asked)
{
    int64_t ttl_s = etcd_number_of(asked, "TTL");
    assert_true(etcd->lease_count < sizeof(etcd->leases) / sizeof(etcd->leases[0]));
    struct lease *lease = &etcd->leases[etcd->lease_count++];
    *lease = (struct lease){++etcd->last_lease, ttl_s * 1000, etcd->now_ms + ttl_s * 1000};
    return json_pack("{s:o, s:o}", "ID", number(lease->id), "TTL", number(ttl_s));
}

static json_t *keep_alive(struct fake_etcd *etcd, const json_t *asked)
{
    struct lease *lease = find_lease(etcd, etcd_number_of(asked, "ID"));
    if (lease == NULL)
        return json_pack("{s:{}}", "result");
    lease->ends_ms = etcd->now_ms + lease->ttl_ms;
    return json_pack("{s:{s:o}}", "result", "TTL", number(lease->ttl_ms / 1000));
}

static void end_lease(struct fake_etcd *etcd, int64_t id)
{
    struct lease *lease = find_lease(etcd, id);
    if (lease == NULL)
        return;
    *lease = etcd->leases[--etcd->lease_count];
    delete_leased(etcd, id);
}

static json_t *do_it(struct fake_etcd *etcd, const char *path, const json_t *asked)
{
    if (strcmp(path, "/v3/kv/range") == 0)
        return range(etcd, asked);
    if (strcmp(path, "/v3/kv/txn") == 0)
        return transaction(etcd, asked);
    if (strcmp(path, "/v3/lease/grant") == 0)
        return grant(etcd, asked);
    if (strcmp(path, "/v3/lease/keepalive") == 0)
        return keep_alive(etcd, asked);
    if (strcmp(path, "/v3/lease/revoke") == 0)
        end_lease(etcd, etcd_number_of(asked, "ID"));
    else
        assert_string_equal(path, "/v3/watch");
    return json_object();
}

// ---- The network

void fake_etcd_advance(struct fake_etcd *etcd, int64_t ms)
{
    etcd->now_ms += ms;
    for (size_t i = etcd->lease_count; i > 0; i--)
        if (etcd->leases[i - 1].ends_ms <= etcd->now_ms)
            end_lease(etcd, etcd->leases[i - 1].id);
}

void fake_etcd_send(size_t member, struct transfer *transfer, void *data)
{
    (void)member;
    struct fake_link *link = data;
    struct waiting *waiting = memory_new(1, sizeof(*waiting));
    waiting->transfer = transfer;
    waiting->link = link;
    waiting->since_ms = link->etcd->now_ms;
    DL_APPEND(link->etcd->waiting, waiting);
}

static json_t *apply(struct fake_etcd *etcd, const struct transfer *transfer)
{
    if (transfer->body_length > etcd->longest)
        etcd->longest = transfer->body_length;
    json_t *asked = json_loadb(transfer->body, transfer->body_length, 0, NULL);
    assert_non_null(asked);
    json_t *answer = do_it(etcd, transfer->target, asked);
    json_decref(asked);
    return answer;
}

static void give_back(struct waiting *waiting, enum transport transport, json_t *answer)
{
    struct transfer_result result = {.id = waiting->transfer->id, .transport = transport};
    if (transport == TRANSPORT_ANSWERED) {
        result.status = answer == NULL ? 404 : 200;
        result.body = answer == NULL
                          ? memory_text("{\"code\":5,\"message\":\"requested lease not found\"}")
                          : json_dumps(answer, 0);
        result.body_length = strlen(result.body);
    } else {
        result.explanation = memory_text("the network lost it");
    }
    if (waiting->link->cluster != NULL)
        cluster_receive(waiting->link->cluster, &result);
    transfer_result_deinit(&result);
}

static bool watch_goes_on(const struct fake_etcd *etcd, const struct waiting *waiting)
{
    if (strcmp(waiting->transfer->target, "/v3/watch") != 0 ||
        etcd->now_ms - waiting->since_ms >= waiting->transfer->timeout_ms)
        return false;
    json_t *asked = json_loads(waiting->transfer->body, 0, NULL);
    const json_t *create = json_object_get(asked, "create_request");
    CLEANUP(memory_free_text) char *key = text_of(create, "key");
    const struct entry *entry = find(etcd, key);
    int64_t from = etcd_number_of(create, "start_revision");
    bool same = entry != NULL ? entry->changed < from : etcd->revision < from;
    json_decref(asked);
    return same;
}

bool fake_etcd_step(struct fake_etcd *etcd, enum fate fate)
{
    struct waiting *waiting;
    DL_FOREACH(etcd->waiting, waiting) {
        if (!waiting->link->frozen && !watch_goes_on(etcd, waiting))
            break;
    }
    if (waiting == NULL)
        return false;
    DL_DELETE(etcd->waiting, waiting);
    json_t *answer = NULL;
    if (fate == FATE_ANSWERED || fate == FATE_UNHEARD)
        answer = apply(etcd, waiting->transfer);
    give_back(waiting,
        fate == FATE_ANSWERED   ? TRANSPORT_ANSWERED
        : fate == FATE_NOT_SENT ? TRANSPORT_NOT_SENT
                                : TRANSPORT_LOST,
        answer);
    json_decref(answer);
    if (fate == FATE_DELAYED) {
        DL_APPEND(etcd->delayed, waiting);
        return true;
    }
    transfer_free(waiting->transfer);
    free(waiting);
    return true;
}

size_t fake_etcd_delayed(const struct fake_etcd *etcd)
{
    size_t count = 0;
    const struct waiting *waiting;
    DL_FOREACH(etcd->delayed, waiting)
        count++;
    return count;
}

void fake_etcd_deliver_delayed(
    struct fake_etcd *etcd, size_t (*pick)(size_t count, void *data), void *data)
{
    size_t count = fake_etcd_delayed(etcd);
    for (; count > 0; count--) {
        struct waiting *waiting = etcd->delayed;
        for (size_t at = pick == NULL ? 0 : pick(count, data); at > 0; at--)
            waiting = waiting->next;
        DL_DELETE(etcd->delayed, waiting);
        json_decref(apply(etcd, waiting->transfer));
        transfer_free(waiting->transfer);
        free(waiting);
    }
}

// ---- Looking in

const char *fake_etcd_value(const struct fake_etcd *etcd, const char *key)
{
    const struct entry *entry = find(etcd, key);
    return entry == NULL ? NULL : entry->value;
}

size_t fake_etcd_count(const struct fake_etcd *etcd, const char *prefix)
{
    size_t count = 0;
    for (size_t i = 0; i < etcd->count; i++)
        count += strncmp(etcd->entries[i].key, prefix, strlen(prefix)) == 0;
    return count;
}

void fake_etcd_set(struct fake_etcd *etcd, const char *key, const char *value)
{
    etcd->revision++;
    put(etcd, key, value, 0);
}

void fake_etcd_remove(struct fake_etcd *etcd, const char *key)
{
    etcd->revision++;
    delete_range(etcd, key, NULL);
}

size_t fake_etcd_transactions(const struct fake_etcd *etcd)
{
    return etcd->transactions;
}

size_t fake_etcd_largest(const struct fake_etcd *etcd)
{
    return etcd->largest;
}

int64_t fake_etcd_revision(const struct fake_etcd *etcd)
{
    return etcd->revision;
}

size_t fake_etcd_longest(const struct fake_etcd *etcd)
{
    return etcd->longest;
}
