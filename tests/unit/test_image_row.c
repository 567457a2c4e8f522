// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The daemon's images as rows: whatever it leaves out or adds, and what is said of changes.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/error.h"
#include "core/text.h"
#include "imagectl/image_row.h"
#include "imagectl/watch_lines.h"

static json_t *parsed(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void test_what_is_absent_is_absent(void **state)
{
    (void)state;
    struct image_row row;
    struct error error = {0};
    json_t *json = parsed("{\"name\":\"a\",\"state\":\"pending\",\"line\":\"7\",\"message\":5,"
                          "\"image_id\":null,\"declared\":true,\"age_ms\":12,\"more\":[]}");
    assert_int_equal(image_row_read(json, &row, &error), 0);
    assert_string_equal(row.name, "a");
    assert_string_equal(row.reason, "");
    assert_string_equal(row.message, "");
    assert_null(row.image_id);
    assert_int_equal(row.line, IMAGE_ROW_UNKNOWN);
    assert_int_equal(row.next_attempt_ms, IMAGE_ROW_UNKNOWN);
    assert_int_equal(row.age_ms, 12);
    assert_true(row.declared);
    assert_false(row.suspended);
    json_decref(json);
}

static void test_what_is_no_image_is_refused(void **state)
{
    static const char *const answers[] = {"{}", "{\"items\":{}}", "{\"items\":[{}]}",
        "{\"items\":[{\"name\":\"a\"}]}", "{\"items\":[{\"name\":\"a\",\"state\":1}]}",
        "{\"items\":[null]}"};
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct image_rows rows;
        struct error error = {0};
        json_t *json = parsed(answers[i]);
        assert_int_equal(image_rows_read(json, &rows, &error), -1);
        assert_int_equal(error.code, ERROR_CORRUPT);
        json_decref(json);
    }
}

static void test_names_are_chosen(void **state)
{
    (void)state;
    struct image_rows rows;
    struct error error = {0};
    char a[] = "web-a";
    char b[] = "web-b";
    char misspelt[] = "wbe-b";
    char *names[] = {b, a, b};
    char *unknown[] = {a, misspelt};
    json_t *json = parsed("{\"items\":[{\"name\":\"web-a\",\"state\":\"available\"},"
                          "{\"name\":\"web-b\",\"state\":\"failed\"},"
                          "{\"name\":\"web-c\",\"state\":\"failed\"}]}");
    assert_int_equal(image_rows_read(json, &rows, &error), 0);
    assert_int_equal(image_rows_select(&rows, unknown, 2, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_string_equal(error.message, "there is no image \"wbe-b\"; did you mean \"web-b\"?");
    assert_int_equal(rows.count, 3);
    assert_int_equal(image_rows_select(&rows, names, 3, &error), 0);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.items[0].name, "web-b");
    assert_string_equal(rows.items[1].name, "web-a");
    image_rows_keep(&rows, unknown, 2);
    assert_int_equal(rows.count, 1);
    image_rows_deinit(&rows);
    json_decref(json);
}

static void test_settled_and_in_need(void **state)
{
    static const struct {
        const char *json;
        bool settled, in_need;
    } cases[] = {
        {"{\"name\":\"a\",\"state\":\"available\",\"reason\":\"InSync\"}", true, false},
        {"{\"name\":\"a\",\"state\":\"available\",\"reason\":\"InSync\",\"in_flight\":true}", false,
            false},
        {"{\"name\":\"a\",\"state\":\"available\",\"reason\":\"InSync\",\"invalid\":\"x\"}", true,
            true},
        {"{\"name\":\"a\",\"state\":\"failed\",\"reason\":\"NameTaken\"}", true, true},
        {"{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"ImagePending\"}", false, false},
        {"{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"Retrying\"}", false, false},
        {"{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"AwaitingApproval\"}", true, false},
        {"{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"Suspended\"}", true, false},
        {"{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"WaitingForSource\"}", true, false},
        {"{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"SomethingNewer\"}", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct image_row row;
        struct error error = {0};
        json_t *json = parsed(cases[i].json);
        assert_int_equal(image_row_read(json, &row, &error), 0);
        assert_int_equal(image_row_settled(&row), cases[i].settled);
        assert_int_equal(image_row_needs_person(&row), cases[i].in_need);
        json_decref(json);
    }
}

static void check_changes(const char *before, const char *now, bool as_json, const char *wanted)
{
    struct image_rows old;
    struct image_rows new;
    struct error error = {0};
    struct text out = {0};
    json_t *old_json = parsed(before);
    json_t *new_json = parsed(now);
    assert_int_equal(image_rows_read(old_json, &old, &error), 0);
    assert_int_equal(image_rows_read(new_json, &new, &error), 0);
    watch_lines_write(&old, &new, as_json, 1764064800000, &out);
    assert_string_equal(text_string(&out), wanted);
    text_deinit(&out);
    image_rows_deinit(&old);
    image_rows_deinit(&new);
    json_decref(old_json);
    json_decref(new_json);
}

#define A_PENDING "{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"Creating\",\"age_ms\":1}"
#define A_OLDER   "{\"name\":\"a\",\"state\":\"pending\",\"reason\":\"Creating\",\"age_ms\":2}"
#define A_AVAILABLE                                                                                \
    "{\"name\":\"a\",\"state\":\"available\",\"reason\":\"InSync\",\"image_id\":\"ami-1\"}"
#define B_FAILED                                                                                   \
    "{\"name\":\"b\",\"state\":\"failed\",\"reason\":\"NameTaken\",\"message\":\"x\\ny\"}"

static void test_changes_are_told_once(void **state)
{
    (void)state;
    check_changes("{\"items\":[]}", "{\"items\":[" B_FAILED "," A_PENDING "]}", false,
        "2025-11-25 10:00:00 a: pending, Creating\n"
        "2025-11-25 10:00:00 b: failed, NameTaken: x\\ny\n");
    check_changes("{\"items\":[" A_PENDING "]}", "{\"items\":[" A_OLDER "]}", false, "");
    check_changes("{\"items\":[" A_PENDING "," B_FAILED "]}", "{\"items\":[" A_AVAILABLE "]}",
        false,
        "2025-11-25 10:00:00 a: available, InSync, ami-1\n"
        "2025-11-25 10:00:00 b: no longer looked after\n");
    check_changes("{\"items\":[" A_PENDING "]}", "{\"items\":[" B_FAILED "]}", true,
        "{\"time\":\"2025-11-25T10:00:00.000Z\",\"name\":\"a\",\"image\":null}\n"
        "{\"time\":\"2025-11-25T10:00:00.000Z\",\"name\":\"b\",\"image\":" B_FAILED "}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_absent_is_absent),
        cmocka_unit_test(test_what_is_no_image_is_refused),
        cmocka_unit_test(test_names_are_chosen),
        cmocka_unit_test(test_settled_and_in_need),
        cmocka_unit_test(test_changes_are_told_once),
    };
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
