// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/declaration_fields.h"
#include "core/memory.h"
#include "core/schema.h"
#include "core/text.h"

// As the reader of tags has it.
#define TAG_KEY_LENGTH   128
#define TAG_VALUE_LENGTH 255

// The rules across fields, which are functions in image_rules.c, as far as a schema can say them.
static const struct {
    const struct field_table *table;
    const char *rules;
} across_fields[] = {
    {&image_table, "{'oneOf': [{'required': ['source_image_id']}, {'required': ['vm_id']},"
                   " {'required': ['block_device_mappings']}],"
                   " 'dependentRequired': {'source_image_id': ['source_region_name'],"
                   " 'block_device_mappings': ['root_device_name'],"
                   " 'source_region_name': ['source_image_id'], 'no_reboot': ['vm_id'],"
                   " 'root_device_name': ['block_device_mappings'],"
                   " 'architecture': ['block_device_mappings']}}"},
    {&block_device_table,
        "{'oneOf': [{'required': ['bsu']}, {'required': ['virtual_device_name']}]}"},
    {&bsu_table,
        "{'anyOf': [{'required': ['snapshot_id']}, {'required': ['volume_size']}],"
        " 'if': {'properties': {'volume_type': {'const': 'io1'}}, 'required': ['volume_type']},"
        " 'then': {'required': ['iops']}, 'else': {'properties': {'iops': false}}}"},
    {&image_selector_table,
        "{'anyOf': [{'required': ['id']}, {'required': ['declared']}, {'required': ['name']},"
        " {'required': ['tags']}]}"},
    {&vm_selector_table,
        "{'anyOf': [{'required': ['id']}, {'required': ['name']}, {'required': ['tags']}]}"},
    {&snapshot_selector_table,
        "{'anyOf': [{'required': ['id']}, {'required': ['name']}, {'required': ['tags']}]}"},
};

static json_t *table_schema(const struct field_table *table);

// Written with single quotes.
static json_t *parse(const char *text)
{
    char *json = memory_text(text);
    for (char *c = json; *c != '\0'; c++)
        if (*c == '\'')
            *c = '"';
    json_t *parsed = json_loads(json, 0, NULL);
    free(json);
    if (parsed == NULL)
        memory_exhausted(0); // the texts are right: a test reads them all
    return parsed;
}

static void set_bound(json_t *schema, const char *name, int64_t bound)
{
    if (bound != 0)
        json_object_set_new(schema, name, json_integer(bound));
}

static void set_pattern(json_t *schema, const char *pattern)
{
    if (pattern != NULL)
        json_object_set_new(schema, "pattern", json_string(pattern));
}

// A text is taken as it is written, so that what YAML takes for a number or a boolean is one too.
static json_t *text_schema(const struct field *field)
{
    json_t *schema = parse("{'type': ['string', 'number', 'boolean']}");
    set_pattern(schema, field->pattern);
    // In bytes there and in characters here, which are never more.
    set_bound(schema, "maxLength", field->type == FIELD_TEXT ? field->maximum : 0);
    if (field->type == FIELD_TEXT && field->minimum > 0)
        set_bound(schema, "minLength", 1);
    return schema;
}

static json_t *choice_schema(const struct field *field)
{
    json_t *schema = json_object();
    json_t *choices = json_array();
    for (const char *const *choice = field->choices; *choice != NULL; choice++)
        json_array_append_new(choices, json_string(*choice));
    for (size_t i = 0; field->synonyms != NULL && field->synonyms[i] != NULL; i += 2)
        json_array_append_new(choices, json_string(field->synonyms[i]));
    json_object_set_new(schema, "enum", choices);
    return schema;
}

static json_t *boolean_schema(const struct field *field)
{
    (void)field;
    return parse("{'enum': [true, false, 'true', 'false']}");
}

static json_t *integer_schema(const struct field *field)
{
    json_t *schema = parse("{'type': ['integer', 'string'], 'pattern': '^-?[0-9]+$'}");
    json_object_set_new(schema, "minimum", json_integer(field->minimum));
    set_bound(schema, "maximum", field->maximum);
    return schema;
}

static json_t *duration_schema(const struct field *field)
{
    (void)field;
    return parse("{'type': 'string', 'pattern': '^[0-9]+(ms|s|m|h|d)$'}");
}

static json_t *list_schema(const struct field *field, json_t *items)
{
    json_t *schema = parse("{'type': 'array'}");
    json_object_set_new(schema, "items", items);
    set_bound(schema, "minItems", field->minimum);
    set_bound(schema, "maxItems", field->maximum);
    return schema;
}

static json_t *text_list_schema(const struct field *field)
{
    return list_schema(field, text_schema(field));
}

static json_t *tag_value_schema(void)
{
    json_t *schema = parse("{'type': ['string', 'number', 'boolean', 'null']}");
    set_bound(schema, "maxLength", TAG_VALUE_LENGTH);
    return schema;
}

