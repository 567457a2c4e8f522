// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One step after the other: each asks, and runs the loop until the answer is there.
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "imaged/coordinator.h"
#include "imaged/migration.h"
#include "io/log.h"
#include "io/store_sqlite.h"

#define SQLITE "sqlite:"
#define ETCD   "etcd:"

// etcd is given up when it says nothing for that long.
#define PATIENCE_MS 30000

// How much history goes in one commit.
#define ROWS_AT_ONCE 2000

struct side {
    const char *name; // as given
    struct coordinator *coordinator;
    struct store *store;
};

struct migration {
    uv_loop_t *loop;
    uv_timer_t patience;
    bool impatient;
    const struct configuration *configuration;
    struct side from;
    struct side to;
    struct record_list records;
    struct store_state state;
    struct history_list history; // newest first
    bool answered;
    struct error answer; // of the last step; its code says whether it failed
};

// ---- Waiting

static void patience_over(uv_timer_t *timer)
{
    struct migration *migration = timer->data;
    migration->impatient = true;
}

static void answer(struct migration *migration, const struct error *error)
{
    migration->answered = true;
    migration->answer = (struct error){0};
    if (error != NULL)
        migration->answer = *error;
}

// The patience's timer keeps the loop alive meanwhile.
static int wait_for_answer(struct migration *migration, struct error *error)
{
    while (!migration->answered)
        uv_run(migration->loop, UV_RUN_ONCE);
    migration->answered = false;
    if (migration->answer.code == ERROR_NONE)
        return 0;
    if (error != NULL)
        *error = migration->answer;
    return -1;
}

// ---- Opening

static bool is_in(const char *place, const char *kind)
{
    return strncmp(place, kind, strlen(kind)) == 0;
}

static void role_changed(void *data)
{
    (void)data; // it is looked at after each turn of the loop
}

static void opened(const struct error *error, void *data)
{
    answer(data, error);
}

// Leading is what says that nobody else uses the record.
static int lead(struct migration *migration, struct side *place, struct error *error)
{
    struct election_view view = coordinator_view(place->coordinator);
    migration->impatient = false;
    uv_timer_start(&migration->patience, patience_over, PATIENCE_MS, 0);
    while (view.role != ELECTION_LEADER && view.leader == NULL && !migration->impatient) {
        uv_run(migration->loop, UV_RUN_ONCE);
        view = coordinator_view(place->coordinator);
    }
    uv_timer_stop(&migration->patience);
    if (view.role == ELECTION_LEADER)
        return 0;
    if (view.leader != NULL)
        return error_set(error, ERROR_BUSY,
            "%s is in use: %s leads; stop imaged on all hosts first", place->name, view.leader);
    return error_set(error, ERROR_UNAVAILABLE, "%s: %s", place->name,
        view.fault == NULL ? "etcd does not answer" : view.fault);
}

static int open_etcd(struct migration *migration, struct side *place, struct error *error)
{
    struct configuration configuration = *migration->configuration; // its texts are borrowed
    static char host[] = "imaged --migrate-state";
    char *prefix = memory_text(place->name + strlen(ETCD));
    configuration.state.host = host;
    if (prefix[0] != '\0')
        configuration.state.prefix = prefix;
    size_t length = strlen(configuration.state.prefix);
    int result = -1;
    if (configuration.state.prefix[0] != '/' || configuration.state.prefix[length - 1] != '/')
        error_set(error, ERROR_INVALID,
            "%s: a prefix begins and ends with `/`, such as " ETCD "/imaged/", place->name);
    else if (configuration.state.endpoints.count == 0)
        error_set(
            error, ERROR_INVALID, "%s: the configuration has no state.endpoints", place->name);
    else
        place->coordinator = coordinator_new(
            migration->loop, &configuration, role_changed, migration, error);
    if (place->coordinator != NULL && lead(migration, place, error) == 0) {
        place->store = coordinator_open_store(place->coordinator, opened, migration);
        result = wait_for_answer(migration, error);
    }
    memory_free_text(&prefix);
    return result;
}

static int open_place(struct migration *migration, struct side *place, struct error *error)
{
    if (is_in(place->name, ETCD))
        return open_etcd(migration, place, error);
    if (!is_in(place->name, SQLITE) || place->name[strlen(SQLITE)] == '\0')
        return error_set(error, ERROR_INVALID,
            "\"%s\" is no place of a record; it must be " SQLITE "PATH or " ETCD "PREFIX",
            place->name);
    const char *path = place->name + strlen(SQLITE);
    if (place == &migration->from && access(path, F_OK) != 0)
        return error_set(error, ERROR_NOT_FOUND, "there is no record at %s", path);
    return store_open_sqlite(migration->loop, path, &place->store, error);
}

// ---- Moving

