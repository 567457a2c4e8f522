// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Files of declarations: what is read, how it is named, what two of them may not share.
#include "config.h"

#include "declaration_fixture.h"

#define FULL                                                                                       \
    "name: web-{digest}\n"                                                                         \
    "description: no\n"                                                                            \
    "source_image_id: {name: 'Debian-12-*', public: true, newest: true, follow: true}\n"           \
    "source_region_name: cloudgouv-eu-west-1\n"                                                    \
    "product_codes: [b, a]\n"                                                                      \
    "access: {is_public: 'true'}\n"                                                                \
    "tags:\n"                                                                                      \
    "  - {key: b, value: ~}\n"                                                                     \
    "  - {key: a, value: 'x y'}\n"                                                                 \
    "lifecycle: {on_remove: keep, timeout: 90m, protect: true, max_attempts: 3, keep_previous: 2}\n"

static void test_full(void **state)
{
    (void)state;
    struct declaration *declaration = read_good(FULL);
    struct declared declared = declaration_open(declaration);
    const struct image *image = &declared.image;
    assert_string_equal(declaration->name, "web-{digest}");
    assert_string_equal(declaration->file, "good.yaml");
    assert_int_equal(declaration->place.line, 1);
    assert_int_equal(declaration->source, SOURCE_IMAGE);
    assert_string_equal(image->description, "no");
    assert_true(image->source_image.present);
    assert_null(image->source_image.id);
    assert_string_equal(image->source_image.name, "Debian-12-*");
    assert_int_equal(image->source_image.is_public, BOOLEAN_TRUE);
    assert_int_equal(image->source_image.newest, BOOLEAN_TRUE);
    assert_int_equal(image->source_image.follow, BOOLEAN_TRUE);
    assert_int_equal(image->product_codes.count, 2);
    assert_string_equal(image->product_codes.items[0], "b");
    assert_true(image->access.present);
    assert_int_equal(image->access.is_public, BOOLEAN_TRUE);
    assert_string_equal(tag_list_find(&image->tags, "b"), "~");
    assert_string_equal(tag_list_find(&image->tags, "a"), "x y");
    assert_string_equal(declared.lifecycle.on_remove, "keep");
    assert_int_equal(declared.lifecycle.timeout_ms.value, 90 * 60 * 1000);
    assert_int_equal(declared.lifecycle.protect, BOOLEAN_TRUE);
    assert_int_equal(declared.lifecycle.suspend, BOOLEAN_ABSENT);
    assert_int_equal(declared.lifecycle.keep_previous.value, 2);
    assert_false(image->no_reboot);
    declaration_unref(declaration);
}

static void test_devices(void **state)
{
    (void)state;
    struct declaration *declaration = read_good(
        "name: abc\nroot_device_name: /dev/sda1\narchitecture: x84_64\n"
        "block_device_mappings:\n"
        "  - {device_name: /dev/xvdb, virtual_device_name: ephemeral0}\n"
        "  - {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {a: b}}, volume_size: '120',\n"
        "     volume_type: io1, iops: 150, delete_on_vm_deletion: false}}\n");
    struct declared declared = declaration_open(declaration);
    const struct block_device_list *devices = &declared.image.block_devices;
    assert_int_equal(declaration->source, SOURCE_SNAPSHOTS);
    assert_string_equal(declared.image.architecture, "x86_64");
    assert_int_equal(devices->count, 2);
    assert_string_equal(devices->items[0].virtual_device_name, "ephemeral0");
    assert_false(devices->items[0].bsu.present);
    const struct bsu *bsu = &devices->items[1].bsu;
    assert_true(bsu->present && bsu->snapshot.present);
    assert_string_equal(tag_list_find(&bsu->snapshot.tags, "a"), "b");
    assert_int_equal(bsu->volume_size_gib.value, 120);
    assert_int_equal(bsu->iops.value, 150);
    assert_int_equal(bsu->delete_on_vm_deletion, BOOLEAN_FALSE);
    declaration_unref(declaration);
}

static void test_inherit(void **state)
{
    (void)state;
    struct declaration *declaration = read_good("name: abc\nvm_id: i-1\naccess: inherit\n");
    struct access access = declaration_open(declaration).image.access;
    assert_true(access.present && access.inherit);
    declaration_unref(declaration);
    declaration = read_good("name: abc\nvm_id: i-1\naccess: {}\n");
    access = declaration_open(declaration).image.access;
    assert_true(access.present && !access.inherit);
    declaration_unref(declaration);
    declaration = read_good("name: abc\nvm_id: i-1\naccess:\n");
    assert_false(declaration_open(declaration).image.access.present);
    declaration_unref(declaration);
}

