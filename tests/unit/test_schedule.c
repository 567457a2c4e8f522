// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The timetable, against a list that is searched from end to end.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>

#include "core/instant.h"
#include "core/random.h"
#include "core/schedule.h"

#define ENTRIES 200

static void test_in_order(void **state)
{
    (void)state;
    struct schedule schedule = {0};
    struct schedule_entry entries[3] = {0};
    assert_true(schedule_next(&schedule) == INSTANT_NEVER);
    assert_null(schedule_pop(&schedule, INT64_MAX - 1));
    schedule_set(&schedule, &entries[0], 30);
    schedule_set(&schedule, &entries[1], 10);
    schedule_set(&schedule, &entries[2], 20);
    schedule_set(&schedule, &entries[0], 5);
    assert_int_equal(schedule_next(&schedule), 5);
    assert_null(schedule_pop(&schedule, 4));
    assert_ptr_equal(schedule_pop(&schedule, 5), &entries[0]);
    assert_int_equal(entries[0].position, 0);
    schedule_set(&schedule, &entries[1], INSTANT_NEVER);
    schedule_set(&schedule, &entries[1], INSTANT_NEVER);
    assert_ptr_equal(schedule_pop(&schedule, 100), &entries[2]);
    assert_null(schedule_pop(&schedule, 100));
    schedule_deinit(&schedule);
}

static int64_t least(const int64_t *due, size_t count)
{
    int64_t least = INSTANT_NEVER;
    for (size_t i = 0; i < count; i++)
        least = due[i] < least ? due[i] : least;
    return least;
}

static void test_against_a_model(void **state)
{
    (void)state;
    struct schedule schedule = {0};
    struct schedule_entry entries[ENTRIES] = {0};
    int64_t due[ENTRIES];
    struct random random;
    random_init(&random, 7);
    for (size_t i = 0; i < ENTRIES; i++)
        due[i] = INSTANT_NEVER;
    for (int step = 0; step < 100000; step++) {
        size_t i = random_below(&random, ENTRIES);
        if (random_below(&random, 4) == 0) {
            struct schedule_entry *first = schedule_pop(&schedule, 500);
            assert_true((first == NULL) == (least(due, ENTRIES) > 500));
            if (first != NULL) {
                assert_int_equal(first->due_ms, least(due, ENTRIES));
                due[first - entries] = INSTANT_NEVER;
            }
        } else {
            bool never = random_below(&random, 4) == 0;
            due[i] = never ? INSTANT_NEVER : (int64_t)random_below(&random, 1000);
            schedule_set(&schedule, &entries[i], due[i]);
        }
        assert_true(schedule_next(&schedule) == least(due, ENTRIES));
    }
    schedule_deinit(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_against_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
