// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The canonical form: what it says, that it reads back as itself, and that digests never change.
#include "config.h"

#include "declaration_fixture.h"

#include "core/canonical.h"
#include "core/random.h"

#define TEXT(text) ((char *)(uintptr_t)(text)) // that nobody writes to

static const struct {
    const char *yaml;
    const char *canonical;
    const char *digest;
    const char *cloud_name;
} pinned[] = {
    {"name: web\nvm_id: i-b121616e\n", "{\"name\":\"web\",\"vm_id\":\"i-b121616e\"}", "cece6a13",
        "web"},
    {"vm_id: i-b121616e\nno_reboot: false\nname: 'web-{digest}.x'\n",
        "{\"name\":\"web-{digest}.x\",\"vm_id\":\"i-b121616e\",\"no_reboot\":false}", "cece6a13",
        "web-cece6a13.x"},
    {"name: '{digest}-web'\nsource_image_id: {follow: true, tags: {b: '2', a: '1'}}\n"
     "source_region_name: r\naccess: inherit\n",
        "{\"name\":\"{digest}-web\",\"source_image_id\":{\"tags\":{\"a\":\"1\",\"b\":\"2\"},"
        "\"follow\":true},\"source_region_name\":\"r\",\"access\":\"inherit\"}",
        "9dd30276", "9dd30276-web"},
    {"name: abc\nvm_id: {id: i-1, }\ndescription: \"q\\\"b\\\\n\\nu\\u00e9\\x7f\\u2028\"\n"
     "tags: {z: '', a: b}\nproduct_codes: [b, a]\nlifecycle: {timeout: 90s, suspend: true}\n",
        "{\"name\":\"abc\",\"description\":\"q\\\"b\\\\n\\u000au\xc3\xa9\\u007f\\u2028\","
        "\"vm_id\":\"i-1\",\"product_codes\":[\"a\",\"b\"],\"tags\":{\"a\":\"b\",\"z\":\"\"},"
        "\"lifecycle\":{\"suspend\":true,\"timeout\":\"90s\"}}",
        "1443199c", "abc"},
    {"name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n"
     "- {bsu: {volume_size: 1}, device_name: /dev/xvdb}\n"
     "- {device_name: /dev/sda1, bsu: {volume_type: io1, iops: 100, snapshot_id: snap-1}}\n",
        "{\"name\":\"abc\",\"block_device_mappings\":[{\"device_name\":\"/dev/sda1\",\"bsu\":{"
        "\"snapshot_id\":\"snap-1\",\"volume_type\":\"io1\",\"iops\":100}},{\"device_name\":"
        "\"/dev/xvdb\",\"bsu\":{\"volume_size\":1}}],\"root_device_name\":\"/dev/sda1\"}",
        "a8cc2a2a", "abc"},
};

// The digest is part of names in clouds: a change of any of these would replace images everywhere.
static void test_pinned(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++) {
        struct declaration *declaration = read_good(pinned[i].yaml);
        assert_string_equal(declaration->canonical, pinned[i].canonical);
        assert_string_equal(declaration->digest, pinned[i].digest);
        char *name = declaration_cloud_name(declaration);
        assert_string_equal(name, pinned[i].cloud_name);
        free(name);
        declaration_unref(declaration);
    }
}

#define SNAPSHOTS                                                                                  \
    "name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n"                             \
    "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1}}\n"

