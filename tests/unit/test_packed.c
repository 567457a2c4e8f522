// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is packed and opened again says the same, in canonical form, and stands alone: the original
// may go. Every field of the table is there at least once.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/canonical.h"
#include "core/declaration_fields.h"
#include "core/document.h"
#include "core/field_read.h"
#include "core/memory.h"
#include "core/packed.h"
#include "core/text.h"

static const char *const texts[] = {
    "{}",
    "name: web",
    "name: ''\ndescription: ''\ntags: {}\nproduct_codes: []\n",
    "name: web\ndescription: long enough to need more than one word\n"
    "source_image_id: {name: 'Debian-*', tags: {a: b, c: ''}, public: true, newest: true,\n"
    "  follow: true}\nsource_region_name: cloudgouv-eu-west-1\nno_reboot: false\n"
    "product_codes: [b, a, c]\naccess: {is_public: false}\ntags: {Name: x, team: y}\n"
    "lifecycle: {on_remove: keep, on_change: keep, on_drift: report, adopt: always,\n"
    "  tags_policy: exact, protect: true, delete_snapshots: true, suspend: true, timeout: 1h,\n"
    "  max_attempts: 2, keep_previous: 1}\n",
    "vm_id: {declared: x}\nno_reboot: true\naccess: inherit\nlifecycle: {}\n",
    "root_device_name: /dev/sda1\narchitecture: x86_64\nblock_device_mappings:\n"
    "- {device_name: /dev/sdb, virtual_device_name: ephemeral0}\n"
    "- {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {a: b}}, volume_size: 10,\n"
    "   volume_type: io1, iops: 100, delete_on_vm_deletion: false}}\n",
    "block_device_mappings: []\n",
};

static char *canonical(const struct declared *declared)
{
    struct text text = {0};
    canonical_write(&declaration_table, declared, CANONICAL_WHOLE, &text);
    return text_steal(&text);
}

static void read_text(const char *bytes, struct declared *declared)
{
    struct document_reader *reader = document_reader_new(bytes, strlen(bytes));
    struct problem_list problems = {0};
    const struct node *root = NULL;
    assert_int_equal(document_reader_next(reader, &root, &problems), DOCUMENT_READ);
    field_table_read(&declaration_table, root, "", declared, &problems);
    problem_list_deinit(&problems);
    document_reader_free(reader);
}

static void test_packed_says_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct declared declared = {0};
        read_text(texts[i], &declared);
        char *before = canonical(&declared);
        struct packed *packed = packed_new(&declaration_table, &declared);
        char *still = canonical(&declared); // it has not changed
        field_table_deinit(&declaration_table, &declared);
        struct declared opened;
        memset(&opened, 0xaa, sizeof(opened));
        packed_open(packed, &declaration_table, &opened);
        char *after = canonical(&opened);
        assert_string_equal(still, before);
        assert_string_equal(after, before);
        free(before);
        free(still);
        free(after);
        free(packed);
    }
}

// Of an image as the cloud tells it, which has what no file says.
static void test_an_image_of_the_cloud(void **state)
{
    (void)state;
    struct image image = {
        .id = memory_text("ami-1"),
        .creation_date = memory_text("2026-08-10T08:00:00Z"),
        .cloud_state = memory_text("failed"),
        .state_comment = {.present = true, .code = memory_text("c"), .message = memory_text("m")},
        .type = memory_text("machine"),
        .root_device_type = memory_text("bsu"),
    };
    struct packed *packed = packed_new(&image_table, &image);
    image_deinit(&image);
    packed_open(packed, &image_table, &image);
    assert_string_equal(image.id, "ami-1");
    assert_string_equal(image.creation_date, "2026-08-10T08:00:00Z");
    assert_string_equal(image.cloud_state, "failed");
    assert_true(image.state_comment.present);
    assert_string_equal(image.state_comment.code, "c");
    assert_string_equal(image.state_comment.message, "m");
    assert_string_equal(image.type, "machine");
    assert_string_equal(image.root_device_type, "bsu");
    assert_null(image.name);
    assert_false(image.tags.present);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_says_the_same),
        cmocka_unit_test(test_an_image_of_the_cloud),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
