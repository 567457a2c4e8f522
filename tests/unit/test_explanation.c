// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Sentences for people: complete, one line, harmless on a terminal.
#include "config.h"

#include "wire_fixture.h"

#include "core/text.h"
#include "numspot/explanation.h"

static void test_foreign_text(void **state)
{
    (void)state;
    static const struct {
        const char *foreign;
        size_t limit;
        const char *wanted;
    } cases[] = {
        {"plain", 100, "plain"},
        {"two\nlines\ttab\r", 100, "two lines tab "},
        {"\x1b[31mred\x7f", 100, " [31mred "},
        {"\xc2\x9b"
         "31m",
            100, " 31m"},
        {"é€😀", 100, "é€😀"},
        {"bad \xff\xc3", 100, "bad ??"},
        {"\xe2\x80\xa8line", 100, " line"},
        {"\xe2\x80\xa9line", 100, " line"},
        {"0123456789", 10, "0123456789"},
        {"0123456789a", 10, "0123456789…"},
        {"ééé", 5, "éé…"},
        {"", 0, ""},
        {"x", 0, "…"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char *got = explanation_clean(cases[i].foreign, cases[i].limit);
        assert_string_equal(got, cases[i].wanted);
        free(got);
    }
    assert_null(explanation_clean(NULL, 10));
}

static void test_sentences(void **state)
{
    (void)state;
    char field[] = "name";
    char description[] = "is taken";
    struct violation violations[6];
    for (int i = 0; i < 6; i++)
        violations[i] = (struct violation){field, description};
    struct answer answer = {.operation = OPERATION_CREATE_IMAGE,
        .outcome = OUTCOME_INVALID,
        .status = 400,
        .title = (char[]){"BadRequest"},
        .violations = violations,
        .violation_count = 6};
    char *sentence = explanation_of(&answer, NULL);
    assert_string_equal(sentence,
        "create image: the cloud calls the request wrong (400 BadRequest); name: is taken; name: is "
        "taken; name: is taken; name: is taken; and 2 more; change the declaration");
    free(sentence);
    answer = (struct answer){
        .operation = OPERATION_CREATE_IMAGE, .outcome = OUTCOME_FORBIDDEN, .status = 403};
    sentence = explanation_of(&answer, NULL);
    assert_non_null(strstr(sentence, "compute.image.create"));
    free(sentence);
    answer = (struct answer){.operation = OPERATION_LIST_IMAGES,
        .outcome = OUTCOME_THROTTLED,
        .status = 429,
        .retry_after_ms = 1500};
    sentence = explanation_of(&answer, NULL);
    assert_non_null(strstr(sentence, "2 s more"));
    free(sentence);
}

static void test_every_outcome_has_a_sentence(void **state)
{
    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        struct answer answer = {.outcome = (enum outcome)i};
        char *sentence = explanation_of(&answer, "why");
        assert_non_null(strstr(sentence, "list images: "));
        assert_non_null(strstr(sentence, ": why"));
        assert_null(strchr(sentence, '\n'));
        free(sentence);
    }
}

static void test_redact(void **state)
{
    (void)state;
    char text[] = "secret-1 and secret-1secret-1, not secret-2";
    explanation_redact(text, "secret-1");
    assert_string_equal(text, "******** and ****************, not secret-2");
    char word[] = "a banana";
    explanation_redact(word, "a");
    explanation_redact(word, "");
    explanation_redact(word, NULL);
    explanation_redact(NULL, "secret-1");
    assert_string_equal(word, "a banana");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foreign_text),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_every_outcome_has_a_sentence),
        cmocka_unit_test(test_redact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
