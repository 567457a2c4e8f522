// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Images and their parts: copied without sharing, freed without rest (the sanitizers look on), and
// described by tables that fit the structs.
#include "config.h"

#include "declaration_fixture.h"

#include "core/declaration_fields.h"
#include "core/diff.h"

static void put(char **text, const char *value)
{
    free(*text);
    *text = strdup(value);
}

// All members set.
static struct image *make_full(void)
{
    struct image *image = image_new();
    put(&image->name, "abc");
    put(&image->description, "d");
    image->source_image.present = true;
    put(&image->source_image.declared, "x");
    put(&image->source_image.name, "y*");
    tag_list_set(&image->source_image.tags, "a", "b");
    put(&image->source_region_name, "r");
    image->vm.present = true;
    put(&image->vm.id, "i-1");
    image->no_reboot = BOOLEAN_TRUE;
    image->block_devices.present = true;
    image->block_devices.count = 2;
    image->block_devices.items = calloc(2, sizeof(struct block_device));
    put(&image->block_devices.items[0].device_name, "/dev/sda1");
    put(&image->block_devices.items[1].device_name, "/dev/sdb");
    put(&image->block_devices.items[1].virtual_device_name, "ephemeral0");
    struct bsu *bsu = &image->block_devices.items[0].bsu;
    bsu->present = true;
    bsu->snapshot.present = true;
    put(&bsu->snapshot.id, "snap-1");
    put(&bsu->volume_type, "io1");
    bsu->iops = (struct integer){.present = true, .value = 100};
    put(&image->root_device_name, "/dev/sda1");
    put(&image->architecture, "x86_64");
    text_list_add(&image->product_codes, "0001");
    image->access.present = true;
    image->access.is_public = BOOLEAN_TRUE;
    tag_list_set(&image->tags, "k", "v");
    put(&image->id, "ami-1");
    put(&image->creation_date, "now");
    put(&image->cloud_state, "available");
    image->state_comment.present = true;
    put(&image->state_comment.code, "c");
    put(&image->state_comment.message, "m");
    put(&image->type, "machine");
    put(&image->root_device_type, "bsu");
    return image;
}

static void test_copy(void **state)
{
    (void)state;
    struct image *image = make_full();
    struct image *clone = image_clone(image);
    struct difference_list differences = {0};
    image_diff(image, clone, true, &differences);
    assert_int_equal(differences.count, 0);
    assert_ptr_not_equal(image->block_devices.items, clone->block_devices.items);
    image_free(image);
    assert_string_equal(clone->block_devices.items[0].bsu.snapshot.id, "snap-1");
    assert_string_equal(clone->block_devices.items[1].virtual_device_name, "ephemeral0");
    assert_string_equal(tag_list_find(&clone->source_image.tags, "a"), "b");
    assert_string_equal(clone->state_comment.message, "m");
    assert_string_equal(clone->product_codes.items[0], "0001");
    image_free(clone);
    image_free(NULL);
}

static void test_source(void **state)
{
    (void)state;
    struct image *image = make_full();
    assert_int_equal(image_source(image), SOURCE_IMAGE);
    image->source_image.present = false;
    assert_int_equal(image_source(image), SOURCE_VM);
    image->vm.present = false;
    assert_int_equal(image_source(image), SOURCE_SNAPSHOTS);
    image->block_devices.present = false;
    assert_int_equal(image_source(image), SOURCE_NONE);
    image_free(image);
}

static void test_tags(void **state)
{
    (void)state;
    struct tag_list tags = {0};
    struct tag_list copy;
    tag_list_remove(&tags, "a");
    assert_null(tag_list_find(&tags, "a"));
    tag_list_set(&tags, "a", "1");
    tag_list_set(&tags, "b", "2");
    tag_list_set(&tags, "c", "3");
    tag_list_set(&tags, "a", "4");
    assert_int_equal(tags.count, 3);
    tag_list_remove(&tags, "b");
    assert_int_equal(tags.count, 2);
    assert_null(tag_list_find(&tags, "b"));
    assert_string_equal(tag_list_find(&tags, "a"), "4");
    assert_string_equal(tag_list_find(&tags, "c"), "3");
    tag_list_copy(&copy, &tags);
    tag_list_deinit(&tags);
    assert_true(copy.present && !tags.present);
    assert_string_equal(tag_list_find(&copy, "c"), "3");
    tag_list_deinit(&copy);
}

