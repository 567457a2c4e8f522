// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Templates are filled from the tables, and text comes out as mdoc wants it. That the pages are
// good mdoc as a whole is tested with mandoc, in tests/e2e/test_documentation.py.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/decide.h"
#include "core/report.h"
#include "core/state.h"
#include "core/text.h"
#include "imagectl/command.h"
#include "imaged/metric.h"
#include "manual/page.h"
#include "manual/roff.h"

static const struct {
    const char *words;
    const char *mdoc;
} sentences[] = {
    {"one sentence", "One sentence.\n"},
    {"One. Two.", "One.\nTwo.\n"},
    {"one\nnew paragraph.", "One\n.Pp\nnew paragraph.\n"},
    {"see `a b`; or `c`.", "See\n.Ql \"a b\" ;\nor\n.Ql \"c\" .\n"},
    {"`a` is first", ".Ql \"a\"\nis first.\n"},
    {".hidden files", "\\&.hidden files.\n"},
    {"a \\ in \"quotes\"", "A \\e in \"quotes\".\n"},
    {"`say \"x\"`", ".Ql \"say \\(dqx\\(dq\" .\n"},
    {"letters ( ) / . - and more", "Letters ( ) / . - and more.\n"},
    {"a/b.c is a name", "a/b.c is a name.\n"},
    {"imaged looks", "imaged looks.\n"},
    {"`unclosed", ".Ql \"unclosed.\"\n"},
    {"", ""},
};

static void test_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        struct text out = {0};
        roff_sentence(&out, sentences[i].words);
        assert_string_equal(text_string(&out), sentences[i].mdoc);
        text_deinit(&out);
    }
}

static const struct {
    const char *template;
    const char *page;  // NULL: refused
    const char *error; // then
} pages[] = {
    {"", "", NULL},
    {"no tables\n", "no tables\n", NULL},
    {"a@b.c imaged@.service @ @@ @A@\n", "a@b.c imaged@.service @ @@ @A@\n", NULL},
    {".Pa @sysconfdir@/x\n", ".Pa " SYSCONFDIR "/x\n", NULL},
    {"@localstatedir@:@runstatedir@", LOCALSTATEDIR ":" RUNSTATEDIR, NULL},
    {"one\n\nthree @nothing@\n", NULL, "line 3: there is nothing to put in for @nothing@"},
    {"beside @reasons@\n", NULL, "line 1: there is nothing to put in for @reasons@"},
};

static void test_templates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct text out = {0};
        struct error error = {0};
        int result = page_write(pages[i].template, &out, &error);
        assert_int_equal(result, pages[i].page == NULL ? -1 : 0);
        if (result == 0)
            assert_string_equal(text_string(&out), pages[i].page);
        else
            assert_string_equal(error.message, pages[i].error);
        text_deinit(&out);
    }
}

// One row per table of the manual: something of its first and something of its last row.
static const struct {
    const char *table;
    const char *first;
    const char *last;
} tables[] = {
    {"@declaration@\n", ".It Ic \"name\"\n", ".It Ic \"tags\"\n"},
    {"@observed@\n", ".It Ic \"id\"\n", ".It Ic \"root_device_type\"\n"},
    {"@image-selector@\n", ".It Ic \"id\"\n", ".It Ic \"follow\"\n"},
    {"@vm-selector@\n", ".It Ic \"id\"\n", ".It Ic \"follow\"\n"},
    {"@snapshot-selector@\n", ".It Ic \"id\"\n", ".It Ic \"follow\"\n"},
    {"@lifecycle@\n", ".It Ic \"on_remove\"\n", ".It Ic \"keep_previous\"\n"},
    {"@configuration@\n", ".It Ic \"numspot\"\n", ".It Ic \"mode\"\n"},
    {"@reasons@\n", ".It Sy \"Creating\"\n", ".It Sy \"Contested\"\n"},
    {"@rules@\n", ".It Sy \"suspended\"\n", ".It Sy \"in-sync\"\n"},
    {"@events@\n", ".It Sy \"image-pending\" Pq notice", ".It Sy \"operator\" Pq notice"},
    {"@commands@\n", ".It Cm status", ".It Cm help"},
    {"@command-options@\n", ".It Fl s , Fl -socket Ar PATH\n", ".It Fl -version\n"},
};

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (; (text = strstr(text, part)) != NULL; text += strlen(part))
        count++;
    return count;
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        struct text out = {0};
        struct error error = {0};
        assert_int_equal(page_write(tables[i].table, &out, &error), 0);
        assert_non_null(strstr(out.bytes, tables[i].first));
        assert_non_null(strstr(out.bytes, tables[i].last));
        assert_null(strstr(out.bytes, " \n"));
        assert_null(strstr(out.bytes, "\n\n"));
        assert_int_equal(count_of(out.bytes, ".El\n"), count_of(out.bytes, ".Bl "));
        text_deinit(&out);
    }
}

static void check_count(const char *table, const char *item, size_t wanted)
{
    struct text out = {0};
    struct error error = {0};
    assert_int_equal(page_write(table, &out, &error), 0);
    assert_int_equal(count_of(out.bytes, item), wanted);
    text_deinit(&out);
}

static void test_every_row_is_there(void **state)
{
    (void)state;
    size_t rules = 0;
    decide_rules(&rules);
    check_count("@rules@\n", ".It Sy ", rules);
    check_count("@reasons@\n", ".It Sy ", REASON_COUNT);
    check_count("@events@\n", ".It Sy ", REPORT_COUNT);
    check_count("@metrics@\n", ".It Li ", metric_count);
    check_count("@commands@\n", ".It Cm ", command_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_templates),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_every_row_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