// What leads to the same image has the same digest, and what does not has another.
static const struct {
    const char *one;
    const char *other;
    bool same;
} pairs[] = {
    {"name: abc\nvm_id: i-1\n", "vm_id: {id: i-1}\nname: 'abc'\n", true},
    {"name: abc\nvm_id: i-1\n", "name: abc\nvm_id: i-2\n", false},
    {"name: abc\nvm_id: i-1\n", "name: abc\nvm_id: i-1\nno_reboot: false\n", true},
    {"name: abc\nvm_id: i-1\n", "name: abc\nvm_id: i-1\nno_reboot: true\n", false},
    {"name: abc\nvm_id: i-1\n", "name: abc\nvm_id: i-1\ndescription: ''\n", true},
    {"name: abc\nvm_id: i-1\n", "name: abc\nvm_id: i-1\nproduct_codes: []\n", true},
    {"name: abc\nvm_id: i-1\n", "name: abc\nvm_id: i-1\ndescription: x\n", false},
    {"name: abc\nvm_id: i-1\n",
        "name: abc\nvm_id: i-1\ntags: {a: b}\naccess: {is_public: true}\n"
        "lifecycle: {protect: true}\n",
        true},
    {"name: abc\nvm_id: {tags: {a: b}}\n", "name: abc\nvm_id: {tags: {a: b}, follow: true}\n",
        true},
    {"name: abc\nvm_id: {tags: {a: b}}\n", "name: abc\nvm_id: {tags: {a: c}}\n", false},
    {"name: abc\nvm_id: {tags: {a: b, c: d}}\n", "name: abc\nvm_id: {tags: {c: d, a: b}}\n", true},
    {"name: abc\nvm_id: i-1\nproduct_codes: [a, b]\n",
        "name: abc\nvm_id: i-1\nproduct_codes: [b, a]\n", true},
    {SNAPSHOTS, SNAPSHOTS "architecture: i386\n", true},
    {SNAPSHOTS, SNAPSHOTS "architecture: x86_64\n", false},
    {SNAPSHOTS "- {device_name: /dev/sdb, bsu: {volume_size: 1}}\n",
        "name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n"
        "- {device_name: /dev/sdb, bsu: {volume_size: 1, volume_type: standard}}\n"
        "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1, delete_on_vm_deletion: true}}\n",
        true},
};

static void test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct declaration *one = read_good(pairs[i].one);
        struct declaration *other = read_good(pairs[i].other);
        if ((strcmp(one->digest, other->digest) == 0) != pairs[i].same)
            fail_msg("row %zu: %s %s", i, one->canonical, other->canonical);
        declaration_unref(one);
        declaration_unref(other);
    }
}

// A selector that was resolved counts by what it found.
static void test_resolved(void **state)
{
    (void)state;
    struct declaration *declaration = read_good("name: abc\nvm_id: {tags: {a: b}}\n");
    struct declaration *literal = read_good("name: abc\nvm_id: i-1\n");
    struct declared declared = declaration_open(declaration);
    struct image *image = image_clone(&declared.image);
    char digest[CANONICAL_DIGEST_SIZE];
    image->vm.id = strdup("i-1");
    canonical_digest(image, digest);
    assert_string_equal(digest, literal->digest);
    image_free(image);
    declaration_unref(declaration);
    declaration_unref(literal);
}

// What YAML would not give back as it was is escaped; what is no UTF-8 becomes U+FFFD.
static void test_characters(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"a\tb", "\"a\\u0009b\""},
        {"\x7f", "\"\\u007f\""},
        {"\xc2\x80", "\"\\u0080\""},
        {"\xc2\x9f", "\"\\u009f\""},
        {"\xc2\xa0", "\"\xc2\xa0\""},
        {"\xe2\x80\xa8", "\"\\u2028\""},
        {"\xe2\x80\xa9", "\"\\u2029\""},
        {"\xef\xbb\xbf", "\"\\ufeff\""},
        {"\xef\xbf\xbe", "\"\\ufffe\""},
        {"\xef\xbf\xbf", "\"\\uffff\""},
        {"a\xff\xe2\x82", "\"a\\ufffd\\ufffd\\ufffd\""},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct text out = {0};
        canonical_write_text(texts[i][0], &out);
        assert_string_equal(text_string(&out), texts[i][1]);
        text_deinit(&out);
    }
}

