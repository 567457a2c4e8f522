// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is due comes in order of time, and of arrival within an instant.

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/random.h"
#include "sim/timeline.h"

#define COUNT 1000

struct item {
    int64_t at_ms;
    size_t number;
};

static void items_come_in_order(void **state)
{
    struct sim_timeline *timeline = sim_timeline_new();
    struct sim_random random;
    struct item items[COUNT];
    const struct item *last = NULL;
    int64_t at_ms;

    (void)state;
    sim_random_init(&random, 7, SIM_RANDOM_FAULTS);
    for (size_t i = 0; i < COUNT; i++) {
        items[i] = (struct item){(int64_t)(sim_random_next(&random) % 50), i};
        sim_timeline_push(timeline, items[i].at_ms, &items[i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        const struct item *item = sim_timeline_pop(timeline, 50, &at_ms);

        assert_non_null(item);
        assert_int_equal(item->at_ms, at_ms);
        assert_true(last == NULL || last->at_ms < item->at_ms ||
                    (last->at_ms == item->at_ms && last->number < item->number));
        last = item;
    }
    assert_null(sim_timeline_pop(timeline, INT64_MAX, &at_ms));
    sim_timeline_free(timeline, NULL);
}

static void nothing_comes_before_its_time(void **state)
{
    struct sim_timeline *timeline = sim_timeline_new();
    int64_t at_ms = 0;
    int item;

    (void)state;
    assert_false(sim_timeline_next(timeline, &at_ms));
    sim_timeline_push(timeline, 10, &item);
    assert_null(sim_timeline_pop(timeline, 9, &at_ms));
    assert_true(sim_timeline_next(timeline, &at_ms));
    assert_int_equal(at_ms, 10);
    assert_ptr_equal(sim_timeline_pop(timeline, 10, &at_ms), &item);
    sim_timeline_free(timeline, NULL);
}

static void what_is_left_is_released(void **state)
{
    struct sim_timeline *timeline = sim_timeline_new();

    (void)state;
    sim_timeline_push(timeline, 1, malloc(1));
    sim_timeline_push(timeline, 2, malloc(1));
    sim_timeline_free(timeline, free); // the sanitizers tell
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_order),
        cmocka_unit_test(nothing_comes_before_its_time),
        cmocka_unit_test(what_is_left_is_released),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
