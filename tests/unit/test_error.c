// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Errors as values: set once, prefixed on the way up, cut when too long, and optional.
#include "config.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/error.h"

static void test_texts(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(error_set(&error, ERROR_INVALID, "line %d", 7), -1);
    assert_int_equal(error.code, ERROR_INVALID);
    assert_string_equal(error.message, "line 7");
    assert_int_equal(error_set_errno(&error, ERROR_SYSTEM, ENOENT, "open %s", "x"), -1);
    assert_int_equal(error.code, ERROR_SYSTEM);
    assert_string_equal(error.message, "open x: No such file or directory");
    assert_int_equal(error_prefix(&error, "reading %s", "y"), -1);
    assert_int_equal(error.code, ERROR_SYSTEM);
    assert_string_equal(error.message, "reading y: open x: No such file or directory");
}

static void test_long_texts_are_cut(void **state)
{
    (void)state;
    char filler[2 * ERROR_MESSAGE_SIZE];
    memset(filler, 'a', sizeof(filler) - 1);
    filler[sizeof(filler) - 1] = '\0';
    struct error error = {0};
    error_set_errno(&error, ERROR_SYSTEM, ENOENT, "%s", filler);
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_SIZE - 1);
    error_prefix(&error, "b");
    assert_int_equal(strlen(error.message), ERROR_MESSAGE_SIZE - 1);
    assert_memory_equal(error.message, "b: aaa", 6);
}

static void test_nobody_asks_why(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_INVALID, "x"), -1);
    assert_int_equal(error_set_errno(NULL, ERROR_SYSTEM, ENOENT, "x"), -1);
    assert_int_equal(error_prefix(NULL, "x"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_nobody_asks_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
