// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What may be done with an image: its own settings, the daemon's, imaged's.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "core/policy.h"

// Texts that only stand for a moment are not freed here.
#define TEXT(text) ((char *)(uintptr_t)(text))

static void test_defaults(void **state)
{
    (void)state;
    struct policy policy = policy_of(NULL, NULL);
    assert_int_equal(policy.on_remove, ON_REMOVE_DELETE);
    assert_int_equal(policy.on_change, ON_CHANGE_RECREATE);
    assert_int_equal(policy.on_drift, ON_DRIFT_REPAIR);
    assert_int_equal(policy.adopt, ADOPT_NEVER);
    assert_int_equal(policy.tags_policy, TAGS_POLICY_MERGE);
    assert_false(policy.protect || policy.delete_snapshots || policy.suspend);
    assert_int_equal(policy.timeout_ms, 0);
    assert_int_equal(policy.max_attempts, POLICY_MAX_ATTEMPTS);
    assert_int_equal(policy.keep_previous, 0);
}

static void test_own_before_inherited(void **state)
{
    (void)state;
    struct lifecycle defaults = {
        .on_remove = TEXT("keep"),
        .on_change = TEXT("keep"),
        .on_drift = TEXT("report"),
        .adopt = TEXT("always"),
        .tags_policy = TEXT("exact"),
        .protect = BOOLEAN_TRUE,
        .delete_snapshots = BOOLEAN_TRUE,
        .timeout_ms = {true, 7},
        .max_attempts = {true, 2},
        .keep_previous = {true, 3},
    };
    struct policy inherited = policy_of(NULL, &defaults);
    assert_int_equal(inherited.on_remove, ON_REMOVE_KEEP);
    assert_int_equal(inherited.on_change, ON_CHANGE_KEEP);
    assert_int_equal(inherited.on_drift, ON_DRIFT_REPORT);
    assert_int_equal(inherited.adopt, ADOPT_ALWAYS);
    assert_int_equal(inherited.tags_policy, TAGS_POLICY_EXACT);
    assert_true(inherited.protect && inherited.delete_snapshots);
    assert_int_equal(inherited.timeout_ms, 7);
    assert_int_equal(inherited.max_attempts, 2);
    assert_int_equal(inherited.keep_previous, 3);
    struct lifecycle own = {
        .on_remove = TEXT("delete"),
        .on_change = TEXT("recreate"),
        .on_drift = TEXT("repair"),
        .adopt = TEXT("if_equal"),
        .tags_policy = TEXT("merge"),
        .protect = BOOLEAN_FALSE,
        .suspend = BOOLEAN_TRUE,
        .max_attempts = {true, 0},
    };
    struct policy policy = policy_of(&own, &defaults);
    assert_int_equal(policy.on_remove, ON_REMOVE_DELETE);
    assert_int_equal(policy.on_change, ON_CHANGE_RECREATE);
    assert_int_equal(policy.on_drift, ON_DRIFT_REPAIR);
    assert_int_equal(policy.adopt, ADOPT_IF_EQUAL);
    assert_int_equal(policy.tags_policy, TAGS_POLICY_MERGE);
    assert_false(policy.protect);
    assert_true(policy.suspend && policy.delete_snapshots);
    assert_int_equal(policy.max_attempts, 0); // as many as it takes
    assert_int_equal(policy.timeout_ms, 7);
}

static bool same_words(const struct policy *one, const struct policy *other)
{
    return one->on_remove == other->on_remove && one->on_change == other->on_change &&
           one->on_drift == other->on_drift && one->adopt == other->adopt &&
           one->tags_policy == other->tags_policy;
}

// Each word that the file may use is one that the policy knows: an unknown one would become the
// default without a word.
static void test_every_word_of_the_table_is_known(void **state)
{
    (void)state;
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(&lifecycle_table, i)) != NULL; i++) {
        for (size_t j = 0; field->choices != NULL && field->choices[j] != NULL; j++) {
            struct lifecycle lifecycle = {0};
            char **member = (char **)(void *)((char *)&lifecycle + field->offset);
            *member = TEXT(field->choices[j]);
            struct policy policy = policy_of(&lifecycle, NULL);
            struct policy before = policy_of(NULL, NULL);
            if (same_words(&policy, &before) != (j == 0)) // the first word is the default
                fail_msg("%s: %s", field->name, field->choices[j]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_own_before_inherited),
        cmocka_unit_test(test_every_word_of_the_table_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
