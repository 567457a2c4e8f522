// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The table of events, and the catalog that journald gets of it: every event can be told from every
// other, and says what to do.
#include "config.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/report.h"
#include "core/report_catalog.h"

static void ids_are_whole_and_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < REPORT_COUNT; i++) {
        const struct report_row *row = report_row((enum report_kind)i);
        assert_non_null(row->message_id);
        assert_int_equal(strlen(row->message_id), 32);
        assert_int_equal(strspn(row->message_id, "0123456789abcdef"), 32);
        for (size_t j = 0; j < i; j++) {
            const struct report_row *other = report_row((enum report_kind)j);
            assert_string_not_equal(row->message_id, other->message_id);
            assert_string_not_equal(row->name, other->name);
        }
    }
}

// Ids are for ever: people filter by them.
static void ids_stay(void **state)
{
    (void)state;
    static const struct {
        enum report_kind kind;
        const char *id;
    } known[] = {
        {REPORT_STATE_CHANGED_PENDING, "50a74cff026f4c84aa8ff5f8d837115f"},
        {REPORT_STATE_CHANGED_AVAILABLE, "f11fc8de3eb449c88f8de0e973e1d036"},
        {REPORT_STATE_CHANGED_FAILED, "2e7abed5658e430d856980bb0977e471"},
        {REPORT_DECLARATION_INVALID, "46d1d9af3dd440f3951bc8cc9eddb5e7"},
        {REPORT_STARTED, "0cab9e0c70154b969819e59f32cd0700"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        assert_string_equal(report_row(known[i].kind)->message_id, known[i].id);
}

static void texts_are_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < REPORT_COUNT; i++) {
        const struct report_row *row = report_row((enum report_kind)i);
        const char *texts[] = {row->cause, row->remedy};
        for (size_t j = 0; j < 2; j++) {
            assert_true(texts[j] != NULL && texts[j][0] != '\0');
            assert_int_equal(texts[j][strlen(texts[j]) - 1], '.');
            assert_null(strpbrk(texts[j], "\n@")); // @…@ would be a field's value to journald
        }
    }
}

static void catalog_has_an_entry_each(void **state)
{
    (void)state;
    struct text catalog = {0};
    struct text wanted = {0};
    report_catalog_write(&catalog);
    for (size_t i = 0; i < REPORT_COUNT; i++) {
        const struct report_row *row = report_row((enum report_kind)i);
        text_format(
            &wanted, "\n-- %s\nSubject: %s\nDefined-By: imaged\n", row->message_id, row->name);
        assert_non_null(strstr(text_string(&catalog), text_string(&wanted)));
        text_deinit(&wanted);
        wanted = (struct text){0};
    }
    text_deinit(&catalog);
}

static void catalog_fits_a_terminal(void **state)
{
    (void)state;
    struct text catalog = {0};
    report_catalog_write(&catalog);
    const char *line = text_string(&catalog);
    line = strchr(line, '\n') + 1; // the comment
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        assert_in_range(length, 0, 72);
        assert_false(length > 0 && isspace((unsigned char)line[length - 1]));
        line += length + 1;
    }
    text_deinit(&catalog);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_whole_and_unique),
        cmocka_unit_test(ids_stay),
        cmocka_unit_test(texts_are_sentences),
        cmocka_unit_test(catalog_has_an_entry_each),
        cmocka_unit_test(catalog_fits_a_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
