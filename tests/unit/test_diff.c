// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What counts as a difference, and above all what does not. A live image is written as a
// declaration that says the same, since both are one model.
#include "config.h"

#include "declaration_fixture.h"

#include "core/diff.h"

#define VM   "name: abc\nvm_id: i-1\n"
#define COPY "name: abc\nsource_image_id: ami-1\nsource_region_name: r\n"
#define ROOT(more)                                                                                 \
    "name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n"                             \
    "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1" more "}}\n"
#define SECOND "- {device_name: /dev/xvdb, bsu: {volume_size: 5}}\n"

struct row {
    const char *before; // live, or the older declaration
    const char *after;  // declared
    const char *differences;
};

// One line each: path from -> to.
static char *show(const struct difference_list *list)
{
    struct text out = {0};
    for (size_t i = 0; i < list->count; i++) {
        const struct difference *difference = &list->items[i];
        text_format(&out, "%s %s -> %s\n", difference->path,
            difference->from == NULL ? "(absent)" : difference->from,
            difference->to == NULL ? "(absent)" : difference->to);
        assert_ptr_equal(
            difference->field, field_table_find(&image_table, difference->field->name));
        assert_int_equal(
            strncmp(difference->path, difference->field->name, strlen(difference->field->name)), 0);
    }
    return text_steal(&out);
}

static void compare(const struct row *row, bool live, bool exact_tags)
{
    struct declaration *before = read_good(row->before);
    struct declaration *after = read_good(row->after);
    struct declared one = declaration_open(before);
    struct declared other = declaration_open(after);
    struct difference_list list = {0};
    if (live)
        image_diff(&other.image, &one.image, exact_tags, &list);
    else
        declared_diff(&one.image, &other.image, &list);
    char *shown = show(&list);
    assert_string_equal(shown, row->differences);
    free(shown);
    difference_list_deinit(&list);
    declaration_unref(before);
    declaration_unref(after);
}

