// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Randomness is repeatable, even, and never the same for two seeds.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/random.h"

static void test_same_seed_same_numbers(void **state)
{
    (void)state;
    struct random one;
    struct random other;
    random_init(&one, 42);
    random_init(&other, 42);
    for (int i = 0; i < 1000; i++)
        assert_true(random_next(&one) == random_next(&other));
}

// The first numbers of xoshiro256** from the state 1, 2, 3, 4, as its authors and others publish
// them.
static void test_reference(void **state)
{
    (void)state;
    struct random random = {{1, 2, 3, 4}};
    static const uint64_t wanted[] = {11520, 0, 1509978240, 1215971899390074240};
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
        assert_true(random_next(&random) == wanted[i]);
}

static void test_seeds_differ(void **state)
{
    (void)state;
    struct random zero;
    struct random one;
    random_init(&zero, 0);
    random_init(&one, 1);
    assert_true(random_next(&zero) != 0);
    for (int i = 0; i < 100; i++)
        assert_true(random_next(&zero) != random_next(&one));
}

static void test_below_stays_below_and_is_even(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 7);
    unsigned seen[10] = {0};
    for (int i = 0; i < 100000; i++)
        seen[random_below(&random, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 9500, 10500);
    assert_true(random_below(&random, 0) == 0);
    assert_true(random_below(&random, 1) == 0);
    for (int i = 0; i < 1000; i++)
        assert_true(
            random_below(&random, UINT64_C(0x8000000000000001)) <= UINT64_C(0x8000000000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_numbers),
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_seeds_differ),
        cmocka_unit_test(test_below_stays_below_and_is_even),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
