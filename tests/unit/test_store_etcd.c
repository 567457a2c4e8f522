// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The store in etcd: what it promises although answers are lost, requests come late, and another
// host leads meanwhile.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "core/memory.h"
#include "core/random.h"
#include "fake_etcd.h"
#include "io/store_batch.h"
#include "io/store_etcd.h"
#include "io/store_members.h"

#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

struct fixture {
    uv_loop_t loop;
    struct fake_etcd *etcd;
    struct fake_link link;
    struct store *store;
    bool opened;
    struct store_batch *failed; // of the last commit, when it failed
    struct error error;         // of the last call
    unsigned answers;
    struct history_list history;
    struct random random;
};

static char *no_password(struct error *error, void *data)
{
    (void)data;
    error_set(error, ERROR_NOT_FOUND, "none");
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *fixture = memory_new(1, sizeof(*fixture));
    fixture->etcd = fake_etcd_new();
    fixture->link.etcd = fixture->etcd;
    struct cluster_options options = {
        .member_count = 2, .password = no_password, .send = fake_etcd_send, .data = &fixture->link};
    fixture->link.cluster = cluster_new(&options);
    *state = fixture;
    return uv_loop_init(&fixture->loop);
}

// Turns of the loop, and of the network as long as it has something, until `done` changes.
static void run(struct fixture *fixture, const unsigned *done, enum fate fate)
{
    unsigned before = *done;
    for (int i = 0; *done == before; i++) {
        if (i > 100000)
            fail_msg("nothing comes of it");
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        fake_etcd_step(fixture->etcd, fate);
    }
}

static void opened(const struct error *error, void *data)
{
    struct fixture *fixture = data;
    fixture->error = error == NULL ? (struct error){0} : *error;
    fixture->answers++;
}

static int64_t lead(struct fixture *fixture, const char *host)
{
    fake_etcd_remove(fixture->etcd, "/test/leader");
    fake_etcd_set(fixture->etcd, "/test/leader", host);
    return fake_etcd_revision(fixture->etcd);
}

static void open_with(struct fixture *fixture, int64_t fence)
{
    struct store_etcd_options options = {
        .cluster = fixture->link.cluster,
        .prefix = "/test/",
        .fence = fence,
        .timeout_ms = 1000,
    };
    fixture->store = store_etcd_open(&fixture->loop, &options, opened, fixture);
    run(fixture, &fixture->answers, FATE_ANSWERED);
}

static void must_open(struct fixture *fixture)
{
    open_with(fixture, lead(fixture, "this"));
    if (fixture->error.code != ERROR_NONE)
        fail_msg("%s", fixture->error.message);
}

static void close_store(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
    for (int i = 0; i < 10000 && uv_loop_alive(&fixture->loop); i++) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        fake_etcd_step(fixture->etcd, FATE_ANSWERED);
    }
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    close_store(fixture);
    store_batch_free(fixture->failed);
    history_list_deinit(&fixture->history);
    cluster_free(fixture->link.cluster);
    fake_etcd_free(fixture->etcd);
    int result = uv_loop_close(&fixture->loop);
    free(fixture);
    return result;
}

static void committed(struct store_batch *failed, const struct error *error, void *data)
{
    struct fixture *fixture = data;
    store_batch_free(fixture->failed);
    fixture->failed = failed;
    fixture->error = error == NULL ? (struct error){0} : *error;
    fixture->answers++;
}

static int commit(struct fixture *fixture, struct store_batch *batch, enum fate fate)
{
    store_commit(fixture->store, batch, committed, fixture);
    run(fixture, &fixture->answers, fate);
    return fixture->error.code == ERROR_NONE ? 0 : -1;
}

static void must_commit(struct fixture *fixture, struct store_batch *batch)
{
    if (commit(fixture, batch, FATE_ANSWERED) != 0)
        fail_msg("%s", fixture->error.message);
}

static struct store_batch *batch_of(const char *name, const char *message)
{
    struct store_batch *batch = store_batch_new();
    struct record *record = record_new(name);
    memory_replace_text(&record->message, message);
    store_batch_record(batch, record);
    record_free(record);
    return batch;
}

static void add_row(struct store_batch *batch, const char *name, int64_t wall_ms, const char *text)
{
    struct history_row *row = memory_new(1, sizeof(*row));
    row->name = memory_text(name);
    row->wall_ms = wall_ms;
    row->state = STATE_FAILED;
    row->reason = REASON_REJECTED;
    row->message = memory_text(text);
    store_batch_history(batch, row);
}