static const struct row live_rows[] = {
    {VM, VM, ""},
    // What the server adds or leaves out is no drift.
    {VM "product_codes: [pty-ce73ebf1, '0001']\ndescription: ''\naccess: {is_public: false}\n"
        "tags: {created-by: x}\n",
        VM, ""},
    {VM "product_codes: [b, '0001', a]\n", VM "product_codes: [a, b]\n", ""},
    {VM, VM "description: ''\nproduct_codes: []\ntags: {}\naccess: {is_public: false}\n", ""},
    {VM "description: something\n", VM, ""},
    {ROOT(""), ROOT(", volume_type: standard, delete_on_vm_deletion: true"), ""},
    {ROOT(", volume_type: standard, delete_on_vm_deletion: true, volume_size: 10"), ROOT(""), ""},
    {ROOT(""), ROOT("") "architecture: i386\n", ""},
    {ROOT("") "architecture: i386\n", ROOT(""), ""},
    {ROOT("") SECOND,
        "name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n" SECOND
        "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-1}}\n",
        ""},
    {VM "tags: {b: '2', a: '1'}\n", VM "tags: {a: '1', b: '2'}\n", ""},
    // Sources are not to be seen on a live image.
    {COPY, VM, ""},
    {VM, VM "no_reboot: true\n", ""},
    {ROOT(""), VM, ""},
    {ROOT(""),
        "name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n"
        "- {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {a: b}}}}\n",
        ""},
    {ROOT("") SECOND,
        ROOT("") "- {device_name: /dev/xvdb, bsu: {volume_size: 5, snapshot_id: "
                 "{tags: {a: b}}}}\n",
        ""},
    // Access is private unless it is declared.
    {VM "access: {is_public: true}\n", VM, "access.is_public true -> false\n"},
    {VM "access: {is_public: true}\n", VM "access: {}\n", "access.is_public true -> false\n"},
    {VM "access: {is_public: true}\n", VM "access: {is_public: false}\n",
        "access.is_public true -> false\n"},
    {VM "access: {is_public: true}\n", VM "access: inherit\n", ""},
    {VM "access: {is_public: false}\n", VM "access: inherit\n", ""},
    {VM, VM "access: {is_public: true}\n", "access.is_public false -> true\n"},
    // Real differences.
    {VM "tags: {a: One}\n", VM "tags: {a: one, b: two}\n",
        "tags.a One -> one\ntags.b (absent) -> two\n"},
    {VM "tags: {A: one}\n", VM "tags: {a: one}\n", "tags.a (absent) -> one\n"},
    {VM "tags: {a: ''}\n", VM "tags: {a: one}\n", "tags.a  -> one\n"},
    {VM, VM "description: x\n", "description  -> x\n"},
    {VM "description: y\n", VM "description: x\n", "description y -> x\n"},
    {VM "description: y\n", VM "description: ''\n", "description y -> \n"},
    {VM "product_codes: [a]\n", VM "product_codes: [a, b]\n",
        "product_codes [\"a\"] -> [\"a\",\"b\"]\n"},
    {VM, VM "product_codes: [a]\n", "product_codes (absent) -> [\"a\"]\n"},
    {ROOT("") "architecture: x86_64\n", ROOT("") "architecture: i386\n",
        "architecture x86_64 -> i386\n"},
    {ROOT(""), ROOT("") "architecture: x86_64\n", "architecture i386 -> x86_64\n"},
    {ROOT(""), ROOT(", volume_size: 10, volume_type: io1, iops: 100"),
        "block_device_mappings[/dev/sda1].bsu.volume_size (absent) -> 10\n"
        "block_device_mappings[/dev/sda1].bsu.volume_type standard -> io1\n"
        "block_device_mappings[/dev/sda1].bsu.iops (absent) -> 100\n"},
    {"name: abc\nroot_device_name: /dev/sda1\nblock_device_mappings:\n"
     "- {device_name: /dev/sda1, bsu: {snapshot_id: snap-2}}\n",
        ROOT(""), "block_device_mappings[/dev/sda1].bsu.snapshot_id snap-2 -> snap-1\n"},
    {ROOT(""), ROOT("") SECOND,
        "block_device_mappings[/dev/xvdb] (absent) -> "
        "{\"device_name\":\"/dev/xvdb\",\"bsu\":{\"volume_size\":5}}\n"},
    {ROOT("") SECOND, ROOT(""),
        "block_device_mappings[/dev/xvdb] "
        "{\"device_name\":\"/dev/xvdb\",\"bsu\":{\"volume_size\":5}} -> (absent)\n"},
    {ROOT(", delete_on_vm_deletion: false"), ROOT(", delete_on_vm_deletion: true"),
        "block_device_mappings[/dev/sda1].bsu.delete_on_vm_deletion false -> true\n"},
    {ROOT(", delete_on_vm_deletion: false"), ROOT(", delete_on_vm_deletion: false"), ""},
    {ROOT("") SECOND,
        ROOT("") "- {device_name: /dev/xvdb, bsu: {volume_size: 5, snapshot_id: snap-2}}\n",
        "block_device_mappings[/dev/xvdb].bsu.snapshot_id (absent) -> snap-2\n"},
    {"name: abd\nvm_id: i-1\n", VM, "name abd -> abc\n"},
    // A name with {digest} is any that it can become.
    {"name: a-0123abcd-b\nvm_id: i-1\n", "name: 'a-{digest}-b'\nvm_id: i-1\n", ""},
    {"name: x-0123abcd-b\nvm_id: i-1\n", "name: 'a-{digest}-b'\nvm_id: i-1\n",
        "name x-0123abcd-b -> a-{digest}-b\n"},
    {"name: a-0123abcg-b\nvm_id: i-1\n", "name: 'a-{digest}-b'\nvm_id: i-1\n",
        "name a-0123abcg-b -> a-{digest}-b\n"},
    {"name: a-0123abcd\nvm_id: i-1\n", "name: 'a-{digest}-b'\nvm_id: i-1\n",
        "name a-0123abcd -> a-{digest}-b\n"},
    {"name: a-012\nvm_id: i-1\n", "name: 'a-{digest}'\nvm_id: i-1\n", "name a-012 -> a-{digest}\n"},
    {VM "description: '01234567'\n", VM "description: '{digest}'\n",
        "description 01234567 -> {digest}\n"},
};

static void test_live(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(live_rows) / sizeof(live_rows[0]); i++)
        compare(&live_rows[i], true, false);
}

static const struct row exact_rows[] = {
    {VM "tags: {a: b, c: d}\n", VM "tags: {a: b}\n", "tags.c d -> (absent)\n"},
    {VM "tags: {a: b}\n", VM, "tags.a b -> (absent)\n"},
    {VM "tags: {a: b}\n", VM "tags: {}\n", "tags.a b -> (absent)\n"},
    {VM "tags: {a: b}\n", VM "tags: {a: c}\n", "tags.a b -> c\n"},
};

static void test_exact_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(exact_rows) / sizeof(exact_rows[0]); i++)
        compare(&exact_rows[i], true, true);
}