// A selector that is an id and nothing else is written as that; with anything beside it, in full,
// but for the digest, to which the id is all that counts.
static void test_selectors(void **state)
{
    (void)state;
    static const struct {
        struct selector selector;
        const char *whole;
        const char *replacing;
    } cases[] = {
        {{.present = true, .id = TEXT("ami-1")}, "\"ami-1\"", "\"ami-1\""},
        {{.present = true, .id = TEXT("ami-1"), .follow = BOOLEAN_TRUE},
            "{\"id\":\"ami-1\",\"follow\":true}", "\"ami-1\""},
        {{.present = true, .id = TEXT("ami-1"), .newest = BOOLEAN_TRUE},
            "{\"id\":\"ami-1\",\"newest\":true}", "\"ami-1\""},
        {{.present = true, .id = TEXT("ami-1"), .is_public = BOOLEAN_FALSE},
            "{\"id\":\"ami-1\",\"public\":false}", "\"ami-1\""},
        {{.present = true, .newest = BOOLEAN_TRUE, .is_public = BOOLEAN_TRUE},
            "{\"public\":true,\"newest\":true}", "{\"public\":true,\"newest\":true}"},
    };
    const struct field *field = field_table_find(&image_table, "source_image_id");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct image image = {.source_image = cases[i].selector};
        struct text out = {0};
        canonical_write_member(field, &image, CANONICAL_WHOLE, &out);
        assert_string_equal(text_string(&out), cases[i].whole);
        text_clear(&out);
        canonical_write_member(field, &image, CANONICAL_REPLACING, &out);
        assert_string_equal(text_string(&out), cases[i].replacing);
        text_deinit(&out);
    }
}

static void test_name_of_none(void **state)
{
    (void)state;
    const struct image nameless = {0};
    assert_null(canonical_cloud_name(&nameless, "01234567"));
}

static const char *const damaged[] = {"", "{", "{}", "[]", "null", "{\"name\":\"abc\"}",
    "{\"vm_id\":\"i-1\"}", "{\"name\":\"abc\",\"vm_id\":\"ami-1\"}",
    "{\"name\":\"abc\",\"vm_id\":\"i-1\",\"x\":1}", "{\"name\":\"abc\",\"vm_id\":\"i-1\"",
    "{\"name\":\"abc\",\"vm_id\":\"i-1\"}x"};

static void test_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(damaged) / sizeof(damaged[0]); i++)
        if (declaration_from_canonical(damaged[i], "a.yaml") != NULL)
            fail_msg("%s", damaged[i]);
    struct declaration *declaration = declaration_from_canonical(
        "{\"name\":\"abc\",\"vm_id\":\"i-1\"}", "a.yaml");
    assert_string_equal(declaration->file, "a.yaml");
    assert_int_equal(declaration_place(declaration, "name").line, 0);
    declaration_unref(declaration);
}

// ---- Any declaration reads back as itself

static const char *const pieces[] = {"a", "Z9", " ", "-", "~", "no", ":", "#", "'", "\"", "\\", "{",
    "}", "[", ",", "&", "*", "!", "|", "%", "@", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
    "\xe2\x80\xa8", "\xc2\x85", "\xef\xbf\xbd"};

static size_t pick(struct random *random, size_t count)
{
    return (size_t)random_below(random, count);
}

// A text of any characters, in double quotes; tags may not have all of them.
static void append_text(struct random *random, struct text *yaml, bool printable)
{
    size_t count = 1 + pick(random, 6);
    text_append(yaml, "\"");
    for (size_t i = 0; i < count; i++) {
        const char *piece =
            pieces[pick(random, sizeof(pieces) / sizeof(pieces[0]) - (printable ? 3 : 0))];
        if (strcmp(piece, "\xe2\x80\xa8") == 0)
            piece = "\\u2028";
        else if (strcmp(piece, "\xc2\x85") == 0)
            piece = "\\N\\n\\t\\x1b\\u007f\\uFEFF";
        text_format(yaml, "%s%s", *piece == '"' || strcmp(piece, "\\") == 0 ? "\\" : "", piece);
    }
    text_append(yaml, "\"");
}

static void append_tags(struct random *random, struct text *yaml)
{
    size_t count = pick(random, 5);
    bool list = pick(random, 2) == 0;
    text_append(yaml, list ? "[" : "{");
    for (size_t i = 0; i < count; i++) {
        text_format(yaml, list ? "{key: \"k%zu" : "\"k%zu", i);
        text_append(yaml, "\xc3\xa9\"");
        text_append(yaml, list ? ", value: " : ": ");
        append_text(random, yaml, true);
        text_append(yaml, list ? "}, " : ", ");
    }
    text_append(yaml, list ? "]" : "}");
}

