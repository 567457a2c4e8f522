// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Misspelt words find the one that was meant, and others find none.
#include "config.h"

#include "declaration_fixture.h"

#include "core/declaration_fields.h"
#include "core/suggest.h"

static const struct {
    const char *a, *b;
    size_t distance;
} distances[] = {{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"abc", "abc", 0}, {"abc", "acb", 1},
    {"abc", "abd", 1}, {"abc", "ab", 1}, {"abc", "xabc", 1}, {"kitten", "sitting", 3},
    {"ca", "abc", 3}, {"ABC", "abc", 0}, {"a-b", "a_b", 0}, {"abcd", "badc", 2}};

static void test_distances(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
        assert_int_equal(suggest_distance(distances[i].a, distances[i].b), distances[i].distance);
        assert_int_equal(suggest_distance(distances[i].b, distances[i].a), distances[i].distance);
    }
    char longest[66];
    memset(longest, 'a', sizeof(longest));
    longest[65] = '\0';
    assert_true(suggest_distance(longest, "a") == SIZE_MAX);
    assert_int_equal(suggest_distance(longest + 1, "a"), 63);
}

static void test_words(void **state)
{
    (void)state;
    static const char *const known[] = {"standard", "gp2", "io1", NULL};
    assert_string_equal(suggest_word("standart", known), "standard");
    assert_string_equal(suggest_word("gp3", known), "gp2");
    assert_string_equal(suggest_word("GP2", known), "gp2");
    assert_null(suggest_word("magnetic", known));
    assert_null(suggest_word("", known));
}

static const struct {
    const char *key;
    const char *name; // NULL: none
} fields[] = {{"sourceImageId", "source_image_id"}, {"source_imageid", "source_image_id"},
    {"tag", "tags"}, {"nmae", "name"}, {"vmId", "vm_id"}, {"vm", NULL}, {"Name", "name"},
    {"life_cycle", "lifecycle"}, {"creationDate", NULL}, {"xyzzy", NULL}};

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const struct field *found = suggest_field(fields[i].key, &declaration_table);
        const char *name = found == NULL ? "(none)" : found->name;
        if (strcmp(name, fields[i].name == NULL ? "(none)" : fields[i].name) != 0)
            fail_msg("%s: %s", fields[i].key, name);
    }
}

static void test_paths(void **state)
{
    (void)state;
    struct text path = {0};
    assert_int_equal(suggest_path("iops", &declaration_table, &path), 0);
    assert_string_equal(path.bytes, "block_device_mappings.bsu.iops");
    text_clear(&path);
    assert_int_equal(suggest_path("isPublic", &declaration_table, &path), 0);
    assert_string_equal(path.bytes, "access.is_public");
    text_clear(&path);
    assert_int_equal(suggest_path("inherit", &declaration_table, &path), -1);
    assert_string_equal(text_string(&path), "");
    text_deinit(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distances),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
