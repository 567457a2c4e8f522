// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What no etcd would answer: the store says that it is nonsense, and reads nothing beyond it.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

#include "core/base64.h"
#include "core/memory.h"
#include "io/store_etcd.h"

#define QUESTION_LIMIT 8

struct fixture {
    uv_loop_t loop;
    struct cluster *cluster;
    struct store *store;
    uint64_t asked[QUESTION_LIMIT]; // ids of transfers, in order
    size_t asked_count;
    size_t answered;
    bool is_opened;
    bool was_read; // history
    struct error error;
};

static void take(size_t member, struct transfer *transfer, void *data)
{
    struct fixture *fixture = data;
    (void)member;
    assert_true(fixture->asked_count < QUESTION_LIMIT);
    fixture->asked[fixture->asked_count++] = transfer->id;
    transfer_free(transfer);
}

static void opened(const struct error *error, void *data)
{
    struct fixture *fixture = data;
    fixture->is_opened = true;
    fixture->error = error == NULL ? (struct error){0} : *error;
}

static void history_read(const struct history_list *rows, const struct error *error, void *data)
{
    struct fixture *fixture = data;
    fixture->was_read = true;
    assert_true(rows == NULL || rows->count == 0);
    fixture->error = error == NULL ? (struct error){0} : *error;
}

// Answers the next question.
static void answer(struct fixture *fixture, const char *body)
{
    while (fixture->asked_count == fixture->answered)
        uv_run(&fixture->loop, UV_RUN_ONCE);
    struct transfer_result result = {
        .id = fixture->asked[fixture->answered++],
        .transport = TRANSPORT_ANSWERED,
        .status = 200,
        .body = memory_text(body),
        .body_length = strlen(body),
    };
    cluster_receive(fixture->cluster, &result);
    transfer_result_deinit(&result);
}

// Up to the first page of the record.
static void begin(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    struct cluster_options cluster = {.member_count = 1, .send = take, .data = fixture};
    fixture->cluster = cluster_new(&cluster);
    struct store_etcd_options options = {
        .cluster = fixture->cluster, .prefix = "/imaged/long/prefix/", .fence = 3};
    fixture->store = store_etcd_open(&fixture->loop, &options, opened, fixture);
    answer(fixture, "{\"header\": {\"revision\": \"5\"}}");
    answer(fixture, "{\"header\": {\"revision\": \"6\"}, \"succeeded\": true}");
}

static void end(struct fixture *fixture)
{
    store_close(fixture->store);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    cluster_free(fixture->cluster);
}

static void test_keys_that_were_not_asked_for(void **state)
{
    (void)state;
    static const char *const keys[] = {"", "k", "/imaged/", "/other/long/prefix/image/a"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct fixture fixture;
        begin(&fixture);
        CLEANUP(memory_free_text) char *key = base64_encode(keys[i], strlen(keys[i]));
        CLEANUP(memory_free_text)
        char *body = memory_format("{\"kvs\": [{\"key\": \"%s\", \"value\": \"\"}]}", key);
        answer(&fixture, body);
        assert_true(fixture.is_opened);
        assert_int_equal(fixture.error.code, ERROR_CORRUPT);
        assert_non_null(strstr(fixture.error.message, "/imaged/long/prefix/"));
        end(&fixture);
    }
}

static void test_more_of_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    begin(&fixture);
    answer(&fixture, "{\"more\": true}");
    assert_true(fixture.is_opened);
    assert_int_equal(fixture.error.code, ERROR_NONE);
    store_history(fixture.store, NULL, 100000, history_read, &fixture);
    answer(&fixture, "{\"more\": true, \"kvs\": []}");
    assert_true(fixture.was_read);
    assert_int_equal(fixture.error.code, ERROR_NONE);
    end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_that_were_not_asked_for),
        cmocka_unit_test(test_more_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