static void append_selector(struct random *random, struct text *yaml, const char *id)
{
    if (pick(random, 2) == 0) {
        text_format(yaml, "%s", id);
        return;
    }
    text_append(yaml, "{name: ");
    append_text(random, yaml, false);
    text_format(yaml, "%s, tags: {a: b}}", pick(random, 2) == 0 ? "" : ", follow: true");
}

static void append_devices(struct random *random, struct text *yaml)
{
    text_append(yaml, "root_device_name: /dev/sda1\nblock_device_mappings:\n"
                      "- {device_name: /dev/sda1, bsu: {snapshot_id: ");
    append_selector(random, yaml, "snap-1");
    text_append(yaml, "}}\n");
    for (size_t i = 0; i < pick(random, 4); i++) {
        text_format(yaml, "- {device_name: /dev/sd%c, ", (int)('z' - i));
        if (pick(random, 3) == 0)
            text_format(yaml, "virtual_device_name: ephemeral%zu}\n", i);
        else
            text_format(yaml, "bsu: {volume_size: %zu, volume_type: io1, iops: %zu}}\n",
                44 + pick(random, 1000000), 1 + pick(random, 13000));
    }
}

static void append_image(struct random *random, struct text *yaml)
{
    static const char *const names[] = {"web", "'web-{digest}'", "0123", "a (b)/c.d"};
    text_format(yaml, "name: %s\n", names[pick(random, 4)]);
    switch (pick(random, 3)) {
    case 0:
        text_append(yaml, "source_region_name: r-1\nsource_image_id: ");
        append_selector(random, yaml, "ami-1");
        break;
    case 1:
        text_format(yaml, "no_reboot: %s\nvm_id: ", pick(random, 2) == 0 ? "true" : "'false'");
        append_selector(random, yaml, "i-1");
        break;
    default:
        append_devices(random, yaml);
    }
    text_append(yaml, "\ndescription: ");
    append_text(random, yaml, false);
    text_append(yaml, "\ntags: ");
    append_tags(random, yaml);
    static const char *const rest[] = {"", "access: inherit\n", "access: {is_public: true}\n",
        "access: {}\n", "lifecycle: {timeout: 7201s, on_drift: report}\n", "product_codes: []\n"};
    text_format(yaml, "\n%s", rest[pick(random, 6)]);
}

static void test_round_trip(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 20261125);
    struct text yaml = {0};
    for (unsigned i = 0; i < 3000; i++) {
        text_clear(&yaml);
        append_image(&random, &yaml);
        struct declaration_file *file = read_text("a.yaml", yaml.bytes);
        const struct declaration *first = file->count == 1 ? file->documents[0].declaration : NULL;
        if (first == NULL) {
            print_problems(file->count == 1 ? &file->documents[0].problems : &file->problems);
            fail_msg("%s", yaml.bytes);
            return;
        }
        struct declaration *again = declaration_from_canonical(first->canonical, "a.yaml");
        if (again == NULL || strcmp(again->canonical, first->canonical) != 0 ||
            strcmp(again->digest, first->digest) != 0)
            fail_msg("%s\n%s\n%s", yaml.bytes, first->canonical,
                again == NULL ? "damaged" : again->canonical);
        struct image one = declaration_open(first).image;
        struct image other = declaration_open(again).image;
        assert_string_equal(other.description, one.description);
        assert_int_equal(other.tags.count, one.tags.count);
        for (size_t tag = 0; tag < one.tags.count; tag++)
            assert_string_equal(
                tag_list_find(&other.tags, one.tags.items[tag].key), one.tags.items[tag].value);
        declaration_unref(again);
        declaration_file_free(file);
    }
    text_deinit(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name_of_none),
        cmocka_unit_test(test_pinned),
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_resolved),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_selectors),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
