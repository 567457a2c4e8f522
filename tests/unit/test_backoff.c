// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Waits grow, are bounded on both sides, and differ.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/backoff.h"

static const struct {
    unsigned attempt;
    int64_t minimum_ms;
    int64_t maximum_ms;
    int64_t ceiling_ms;
} cases[] = {
    {0, 1000, 600000, 1000},
    {1, 1000, 600000, 2000},
    {2, 1000, 600000, 4000},
    {9, 1000, 600000, 512000},
    {10, 1000, 600000, 600000},
    {11, 1000, 600000, 600000},
    {4000000000u, 1000, 600000, 600000},
    {63, 1, INT64_MAX, INT64_MAX},
    {200, 3, INT64_MAX, INT64_MAX},
    {5, 1000, 10, 1000},
    {5, -4, -9, 1},
    {3, 0, 100, 8},
};

static void test_bounds(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int64_t floor_ms = cases[i].minimum_ms < 1 ? 1 : cases[i].minimum_ms;
        for (int turn = 0; turn < 2000; turn++) {
            int64_t delay_ms = backoff_delay(
                cases[i].attempt, cases[i].minimum_ms, cases[i].maximum_ms, &random);
            assert_true(delay_ms >= floor_ms);
            assert_true(delay_ms <= cases[i].ceiling_ms);
        }
    }
}

// Full jitter: a quarter of the waits in each quarter of the span.
static void test_spread(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 2);
    unsigned quarters[4] = {0};
    for (int i = 0; i < 40000; i++) {
        int64_t delay_ms = backoff_delay(20, 1000, 600000, &random);
        int64_t quarter = (delay_ms - 1000) * 4 / (600000 - 1000 + 1);
        quarters[quarter]++;
    }
    for (int i = 0; i < 4; i++)
        assert_in_range(quarters[i], 9600, 10400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_spread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
