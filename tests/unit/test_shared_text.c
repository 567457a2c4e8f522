// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One copy for all who hold it, freed with the last of them, whichever thread that is in. Run under
// the sanitizers, which see a block that is freed twice or never.

#include "config.h"

#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "core/shared_text.h"

static void test_references_are_one_text(void **state)
{
    (void)state;
    const char *text = shared_text_new("web");
    const char *other = shared_text_ref(text);
    assert_ptr_equal(text, other);
    shared_text_unref(text);
    assert_string_equal(other, "web");
    shared_text_unref(other);
}

static void test_nothing_is_no_text(void **state)
{
    (void)state;
    assert_null(shared_text_new(NULL));
    assert_null(shared_text_ref(NULL));
    shared_text_unref(NULL);
    const char *member = NULL;
    shared_text_replace(&member, NULL);
    assert_null(member);
}

static void test_replacing_keeps_a_reference_of_its_own(void **state)
{
    (void)state;
    const char *member = shared_text_new("before");
    const char *text = shared_text_new("after");
    shared_text_replace(&member, text);
    shared_text_replace(&member, member); // itself, by its last reference but one
    shared_text_unref(text);
    assert_string_equal(member, "after");
    shared_text_replace(&member, NULL);
    assert_null(member);
}

static void test_equality(void **state)
{
    (void)state;
    const char *one = shared_text_new("same");
    const char *other = shared_text_new("same");
    assert_true(shared_text_equal(one, one));
    assert_true(shared_text_equal(one, other));
    assert_false(shared_text_equal(one, "different"));
    assert_false(shared_text_equal(one, NULL));
    assert_false(shared_text_equal(NULL, one));
    assert_false(shared_text_equal(NULL, NULL));
    shared_text_unref(one);
    shared_text_unref(other);
}

#define ROUNDS 100000

static void *hold_and_let_go(void *data)
{
    const char *text = data;
    for (int i = 0; i < ROUNDS; i++)
        shared_text_unref(shared_text_ref(text));
    shared_text_unref(text);
    return NULL;
}

static void test_threads_share(void **state)
{
    (void)state;
    const char *text = shared_text_new("shared");
    pthread_t threads[2];
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hold_and_let_go,
                             (void *)(uintptr_t)shared_text_ref(text)),
            0);
    for (size_t i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_string_equal(text, "shared");
    shared_text_unref(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references_are_one_text),
        cmocka_unit_test(test_nothing_is_no_text),
        cmocka_unit_test(test_replacing_keeps_a_reference_of_its_own),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_threads_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
