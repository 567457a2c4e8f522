// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Which name is declared where, and what a bad file hides.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/catalogue.h"

#define VM(name) "name: " name "\nvm_id: i-1\nno_reboot: true\n"

static struct text_list touched;

static void put(struct catalogue *catalogue, const char *path, const char *text)
{
    text_list_deinit(&touched);
    touched = (struct text_list){0};
    catalogue_put(catalogue, declaration_file_read(path, text, strlen(text)), &touched);
}

static void drop(struct catalogue *catalogue, const char *path)
{
    text_list_deinit(&touched);
    touched = (struct text_list){0};
    catalogue_remove(catalogue, path, &touched);
}

// Good: declared in that file, and usable;  NULL: not declared.
static void check_good(const struct catalogue *catalogue, const char *name, const char *file)
{
    struct standing standing = catalogue_standing(catalogue, name);
    assert_int_equal(standing.declared, file != NULL);
    if (file != NULL) {
        assert_string_equal(standing.file, file);
        assert_non_null(standing.declaration);
    }
    assert_null(standing.error);
}

static void check_bad(const struct catalogue *catalogue, const char *name, const char *error)
{
    struct standing standing = catalogue_standing(catalogue, name);
    assert_true(standing.declared);
    assert_null(standing.declaration);
    assert_non_null(standing.error);
    if (strstr(standing.error, error) == NULL)
        fail_msg("%s: %s", name, standing.error);
    free(standing.error);
}

static void check_counts(
    const struct catalogue *catalogue, size_t files, size_t valid, size_t invalid)
{
    struct catalogue_counts counts = catalogue_counts(catalogue);
    assert_int_equal(counts.files, files);
    assert_int_equal(counts.valid, valid);
    assert_int_equal(counts.invalid, invalid);
}

static int tear_down(void **state)
{
    (void)state;
    text_list_deinit(&touched);
    return 0;
}

static void test_comes_and_goes(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_new();
    check_good(catalogue, "one", NULL);
    put(catalogue, "a.yaml", VM("one") "---\n" VM("two"));
    check_good(catalogue, "one", "a.yaml");
    check_good(catalogue, "two", "a.yaml");
    check_counts(catalogue, 1, 2, 0);
    assert_true(text_list_has(&touched, "one") && text_list_has(&touched, "two"));
    put(catalogue, "a.yaml", VM("two"));
    assert_true(text_list_has(&touched, "one"));
    check_good(catalogue, "one", NULL); // a good file says what it does not declare
    drop(catalogue, "a.yaml");
    assert_true(text_list_has(&touched, "two"));
    check_good(catalogue, "two", NULL);
    check_counts(catalogue, 0, 0, 0);
    drop(catalogue, "a.yaml");
    assert_int_equal(touched.count, 0);
    catalogue_free(catalogue);
    catalogue_free(NULL);
}

static void test_bad_document_keeps_its_name(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_new();
    put(catalogue, "a.yaml", VM("one") "---\n" VM("two"));
    put(catalogue, "a.yaml", VM("one") "nonsense: 1\n---\n" VM("two"));
    check_bad(catalogue, "one", "a.yaml:4");
    check_good(catalogue, "two", "a.yaml");
    check_counts(catalogue, 1, 1, 1);
    assert_null(catalogue_blind_spot(catalogue));
    assert_false(catalogue_holds(catalogue, "a.yaml"));
    catalogue_free(catalogue);
}

static void test_broken_file_keeps_its_names(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "", "# only this\n", "name: \"one\n", "vm_id: [\n", VM("one") "---\nvm_id: i-2\nname: \n"};
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        struct catalogue *catalogue = catalogue_new();
        put(catalogue, "a.yaml", VM("one") "---\n" VM("two"));
        put(catalogue, "a.yaml", broken[i]);
        check_bad(catalogue, "two", "a.yaml");
        assert_true(catalogue_holds(catalogue, "a.yaml"));
        assert_null(catalogue_blind_spot(catalogue));  // what it hides is known
        put(catalogue, "a.yaml", broken[(i + 1) % 4]); // and broken in another way
        check_bad(catalogue, "two", "a.yaml");
        put(catalogue, "a.yaml", VM("two"));
        check_good(catalogue, "one", NULL);
        check_good(catalogue, "two", "a.yaml");
        assert_null(catalogue_file_error(catalogue, "a.yaml"));
        catalogue_free(catalogue);
    }
}