// The message of a record as a new leader reads it, to be freed; NULL: there is none.
static char *stored_message(struct fixture *fixture, const char *name)
{
    struct record_list records = {0};
    struct store_state state = {0};
    char *message = NULL;
    close_store(fixture);
    must_open(fixture);
    assert_int_equal(store_load(fixture->store, &records, &state, &fixture->error), 0);
    for (size_t i = 0; i < records.count; i++)
        if (strcmp(records.items[i]->name, name) == 0)
            message = memory_text(records.items[i]->message);
    record_list_deinit(&records);
    store_state_deinit(&state);
    return message;
}

static void assert_stored(struct fixture *fixture, const char *name, const char *message)
{
    CLEANUP(memory_free_text) char *found = stored_message(fixture, name);
    if (message == NULL)
        assert_null(found);
    else
        assert_string_equal(found == NULL ? "(none)" : found, message);
}

static void keep_history(const struct history_list *rows, const struct error *error, void *data)
{
    struct fixture *fixture = data;
    history_list_deinit(&fixture->history);
    fixture->error = error == NULL ? (struct error){0} : *error;
    for (size_t i = 0; rows != NULL && i < rows->count; i++) {
        struct history_row *row = memory_new(1, sizeof(*row));
        row->name = memory_text(rows->items[i]->name);
        row->message = memory_text(rows->items[i]->message);
        row->wall_ms = rows->items[i]->wall_ms;
        history_list_add(&fixture->history, row);
    }
    fixture->answers++;
}

static void read_history(struct fixture *fixture, const char *name, size_t limit)
{
    store_history(fixture->store, name, limit, keep_history, fixture);
    run(fixture, &fixture->answers, FATE_ANSWERED);
    if (fixture->error.code != ERROR_NONE)
        fail_msg("%s", fixture->error.message);
}

// ---- What any store promises

static void every_member_comes_back(void **state)
{
    struct fixture *fixture = *state;
    static const struct store_value samples[] = {
        [MEMBER_TEXT] = {.kind = STORE_VALUE_TEXT, .text = "a \"text\"; \xc3\xa9\n\xff no UTF-8"},
        [MEMBER_BOOLEAN] = {.kind = STORE_VALUE_INTEGER, .integer = 1},
        [MEMBER_INT64] = {.kind = STORE_VALUE_INTEGER, .integer = INT64_C(1) << 53},
        [MEMBER_UINT32] = {.kind = STORE_VALUE_INTEGER, .integer = UINT32_MAX},
        [MEMBER_TEXT_LIST] = {.kind = STORE_VALUE_TEXT, .text = "[\"ami-1\",\"ami-\\\"2\"]"},
        [MEMBER_STATE] = {.kind = STORE_VALUE_TEXT, .text = "available"},
        [MEMBER_REASON] = {.kind = STORE_VALUE_TEXT, .text = "Contested"},
        [MEMBER_INTENT] = {.kind = STORE_VALUE_TEXT, .text = "delete"},
    };
    struct record *full = record_new("full/of %things");
    for (const struct store_member *member = store_members + 1; member->name != NULL; member++)
        assert_int_equal(store_member_set(full, member, &samples[member->type], NULL), 0);
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    store_batch_record(batch, full);
    store_batch_set(batch, "deletions", "[1, 2]");
    must_commit(fixture, batch);
    close_store(fixture);
    must_open(fixture);

    struct record_list records = {0};
    struct store_state found = {0};
    assert_int_equal(store_load(fixture->store, &records, &found, NULL), 0);
    assert_int_equal(records.count, 1);
    for (const struct store_member *member = store_members; member->name != NULL; member++) {
        CLEANUP(store_value_deinit) struct store_value first = {0};
        CLEANUP(store_value_deinit) struct store_value second = {0};
        assert_int_equal(store_member_get(full, member, &first, NULL), 0);
        assert_int_equal(store_member_get(records.items[0], member, &second, NULL), 0);
        if (first.kind != second.kind || first.integer != second.integer)
            fail_msg("%s differs", member->name);
        if (first.kind == STORE_VALUE_TEXT)
            assert_string_equal(first.text, second.text);
    }
    assert_string_equal(tag_list_find(&found.settings, "deletions"), "[1, 2]");
    assert_false(found.fresh);
    record_list_deinit(&records);
    store_state_deinit(&found);
    record_free(full);
}

static void what_is_forgotten_is_gone(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    must_commit(fixture, batch_of("web", "there"));
    struct store_batch *batch = store_batch_new();
    store_batch_forget(batch, "web");
    store_batch_set(batch, "key", NULL);
    must_commit(fixture, batch);
    assert_stored(fixture, "web", NULL);
}

