// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The table of a scenario's keys, and the walk of a YAML document along it. A scalar is what its
// key says it is, never what YAML would guess.

#include "config.h"

#include "sim/scenario_yaml.h"
#include "sim/calendar.h"
#include "sim/seed.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reader {
    yaml_document_t document;
    const char *name;
    struct sim_error *error;
};

struct field;
typedef json_t *convert_function(
    struct reader *reader, const struct field *field, const yaml_node_t *node);

// One key. A table of them ends with a row without a key.
struct field {
    const char *key;
    const char *json; // its name in the document
    convert_function *convert;
    const struct field *fields; // of a section, or of each item of a list
};

static json_t *refuse(struct reader *reader, const yaml_node_t *node, const char *key,
    const char *fault, const char *found)
{
    sim_error_set(reader->error, "%s:%zu:%zu: %s %s%s%s%s", reader->name, node->start_mark.line + 1,
        node->start_mark.column + 1, key, fault, found != NULL ? ", not '" : "",
        found != NULL ? found : "", found != NULL ? "'" : "");
    return NULL;
}

static const char *scalar_text(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static json_t *convert_text(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    const char *text = scalar_text(node);

    if (text == NULL || strlen(text) != node->data.scalar.length) {
        return refuse(reader, node, field->key, "must be a text", NULL);
    }
    return json_string(text);
}

static json_t *convert_filled(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    const char *text = scalar_text(node);

    if (text == NULL || text[0] == '\0') {
        return refuse(reader, node, field->key, "must be a text that is not empty", NULL);
    }
    return json_string(text);
}

static json_t *convert_uuid(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    static const char shape[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    const char *text = scalar_text(node);
    size_t i = 0;

    while (text != NULL && shape[i] != '\0' && text[i] != '\0' &&
           (shape[i] == 'x' ? strchr("0123456789abcdefABCDEF", text[i]) != NULL : text[i] == '-')) {
        i++;
    }
    if (text == NULL || shape[i] != '\0' || text[i] != '\0') {
        return refuse(reader, node, field->key, "must be a UUID", text);
    }
    return json_string(text);
}

static json_t *convert_duration(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    const char *text = scalar_text(node);
    int64_t duration_ms;

    if (text == NULL || sim_calendar_duration(text, &duration_ms) != 0) {
        return refuse(
            reader, node, field->key, "must be a duration with a unit (ms s m h d)", text);
    }
    return json_integer(duration_ms);
}

static json_t *convert_integer(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    const char *text = scalar_text(node);

    if (text == NULL || text[0] == '\0' || strlen(text) > 9 ||
        text[strspn(text, "0123456789")] != '\0') {
        return refuse(reader, node, field->key, "must be a whole number", text);
    }
    return json_integer(strtoll(text, NULL, 10));
}

static json_t *convert_boolean(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    const char *text = scalar_text(node);

    if (text == NULL || (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)) {
        return refuse(reader, node, field->key, "must be true or false", text);
    }
    return json_boolean(strcmp(text, "true") == 0);
}

static json_t *convert_access(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    json_t *is_public = convert_boolean(reader, field, node);

    return is_public != NULL ? json_pack("{s:o}", "isPublic", is_public) : NULL;
}

static const struct field *find_field(const struct field *fields, const char *key)
{
    for (; fields->key != NULL; fields++) {
        if (strcmp(fields->key, key) == 0) {
            return fields;
        }
    }
    return NULL;
}

// Converts one entry of a mapping into `object`.
static int convert_pair(
    struct reader *reader, const struct field *fields, const yaml_node_pair_t *pair, json_t *object)
{
    const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);
    const char *text = scalar_text(key);
    const struct field *field = text != NULL ? find_field(fields, text) : NULL;
    json_t *converted;

    if (field == NULL) {
        refuse(reader, key, text != NULL ? text : "a key", "is not known here", NULL);
        return -1;
    }
    if (json_object_get(object, field->json) != NULL) {
        refuse(reader, key, text, "stands here twice", NULL);
        return -1;
    }
    converted = field->convert(reader, field, value);
    if (converted == NULL) {
        return -1;
    }
    return json_object_set_new(object, field->json, converted);
}

static json_t *convert_section(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    json_t *object;

    if (node->type != YAML_MAPPING_NODE) {
        return refuse(reader, node, field->key, "must be a mapping", NULL);
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
static json_t *convert_items(struct reader *reader, const struct field *field,
    const yaml_node_t *node, convert_function *convert)
{
    json_t *list;

    if (node->type != YAML_SEQUENCE_NODE) {
        return refuse(reader, node, field->key, "must be a list", NULL);
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

static json_t *convert_texts(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_items(reader, field, node, convert_text);
}

static json_t *convert_sections(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_items(reader, field, node, convert_section);
}

// {Name: builder} or [{key: Name, value: builder}].
static json_t *convert_tags(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    json_t *tags;

    if (node->type != YAML_MAPPING_NODE) {
        return convert_sections(reader, field, node);
    }
    tags = json_array();
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
        const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);

        if (scalar_text(key) == NULL || scalar_text(value) == NULL) {
            json_decref(tags);
            return refuse(reader, key, field->key, "must have texts for keys and values", NULL);
        }
        json_array_append_new(
            tags, json_pack("{s:s, s:s}", "key", scalar_text(key), "value", scalar_text(value)));
    }
    return tags;
}

// One resource; its shape is checked here, where its place in the file is known.
static json_t *convert_resource(
    struct reader *reader, const struct field *field, const yaml_node_t *node, enum sim_kind kind)
{
    json_t *description = convert_section(reader, field, node);
    struct sim_error error;

    if (description != NULL && sim_seed_check(kind, description, &error) != 0) {
        json_decref(description);
        return refuse(reader, node, field->key, error.message, NULL);
    }
    return description;
}

static json_t *convert_image(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_resource(reader, field, node, SIM_IMAGE);
}

static json_t *convert_snapshot(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_resource(reader, field, node, SIM_SNAPSHOT);
}

static json_t *convert_vm(struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_resource(reader, field, node, SIM_VM);
}

static json_t *convert_images(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_items(reader, field, node, convert_image);
}

static json_t *convert_snapshots(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_items(reader, field, node, convert_snapshot);
}

static json_t *convert_vms(
    struct reader *reader, const struct field *field, const yaml_node_t *node)
{
    return convert_items(reader, field, node, convert_vm);
}

static const struct field tag_fields[] = {
    {"key", "key", convert_text, NULL},
    {"value", "value", convert_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field bsu_fields[] = {
    {"delete_on_vm_deletion", "deleteOnVmDeletion", convert_boolean, NULL},
    {"iops", "iops", convert_integer, NULL},
    {"snapshot_id", "snapshotId", convert_text, NULL},
    {"volume_size", "volumeSize", convert_integer, NULL},
    {"volume_type", "volumeType", convert_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field mapping_fields[] = {
    {"bsu", "bsu", convert_section, bsu_fields},
    {"device_name", "deviceName", convert_text, NULL},
    {"virtual_device_name", "virtualDeviceName", convert_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field comment_fields[] = {
    {"state_code", "stateCode", convert_text, NULL},
    {"state_message", "stateMessage", convert_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field image_fields[] = {
    {"architecture", "architecture", convert_text, NULL},
    {"block_device_mappings", "blockDeviceMappings", convert_sections, mapping_fields},
    {"creation_date", "creationDate", convert_text, NULL},
    {"description", "description", convert_text, NULL},
    {"id", "id", convert_text, NULL},
    {"is_public", "access", convert_access, NULL},
    {"name", "name", convert_text, NULL},
    {"owned", "owned", convert_boolean, NULL},
    {"product_codes", "productCodes", convert_texts, NULL},
    {"root_device_name", "rootDeviceName", convert_text, NULL},
    {"state", "state", convert_text, NULL},
    {"state_comment", "stateComment", convert_section, comment_fields},
    {"tags", "tags", convert_tags, tag_fields},
    {NULL, NULL, NULL, NULL},
};

static const struct field snapshot_fields[] = {
    {"creation_date", "creationDate", convert_text, NULL},
    {"description", "description", convert_text, NULL},
    {"id", "id", convert_text, NULL},
    {"is_public", "access", convert_access, NULL},
    {"owned", "owned", convert_boolean, NULL},
    {"progress", "progress", convert_integer, NULL},
    {"state", "state", convert_text, NULL},
    {"tags", "tags", convert_tags, tag_fields},
    {"volume_id", "volumeId", convert_text, NULL},
    {"volume_size", "volumeSize", convert_integer, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field vm_fields[] = {
    {"architecture", "architecture", convert_text, NULL},
    {"creation_date", "creationDate", convert_text, NULL},
    {"id", "id", convert_text, NULL},
    {"product_codes", "productCodes", convert_texts, NULL},
    {"state", "state", convert_text, NULL},
    {"tags", "tags", convert_tags, tag_fields},
    {"type", "type", convert_text, NULL},
    {"volumes", "volumes", convert_integer, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field credential_fields[] = {
    {"client_id", "client_id", convert_filled, NULL},
    {"client_secret", "client_secret", convert_filled, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field pending_fields[] = {
    {"copy", "copy", convert_duration, NULL},
    {"snapshot", "snapshot", convert_duration, NULL},
    {"vm", "vm", convert_duration, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field limit_fields[] = {
    {"images", "images", convert_integer, NULL},
    {"rate", "rate", convert_integer, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct field scenario_fields[] = {
    {"credentials", "credentials", convert_section, credential_fields},
    {"images", "images", convert_images, image_fields},
    {"limits", "limits", convert_section, limit_fields},
    {"pending", "pending", convert_section, pending_fields},
    {"region", "region", convert_filled, NULL},
    {"snapshots", "snapshots", convert_snapshots, snapshot_fields},
    {"space_id", "space_id", convert_uuid, NULL},
    {"token_lifetime", "token_lifetime", convert_duration, NULL},
    {"unique_names", "unique_names", convert_boolean, NULL},
    {"vms", "vms", convert_vms, vm_fields},
    {NULL, NULL, NULL, NULL},
};

static json_t *read_document(yaml_parser_t *parser, const char *name, struct sim_error *error)
{
    static const struct field scenario = {"the scenario", NULL, convert_section, scenario_fields};
    struct reader reader = {.name = name, .error = error};
    const yaml_node_t *root;
    json_t *document;

    if (!yaml_parser_load(parser, &reader.document)) {
        sim_error_set(error, "%s:%zu:%zu: %s", name, parser->problem_mark.line + 1,
            parser->problem_mark.column + 1,
            parser->problem != NULL ? parser->problem : "cannot be read");
        return NULL;
    }
    root = yaml_document_get_root_node(&reader.document);
    document = root != NULL ? convert_section(&reader, &scenario, root) : json_object();
    yaml_document_delete(&reader.document);
    return document;
}

json_t *sim_scenario_yaml_file(const char *name, FILE *file, struct sim_error *error)
{
    yaml_parser_t parser;
    json_t *document;

    yaml_parser_initialize(&parser);
    yaml_parser_set_input_file(&parser, file);
    document = read_document(&parser, name, error);
    yaml_parser_delete(&parser);
    return document;
}

json_t *sim_scenario_yaml_text(const char *name, const char *text, struct sim_error *error)
{
    yaml_parser_t parser;
    json_t *document;

    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, strlen(text));
    document = read_document(&parser, name, error);
    yaml_parser_delete(&parser);
    return document;
}
