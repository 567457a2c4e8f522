// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Operations and outcomes have names, and targets fit into what the server takes.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <string.h>

#include <cmocka.h>

#include "core/cloud.h"
#include "core/memory.h"

static void test_names(void **state)
{
    (void)state;
    for (int i = 0; i < OPERATION_COUNT; i++)
        assert_true(strlen(operation_name((enum operation)i)) > 0);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        assert_true(strlen(outcome_name((enum outcome)i)) > 0);
    assert_string_equal(operation_name(OPERATION_CREATE_IMAGE), "create image");
    assert_string_equal(outcome_name(OUTCOME_NOT_FOUND), "not found");
}

static void test_writes(void **state)
{
    (void)state;
    for (int i = 0; i < OPERATION_COUNT; i++)
        assert_int_equal(operation_is_write((enum operation)i), i >= OPERATION_CREATE_IMAGE);
}

// Walks all targets; each chunk is below the limit, and as full as it can be.
static void check_chunks(const struct text_list *targets, size_t encoded_size)
{
    size_t first = 0;
    while (first < targets->count) {
        size_t count = request_targets_limit(OPERATION_FIND_BY_NAME, targets, first);
        assert_true(count >= 1 && first + count <= targets->count);
        assert_true(count * encoded_size <= REQUEST_QUERY_LIMIT_BYTES);
        if (first + count < targets->count)
            assert_true((count + 1) * encoded_size > REQUEST_QUERY_LIMIT_BYTES);
        first += count;
    }
}

static void test_targets_fit(void **state)
{
    (void)state;
    struct text_list plain = {0};
    struct text_list blank = {0};
    for (int i = 0; i < 1000; i++) {
        text_list_add(&plain, "ami-1da964b7");
        text_list_add(&blank, "a image (test) b/c");
    }
    check_chunks(&plain, strlen("&imageNames=ami-1da964b7"));
    check_chunks(&blank, strlen("&imageNames=a%20image%20%28test%29%20b%2Fc"));
    assert_int_equal(request_targets_limit(OPERATION_SET_TAGS, &plain, 0), 100);
    assert_int_equal(request_targets_limit(OPERATION_SET_TAGS, &plain, 950), 50);
    assert_int_equal(request_targets_limit(OPERATION_DELETE_IMAGE, &plain, 3), 1);
    assert_int_equal(request_targets_limit(OPERATION_LIST_IMAGES, &plain, 0), 0);
    assert_int_equal(request_targets_limit(OPERATION_READ_IMAGES, &plain, 1000), 0);
    text_list_deinit(&plain);
    text_list_deinit(&blank);
}

// One that is too long for itself still goes, alone.
static void test_an_overlong_target_goes_alone(void **state)
{
    (void)state;
    char *overlong = memory_new(REQUEST_QUERY_LIMIT_BYTES + 1, 1);
    memset(overlong, 'x', REQUEST_QUERY_LIMIT_BYTES);
    struct text_list targets = {0};
    text_list_add(&targets, overlong);
    text_list_add(&targets, "short");
    assert_int_equal(request_targets_limit(OPERATION_READ_IMAGES, &targets, 0), 1);
    text_list_deinit(&targets);
    memory_free_text(&overlong);
}

static void test_all_is_freed(void **state)
{
    (void)state;
    struct request *request = request_new(OPERATION_CREATE_IMAGE, "web-base");
    assert_string_equal(request->name, "web-base");
    request->image = image_new();
    text_list_add(&request->targets, "ami-1");
    tag_list_set(&request->tags, "key", "value");
    request_free(request);
    request_free(NULL);
    struct answer answer = {.title = memory_text("x")};
    answer_deinit(&answer);
    assert_null(answer.title);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_targets_fit),
        cmocka_unit_test(test_an_overlong_target_goes_alone),
        cmocka_unit_test(test_all_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