static void history_is_read_newest_first(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    for (int i = 0; i < 30; i++) {
        CLEANUP(memory_free_text) char *text = memory_format("%d", i);
        struct store_batch *batch = store_batch_new();
        add_row(batch, i % 2 == 0 ? "even" : "odd", 1000 - i, text); // the clock goes backwards
        must_commit(fixture, batch);
    }
    read_history(fixture, "odd", 3);
    assert_int_equal(fixture->history.count, 3);
    assert_string_equal(fixture->history.items[0]->message, "29");
    assert_string_equal(fixture->history.items[2]->message, "25");
    read_history(fixture, NULL, 2000);
    assert_int_equal(fixture->history.count, 30);
    for (int i = 0; i < 30; i++)
        assert_int_equal(atoi(fixture->history.items[i]->message), 29 - i);
}

static void history_stays_within_bounds(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    add_row(batch, "old", 1000, "long ago");
    add_row(batch, "old", 95 * DAY_MS, "lately");
    for (int i = 0; i < STORE_HISTORY_ROWS + 200; i++) {
        CLEANUP(memory_free_text) char *text = memory_format("%d", i);
        add_row(batch, "busy", 100 * DAY_MS + i, text);
    }
    must_commit(fixture, batch);
    while (fake_etcd_step(fixture->etcd, FATE_ANSWERED))
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fake_etcd_count(fixture->etcd, "/test/history/busy/"), STORE_HISTORY_ROWS);
    assert_int_equal(fake_etcd_count(fixture->etcd, "/test/history/old/"), 1);
    read_history(fixture, "busy", 1);
    assert_int_equal(atoi(fixture->history.items[0]->message), STORE_HISTORY_ROWS + 199);
    read_history(fixture, "old", 5);
    assert_string_equal(fixture->history.items[0]->message, "lately");
}

static void a_large_batch_keeps_within_the_limits(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    struct store_batch *batch = store_batch_new();
    CLEANUP(memory_free_text) char *long_text = memory_new(300001, 1);
    memset(long_text, 'x', 300000);
    for (int i = 0; i < 500; i++) {
        CLEANUP(memory_free_text) char *name = memory_format("image-%d", i);
        store_batch_append(batch, batch_of(name, i < 10 ? long_text : "short"));
    }
    size_t before = fake_etcd_transactions(fixture->etcd);
    must_commit(fixture, batch);
    assert_int_equal(fake_etcd_count(fixture->etcd, "/test/image/"), 500);
    assert_true(fake_etcd_largest(fixture->etcd) <= 128);
    assert_true(fake_etcd_longest(fixture->etcd) <= 1536 * 1024 * 4 / 3);
    assert_in_range(fake_etcd_transactions(fixture->etcd) - before, 7, 9);
    assert_stored(fixture, "image-499", "short");
}

// ---- What becomes of lost answers

static void a_lost_answer_is_asked_for_at_the_next_member(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    store_commit(fixture->store, batch_of("web", "once"), committed, fixture);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_true(fake_etcd_step(fixture->etcd, FATE_UNHEARD));
    run(fixture, &fixture->answers, FATE_ANSWERED);
    assert_int_equal(fixture->error.code, ERROR_NONE);
    must_commit(fixture, batch_of("web", "twice"));
    assert_stored(fixture, "web", "twice");
}

static void a_failed_batch_comes_back_and_goes_again(void **state)
{
    static const enum fate fates[] = {FATE_LOST, FATE_UNHEARD, FATE_DELAYED, FATE_NOT_SENT};
    struct fixture *fixture = *state;
    must_open(fixture);
    for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
        CLEANUP(memory_free_text) char *text = memory_format("try %zu", i);
        struct store_batch *batch = batch_of("web", text);
        add_row(batch, "web", 1000, text);
        assert_int_equal(commit(fixture, batch, fates[i]), -1);
        assert_int_equal(fixture->error.code, ERROR_UNAVAILABLE);
        struct store_batch *again = fixture->failed;
        fixture->failed = NULL;
        store_batch_append(again, batch_of("other", text));
        must_commit(fixture, again);
        fake_etcd_deliver_delayed(fixture->etcd, NULL, NULL); // too late
        read_history(fixture, "web", 100);
        assert_int_equal(fixture->history.count, i + 1); // none twice
    }
    assert_stored(fixture, "web", "try 3");
    assert_stored(fixture, "other", "try 3");
}

static size_t any(size_t count, void *data)
{
    return (size_t)random_below(data, count);
}

static enum fate any_fate(struct random *random)
{
    static const enum fate fates[] = {FATE_LOST, FATE_UNHEARD, FATE_DELAYED, FATE_NOT_SENT};
    return random_below(random, 2) > 0 ? FATE_ANSWERED : fates[random_below(random, 4)];
}

