// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/engine_state.h"

#define MANY 1000

// Only their addresses count.
static struct managed images[MANY];

static void assert_queue(const struct gathering *queue, size_t from, size_t to)
{
    size_t left = queue->count - queue->first;
    assert_int_equal(left, to - from);
    for (size_t i = 0; i < left; i++)
        assert_ptr_equal(queue->items[queue->first + i], &images[from + i]);
}

static void add(struct gathering *queue, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        gathering_add(queue, &images[i]);
}

static void test_what_was_added_first_is_first(void **state)
{
    (void)state;
    struct gathering queue = {0};
    add(&queue, 0, 10);
    gathering_drop_first(&queue, 3);
    assert_queue(&queue, 3, 10);
    add(&queue, 10, 20);
    assert_queue(&queue, 3, 20);
    gathering_drop_first(&queue, 16);
    assert_queue(&queue, 19, 20);
    gathering_deinit(&queue);
}

static void test_one_from_which_all_was_taken_is_empty(void **state)
{
    (void)state;
    struct gathering queue = {0};
    gathering_drop_first(&queue, 0);
    assert_int_equal(queue.count, 0);
    add(&queue, 0, 3);
    gathering_drop_first(&queue, 1);
    gathering_drop_first(&queue, 2);
    assert_int_equal(queue.count, 0);
    add(&queue, 0, 2);
    gathering_drop_first(&queue, 1);
    gathering_remove(&queue, &images[1]);
    assert_int_equal(queue.count, 0);
    gathering_deinit(&queue);
}

static void test_what_was_taken_is_not_removed_again(void **state)
{
    (void)state;
    struct gathering queue = {0};
    add(&queue, 0, 5);
    gathering_drop_first(&queue, 2);
    gathering_remove(&queue, &images[0]);
    assert_queue(&queue, 2, 5);
    gathering_remove(&queue, &images[4]);
    assert_queue(&queue, 2, 4);
    gathering_deinit(&queue);
}

// One comes for each that goes, for ever: the memory does not grow with what went.
static void test_its_memory_is_bounded_by_its_length(void **state)
{
    (void)state;
    struct gathering queue = {0};
    add(&queue, 0, 10);
    for (size_t i = 10; i < MANY; i++) {
        add(&queue, i, i + 1);
        gathering_drop_first(&queue, 1);
        assert_queue(&queue, i - 9, i + 1);
    }
    assert_in_range(queue.capacity, 11, 64);
    gathering_deinit(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_added_first_is_first),
        cmocka_unit_test(test_one_from_which_all_was_taken_is_empty),
        cmocka_unit_test(test_what_was_taken_is_not_removed_again),
        cmocka_unit_test(test_its_memory_is_bounded_by_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
