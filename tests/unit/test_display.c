// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Foreign texts do nothing to a terminal, and take the columns that they seem to take.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "imagectl/display.h"

static void test_clean(void **state)
{
    static const struct {
        const char *text, *clean;
    } cases[] = {
        {"", ""}, {"web-base", "web-base"},
        {"na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac", "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac"},
        {"a\nb\tc", "a\\nb\\tc"}, {"\033[2J\x07\x7f", "\\x1b[2J\\x07\\x7f"},
        {"\xc2\x9b"
         "31m",
            "\\x9b31m"}, // CSI as one character of C1
        {"a\xe2\x80\xae"
         "b",
            "a\\u202eb"},                                             // turns the text around
        {"\xe2\x81\xa6", "\\u2066"}, {"a\xe2\x80\xa8z", "a\\u2028z"}, // a line separator
        {"\xff\xc3(", "\xef\xbf\xbd\xef\xbf\xbd("},                   // no UTF-8
        {"e\xcc\x81", "e\xcc\x81"},                                   // a combining accent
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text out = {0};
        display_clean(&out, cases[i].text);
        assert_string_equal(out.bytes, cases[i].clean);
        text_deinit(&out);
    }
}

static void test_width(void **state)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {{"", 0}, {"web", 3}, {"na\xc3\xafve", 5}, {"\xe6\x97\xa5\xe6\x9c\xac", 4},
        {"e\xcc\x81", 1}, {"\xe2\x9c\x93", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(display_width(cases[i].text), cases[i].width);
}

static void test_cut(void **state)
{
    static const struct {
        const char *text;
        size_t columns;
        const char *cut;
    } cases[] = {
        {"abcdef", 6, "abcdef"},
        {"abcdef", 5, "abcd\xe2\x80\xa6"},
        {"abcdef", 1, "\xe2\x80\xa6"},
        {"abcdef", 0, ""},
        {"", 0, ""},
        {"ab cdef", 4, "ab\xe2\x80\xa6"},                            // no space before the mark
        {"\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\xe2\x80\xa6"}, // wide ones stay whole
        {"\xe6\x97\xa5\xe6\x9c\xac", 2, "\xe2\x80\xa6"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text out = {0};
        display_cut(&out, cases[i].text, cases[i].columns);
        assert_string_equal(text_string(&out), cases[i].cut);
        assert_true(display_width(text_string(&out)) <= cases[i].columns);
        text_deinit(&out);
    }
}

static void test_wrap(void **state)
{
    static const struct {
        const char *text;
        size_t indent, columns;
        const char *wrapped;
    } cases[] = {
        {"one two three", 0, 0, "one two three"},
        {"one two three", 0, 8, "one two\nthree"},
        {"one two three", 2, 7, "one\n  two\n  three"},
        {"  one   two ", 0, 80, "one two"},
        {"unbreakable", 0, 4, "unbreakable"},
        {"", 4, 10, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text out = {0};
        display_wrap(&out, cases[i].text, cases[i].indent, cases[i].columns);
        assert_string_equal(text_string(&out), cases[i].wrapped);
        text_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_wrap),
    };
    display_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
