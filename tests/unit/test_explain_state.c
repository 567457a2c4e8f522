// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The sentence beside state and reason: the rule's words, and what is particular.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain_state.h"

#define TEXT(text) ((char *)(uintptr_t)(text))

static struct difference differences[] = {
    {.path = TEXT("description"), .from = NULL, .to = TEXT("d")},
    {.path = TEXT("tags.a"), .from = TEXT("b"), .to = NULL},
    {.path = TEXT("c"), .from = TEXT("1"), .to = TEXT("2")},
    {.path = TEXT("d"), .from = TEXT("1"), .to = TEXT("2")},
    {.path = TEXT("e"), .from = TEXT("1"), .to = TEXT("2")},
};

static void check(
    const struct situation *s, enum reason reason, const char *source_message, const char *expected)
{
    struct decision decision = {.reason = reason, .why = "why"};
    char *text = explain_state(s, &decision, source_message);
    assert_string_equal(text, expected);
    free(text);
}

static void test_sentences(void **state)
{
    (void)state;
    struct difference_list none = {0};
    struct difference_list two = {.items = differences, .count = 2};
    struct difference_list five = {.items = differences, .count = 5};
    struct image live = {.id = TEXT("ami-1"),
        .cloud_state = TEXT("migrating"),
        .state_comment = {true, TEXT("code"), TEXT("message")}};
    struct situation s = {.drift = &none, .changed = &none, .grace_over = true};
    check(&s, REASON_IN_SYNC, NULL, "why");
    check(&s, REASON_IMAGE_FAILED, NULL, "why");
    check(&s, REASON_IMAGE_PENDING, NULL, "why");
    check(&s, REASON_WAITING_FOR_SOURCE, NULL, "why");
    check(&s, REASON_WAITING_FOR_SOURCE, "VM i-1 is missing", "why: VM i-1 is missing");
    check(&s, REASON_DELETING, NULL, "why");
    s.blind_spot = "bad.yaml";
    check(&s, REASON_DELETING, NULL, "why: bad.yaml");
    s.invalid = "a.yaml:1:2: error";
    check(&s, REASON_INVALID_DECLARATION, NULL, "why: a.yaml:1:2: error");
    s.live = &live;
    check(&s, REASON_IMAGE_FAILED, NULL, "why (ami-1): code: message");
    check(&s, REASON_IMAGE_PENDING, NULL,
        "why (ami-1); it calls the state `migrating`, which imaged does not know: waiting");
    live.state_comment.code = TEXT("");
    live.state_comment.message = TEXT("");
    check(&s, REASON_IMAGE_FAILED, NULL, "why (ami-1)");
    live.state_comment = (struct state_comment){0};
    check(&s, REASON_IMAGE_FAILED, NULL, "why (ami-1)");
    live.cloud_state = NULL;
    check(&s, REASON_IMAGE_PENDING, NULL, "why (ami-1)");
    s.changed = &two;
    check(&s, REASON_REPLACING, NULL, "why: description: (absent) -> d, tags.a: b -> (absent)");
    s.drift = &five;
    check(&s, REASON_CONTESTED, NULL,
        "why: description: (absent) -> d, tags.a: b -> (absent), c: 1 -> 2, and 2 more");
    s.foreign = true;
    check(&s, REASON_CONTESTED, NULL, "why");
}

static void test_namesake(void **state)
{
    (void)state;
    static const char remedy[] =
        "; rename one of them, or set lifecycle.adopt to if_equal or always";
    struct image namesake = {.id = TEXT("ami-2"), .creation_date = TEXT("yesterday")};
    struct situation s = {.namesake = &namesake};
    char expected[200];
    snprintf(expected, sizeof(expected), "why (ami-2, made yesterday)%s", remedy);
    check(&s, REASON_NAME_TAKEN, NULL, expected);
    namesake.creation_date = NULL;
    snprintf(expected, sizeof(expected), "why (ami-2)%s", remedy);
    check(&s, REASON_NAME_TAKEN, NULL, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences), cmocka_unit_test(test_namesake)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