static void test_blind_spots(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool blind;
    } cases[] = {
        {"", false}, // complete in its way
        {"# nothing\n", false},
        {VM("one"), false},
        {VM("one") "nonsense: 1\n", false},
        {"name: \"one\n", true},
        {VM("one") "---\n[1]\n", true},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct catalogue *catalogue = catalogue_new();
        put(catalogue, "a.yaml", cases[i].text);
        const char *spot = catalogue_blind_spot(catalogue);
        if ((spot != NULL) != cases[i].blind)
            fail_msg("case %zu", i);
        if (spot != NULL)
            assert_string_equal(spot, "a.yaml");
        put(catalogue, "a.yaml", VM("one"));
        assert_null(catalogue_blind_spot(catalogue));
        put(catalogue, "b.yaml", "name: \"one\n");
        drop(catalogue, "b.yaml");
        assert_null(catalogue_blind_spot(catalogue));
        catalogue_free(catalogue);
    }
}

static void test_unreadable_file(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_new();
    put(catalogue, "a.yaml", VM("one"));
    catalogue_put(catalogue, declaration_file_unreadable("a.yaml", "no permission"), &touched);
    check_bad(catalogue, "one", "no permission");
    char *error = catalogue_file_error(catalogue, "a.yaml");
    assert_non_null(strstr(error, "no permission"));
    free(error);
    assert_null(catalogue_file_error(catalogue, "b.yaml"));
    catalogue_put(catalogue, declaration_file_unreadable("c.yaml", "no permission"), &touched);
    assert_string_equal(catalogue_blind_spot(catalogue), "c.yaml");
    catalogue_free(catalogue);
}

static void test_declared_twice(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_new();
    put(catalogue, "b.yaml", VM("other") "---\n" VM("one"));
    put(catalogue, "a.yaml", VM("one"));
    check_bad(catalogue, "one", "a.yaml:1");
    check_bad(catalogue, "one", "b.yaml:5");
    check_good(catalogue, "other", "b.yaml");
    drop(catalogue, "a.yaml");
    assert_true(text_list_has(&touched, "one"));
    check_good(catalogue, "one", "b.yaml");
    catalogue_free(catalogue);
}

// The same places in the same words, in whatever order the files came.
static void test_declared_twice_in_any_order(void **state)
{
    (void)state;
    static const char *const orders[][3] = {
        {"a.yaml", "b.yaml", "c.yaml"}, {"c.yaml", "a.yaml", "b.yaml"}};
    char *errors[2];
    for (int i = 0; i < 2; i++) {
        struct catalogue *catalogue = catalogue_new();
        for (int j = 0; j < 3; j++)
            put(catalogue, orders[i][j], VM("one"));
        errors[i] = catalogue_standing(catalogue, "one").error;
        catalogue_free(catalogue);
    }
    assert_string_equal(errors[0], errors[1]);
    free(errors[0]);
    free(errors[1]);
}

static void test_renamed_between_files(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_new();
    put(catalogue, "a.yaml", VM("one"));
    drop(catalogue, "a.yaml");
    put(catalogue, "b.yaml", VM("one"));
    check_good(catalogue, "one", "b.yaml");
    put(catalogue, "c.yaml", VM("one")); // the other way round: new first
    drop(catalogue, "b.yaml");
    check_good(catalogue, "one", "c.yaml");
    catalogue_free(catalogue);
}

// Of many errors the first few are told, and how many there are.
static void test_many_errors(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_new();
    char yaml[512] = "name: one\nvm_id: i-1\n";
    for (int i = 0; i < 25; i++)
        snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "key-%02d: x\n", i);
    put(catalogue, "a.yaml", yaml);
    check_bad(catalogue, "one", "key-19: unknown field");
    check_bad(catalogue, "one", "; and 5 more");
    catalogue_free(catalogue);
}

static void count_files(const struct declaration_file *file, void *data)
{
    assert_non_null(file->path);
    (*(size_t *)data)++;
}

static void test_each(void **state)
{
    (void)state;
    struct catalogue *catalogue = catalogue_new();
    put(catalogue, "a.yaml", VM("one"));
    put(catalogue, "b.yaml", "");
    size_t count = 0;
    catalogue_each(catalogue, count_files, &count);
    assert_int_equal(count, 2);
    catalogue_free(catalogue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_errors),
        cmocka_unit_test(test_comes_and_goes),
        cmocka_unit_test(test_bad_document_keeps_its_name),
        cmocka_unit_test(test_broken_file_keeps_its_names),
        cmocka_unit_test(test_blind_spots),
        cmocka_unit_test(test_unreadable_file),
        cmocka_unit_test(test_declared_twice),
        cmocka_unit_test(test_declared_twice_in_any_order),
        cmocka_unit_test(test_renamed_between_files),
        cmocka_unit_test(test_each),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
