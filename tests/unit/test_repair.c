// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Repairs that are made over and over: counted by field, and only when they are just the same.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/image_fields.h"
#include "core/memory.h"
#include "core/repair.h"

static const struct field *field_named(const char *name)
{
    const struct field *field = NULL;
    size_t i = 0;
    while ((field = field_table_at(&image_table, i)) != NULL && strcmp(field->name, name) != 0)
        i++;
    assert_non_null(field);
    return field;
}

static void add(struct difference_list *list, const char *field, const char *path, const char *to)
{
    list->items = memory_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = (struct difference){
        .field = field_named(field), .path = memory_text(path), .to = memory_text(to)};
}

static unsigned note(char **repaired, const struct difference_list *differences, const char *field)
{
    char *description = repair_describe(differences, field);
    unsigned times = repair_note(repaired, description);
    free(description);
    return times;
}

static void test_description(void **state)
{
    (void)state;
    struct difference_list differences = {0};
    add(&differences, "tags", "tags.Name", "a\nb");
    add(&differences, "access", "access.is_public", "false");
    add(&differences, "tags", "tags.old", NULL);
    char *description = repair_describe(&differences, "tags");
    assert_string_equal(description, "tags: tags.Name=a?b tags.old=(removed)");
    free(description);
    difference_list_deinit(&differences);
}

static void test_counting(void **state)
{
    (void)state;
    struct difference_list both = {0};
    struct difference_list tags = {0};
    char *repaired = NULL;
    add(&both, "tags", "tags.Name", "a");
    add(&both, "access", "access.is_public", "false");
    add(&tags, "tags", "tags.Name", "b");
    for (unsigned i = 1; i <= 3; i++) {
        assert_false(repair_is_in_vain(repaired, &both, 3));
        assert_int_equal(note(&repaired, &both, "tags"), i);
        assert_int_equal(note(&repaired, &both, "access"), i);
    }
    assert_true(repair_is_in_vain(repaired, &both, 3));
    assert_false(repair_is_in_vain(repaired, &both, 4));
    assert_false(repair_is_in_vain(repaired, &tags, 1)); // another value
    assert_int_equal(note(&repaired, &tags, "tags"), 1);
    assert_false(repair_is_in_vain(repaired, &both, 3));
    assert_int_equal(note(&repaired, &both, "tags"), 1);
    assert_int_equal(note(&repaired, &both, "access"), 4); // its line stayed
    free(repaired);
    difference_list_deinit(&both);
    difference_list_deinit(&tags);
}

static void test_what_cannot_be_repaired_counts_not(void **state)
{
    (void)state;
    struct difference_list differences = {0};
    assert_false(repair_is_in_vain("3 tags:\n", &differences, 1)); // no difference
    add(&differences, "description", "description", "x");
    assert_false(repair_is_in_vain("3 description: description=x\n", &differences, 1));
    difference_list_deinit(&differences);
}

// A record of another version, or damaged: as if nothing was repaired.
static void test_foreign_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "\n", "tags:", "tags: tags.Name=a\n", "x\n\n3", "3 ", "99999999999999999999 tags"};
    struct difference_list differences = {0};
    add(&differences, "tags", "tags.Name", "a");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char *repaired = memory_text(texts[i]);
        assert_false(repair_is_in_vain(repaired, &differences, 1));
        assert_int_equal(note(&repaired, &differences, "tags"), 1);
        assert_int_equal(note(&repaired, &differences, "tags"), 2);
        free(repaired);
    }
    difference_list_deinit(&differences);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_counting),
        cmocka_unit_test(test_what_cannot_be_repaired_counts_not),
        cmocka_unit_test(test_foreign_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
