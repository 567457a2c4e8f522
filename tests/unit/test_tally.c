// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "numspot/tally.h"

static uint64_t count_of(const struct tally *tally, unsigned operation, int status)
{
    for (size_t i = 0; i < tally->count; i++)
        if (tally->rows[i].operation == operation && tally->rows[i].status == status)
            return tally->rows[i].count;
    return 0;
}

static void what_came_back_is_counted_by_operation_and_status(void **state)
{
    (void)state;
    struct tally tally = {0};
    tally_add(&tally, OPERATION_CREATE_IMAGE, 201, 300);
    tally_add(&tally, OPERATION_CREATE_IMAGE, 201, 700);
    tally_add(&tally, OPERATION_CREATE_IMAGE, 409, 10);
    tally_add(&tally, OPERATION_LIST_IMAGES, 201, 10);
    tally_add(&tally, TALLY_TOKEN, 200, -1);
    assert_int_equal(tally.count, 4);
    assert_int_equal(count_of(&tally, OPERATION_CREATE_IMAGE, 201), 2);
    assert_int_equal(count_of(&tally, OPERATION_CREATE_IMAGE, 409), 1);
    assert_int_equal(count_of(&tally, OPERATION_LIST_IMAGES, 201), 1);
    assert_int_equal(count_of(&tally, TALLY_TOKEN, 200), 1);
    assert_int_equal(histogram_count(&tally.durations[OPERATION_CREATE_IMAGE]), 3);
    assert_true(tally.durations[OPERATION_CREATE_IMAGE].sum_seconds == 1.01);
    assert_true(tally.durations[TALLY_TOKEN].sum_seconds == 0);
    tally_deinit(&tally);
}

static void a_status_that_is_none_makes_no_row_of_its_own(void **state)
{
    (void)state;
    struct tally tally = {0};
    for (int status = -1000; status < 100; status++)
        tally_add(&tally, OPERATION_READ_IMAGE, status, 1);
    for (int status = 600; status < 2000; status++)
        tally_add(&tally, OPERATION_READ_IMAGE, status, 1);
    assert_int_equal(tally.count, 1);
    assert_int_equal(count_of(&tally, OPERATION_READ_IMAGE, 0), 2500);
    tally_deinit(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_back_is_counted_by_operation_and_status),
        cmocka_unit_test(a_status_that_is_none_makes_no_row_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