static json_t *tag_key_schema(const struct field *field)
{
    json_t *schema = parse("{'type': ['string', 'number', 'boolean'], 'minLength': 1}");
    set_bound(schema, "maxLength", TAG_KEY_LENGTH);
    set_pattern(schema, field->pattern);
    return schema;
}

// A mapping, or a list of {key, value}.
static json_t *tags_schema(const struct field *field)
{
    json_t *mapping = parse("{'type': 'object'}");
    json_object_set_new(mapping, "propertyNames", tag_key_schema(field));
    json_object_set_new(mapping, "additionalProperties", tag_value_schema());
    set_bound(mapping, "minProperties", field->minimum);
    set_bound(mapping, "maxProperties", field->maximum);

    json_t *pair = parse("{'type': 'object', 'required': ['key', 'value'],"
                         " 'additionalProperties': false, 'properties': {}}");
    json_object_set_new(json_object_get(pair, "properties"), "key", tag_key_schema(field));
    json_object_set_new(json_object_get(pair, "properties"), "value", tag_value_schema());

    json_t *schema = parse("{'anyOf': []}");
    json_array_append_new(json_object_get(schema, "anyOf"), mapping);
    json_array_append_new(json_object_get(schema, "anyOf"), list_schema(field, pair));
    return schema;
}

static json_t *selector_schema(const struct field *field)
{
    json_t *schema = parse("{'anyOf': []}");
    json_t *id = parse("{'type': 'string'}");
    set_pattern(id, field->pattern);
    json_array_append_new(json_object_get(schema, "anyOf"), id);
    json_array_append_new(json_object_get(schema, "anyOf"), table_schema(field->children));
    return schema;
}

// With the words that may stand in place of the mapping.
static json_t *group_schema(const struct field *field)
{
    json_t *mapping = table_schema(field->children);
    json_t *words = json_array();
    for (size_t i = 0; i < field->children->count; i++)
        if (field->children->fields[i].type == FIELD_WORD)
            json_array_append_new(words, json_string(field->children->fields[i].name));
    if (json_array_size(words) == 0) {
        json_decref(words);
        return mapping;
    }
    json_t *schema = parse("{'anyOf': [{}]}");
    json_t *either = json_object_get(schema, "anyOf");
    json_object_set_new(json_array_get(either, 0), "enum", words);
    json_array_append_new(either, mapping);
    return schema;
}

static json_t *group_list_schema(const struct field *field)
{
    return list_schema(field, table_schema(field->children));
}

static json_t *(*const by_type[])(const struct field *) = {
    [FIELD_TEXT] = text_schema,
    [FIELD_CHOICE] = choice_schema,
    [FIELD_BOOLEAN] = boolean_schema,
    [FIELD_INTEGER] = integer_schema,
    [FIELD_DURATION] = duration_schema,
    [FIELD_TEXT_LIST] = text_list_schema,
    [FIELD_TAGS] = tags_schema,
    [FIELD_SELECTOR] = selector_schema,
    [FIELD_GROUP] = group_schema,
    [FIELD_GROUP_LIST] = group_list_schema,
    [FIELD_WORD] = NULL, // group_schema() has it
};

static json_t *field_schema(const struct field *field)
{
    json_t *schema = json_object();
    json_object_set_new(schema, "description", json_string(field->help));
    json_t *form = by_type[field->type](field);
    json_object_update(schema, form);
    json_decref(form);
    return schema;
}

// Adds the rules of the table and of those that it is based on.
static void add_rules(json_t *schema, const struct field_table *table)
{
    for (; table != NULL; table = table->base) {
        for (size_t i = 0; i < sizeof(across_fields) / sizeof(across_fields[0]); i++) {
            if (across_fields[i].table != table)
                continue;
            json_t *rules = parse(across_fields[i].rules);
            json_object_update(schema, rules);
            json_decref(rules);
        }
    }
}

static json_t *table_schema(const struct field_table *table)
{
    json_t *schema = parse("{'type': 'object', 'properties': {}, 'additionalProperties': false}");
    json_t *properties = json_object_get(schema, "properties");
    json_t *required = json_array();
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (field->change == CHANGE_OBSERVED || field->type == FIELD_WORD)
            continue;
        json_object_set_new(properties, field->name, field_schema(field));
        if (field->required)
            json_array_append_new(required, json_string(field->name));
    }
    if (json_array_size(required) > 0)
        json_object_set(schema, "required", required);
    json_decref(required);
    add_rules(schema, table);
    return schema;
}

json_t *schema_of_declaration(void)
{
    json_t *schema = parse(
        "{'$schema': 'https://json-schema.org/draft/2020-12/schema',"
        " 'title': 'imaged declaration',"
        " 'description': 'What one machine image shall be: one YAML document.'}");
    json_t *form = table_schema(&declaration_table);
    json_object_update(schema, form);
    json_decref(form);
    return schema;
}