// Commits one after the other, each again until it is stored, in a network that does all it can;
// some with a new leader in between. What was told to be stored is.
static void nothing_stored_is_lost_or_put_back(void **state)
{
    struct fixture *fixture = *state;
    random_init(&fixture->random, 7);
    must_open(fixture);
    for (int i = 0; i < 400; i++) {
        CLEANUP(memory_free_text) char *name = memory_format("image-%d", i % 7);
        CLEANUP(memory_free_text) char *text = memory_format("%d", i);
        struct store_batch *batch = batch_of(name, text);
        add_row(batch, name, i, text);
        for (bool stored = false; !stored;) {
            unsigned before = fixture->answers;
            store_commit(fixture->store, batch, committed, fixture);
            while (fixture->answers == before) {
                uv_run(&fixture->loop, UV_RUN_NOWAIT);
                fake_etcd_step(fixture->etcd, any_fate(&fixture->random));
                if (random_below(&fixture->random, 10) == 0)
                    fake_etcd_deliver_delayed(fixture->etcd, any, &fixture->random);
            }
            if (fixture->error.code != ERROR_NONE)
                assert_int_equal(fixture->error.code, ERROR_UNAVAILABLE);
            stored = fixture->failed == NULL;
            batch = fixture->failed;
            fixture->failed = NULL;
        }
        if (random_below(&fixture->random, 20) == 0)
            assert_stored(fixture, name, text);
        read_history(fixture, NULL, 2000);
        assert_int_equal(fixture->history.count, i + 1);
    }
    for (int i = 393; i < 400; i++) {
        CLEANUP(memory_free_text) char *name = memory_format("image-%d", i % 7);
        CLEANUP(memory_free_text) char *text = memory_format("%d", i);
        assert_stored(fixture, name, text);
    }
}

// ---- What becomes of a leader of the past

static void a_deposed_leader_stores_nothing(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    must_commit(fixture, batch_of("web", "mine"));
    (void)lead(fixture, "another");
    assert_false(store_etcd_deposed(fixture->store));
    assert_int_equal(commit(fixture, batch_of("web", "stray"), FATE_ANSWERED), -1);
    assert_int_equal(fixture->error.code, ERROR_BUSY);
    assert_non_null(strstr(fixture->error.message, "does not lead"));
    assert_true(store_etcd_deposed(fixture->store));
    size_t asked = fake_etcd_transactions(fixture->etcd);
    assert_int_equal(commit(fixture, batch_of("web", "stray"), FATE_ANSWERED), -1);
    assert_int_equal(fake_etcd_transactions(fixture->etcd), asked);
    assert_stored(fixture, "web", "mine");
}

static void what_a_former_leader_sent_comes_too_late(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    must_commit(fixture, batch_of("web", "first"));
    assert_int_equal(commit(fixture, batch_of("web", "late"), FATE_DELAYED), -1);
    close_store(fixture);
    must_open(fixture); // another term
    must_commit(fixture, batch_of("web", "second"));
    assert_true(fake_etcd_delayed(fixture->etcd) > 0);
    fake_etcd_deliver_delayed(fixture->etcd, NULL, NULL);
    assert_stored(fixture, "web", "second");
}

static void one_who_does_not_lead_cannot_open(void **state)
{
    struct fixture *fixture = *state;
    int64_t fence = lead(fixture, "this");
    (void)lead(fixture, "another");
    open_with(fixture, fence);
    assert_int_equal(fixture->error.code, ERROR_BUSY);
}

static void a_meddler_is_found_out(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    fake_etcd_set(fixture->etcd, "/test/commit", "something");
    assert_int_equal(commit(fixture, batch_of("web", "x"), FATE_ANSWERED), -1);
    assert_int_equal(fixture->error.code, ERROR_CORRUPT);
}

static void closing_while_all_is_under_way(void **state)
{
    struct fixture *fixture = *state;
    must_open(fixture);
    store_commit(fixture->store, batch_of("web", "x"), committed, fixture);
    store_history(fixture->store, NULL, 10, keep_history, fixture);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    unsigned before = fixture->answers;
    store_etcd_depose(fixture->store);
    store_close(fixture->store);
    fixture->store = NULL;
    for (int i = 0; i < 100 && uv_loop_alive(&fixture->loop); i++)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->answers, before + 2);
    assert_false(uv_loop_alive(&fixture->loop));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_member_comes_back),
        TEST(what_is_forgotten_is_gone),
        TEST(history_is_read_newest_first),
        TEST(history_stays_within_bounds),
        TEST(a_large_batch_keeps_within_the_limits),
        TEST(a_lost_answer_is_asked_for_at_the_next_member),
        TEST(a_failed_batch_comes_back_and_goes_again),
        TEST(nothing_stored_is_lost_or_put_back),
        TEST(a_deposed_leader_stores_nothing),
        TEST(what_a_former_leader_sent_comes_too_late),
        TEST(one_who_does_not_lead_cannot_open),
        TEST(a_meddler_is_found_out),
        TEST(closing_while_all_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