static void test_lists(void **state)
{
    (void)state;
    struct text_list texts = {.present = true};
    struct text_list copy;
    text_list_copy(&copy, &texts);
    assert_true(copy.present);
    assert_int_equal(copy.count, 0);
    text_list_add(&texts, "a");
    text_list_add(&texts, "b");
    text_list_copy(&copy, &texts);
    text_list_deinit(&texts);
    assert_string_equal(copy.items[1], "b");
    text_list_deinit(&copy);
    struct image_list images = {0};
    struct image image = {.id = (char[]){"ami-1"}};
    for (unsigned i = 0; i < 9; i++)
        image_list_add(&images, &image);
    assert_int_equal(images.count, 9);
    assert_string_equal(image_open(images.items[8]).id, "ami-1");
    image_list_deinit(&images);
}

// Whether the rows of a table lie within its struct, do not overlap, and have what their type
// needs.
static void check_table(const struct field_table *table)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        assert_true(field->offset < table->size);
        assert_ptr_equal(field_table_find(table, field->name), field);
        const struct field *other = NULL;
        for (size_t j = 0; j < i && (other = field_table_at(table, j)) != NULL; j++) {
            assert_int_not_equal(other->offset, field->offset);
            if (field->json != NULL && other->json != NULL)
                assert_string_not_equal(field->json, other->json);
        }
        assert_int_equal(field->choices != NULL, field->type == FIELD_CHOICE);
        bool nested = field->type == FIELD_SELECTOR || field->type == FIELD_GROUP ||
                      field->type == FIELD_GROUP_LIST;
        assert_int_equal(field->children != NULL, nested);
        assert_int_equal(field->json != NULL, field->wire != WIRE_NONE);
        if (field->equality == EQUALITY_BY_KEY)
            assert_int_equal(field->children->fields[0].type, FIELD_TEXT);
        if (nested)
            check_table(field->children);
    }
    assert_null(field_table_find(table, "no such field"));
}

static void test_tables(void **state)
{
    (void)state;
    check_table(&declaration_table);
    assert_int_equal(declaration_table.size, sizeof(struct declared));
    assert_string_equal(field_table_at(&declaration_table, 0)->name, "name");
    size_t last = image_table.count + declaration_table.count;
    assert_string_equal(field_table_at(&declaration_table, last - 1)->name, "lifecycle");
    assert_null(field_table_at(&declaration_table, last));
}

// Each field of a full image is present, and of an empty one absent.
static void test_present(void **state)
{
    (void)state;
    struct image *full = make_full();
    struct image *empty = image_new();
    for (size_t i = 0; i < image_table.count; i++) {
        assert_true(field_present(&image_table.fields[i], full));
        assert_false(field_present(&image_table.fields[i], empty));
    }
    image_free(full);
    image_free(empty);
}

// What the cloud calls an image, and which of our questions that answers with yes.
static void test_cloud_states(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool available, failed, deleted;
    } cases[] = {
        {"available", true, false, false},
        {"failed", false, true, false},
        {"deleted", false, false, true},
        {"deregistered", false, false, true},
        {"pending", false, false, false},
        {"Available", false, false, false},
        {"", false, false, false},
        {NULL, false, false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct image image = {.cloud_state = (char *)cases[i].word};
        assert_int_equal(image_is_available(&image), cases[i].available);
        assert_int_equal(image_is_failed(&image), cases[i].failed);
        assert_int_equal(image_is_deleted(&image), cases[i].deleted);
    }
    assert_false(image_is_available(NULL) || image_is_failed(NULL) || image_is_deleted(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_tags),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_present),
        cmocka_unit_test(test_cloud_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
