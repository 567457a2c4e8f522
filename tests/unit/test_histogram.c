// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/histogram.h"

static void bounds_ascend(void **state)
{
    (void)state;
    for (size_t i = 1; i < HISTOGRAM_BOUNDS; i++)
        assert_true(histogram_bounds_seconds[i] > histogram_bounds_seconds[i - 1]);
}

static void each_falls_into_its_bucket(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        size_t bucket;
    } cases[] = {
        {0, 0},
        {-5, 0},
        {NAN, 0},
        {0.001, 0}, // a bound belongs to its bucket
        {0.0011, 1},
        {0.9, 9},
        {1, 9},
        {60, HISTOGRAM_BOUNDS - 1},
        {60.001, HISTOGRAM_BOUNDS},
        {1e9, HISTOGRAM_BOUNDS},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct histogram histogram = {0};
        histogram_observe(&histogram, cases[i].seconds);
        assert_int_equal(histogram.buckets[cases[i].bucket], 1);
        assert_int_equal(histogram_count(&histogram), 1);
        assert_true(histogram.sum_seconds >= 0);
    }
}

static void sums_add_up(void **state)
{
    (void)state;
    struct histogram histogram = {0};
    histogram_observe(&histogram, 0.25);
    histogram_observe(&histogram, 2);
    histogram_observe(&histogram, -1);
    assert_int_equal(histogram_count(&histogram), 3);
    assert_true(histogram.sum_seconds == 2.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_ascend),
        cmocka_unit_test(each_falls_into_its_bucket),
        cmocka_unit_test(sums_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
