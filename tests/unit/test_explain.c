// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Help on fields: every row of the table can be asked for and says what a person needs.
#include "config.h"

#include "declaration_fixture.h"

#include "core/declaration_fields.h"
#include "core/explain.h"

static const struct {
    const char *path;
    int result;
    const char *said; // a part of it
} rows[] = {
    {NULL, 0, "Exactly one of source_image_id,"},
    {"", 0, "  lifecycle              How imaged treats the image"},
    {"block_device_mappings.bsu.iops", 0,
        "  type        whole number, at least 1, at most 13000\n"},
    {"block_device_mappings[0].bsu.iops", 0, "block_device_mappings.bsu.iops\n\n  The promised"},
    {"block_device_mappings", 0, "list of mappings, at least 1 item, at most 1351 items\n"},
    {"block_device_mappings", 0, "Fields:\n  device_name          Where"},
    {"block_device_mappings", 0,
        "Example:\n  block_device_mappings:\n    - device_name: /dev/sda1\n"},
    {"block_device_mappings.device_name", 0, "  required    yes\n"},
    {"block_device_mappings.bsu.volume_type", 0, "  type        one of standard, gp2, io1\n"},
    {"block_device_mappings.bsu.volume_type", 0, "  default     standard\n"},
    {"architecture", 0, "  only for    images registered from snapshots"},
    {"architecture", 0, "  a change    needs a new image\n"},
    {"tags", 0, "  a change    made on the live image\n"},
    {"tags", 0, "at most 48 items\n"},
    {"lifecycle.timeout", 0, "at least 1s\n"},
    {"lifecycle.on_remove", 0, "one of delete, keep\n"},
    {"source_image_id", 0, "form        must be an image's id, such as ami-51459d59, or"},
    {"source_image_id.follow", 0, "Look again at each resync"},
    {"name", 0, "must be 3 to 128 of the letters"},
    {"description", 0, "  default     empty\n"},
    {"access.inherit", 0, "access: inherit"},
    {"state", 0, "only the cloud says it"},
    {"on_remove", -1, "no field on_remove; did you mean lifecycle.on_remove?\n"},
    {"sourceImageId", -1, "did you mean source_image_id?\n"},
    {"lifecycle.onremove", -1, "no field lifecycle.onremove; did you mean lifecycle.on_remove?\n"},
    {"name.x", -1, "name has no fields\n"},
    {"xyzzy", -1, "no field xyzzy\n"},
    {".", -1, "no field \n"},
    {"tags[", 0, "tags\n"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text out = {0};
        int result = explain_write(rows[i].path, &out);
        if (result != rows[i].result || strstr(text_string(&out), rows[i].said) == NULL)
            fail_msg("row %zu: %d\n%s", i, result, text_string(&out));
        text_deinit(&out);
    }
}

// Walks all rows: each has a sentence of help, an example that is good YAML if it can be declared,
// and lines that fit a terminal.
static void check_table(const struct field_table *table, const char *above)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        struct text path = {0};
        struct text out = {0};
        text_format(&path, "%s%s%s", above, *above == '\0' ? "" : ".", field->name);
        assert_int_equal(explain_write(path.bytes, &out), 0);
        assert_non_null(field->help);
        assert_int_equal(field->help[strlen(field->help) - 1], '.');
        if (field->change != CHANGE_OBSERVED)
            assert_non_null(field->example);
        for (const char *line = out.bytes; *line != '\0'; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > 100)
                fail_msg("%s: %s", path.bytes, line);
        if (field->children != NULL)
            check_table(field->children, path.bytes);
        text_deinit(&path);
        text_deinit(&out);
    }
}

static void test_all_fields(void **state)
{
    (void)state;
    check_table(&declaration_table, "");
}

// The examples of the outer fields are what the reader takes.
static void test_examples(void **state)
{
    (void)state;
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(&declaration_table, i)) != NULL; i++) {
        if (field->example == NULL)
            continue;
        struct text yaml = {0};
        bool named = strcmp(field->name, "name") == 0;
        text_format(&yaml, "%s%s\n", named ? "" : "name: abc\n", field->example);
        bool snapshots = (field->sources & SOURCE_SNAPSHOTS) != 0;
        bool copy = (field->sources & SOURCE_IMAGE) != 0;
        if (snapshots && strcmp(field->name, "block_device_mappings") != 0)
            text_append(&yaml,
                "block_device_mappings: [{device_name: /dev/sda1, bsu: {snapshot_id: snap-1}}]\n");
        if (snapshots && strcmp(field->name, "root_device_name") != 0)
            text_append(&yaml, "root_device_name: /dev/sda1\n");
        if (copy)
            text_append(&yaml, strcmp(field->name, "source_image_id") == 0
                                   ? "source_region_name: r\n"
                                   : "source_image_id: ami-1\n");
        if (!copy && !snapshots && strcmp(field->name, "vm_id") != 0)
            text_append(&yaml, "vm_id: i-1\n");
        declaration_unref(read_good(yaml.bytes));
        text_deinit(&yaml);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_all_fields),
        cmocka_unit_test(test_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
