// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Problems are kept, ordered and told.
#include "config.h"

#include "declaration_fixture.h"

#include "core/problem.h"

static void add(struct problem_list *list, unsigned line, unsigned column, const char *message)
{
    problem_add(list, SEVERITY_WARNING, (struct place){line, column}, "", "%s", message);
}

// By place; what has the same place keeps its order, however many there are.
static void test_sort(void **state)
{
    (void)state;
    struct problem_list list = {0};
    problem_list_sort(&list);
    for (unsigned i = 0; i < 1000; i++) {
        char message[16];
        snprintf(message, sizeof(message), "%04u", i);
        add(&list, i * 7919 % 13, i * 31 % 5, message);
    }
    problem_list_sort(&list);
    for (size_t i = 1; i < list.count; i++) {
        const struct problem *a = &list.items[i - 1];
        const struct problem *b = &list.items[i];
        bool before = a->place.line < b->place.line ||
                      (a->place.line == b->place.line && a->place.column < b->place.column);
        bool same = a->place.line == b->place.line && a->place.column == b->place.column;
        assert_true(before || (same && strcmp(a->message, b->message) < 0));
    }
    problem_list_deinit(&list);
}

static void test_move(void **state)
{
    (void)state;
    struct problem_list to = {0};
    struct problem_list from = {0};
    add(&to, 2, 1, "first");
    add(&from, 1, 1, "second");
    problem_add(&from, SEVERITY_ERROR, (struct place){1, 1}, "x", "third");
    assert_false(problem_list_has_errors(&to));
    problem_list_move(&to, &from);
    assert_int_equal(from.count, 0);
    assert_int_equal(to.count, 3);
    assert_string_equal(to.items[1].message, "second");
    assert_true(problem_list_has_errors(&to));
    problem_list_deinit(&to);
}

// Keys are of anybody's making: no control character of theirs reaches a terminal.
static void test_paths_are_clean(void **state)
{
    (void)state;
    static const char *const paths[][2] = {
        {"a\x1b[31m", "a?[31m"},
        {"a\x7f", "a?"},
        {"a\xc2\x85"
         "b",
            "a??b"},
        {"caf\xc3\xa9\xc2\xa0", "caf\xc3\xa9\xc2\xa0"},
    };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct problem_list list = {0};
        problem_add(&list, SEVERITY_ERROR, (struct place){1, 1}, paths[i][0], "x");
        assert_string_equal(list.items[0].path, paths[i][1]);
        problem_list_deinit(&list);
    }
}

static void test_format(void **state)
{
    (void)state;
    struct problem_list list = {0};
    struct text out = {0};
    problem_add(&list, SEVERITY_ERROR, (struct place){3, 14}, "a.b", "%d wrong", 2);
    problem_add(&list, SEVERITY_WARNING, (struct place){0}, "", "odd");
    problem_format(&list.items[0], "x.yaml", &out);
    assert_string_equal(out.bytes, "x.yaml:3:14: error: a.b: 2 wrong");
    text_clear(&out);
    problem_format(&list.items[1], "x.yaml", &out);
    assert_string_equal(out.bytes, "x.yaml: warning: odd");
    text_deinit(&out);
    problem_list_deinit(&list);
}

// A path may hold anybody's keys: no control characters, no endless lines.
static void test_path(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *shown;
    } rows[] = {{"a.b", "a.b"}, {"a\n\x1b[m\x7f", "a??[m?"}, {"\xc2\x9b\xc3\xa9", "??\xc3\xa9"}};
    struct problem_list list = {0};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        problem_add(&list, SEVERITY_ERROR, (struct place){0}, rows[i].path, "x");
        assert_string_equal(list.items[i].path, rows[i].shown);
    }
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + 198, "\xe2\x82\xac", 3);
    longest[299] = '\0';
    problem_add(&list, SEVERITY_ERROR, (struct place){0}, longest, "x");
    assert_string_equal(list.items[3].path + 196, "aa…");
    problem_list_deinit(&list);
}

static void test_limit(void **state)
{
    (void)state;
    struct problem_list list = {0};
    for (unsigned i = 0; i < PROBLEM_LIMIT; i++)
        add(&list, i, 1, "odd");
    assert_true(problem_list_is_full(&list));
    assert_string_equal(list.items[PROBLEM_LIMIT - 1].message, "odd");
    add(&list, 1000, 1, "odd");
    add(&list, 1001, 1, "odd");
    assert_int_equal(list.count, PROBLEM_LIMIT);
    assert_non_null(strstr(list.items[PROBLEM_LIMIT - 1].message, "more problems"));
    assert_false(problem_list_has_errors(&list));
    problem_add(&list, SEVERITY_ERROR, (struct place){1, 1}, "x", "wrong");
    assert_int_equal(list.count, PROBLEM_LIMIT);
    assert_true(problem_list_has_errors(&list));
    problem_list_deinit(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_are_clean),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_move),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
