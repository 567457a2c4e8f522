// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The pace gives way to 429 and comes back slowly; nothing leaves during a hold.
#include "config.h"

#include "wire_fixture.h"

#include "numspot/throttle.h"

static unsigned take_all(struct throttle *throttle, int64_t now_ms)
{
    unsigned taken = 0;
    while (throttle_take(throttle, now_ms))
        taken++;
    return taken;
}

static void test_hold(void **state)
{
    (void)state;
    struct throttle throttle;
    throttle_init(&throttle, 10, 20, 1);
    throttle_hold(&throttle, 5000, 1000);
    assert_int_equal(take_all(&throttle, 5999), 0);
    assert_true(throttle_next(&throttle) == 6000);
    assert_true(throttle_held_ms(&throttle, 1000) == 5000);
    throttle_hold(&throttle, 1, 2000); // a shorter one does not shorten it
    assert_int_equal(take_all(&throttle, 5999), 0);
    assert_int_equal(take_all(&throttle, 6000), 20);
    assert_true(throttle_held_ms(&throttle, 6000) == 0);
}

static void test_hold_is_bounded(void **state)
{
    (void)state;
    struct throttle throttle;
    throttle_init(&throttle, 10, 20, 1);
    throttle_hold(&throttle, INT64_C(1) << 50, 1000);
    assert_true(throttle_held_ms(&throttle, 1000) == THROTTLE_HOLD_LIMIT_MS);
    // A clock that jumps back a year does not make it one.
    assert_int_equal(take_all(&throttle, -INT64_C(31536000000)), 0);
    assert_true(throttle_held_ms(&throttle, -INT64_C(31536000000)) == THROTTLE_HOLD_LIMIT_MS);
}

static void test_429_halves_and_recovers(void **state)
{
    (void)state;
    struct throttle throttle;
    throttle_init(&throttle, 10, 20, 1);
    throttle_slow_down(&throttle, 1000, 0);
    assert_int_equal(throttle.milli, 5000);
    throttle_slow_down(&throttle, 1000, 10); // it was under way with the first
    assert_int_equal(throttle.milli, 5000);
    assert_int_equal(take_all(&throttle, 1009), 0);
    throttle_answered(&throttle);
    throttle_slow_down(&throttle, 1000, 2000);
    assert_int_equal(throttle.milli, 2500);
    int64_t now_ms = 3000;
    for (int i = 1; i <= 8; i++) {
        now_ms += THROTTLE_FASTER_EVERY_MS;
        (void)throttle_take(&throttle, now_ms);
        assert_int_equal(throttle.milli, i == 8 ? 10000 : 2500 + i * 1000);
    }
}

static void test_never_stops_altogether(void **state)
{
    (void)state;
    struct throttle throttle;
    throttle_init(&throttle, 1, 1, 1);
    int64_t now_ms = 0;
    for (int i = 0; i < 100; i++) {
        throttle_slow_down(&throttle, 0, now_ms);
        int64_t held_ms = throttle_held_ms(&throttle, now_ms);
        assert_in_range(held_ms, THROTTLE_HOLD_MINIMUM_MS, THROTTLE_HOLD_MAXIMUM_MS);
        now_ms += held_ms;
    }
    assert_true(throttle.milli > 0);
    int64_t next_ms = throttle_next(&throttle);
    assert_true(next_ms - now_ms < 20000);
    assert_true(throttle_take(&throttle, next_ms));
}

static void test_without_retry_after_holds_grow(void **state)
{
    (void)state;
    struct throttle throttle;
    throttle_init(&throttle, 10, 20, 3);
    int64_t now_ms = 0;
    int64_t longest_ms = 0;
    for (int i = 0; i < 20; i++) {
        throttle_slow_down(&throttle, 0, now_ms);
        int64_t held_ms = throttle_held_ms(&throttle, now_ms);
        longest_ms = held_ms > longest_ms ? held_ms : longest_ms;
        now_ms += held_ms + THROTTLE_SLOWER_EVERY_MS;
    }
    assert_true(longest_ms > 20000);
}

static void test_new_limits_give_no_second_burst(void **state)
{
    (void)state;
    struct throttle throttle;
    throttle_init(&throttle, 10, 20, 1);
    assert_int_equal(take_all(&throttle, 1000), 20);
    throttle_set_limits(&throttle, 100, 50, 1000);
    assert_int_equal(take_all(&throttle, 1000), 0);
    assert_int_equal(take_all(&throttle, 1100), 10);
    assert_int_equal(take_all(&throttle, 100000), 50);
    throttle_set_limits(&throttle, 0, 0, 200000);
    assert_int_equal(take_all(&throttle, 300000), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hold),
        cmocka_unit_test(test_hold_is_bounded),
        cmocka_unit_test(test_429_halves_and_recovers),
        cmocka_unit_test(test_never_stops_altogether),
        cmocka_unit_test(test_without_retry_after_holds_grow),
        cmocka_unit_test(test_new_limits_give_no_second_burst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
