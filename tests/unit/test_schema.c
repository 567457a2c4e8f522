// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The schema has every field that a declaration may have, and no other. Whether it takes what
// imaged takes is tested with a validator, in tests/e2e/test_schema.py.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/declaration_fields.h"
#include "core/schema.h"

// The schema of the mapping itself, among those that may stand in its place.
static const json_t *mapping_of(const json_t *schema)
{
    const json_t *items = json_object_get(schema, "items");
    if (items != NULL)
        schema = items;
    const json_t *either = json_object_get(schema, "anyOf");
    for (size_t i = 0; i < json_array_size(either); i++)
        if (json_object_get(json_array_get(either, i), "properties") != NULL)
            return json_array_get(either, i);
    return schema;
}

static void check_table(const json_t *schema, const struct field_table *table)
{
    const json_t *properties = json_object_get(schema, "properties");
    size_t count = 0;
    const struct field *field = NULL;
    assert_true(json_is_false(json_object_get(schema, "additionalProperties")));
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->change == CHANGE_OBSERVED || field->type == FIELD_WORD)
            continue;
        const json_t *property = json_object_get(properties, field->name);
        if (property == NULL)
            fail_msg("%s: %s is missing", table->name, field->name);
        assert_string_equal(
            json_string_value(json_object_get(property, "description")), field->help);
        if (field->children != NULL)
            check_table(mapping_of(property), field->children);
        count++;
    }
    assert_int_equal(json_object_size(properties), count);
}

static void test_every_field_is_there(void **state)
{
    (void)state;
    json_t *schema = schema_of_declaration();
    check_table(schema, &declaration_table);
    json_decref(schema);
}

// A form that imaged checks without telling editors would pass unseen.
static void check_patterns(const struct field_table *table)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if ((field->check == NULL) != (field->pattern == NULL))
            fail_msg(
                "%s: %s has a check without a pattern, or the reverse", table->name, field->name);
        if (field->children != NULL)
            check_patterns(field->children);
    }
}

static void test_every_check_has_a_pattern(void **state)
{
    (void)state;
    check_patterns(&declaration_table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field_is_there),
        cmocka_unit_test(test_every_check_has_a_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
