// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Whose turn it is.
#include "config.h"

#include "wire_fixture.h"

#include "numspot/queue.h"

static void add(struct queue *queue, enum operation operation, uint64_t id)
{
    struct request *request = request_new(operation, NULL);
    request->id = id;
    queue_add(queue, exchange_new(request));
}

static uint64_t take(struct queue *queue)
{
    struct exchange *exchange = queue_take(queue);
    uint64_t id = exchange == NULL ? 0 : exchange->request->id;
    exchange_free(exchange);
    return id;
}

static void test_first_come_first_served(void **state)
{
    (void)state;
    struct queue queue = {0};
    for (uint64_t id = 1; id <= 100; id++)
        add(&queue, OPERATION_CREATE_IMAGE, id);
    for (uint64_t id = 1; id <= 100; id++)
        assert_int_equal(take(&queue), id);
    assert_int_equal(take(&queue), 0);
    assert_int_equal(queue.count, 0);
}

static void test_classes(void **state)
{
    (void)state;
    for (int operation = 0; operation < OPERATION_COUNT; operation++) {
        bool urgent = operation_is_write((enum operation)operation) ||
                      operation == OPERATION_FIND_BY_NAME || operation == OPERATION_READ_IMAGE;
        struct queue queue = {0};
        add(&queue, OPERATION_LIST_IMAGES, 1);
        add(&queue, (enum operation)operation, 2);
        assert_int_equal(take(&queue), urgent ? 2 : 1);
        queue_deinit(&queue);
    }
}

// A stream of writes does not starve the lists: every fifth turn is theirs.
static void test_the_patient_get_their_turn(void **state)
{
    (void)state;
    struct queue queue = {0};
    for (uint64_t id = 1; id <= 20; id++) {
        add(&queue, OPERATION_SET_TAGS, id);
        add(&queue, OPERATION_READ_IMAGES, 100 + id);
    }
    unsigned patient = 0;
    for (int turn = 0; turn < 20; turn++)
        patient += take(&queue) > 100 ? 1 : 0;
    assert_int_equal(patient, 4);
    queue_deinit(&queue);
}

// Nor do the patient save up turns while none of them waits.
static void test_turns_are_not_saved_up(void **state)
{
    (void)state;
    struct queue queue = {0};
    for (uint64_t id = 1; id <= 20; id++)
        add(&queue, OPERATION_SET_TAGS, id);
    for (int turn = 0; turn < 10; turn++)
        (void)take(&queue);
    add(&queue, OPERATION_LIST_IMAGES, 101);
    assert_int_equal(take(&queue), 11);
    queue_deinit(&queue);
}

static void test_returned_goes_first(void **state)
{
    (void)state;
    struct queue queue = {0};
    add(&queue, OPERATION_DELETE_IMAGE, 1);
    add(&queue, OPERATION_DELETE_IMAGE, 2);
    struct exchange *first = queue_take(&queue);
    queue_return(&queue, first);
    assert_int_equal(take(&queue), 1);
    struct exchange *second = queue_take(&queue);
    queue_return(&queue, second);
    add(&queue, OPERATION_DELETE_IMAGE, 3);
    assert_int_equal(take(&queue), 2);
    assert_int_equal(take(&queue), 3);
    queue_deinit(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_come_first_served),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_the_patient_get_their_turn),
        cmocka_unit_test(test_turns_are_not_saved_up),
        cmocka_unit_test(test_returned_goes_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
