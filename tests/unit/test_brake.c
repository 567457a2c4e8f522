// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The mass-deletion brake: what is wanted and what was done, against what passes.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "core/brake.h"

#define HOUR INT64_C(3600000)

static void test_limit(void **state)
{
    (void)state;
    static const struct {
        size_t wanted;
        size_t done;
        uint32_t maximum;
        size_t total;
        bool holds;
    } cases[] = {
        {5, 0, 5, 10, false},
        {6, 0, 5, 10, true},
        {1, 4, 5, 10, false},
        {1, 5, 5, 10, true},
        {0, 6, 5, 10, true},
        {10, 0, 5, 100, false}, // a tenth, where that is more
        {11, 0, 5, 100, true},
        {5, 0, 5, 59, false},
        {6, 0, 5, 59, true},
        {1, 0, 0, 9, true}, // none at all
        {1, 0, 0, 10, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct brake brake = {.wanted = cases[i].wanted};
        for (size_t j = 0; j < cases[i].done; j++)
            brake_note(&brake, 1000, HOUR);
        assert_int_equal(
            brake_holds(&brake, 2000, HOUR, cases[i].maximum, cases[i].total), cases[i].holds);
        brake_deinit(&brake);
    }
}

static void test_window(void **state)
{
    (void)state;
    struct brake brake = {.wanted = 1};
    brake_note(&brake, 1000, HOUR);
    assert_true(brake_holds(&brake, 1000 + HOUR - 1, HOUR, 1, 1));
    assert_false(brake_holds(&brake, 1000 + HOUR, HOUR, 1, 1));
    brake_note(&brake, 1000 + HOUR, HOUR);
    assert_int_equal(brake.done, 1); // the old one is not kept
    brake_deinit(&brake);
}

static void test_taken_back(void **state)
{
    (void)state;
    struct brake brake = {0};
    brake_note(&brake, 10, HOUR);
    brake_note(&brake, 20, HOUR);
    brake_note(&brake, 20, HOUR);
    brake_forget(&brake, 15);
    assert_int_equal(brake.done, 3);
    brake_forget(&brake, 20);
    brake_forget(&brake, 10);
    assert_int_equal(brake.done, 1);
    assert_int_equal(brake.done_ms[0], 20);
    brake_deinit(&brake);
}

static void test_text(void **state)
{
    (void)state;
    struct brake brake = {0};
    char *text = brake_format(&brake);
    assert_string_equal(text, "");
    free(text);
    brake_note(&brake, 1795600000000, HOUR);
    brake_note(&brake, 1795600000001, HOUR);
    text = brake_format(&brake);
    assert_string_equal(text, "1795600000000 1795600000001");
    struct brake read = {0};
    brake_parse(&read, text);
    assert_int_equal(read.done, 2);
    assert_true(read.done_ms[1] == 1795600000001);
    brake_deinit(&read);
    brake_parse(&read, "17 -4 0 x 18");
    assert_int_equal(read.done, 1); // what can be read
    free(text);
    brake_deinit(&read);
    brake_deinit(&brake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_taken_back),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
