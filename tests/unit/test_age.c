// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Spans of time read well at every size.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "imagectl/age.h"

static void test_age(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "0s"}, {999, "0s"}, {1000, "1s"}, {59999, "59s"}, {60000, "1m00s"},
        {754000, "12m34s"}, {3599999, "59m59s"}, {3600000, "1h00m"}, {11100000, "3h05m"},
        {86399999, "23h59m"}, {86400000, "1d00h"}, {352800000, "4d02h"}, {8639999999, "99d23h"},
        {8640000000, "100d"}, {-5000, "0s"}, {INT64_MIN, "0s"}, {INT64_MAX, "106751991167d"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[AGE_SIZE];
        age_format(cases[i].ms, out);
        assert_string_equal(out, cases[i].text);
    }
}

static void test_age_ahead(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{-1, "now"}, {0, "now"}, {1, "in 1s"}, {1000, "in 1s"}, {1001, "in 2s"},
        {59001, "in 1m00s"}, {11100000, "in 3h05m"}, {INT64_MAX, "in 106751991167d"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[AGE_SIZE];
        age_format_ahead(cases[i].ms, out);
        assert_string_equal(out, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_age_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
