// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The bucket never gives more than it promises, whatever the clock does.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/instant.h"
#include "core/random.h"
#include "core/rate.h"

static unsigned take_all(struct rate *rate, int64_t now_ms)
{
    unsigned taken = 0;
    while (rate_take(rate, now_ms))
        taken++;
    return taken;
}

static void test_burst_then_speed(void **state)
{
    (void)state;
    struct rate rate;
    rate_init(&rate, 20, 10000);
    assert_int_equal(take_all(&rate, 5000), 20);
    assert_true(rate_next(&rate, 5000) == 5100);
    assert_false(rate_take(&rate, 5099));
    assert_true(rate_next(&rate, 5099) == 5100);
    assert_true(rate_take(&rate, 5100));
    assert_int_equal(take_all(&rate, 6100), 10);
    assert_int_equal(take_all(&rate, 1000000), 20);
}

static void test_slow_speeds_are_exact(void **state)
{
    (void)state;
    struct rate rate;
    rate_init(&rate, 1, 333);
    assert_true(rate_take(&rate, 0));
    int64_t next_ms = rate_next(&rate, 0);
    assert_true(next_ms == 3004); // 1000000 / 333, rounded up
    assert_false(rate_take(&rate, next_ms - 1));
    assert_true(rate_take(&rate, next_ms));
}

static void test_no_speed(void **state)
{
    (void)state;
    struct rate rate;
    rate_init(&rate, 2, 0);
    assert_int_equal(take_all(&rate, 10), 2);
    assert_true(rate_next(&rate, 1000000) == INSTANT_NEVER);
    rate_set_speed(&rate, 1000, 2000000);
    assert_true(rate_next(&rate, 2000000) == 2001000);
}

static void test_clock_forward_fills_and_no_more(void **state)
{
    (void)state;
    static const int64_t jumps_ms[] = {86400000, INT64_MAX / 2, INT64_MAX};
    for (size_t i = 0; i < sizeof(jumps_ms) / sizeof(jumps_ms[0]); i++) {
        struct rate rate;
        rate_init(&rate, 5, 10000);
        assert_int_equal(take_all(&rate, 0), 5);
        assert_int_equal(take_all(&rate, jumps_ms[i]), 5);
    }
}

static void test_clock_back_neither_fills_nor_stalls(void **state)
{
    (void)state;
    static const int64_t jumps_ms[] = {9999999, 1, -5000, INT64_MIN};
    for (size_t i = 0; i < sizeof(jumps_ms) / sizeof(jumps_ms[0]); i++) {
        struct rate rate;
        rate_init(&rate, 5, 10000);
        assert_int_equal(take_all(&rate, 10000000), 5);
        assert_int_equal(take_all(&rate, jumps_ms[i]), 0);
        assert_true(rate_next(&rate, jumps_ms[i]) == jumps_ms[i] + 100);
        assert_int_equal(take_all(&rate, jumps_ms[i] + 100), 1);
    }
}

static void test_absurd_sizes(void **state)
{
    (void)state;
    struct rate rate;
    rate_init(&rate, INT64_MAX, INT64_MAX);
    for (int64_t now_ms = 0; now_ms < 10; now_ms++)
        assert_true(rate_take(&rate, now_ms));
    rate_init(&rate, INT64_MIN, INT64_MIN);
    assert_int_equal(take_all(&rate, 0), 1);
    assert_true(rate_next(&rate, INT64_MAX) == INSTANT_NEVER);
}

// Over any stretch, at most burst + speed * time.
static void test_bound_holds_at_random(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct random random;
        random_init(&random, seed);
        struct rate rate;
        rate_init(&rate, 7, 3000);
        int64_t now_ms = 0;
        uint64_t taken = 0;
        for (int i = 0; i < 2000; i++) {
            now_ms += (int64_t)random_below(&random, 700);
            for (uint64_t tries = random_below(&random, 4); tries > 0; tries--)
                taken += rate_take(&rate, now_ms) ? 1 : 0;
            assert_true(taken <= 7 + (uint64_t)now_ms * 3 / 1000);
        }
        assert_true(taken > 1500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_then_speed),
        cmocka_unit_test(test_slow_speeds_are_exact),
        cmocka_unit_test(test_no_speed),
        cmocka_unit_test(test_clock_forward_fills_and_no_more),
        cmocka_unit_test(test_clock_back_neither_fills_nor_stalls),
        cmocka_unit_test(test_absurd_sizes),
        cmocka_unit_test(test_bound_holds_at_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
