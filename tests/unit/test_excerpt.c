// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The mark stands under the place, whatever is in the line.
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
#include "imagectl/excerpt.h"
#include "imagectl/terminal.h"

static const struct terminal none = {0};

#define X20 "xxxxxxxxxxxxxxxxxxxx"
#define X60 X20 X20 X20
#define Y20 "yyyyyyyyyyyyyyyyyyyy"

static void test_excerpts(void **state)
{
    static const struct {
        const char *bytes;
        struct place place;
        const char *shown;
    } cases[] = {
        {"name: a\nvm: b\n", {2, 1}, "    vm: b\n    ^\n"},
        {"name: a\nvm: b", {2, 5}, "    vm: b\n        ^\n"},
        {"name: a\r\nvm: b\r\n", {1, 7}, "    name: a\n          ^\n"},
        {"\xef\xbb\xbfname: a\n", {1, 1}, "    name: a\n    ^\n"}, // a byte order mark is no column
        {"a\tb: c\n", {1, 3}, "    a b: c\n      ^\n"},
        {"\xe6\x97\xa5: \xff\n", {1, 4}, "    \xe6\x97\xa5: \xef\xbf\xbd\n        ^\n"},
        {"a: \033[31m\n", {1, 4}, "    a: \\x1b[31m\n       ^\n"},
        {"\033: a\n", {1, 2}, "    \\x1b: a\n        ^\n"},
        {"a: b\n", {1, 90}, "    a: b\n        ^\n"}, // beyond the end: at the end
        {"a: b\n", {1, 0}, "    a: b\n    ^\n"},
        {"a: b\n", {7, 1}, ""},
        {"a: b\n", {0, 0}, ""},
        {"", {1, 1}, "    \n    ^\n"},
        {X60 X60 "z" Y20, {1, 121},
            "    \xe2\x80\xa6" X60 "xxxxxxxxxxx"
            "z" Y20 "\n"
            "                                                                            ^\n"},
        {"z" X60 X60, {1, 1}, "    z" X60 X20 X20 "xxxxxxxxxxxxxxxxxx\xe2\x80\xa6\n    ^\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text out = {0};
        excerpt_write(cases[i].bytes, strlen(cases[i].bytes), cases[i].place, &none, &out);
        assert_string_equal(text_string(&out), cases[i].shown);
        text_deinit(&out);
    }
}

static void test_a_terminals_width_holds(void **state)
{
    (void)state;
    for (size_t columns = 1; columns < 160; columns++) {
        struct terminal terminal = {.present = true, .columns = columns};
        struct text out = {0};
        excerpt_write(X60 X60 "z" Y20, 141, (struct place){1, 121}, &terminal, &out);
        char *end = strchr(out.bytes, '\n');
        char *mark = strchr(end, '^');
        // The mark stands under the letter: as far from its line's start.
        *mark = '\0';
        *end = '\0';
        assert_true(columns < 24 || display_width(out.bytes) <= columns);
        *strchr(out.bytes, 'z') = '\0';
        assert_int_equal(display_width(out.bytes), strlen(end + 1));
        text_deinit(&out);
    }
}

static void test_what_was_not_read_has_none(void **state)
{
    (void)state;
    struct text out = {0};
    excerpt_write(NULL, 0, (struct place){1, 1}, &none, &out);
    excerpt_write("a\0b", 3, (struct place){1, 1}, &none, &out);
    assert_string_equal(text_string(&out), "");
    text_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_excerpts),
        cmocka_unit_test(test_a_terminals_width_holds),
        cmocka_unit_test(test_what_was_not_read_has_none),
    };
    display_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
