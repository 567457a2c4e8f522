// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a declaration comes to once its sources are known.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/effective.h"

static struct declaration *read_one(const char *yaml)
{
    struct declaration_file *file = declaration_file_read("t.yaml", yaml, strlen(yaml));
    assert_int_equal(file->count, 1);
    assert_non_null(file->documents[0].declaration);
    struct declaration *declaration = declaration_ref(file->documents[0].declaration);
    declaration_file_free(file);
    return declaration;
}

static const char selected[] = "name: base-{digest}\n"
                               "source_image_id: {name: 'Debian-12-*', newest: true}\n"
                               "source_region_name: cloudgouv-eu-west-1\n"
                               "description: '{name} of {source_id} is {digest}, not {other}'\n"
                               "tags: {from: '{source_id}', plain: '{', both: '{name}{name}'}\n";

static void test_placeholders(void **state)
{
    (void)state;
    struct declaration *declaration = read_one(selected);
    struct text_list sources = {0};
    text_list_add(&sources, "ami-51459d59");
    struct image *image = effective_image(declaration, &sources);
    assert_int_equal(strlen(image->name), strlen("base-") + 8);
    assert_memory_equal(image->name, "base-", 5);
    char *description = NULL;
    assert_true(asprintf(&description, "base-{digest} of ami-51459d59 is %s, not {other}",
                    image->name + 5) > 0);
    assert_string_equal(image->description, description);
    free(description);
    assert_string_equal(tag_list_find(&image->tags, "from"), "ami-51459d59");
    assert_string_equal(tag_list_find(&image->tags, "plain"), "{");
    assert_string_equal(tag_list_find(&image->tags, "both"), "base-{digest}base-{digest}");
    assert_string_equal(image->source_image.id, "ami-51459d59");
    image_free(image);
    text_list_deinit(&sources);
    declaration_unref(declaration);
}

// What is not known yet stays as it is written, and of several sources the first that is one
// counts.
static void test_source_id(void **state)
{
    (void)state;
    struct declaration *declaration = read_one(
        "name: abc\nroot_device_name: /dev/sda1\ndescription: of {source_id}\n"
        "block_device_mappings:\n- {device_name: /dev/sdb, bsu: {volume_size: 5}}\n"
        "- {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {a: b}}}}\n");
    struct text_list sources = {0};
    struct image *image = effective_image(declaration, &sources);
    assert_string_equal(image->description, "of {source_id}");
    image_free(image);
    effective_parse_sources(",snap-1", &sources);
    assert_int_equal(sources.count, 2);
    image = effective_image(declaration, &sources);
    assert_string_equal(image->description, "of snap-1");
    assert_null(image->block_devices.items[0].bsu.snapshot.id);
    assert_string_equal(image->block_devices.items[1].bsu.snapshot.id, "snap-1");
    image_free(image);
    text_list_deinit(&sources);
    sources = (struct text_list){0};
    effective_parse_sources(NULL, &sources);
    assert_int_equal(sources.count, 0);
    declaration_unref(declaration);
}

static void test_digest_follows_the_source(void **state)
{
    (void)state;
    struct declaration *declaration = read_one(selected);
    assert_true(effective_needs_sources(declaration));
    struct text_list one = {0};
    struct text_list other = {0};
    text_list_add(&one, "ami-51459d59");
    text_list_add(&other, "ami-ce26fdee");
    struct image *first = effective_image(declaration, &one);
    struct image *again = effective_image(declaration, &one);
    struct image *second = effective_image(declaration, &other);
    assert_string_equal(first->name, again->name);
    assert_string_not_equal(first->name, second->name);
    image_free(first);
    image_free(again);
    image_free(second);
    text_list_deinit(&one);
    text_list_deinit(&other);
    declaration_unref(declaration);
}

// A literal id and a selector that found it make the same image.
static void test_literal_and_found_agree(void **state)
{
    (void)state;
    static const char literal[] = "name: x-{digest}\nsource_image_id: ami-51459d59\n"
                                  "source_region_name: cloudgouv-eu-west-1\n";
    static const char found[] =
        "name: x-{digest}\nsource_image_id: {name: Debian-12, newest: true}\n"
        "source_region_name: cloudgouv-eu-west-1\n";
    struct declaration *a = read_one(literal);
    struct declaration *b = read_one(found);
    assert_false(effective_needs_sources(a));
    struct text_list sources = {0};
    struct declared declared = declaration_open(a);
    effective_sources(&declared.image, &sources);
    assert_int_equal(sources.count, 1);
    struct image *of_a = effective_image(a, &(struct text_list){0});
    struct image *of_b = effective_image(b, &sources);
    assert_string_equal(of_a->name, of_b->name);
    image_free(of_a);
    image_free(of_b);
    text_list_deinit(&sources);
    declaration_unref(a);
    declaration_unref(b);
}

static void test_snapshots_by_mapping(void **state)
{
    (void)state;
    struct declaration *declaration = read_one(
        "name: snapshots\nroot_device_name: /dev/sda1\narchitecture: x86_64\n"
        "block_device_mappings:\n"
        "  - {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {role: root}}}}\n"
        "  - {device_name: /dev/sdb, virtual_device_name: ephemeral0}\n"
        "  - {device_name: /dev/sdc, bsu: {snapshot_id: snap-5ee113a6}}\n");
    struct text_list none = {0};
    struct declared declared = declaration_open(declaration);
    effective_sources(&declared.image, &none);
    assert_int_equal(none.count, 0);
    struct text_list sources = {0};
    effective_parse_sources("snap-11111111,,snap-5ee113a6", &sources);
    assert_int_equal(sources.count, 3);
    assert_string_equal(sources.items[1], "");
    struct image *image = effective_image(declaration, &sources);
    assert_string_equal(image->block_devices.items[0].bsu.snapshot.id, "snap-11111111");
    assert_string_equal(image->block_devices.items[2].bsu.snapshot.id, "snap-5ee113a6");
    struct text_list back = {0};
    effective_sources(image, &back);
    char *text = effective_format_sources(&back);
    assert_string_equal(text, "snap-11111111,,snap-5ee113a6");
    free(text);
    text_list_deinit(&back);
    text_list_deinit(&sources);
    image_free(image);
    declaration_unref(declaration);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_id),
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_digest_follows_the_source),
        cmocka_unit_test(test_literal_and_found_agree),
        cmocka_unit_test(test_snapshots_by_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