static const struct {
    const char *path;
    const char *yaml;
    const char *name; // of the first document
    bool good;
} names[] = {
    {"/etc/x/web-base.yaml", "vm_id: i-1\n", "web-base", true},
    {"web.v2.yml", "vm_id: i-1\n---\n# no more\n", "web.v2", true},
    {"web.yaml", "name:\nvm_id: i-1\n", "web", true},
    {"web.yaml", "name: other\nvm_id: i-1\n", "other", true},
    {"web.yaml", "name: 0123\nvm_id: i-1\n", "0123", true},
    {"a.yaml", "vm_id: i-1\n", NULL, false},
    {"x.y/web", "vm_id: i-1\n", "web", true},
    {"x/.web", "vm_id: i-1\n", ".web", true},
    {"caf\xc3\xa9.yaml", "vm_id: i-1\n", NULL, false},
    {"web.yaml", "vm_id: [i-1]\n", "web", false},
    {"web.yaml", "name: other\nvm_id: [i-1]\n", "other", false},
    // A name in doubt is none: the file may have declared another image before.
    {"web.yaml", "name: a\nvm_id: i-1\n", NULL, false},
    {"web.yaml", "name: [abc]\nvm_id: i-1\n", NULL, false},
    {"web.yaml", "nmae: other\nvm_id: i-1\n", NULL, false},
    {"web.yaml", "Name: other\nvm_id: i-1\n", NULL, false},
    {"web.yaml", "name: one\nvm_id: i-1\nname: other\n", NULL, false},
    {"web.yaml", "- name: other\n", NULL, false},
    {"web.yaml", "vm_id: i-1\n---\nname: two\nvm_id: i-1\n", NULL, false},
    {"web.yaml", "vm_id: i-1\n---\na: 'b\n", NULL, false},
    {"web.yaml", "name: deep\na: [[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]\n", "deep", false},
    {"web.yaml", "a: [[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]\nname: deep\n", NULL, false},
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct declaration_file *file = read_text(names[i].path, names[i].yaml);
        const struct document_result *document = &file->documents[0];
        assert_true(file->count >= 1);
        bool good = document->declaration != NULL;
        if (good != names[i].good || (document->name == NULL) != (names[i].name == NULL) ||
            (document->name != NULL && strcmp(document->name, names[i].name) != 0))
            fail_msg("row %zu: %s, %s", i, document->name, good ? "good" : "bad");
        assert_int_equal(good, !problem_list_has_errors(&document->problems));
        if (good)
            assert_string_equal(document->declaration->name, names[i].name);
        declaration_file_free(file);
    }
}

// A file that is something else altogether: its name may be among what is not understood.
static void test_hundreds_of_unknown_keys(void **state)
{
    (void)state;
    struct text yaml = {0};
    text_append(&yaml, "vm_id: i-1\n");
    for (unsigned i = 0; i < 300; i++)
        text_format(&yaml, "key-%u: x\n", i);
    struct declaration_file *file = read_text("web.yaml", yaml.bytes);
    assert_int_equal(file->count, 1);
    const struct document_result *document = &file->documents[0];
    assert_null(document->declaration);
    assert_null(document->name);
    assert_int_equal(document->problems.count, PROBLEM_LIMIT);
    declaration_file_free(file);
    text_deinit(&yaml);
}

static const struct {
    const char *yaml;
    size_t count; // of documents
    size_t good;
    bool broken;
    const char *problem; // of the file, or NULL
} files[] = {
    {"", 0, 0, false, "declares nothing"},
    {"# a comment\n", 0, 0, false, "declares nothing"},
    {"...\n", 0, 0, true, "no value where one is expected"},
    {"---\n---\n...\n", 0, 0, false, "declares nothing"},
    {"name: one\nvm_id: i-1\n---\n", 1, 1, false, NULL},
    {"name: one\nvm_id: i-1\n...\n", 1, 1, false, NULL},
    {"name: one\nvm_id: i-1\n---\nname: two\nvm_id: i-2\n", 2, 2, false, NULL},
    {"name: one\nvm_id: i-1\n---\nname: two\nvm_id: '\n", 1, 1, true, "never closed"},
    {"name: one\nvm_id: i-1\n---\nname: two\nvm_id: x\n---\nname: tri\nvm_id: i-1\n", 3, 2, false,
        NULL},
    {"\xff\xfen\0", 0, 0, true, "UTF-16"},
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct declaration_file *file = read_text("a.yaml", files[i].yaml);
        size_t good = 0;
        for (size_t j = 0; j < file->count; j++)
            good += file->documents[j].declaration != NULL;
        const char *problem = file->problems.count == 0 ? NULL : file->problems.items[0].message;
        if (file->count != files[i].count || good != files[i].good ||
            file->broken != files[i].broken || (problem == NULL) != (files[i].problem == NULL) ||
            (problem != NULL && strstr(problem, files[i].problem) == NULL))
            fail_msg("row %zu: %zu documents, %zu good, %s", i, file->count, good, problem);
        declaration_file_free(file);
    }
}

static void test_unreadable(void **state)
{
    (void)state;
    struct declaration_file *file = declaration_file_unreadable("x.yaml", "Permission denied");
    assert_true(file->broken);
    assert_int_equal(file->count, 0);
    assert_string_equal(file->problems.items[0].message, "Permission denied");
    declaration_file_free(file);
}