static void history_read(const struct history_list *rows, const struct error *error, void *data)
{
    struct migration *migration = data;
    for (size_t i = 0; error == NULL && i < rows->count; i++) {
        const struct history_row *row = rows->items[i];
        struct history_row *copy = memory_new(1, sizeof(*copy));
        *copy = *row;
        copy->name = memory_text(row->name);
        copy->message = memory_text(row->message);
        copy->image_id = memory_text(row->image_id);
        migration->history.items = memory_grow(migration->history.items, migration->history.count,
            &migration->history.capacity, sizeof(*migration->history.items));
        migration->history.items[migration->history.count++] = copy;
    }
    answer(migration, error);
}

static int read_history(
    struct migration *migration, struct store *store, size_t limit, struct error *error)
{
    store_history(store, NULL, limit, history_read, migration);
    return wait_for_answer(migration, error);
}

static int check_empty(struct migration *migration, struct error *error)
{
    struct record_list records = {0};
    struct store_state state = {0};
    int result = store_load(migration->to.store, &records, &state, error);
    if (result == 0)
        result = read_history(migration, migration->to.store, 1, error);
    bool empty = records.count == 0 && state.settings.count == 0 && migration->history.count == 0;
    if (result == 0 && !empty)
        result = error_set(error, ERROR_REFUSED,
            "%s has a record already; it is never overwritten: remove it first, or give another place",
            migration->to.name);
    record_list_deinit(&records);
    store_state_deinit(&state);
    return result;
}

static void committed(struct store_batch *failed, const struct error *error, void *data)
{
    store_batch_free(failed);
    answer(data, error);
}

static int commit(struct migration *migration, struct store_batch *batch, struct error *error)
{
    store_commit(migration->to.store, batch, committed, migration);
    return wait_for_answer(migration, error);
}

// Oldest first.
static int move_history(struct migration *migration, struct error *error)
{
    size_t left = migration->history.count;
    while (left > 0) {
        struct store_batch *batch = store_batch_new();
        for (size_t i = 0; i < ROWS_AT_ONCE && left > 0; i++) {
            store_batch_history(batch, migration->history.items[--left]);
            migration->history.count--;
        }
        if (commit(migration, batch, error) != 0)
            return -1;
    }
    return 0;
}

// Who is interrupted leaves a mark, since a record that lacks an intent would have an image made
// twice.
static int mark(struct migration *migration, const char *value, struct error *error)
{
    struct store_batch *batch = store_batch_new();
    store_batch_set(batch, STORE_SETTING_UNFINISHED, value);
    return commit(migration, batch, error);
}

static int move_records(struct migration *migration, struct error *error)
{
    struct store_batch *batch = store_batch_new();
    const struct tag_list *settings = &migration->state.settings;
    for (size_t i = 0; i < settings->count; i++)
        store_batch_set(batch, settings->items[i].key, settings->items[i].value);
    for (size_t i = 0; i < migration->records.count; i++)
        store_batch_record(batch, migration->records.items[i]);
    return commit(migration, batch, error);
}

static int read_source(struct migration *migration, struct error *error)
{
    if (store_load(migration->from.store, &migration->records, &migration->state, error) != 0 ||
        read_history(migration, migration->from.store, SIZE_MAX, error) != 0)
        return -1;
    if (tag_list_find(&migration->state.settings, STORE_SETTING_UNFINISHED) == NULL)
        return 0;
    return error_set(error, ERROR_REFUSED,
        "%s was not filled to the end itself; move the record from where it came",
        migration->from.name);
}

static int move(struct migration *migration, struct error *error)
{
    if (open_place(migration, &migration->from, error) != 0 ||
        open_place(migration, &migration->to, error) != 0 || check_empty(migration, error) != 0)
        return -1;
    if (read_source(migration, error) != 0)
        return -1;
    size_t rows = migration->history.count;
    if (mark(migration, migration->from.name, error) != 0 || move_history(migration, error) != 0 ||
        move_records(migration, error) != 0 || mark(migration, NULL, error) != 0)
        return error_prefix(
            error, "%s is filled in part; remove what is there and try again", migration->to.name);
    log_message(LOG_LEVEL_NOTICE, NULL,
        "%zu images and %zu rows of history are in %s now, and still in %s",
        migration->records.count, rows, migration->to.name, migration->from.name);
    return 0;
}

// ---- Ending

static void close_place(struct side *place)
{
    if (place->store != NULL && place->coordinator != NULL)
        store_etcd_depose(place->store);
    store_close(place->store);
    coordinator_close(place->coordinator, NULL, NULL);
}

int migration_run(uv_loop_t *loop, const struct configuration *configuration, const char *from,
    const char *to, struct error *error)
{
    struct migration migration = {
        .loop = loop,
        .configuration = configuration,
        .from.name = from,
        .to.name = to,
    };
    uv_timer_init(loop, &migration.patience);
    migration.patience.data = &migration;
    int result = strcmp(from, to) == 0 ? error_set(error, ERROR_INVALID, "both places are %s", from)
                                       : move(&migration, error);
    close_place(&migration.from);
    close_place(&migration.to);
    uv_close((uv_handle_t *)&migration.patience, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    record_list_deinit(&migration.records);
    store_state_deinit(&migration.state);
    history_list_deinit(&migration.history);
    return result;
}
