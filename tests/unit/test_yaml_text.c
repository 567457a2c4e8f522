// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is shown as YAML reads as the same again.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <jansson.h>

#include "core/declaration.h"
#include "core/text.h"
#include "imagectl/yaml_text.h"

static void check(const char *json, size_t indent, const char *wanted)
{
    struct text out = {0};
    json_t *value = json_loads(json, 0, NULL);
    assert_non_null(value);
    yaml_text_write(value, indent, &out);
    assert_string_equal(text_string(&out), wanted);
    text_deinit(&out);
    json_decref(value);
}

static void test_shapes(void **state)
{
    (void)state;
    check("{}", 2, "");
    check(
        "{\"a\":\"b\",\"c\":{\"d\":1,\"e\":true},\"f\":[\"g\",{\"h\":\"i\",\"j\":\"k\"}],\"l\":{},\"m\":[]}",
        2,
        "  a: b\n"
        "  c:\n"
        "    d: 1\n"
        "    e: true\n"
        "  f:\n"
        "    - g\n"
        "    - h: i\n"
        "      j: k\n"
        "  l: {}\n"
        "  m: []\n");
}

static void test_texts_are_quoted_where_needed(void **state)
{
    static const struct {
        const char *json, *yaml;
    } cases[] = {{"\"Debian 12\"", "Debian 12"}, {"\"/dev/sda1\"", "/dev/sda1"},
        {"\"0123\"", "0123"}, {"\"\"", "\"\""}, {"\" a\"", "\" a\""}, {"\"a \"", "\"a \""},
        {"\"a: b\"", "\"a: b\""}, {"\"a:\"", "\"a:\""}, {"\"12:30\"", "12:30"},
        {"\"a #b\"", "\"a #b\""}, {"\"*\"", "\"*\""}, {"\"- a\"", "\"- a\""}, {"\"~\"", "\"~\""},
        {"\"true\"", "\"true\""}, {"\"\\u001b\"", "\"\\u001b\""},
        {"\"web-{digest}\"", "\"web-{digest}\""}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char json[64] = "{\"a\":";
        char yaml[64] = "a: ";
        strcat(strcat(json, cases[i].json), "}");
        strcat(strcat(yaml, cases[i].yaml), "\n");
        check(json, 0, yaml);
    }
}

static void test_a_declaration_survives_it(void **state)
{
    static const char yaml[] =
        "name: \"web (old) {digest}\"\nroot_device_name: /dev/sda1\narchitecture: x86_64\n"
        "description: \"no\"\ntags: {\"on\": \"on\", country: NO, b: \"a: b # c\", e: \"\"}\n"
        "access: {is_public: false}\n"
        "block_device_mappings:\n  - {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {a: \"*\"}}}}\n";
    (void)state;
    struct declaration_file *first = declaration_file_read("a.yaml", yaml, sizeof(yaml) - 1);
    assert_int_equal(first->count, 1);
    assert_non_null(first->documents[0].declaration);
    json_t *json = json_loads(first->documents[0].declaration->canonical, 0, NULL);
    struct text out = {0};
    yaml_text_write(json, 0, &out);
    struct declaration_file *second = declaration_file_read("a.yaml", out.bytes, out.length);
    assert_non_null(second->documents[0].declaration);
    assert_string_equal(
        second->documents[0].declaration->canonical, first->documents[0].declaration->canonical);
    declaration_file_free(second);
    declaration_file_free(first);
    text_deinit(&out);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_texts_are_quoted_where_needed),
        cmocka_unit_test(test_a_declaration_survives_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