// imaged's own tags are nobody's surplus.
static void test_ownership_tags(void **state)
{
    (void)state;
    struct image declared = {0};
    struct image live = {0};
    struct difference_list list = {0};
    tag_list_set(&live.tags, "imaged.owner", "x");
    tag_list_set(&live.tags, "imagedx", "y");
    image_diff(&declared, &live, true, &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].path, "tags.imagedx");
    difference_list_deinit(&list);
    tag_list_set(&declared.tags, "imaged.owner", "z");
    image_diff(&declared, &live, false, &list);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].path, "tags.imaged.owner");
    difference_list_deinit(&list);
    image_deinit(&declared);
    image_deinit(&live);
}

// A server that leaves out a device's name: it is none of those declared.
static void test_device_without_a_name(void **state)
{
    (void)state;
    struct declaration *declaration = read_good(ROOT(""));
    struct block_device nameless = {.bsu = {.present = true}};
    struct image live = {.block_devices = {.items = &nameless, .count = 1, .present = true}};
    struct difference_list list = {0};
    struct declared declared = declaration_open(declaration);
    image_diff(&declared.image, &live, false, &list);
    assert_true(difference_list_has(&list, CHANGE_REPLACES));
    difference_list_deinit(&list);
    declaration_unref(declaration);
}

static const struct row declared_rows[] = {
    {VM, VM "tags: {a: b}\naccess: {is_public: true}\n", ""},
    {VM, "name: abc\nvm_id: {id: i-1}\n", ""},
    {VM, VM "no_reboot: false\ndescription: ''\nproduct_codes: []\n", ""},
    {VM, VM "no_reboot: true\n", "no_reboot false -> true\n"},
    {VM "no_reboot: true\n", VM, "no_reboot true -> false\n"},
    {VM "no_reboot: true\n", VM "no_reboot: true\n", ""},
    {VM "no_reboot: true\n", VM "no_reboot: false\n", "no_reboot true -> false\n"},
    {VM, "name: abc\nvm_id: i-2\n", "vm_id i-1 -> i-2\n"},
    {VM, COPY,
        "source_image_id (absent) -> ami-1\nsource_region_name (absent) -> r\n"
        "vm_id i-1 -> (absent)\n"},
    {VM "description: x\n", VM, "description x -> \n"},
    {VM "product_codes: [a, b]\n", VM "product_codes: [b, a]\n", ""},
    {VM "product_codes: [a, b]\n", VM "product_codes: [a]\n",
        "product_codes [\"a\",\"b\"] -> [\"a\"]\n"},
    {VM, "name: abc\nvm_id: {tags: {a: b}}\n", "vm_id i-1 -> {\"tags\":{\"a\":\"b\"}}\n"},
    {"name: abc\nvm_id: {tags: {a: b}}\n", "name: abc\nvm_id: {tags: {a: b}, follow: true}\n", ""},
    {ROOT("") SECOND, ROOT(", volume_type: standard") SECOND, ""},
    {ROOT(", volume_size: 10"), ROOT(""),
        "block_device_mappings[/dev/sda1].bsu.volume_size 10 -> (absent)\n"},
    {ROOT(", delete_on_vm_deletion: false"), ROOT(""),
        "block_device_mappings[/dev/sda1].bsu.delete_on_vm_deletion false -> true\n"},
    {ROOT("") SECOND, ROOT(""),
        "block_device_mappings[/dev/xvdb] "
        "{\"device_name\":\"/dev/xvdb\",\"bsu\":{\"volume_size\":5}} -> (absent)\n"},
};

static void test_declared(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(declared_rows) / sizeof(declared_rows[0]); i++)
        compare(&declared_rows[i], false, false);
}

// The same digest and no difference are one notion.
static void test_digest_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(declared_rows) / sizeof(declared_rows[0]); i++) {
        struct declaration *before = read_good(declared_rows[i].before);
        struct declaration *after = read_good(declared_rows[i].after);
        assert_int_equal(
            strcmp(before->digest, after->digest) == 0, declared_rows[i].differences[0] == '\0');
        declaration_unref(before);
        declaration_unref(after);
    }
}

static void test_has(void **state)
{
    (void)state;
    struct declaration *before = read_good(VM "tags: {a: b}\ndescription: x\n");
    struct declaration *after = read_good(VM "tags: {a: c}\n");
    struct declared one = declaration_open(before);
    struct declared other = declaration_open(after);
    struct difference_list list = {0};
    image_diff(&other.image, &one.image, false, &list);
    assert_true(difference_list_has(&list, CHANGE_IN_PLACE));
    assert_false(difference_list_has(&list, CHANGE_REPLACES));
    difference_list_deinit(&list);
    declaration_unref(before);
    declaration_unref(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device_without_a_name),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_exact_tags),
        cmocka_unit_test(test_ownership_tags),
        cmocka_unit_test(test_declared),
        cmocka_unit_test(test_digest_agrees),
        cmocka_unit_test(test_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
