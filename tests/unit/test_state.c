// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The vocabulary of states and reasons: whole, unique, and the same way back.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "core/state.h"

static void test_states(void **state)
{
    (void)state;
    for (int i = 0; i < STATE_COUNT; i++) {
        const char *name = state_name((enum image_state)i);
        assert_non_null(name);
        assert_int_equal(state_from_name(name), i);
    }
    assert_int_equal(state_from_name("Pending"), -1);
    assert_int_equal(state_from_name(""), -1);
}

static void test_reasons(void **state)
{
    (void)state;
    for (int i = 0; i < REASON_COUNT; i++) {
        const char *name = reason_name((enum reason)i);
        const char *help = reason_help((enum reason)i);
        assert_non_null(name);
        assert_true(isupper((unsigned char)name[0]) && strchr(name, ' ') == NULL);
        assert_int_equal(reason_from_name(name), i);
        assert_non_null(help);
        assert_true(strlen(help) > 10 && help[strlen(help) - 1] == '.');
    }
    assert_int_equal(reason_from_name("insync"), -1);
    assert_int_equal(reason_from_name(""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