// Neither of two has the name: which one is meant, only a person can say.
static void test_duplicates(void **state)
{
    (void)state;
    struct declaration_file *file = read_text("a.yaml",
        "name: one\nvm_id: i-1\n---\nname: two\nvm_id: i-1\n---\nvm_id: i-1\nname: one\n---\n"
        "name: one\nvm_id: x\n");
    assert_int_equal(file->count, 4);
    static const char *const others[] = {
        "\"one\" is declared twice: here, and at line 10, column 7", NULL,
        "\"one\" is declared twice: here, and at line 1, column 7",
        "\"one\" is declared twice: here, and at line 1, column 7"};
    for (size_t i = 0; i < 4; i++) {
        const struct document_result *document = &file->documents[i];
        bool found = false;
        for (size_t j = 0; j < document->problems.count; j++)
            found = found || (others[i] != NULL &&
                                 strcmp(document->problems.items[j].message, others[i]) == 0);
        assert_int_equal(found, others[i] != NULL);
        assert_int_equal(document->declaration != NULL, i == 1);
    }
    declaration_file_free(file);
}

#define SPACES_100                                                                                 \
    "                                                                                                    "

// What an anchor stands for has its place there, so that lines go back; and columns may be many.
static const struct {
    const char *text;
    struct {
        const char *path;
        struct place place;
    } places[13];
} located[] = {
    {
        .text = "name: abc\nroot_device_name: /dev/sda1\narchitecture: x86_64\n"
                "block_device_mappings:\n  - device_name: /dev/sda1\n"
                "    bsu: {snapshot_id: snap-1}\ntags: {a: b}\n",
        .places =
            {
                {"name", {1, 1}},
                {"block_device_mappings", {4, 1}},
                {"block_device_mappings[0]", {5, 5}},
                {"block_device_mappings[0].bsu.snapshot_id", {6, 11}},
                {"block_device_mappings[0].bsu.iops", {6, 5}},
                {"block_device_mappings[1].device_name", {4, 1}},
                {"tags.a", {7, 8}},
                {"tags.ab", {7, 1}},
                {"tag", {1, 1}},
                {"access.is_public", {1, 1}},
                {"", {1, 1}},
            },
    },
    {
        .text = "# none\ntags:\n  - {key: \"a.b[0]\", value: &v x}\n"
                "  - {key: b, " SPACES_100 SPACES_100 "value: *v}\n"
                "  - &third\n    key: c\n    value: d\nname: abc\nvm_id: i-1\n",
        .places =
            {
                {"tags", {2, 1}},
                {"tags[0].key", {3, 6}},
                {"tags[1].value", {4, 214}},
                {"tags[2]", {5, 5}},
                {"tags[2].value.more", {7, 5}},
                {"tags[3].value", {2, 1}},
                {"name", {8, 1}},
                {"vm_id[0]", {9, 1}},
                {"nothing", {2, 1}},
            },
    },
    {
        .text = "name: abc\nroot_device_name: /dev/sda1\narchitecture: x86_64\n"
                "block_device_mappings:\n  - &disk\n    device_name: /dev/sda1\n"
                "    bsu: &bsu {snapshot_id: snap-1, volume_size: 10}\n"
                "  - {<<: *disk, device_name: /dev/sdb}\n"
                "  - {device_name: /dev/sdc, bsu: *bsu}\ntags: {a.b: c}\n",
        .places =
            {
                {"block_device_mappings[1].bsu", {7, 5}},
                {"block_device_mappings[1].device_name", {8, 17}},
                {"block_device_mappings[2].bsu", {9, 29}},
                {"block_device_mappings[2].bsu.snapshot_id", {7, 16}},
                {"block_device_mappings[2].device_name", {9, 6}},
                {"tags.a.b", {10, 8}},
                {"tags.a", {10, 1}},
            },
    },
};

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(located) / sizeof(located[0]); i++) {
        struct declaration *declaration = read_good(located[i].text);
        for (size_t j = 0; located[i].places[j].path != NULL; j++) {
            const char *path = located[i].places[j].path;
            struct place wanted = located[i].places[j].place;
            struct place place = declaration_place(declaration, path);
            if (place.line != wanted.line || place.column != wanted.column)
                fail_msg("%zu: %s: %u:%u", i, path, place.line, place.column);
        }
        declaration_unref(declaration);
    }
}

static void test_references(void **state)
{
    (void)state;
    struct declaration *declaration = read_good("name: abc\nvm_id: i-1\n");
    assert_ptr_equal(declaration_ref(declaration), declaration);
    declaration_unref(declaration);
    assert_string_equal(declaration->name, "abc");
    declaration_unref(declaration);
    declaration_unref(NULL);
    declaration_file_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hundreds_of_unknown_keys),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_inherit),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_duplicates),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
