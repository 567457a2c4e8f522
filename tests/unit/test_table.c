// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Tables: columns line up, and what is too wide gives way where it hurts least.
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
#include "imagectl/table.h"

static const char *const titles[] = {"NAME", "STATE", "MESSAGE"};

static struct table *example(void)
{
    static const char *const cells[] = {"web", "available", NULL,
        "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac", "",
        "the message of this image is so long that no terminal has room for it", "a\nb", "failed",
        "short"};
    struct table *table = table_new(titles, 3);
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
        table_add(table, cells[i], i == 1 ? PAINT_GOOD : PAINT_NONE);
    assert_int_equal(table_rows(table), 3);
    return table;
}

static char *written(const struct terminal *terminal, size_t rows)
{
    struct text out = {0};
    struct table *table = example();
    table_write(table, terminal, rows, &out);
    table_free(table);
    return text_steal(&out);
}

static void test_whole_where_there_is_no_terminal(void **state)
{
    (void)state;
    struct terminal none = {0};
    char *out = written(&none, SIZE_MAX);
    assert_string_equal(out,
        "NAME        STATE      MESSAGE\n"
        "web         available\n"
        "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac  -          the message of this image is so long that no "
        "terminal has room for it\n"
        "a\\nb        failed     short\n");
    free(out);
}

static void test_the_last_column_gives_way_first(void **state)
{
    (void)state;
    struct terminal terminal = {.present = true, .columns = 50};
    char *out = written(&terminal, SIZE_MAX);
    assert_string_equal(out,
        "NAME        STATE      MESSAGE\n"
        "web         available\n"
        "na\xc3\xafve \xe6\x97\xa5\xe6\x9c\xac  -          the message of this image\xe2\x80\xa6\n"
        "a\\nb        failed     short\n");
    free(out);
}

static void test_the_first_column_gives_way_next(void **state)
{
    static const char *const cells[] = {"a-name-that-is-rather-long-for-a-name", "failed",
        "and a message that is long as well, or even longer than that"};
    static const struct {
        size_t columns;
        const char *row;
    } cases[] = {
        {90, "a-name-that-is-rather-long-for-a-name  failed  "
             "and a message that is long as well, or eve\xe2\x80\xa6\n"},
        {60,
            "a-name-that-is-rather-lon\xe2\x80\xa6  failed  and a message that is l\xe2\x80\xa6\n"},
        {40, "a-name-that-is-\xe2\x80\xa6  failed  and a message\xe2\x80\xa6\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct terminal terminal = {.present = true, .columns = cases[i].columns};
        struct text out = {0};
        struct table *table = table_new(titles, 3);
        for (size_t j = 0; j < 3; j++)
            table_add(table, cells[j], PAINT_NONE);
        table_write(table, &terminal, 1, &out);
        assert_string_equal(strchr(out.bytes, '\n') + 1, cases[i].row);
        table_free(table);
        text_deinit(&out);
    }
}

// However narrow: no line is wider, and none ends in spaces.
static void test_every_width_holds(void **state)
{
    (void)state;
    for (size_t columns = 1; columns < 120; columns++) {
        struct terminal terminal = {.present = true, .columns = columns};
        char *out = written(&terminal, SIZE_MAX);
        for (char *line = strtok(out, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            assert_true(display_width(line) <= columns);
            assert_int_not_equal(line[strlen(line) - 1], ' ');
        }
        free(out);
    }
}

static void test_colour_takes_no_room(void **state)
{
    (void)state;
    struct terminal terminal = {.present = true, .colour = true, .columns = 80};
    char *out = written(&terminal, 1);
    assert_string_equal(out,
        "\033[1mNAME\033[0m        \033[1mSTATE\033[0m      \033[1mMESSAGE\033[0m\n"
        "web         \033[32mavailable\033[0m\n");
    free(out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_where_there_is_no_terminal),
        cmocka_unit_test(test_the_last_column_gives_way_first),
        cmocka_unit_test(test_the_first_column_gives_way_next),
        cmocka_unit_test(test_every_width_holds),
        cmocka_unit_test(test_colour_takes_no_room),
    };
    display_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
