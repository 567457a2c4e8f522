// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The walk of a YAML document along a table. A scalar is what its key says it is, never what YAML
// would guess.

#include "config.h"

#include "sim/yaml_table.h"
#include "sim/calendar.h"

#include <stdlib.h>
#include <string.h>

json_t *sim_yaml_refuse(struct sim_yaml_reader *reader, const yaml_node_t *node, const char *key,
    const char *fault, const char *found)
{
    sim_error_set(reader->error, "%s:%zu:%zu: %s %s%s%s%s", reader->name, node->start_mark.line + 1,
        node->start_mark.column + 1, key, fault, found != NULL ? ", not '" : "",
        found != NULL ? found : "", found != NULL ? "'" : "");
    return NULL;
}

const char *sim_yaml_scalar(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

json_t *sim_yaml_text(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    const char *text = sim_yaml_scalar(node);

    if (text == NULL || strlen(text) != node->data.scalar.length) {
        return sim_yaml_refuse(reader, node, field->key, "must be a text", NULL);
    }
    return json_string(text);
}

json_t *sim_yaml_filled(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    const char *text = sim_yaml_scalar(node);

    if (text == NULL || text[0] == '\0') {
        return sim_yaml_refuse(reader, node, field->key, "must be a text that is not empty", NULL);
    }
    return json_string(text);
}

json_t *sim_yaml_uuid(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    const char *text = sim_yaml_scalar(node);
    size_t i = 0;

    while (text != NULL && shape[i] != '\0' && text[i] != '\0' &&
           (shape[i] == 'x' ? strchr("0123456789abcdefABCDEF", text[i]) != NULL : text[i] == '-')) {
        i++;
    }
    if (text == NULL || shape[i] != '\0' || text[i] != '\0') {
        return sim_yaml_refuse(reader, node, field->key, "must be a UUID", text);
    }
    return json_string(text);
}

json_t *sim_yaml_duration(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    const char *text = sim_yaml_scalar(node);
    int64_t duration_ms;

    if (text == NULL || sim_calendar_duration(text, &duration_ms) != 0) {
        return sim_yaml_refuse(
            reader, node, field->key, "must be a duration with a unit (ms s m h d)", text);
    }
    return json_integer(duration_ms);
}

json_t *sim_yaml_integer(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    const char *text = sim_yaml_scalar(node);

    if (text == NULL || text[0] == '\0' || strlen(text) > 9 ||
        text[strspn(text, "0123456789")] != '\0') {
        return sim_yaml_refuse(reader, node, field->key, "must be a whole number", text);
    }
    return json_integer(strtoll(text, NULL, 10));
}

json_t *sim_yaml_boolean(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    const char *text = sim_yaml_scalar(node);

    if (text == NULL || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)) {
        return sim_yaml_refuse(reader, node, field->key, "must be true or false", text);
    }
    return json_boolean(strcmp(text, "true") == 0);
}

static const struct sim_yaml_field *find_field(const struct sim_yaml_field *fields, const char *key)
{
    for (; fields->key != NULL; fields++) {
        if (strcmp(fields->key, key) == 0) {
            return fields;
        }
    }
    return NULL;
}

// Converts one entry of a mapping into `object`.
static int convert_pair(struct sim_yaml_reader *reader, const struct sim_yaml_field *fields,
    const yaml_node_pair_t *pair, json_t *object)
{
    const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
    const char *text = sim_yaml_scalar(key);
    const struct sim_yaml_field *field = text != NULL ? find_field(fields, text) : NULL;
    json_t *converted;

    if (field == NULL) {
        sim_yaml_refuse(reader, key, text != NULL ? text : "a key", "is not known here", NULL);
        return -1;
    }
    if (json_object_get(object, field->json) != NULL) {
        sim_yaml_refuse(reader, key, text, "stands here twice", NULL);
        return -1;
    }
    converted = field->convert(reader, field, value);
    if (converted == NULL) {
        return -1;
    }
    return json_object_set_new(object, field->json, converted);
}

json_t *sim_yaml_section(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    json_t *object;

    if (node->type != YAML_MAPPING_NODE) {
        return sim_yaml_refuse(reader, node, field->key, "must be a mapping", NULL);
    }
    object = json_object();
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (convert_pair(reader, field->fields, pair, object) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

// A list, of what `convert` makes of each item.
json_t *sim_yaml_items(struct sim_yaml_reader *reader, const struct sim_yaml_field *field,
    const yaml_node_t *node, sim_yaml_convert *convert)
{
    json_t *list;

    if (node->type != YAML_SEQUENCE_NODE) {
        return sim_yaml_refuse(reader, node, field->key, "must be a list", NULL);
    }
    list = json_array();
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        json_t *converted = convert(
            reader, field, yaml_document_get_node(&reader->document, *item));

        if (converted == NULL) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, converted);
    }
    return list;
}

json_t *sim_yaml_texts(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return sim_yaml_items(reader, field, node, sim_yaml_text);
}

json_t *sim_yaml_sections(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return sim_yaml_items(reader, field, node, sim_yaml_section);
}

int sim_yaml_load(yaml_parser_t *parser, struct sim_yaml_reader *reader)
{
    if (yaml_parser_load(parser, &reader->document)) {
        return 0;
    }
    return sim_error_set(reader->error, "%s:%zu:%zu: %s", reader->name,
        parser->problem_mark.line + 1, parser->problem_mark.column + 1,
        parser->problem != NULL ? parser->problem : "cannot be read");
}
