// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The tables of a scenario's keys, and the shapes that are the scenario's own.

#include "config.h"

#include "sim/scenario_yaml.h"
#include "sim/document.h"
#include "sim/seed.h"
#include "sim/yaml_table.h"

#include <string.h>

static json_t *convert_access(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    json_t *is_public = sim_yaml_boolean(reader, field, node);

    return is_public != NULL ? json_pack("{s:o}", "isPublic", is_public) : NULL;
}

static bool has_tag(const json_t *tags, const char *key)
{
    const json_t *tag;
    size_t i;

    json_array_foreach(tags, i, tag) {
        if (strcmp(sim_document_text(tag, "key"), key) == 0) {
            return true;
        }
    }
    return false;
}

// Converts one entry of a mapping of tags into `tags`.
static int convert_tag(struct sim_yaml_reader *reader, const yaml_node_pair_t *pair, json_t *tags)
{
    const yaml_node_t *key = yaml_document_get_node(&reader->document, pair->key);
    const yaml_node_t *value = yaml_document_get_node(&reader->document, pair->value);

    if (sim_yaml_scalar(key) == NULL || sim_yaml_scalar(value) == NULL) {
        sim_yaml_refuse(reader, key, "tags", "must have texts for keys and values", NULL);
        return -1;
    }
    if (has_tag(tags, sim_yaml_scalar(key))) {
        sim_yaml_refuse(reader, key, sim_yaml_scalar(key), "stands here twice", NULL);
        return -1;
    }
    return json_array_append_new(tags,
        json_pack("{s:s, s:s}", "key", sim_yaml_scalar(key), "value", sim_yaml_scalar(value)));
}

// {Name: builder} or [{key: Name, value: builder}].
static json_t *convert_tags(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    json_t *tags;

    if (node->type != YAML_MAPPING_NODE) {
        return sim_yaml_sections(reader, field, node);
    }
    tags = json_array();
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        if (convert_tag(reader, pair, tags) != 0) {
            json_decref(tags);
            return NULL;
        }
    }
    return tags;
}

// One resource; its shape is checked here, where its place in the file is known.
static json_t *convert_resource(struct sim_yaml_reader *reader, const struct sim_yaml_field *field,
    const yaml_node_t *node, enum sim_kind kind)
{
    json_t *description = sim_yaml_section(reader, field, node);
    struct sim_error error;

    if (description != NULL && sim_seed_check(kind, description, &error) != 0) {
        json_decref(description);
        return sim_yaml_refuse(reader, node, field->key, error.message, NULL);
    }
    return description;
}

static json_t *convert_image(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return convert_resource(reader, field, node, SIM_IMAGE);
}

static json_t *convert_snapshot(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return convert_resource(reader, field, node, SIM_SNAPSHOT);
}

static json_t *convert_vm(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return convert_resource(reader, field, node, SIM_VM);
}

static json_t *convert_images(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return sim_yaml_items(reader, field, node, convert_image);
}

static json_t *convert_snapshots(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return sim_yaml_items(reader, field, node, convert_snapshot);
}

static json_t *convert_vms(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node)
{
    return sim_yaml_items(reader, field, node, convert_vm);
}

static const struct sim_yaml_field tag_fields[] = {
    {"key", "key", sim_yaml_text, NULL},
    {"value", "value", sim_yaml_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field bsu_fields[] = {
    {"delete_on_vm_deletion", "deleteOnVmDeletion", sim_yaml_boolean, NULL},
    {"iops", "iops", sim_yaml_integer, NULL},
    {"snapshot_id", "snapshotId", sim_yaml_text, NULL},
    {"volume_size", "volumeSize", sim_yaml_integer, NULL},
    {"volume_type", "volumeType", sim_yaml_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field mapping_fields[] = {
    {"bsu", "bsu", sim_yaml_section, bsu_fields},
    {"device_name", "deviceName", sim_yaml_text, NULL},
    {"virtual_device_name", "virtualDeviceName", sim_yaml_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field comment_fields[] = {
    {"state_code", "stateCode", sim_yaml_text, NULL},
    {"state_message", "stateMessage", sim_yaml_text, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field image_fields[] = {
    {"architecture", "architecture", sim_yaml_text, NULL},
    {"block_device_mappings", "blockDeviceMappings", sim_yaml_sections, mapping_fields},
    {"creation_date", "creationDate", sim_yaml_text, NULL},
    {"description", "description", sim_yaml_text, NULL},
    {"id", "id", sim_yaml_text, NULL},
    {"is_public", "access", convert_access, NULL},
    {"name", "name", sim_yaml_text, NULL},
    {"owned", "owned", sim_yaml_boolean, NULL},
    {"product_codes", "productCodes", sim_yaml_texts, NULL},
    {"root_device_name", "rootDeviceName", sim_yaml_text, NULL},
    {"state", "state", sim_yaml_text, NULL},
    {"state_comment", "stateComment", sim_yaml_section, comment_fields},
    {"tags", "tags", convert_tags, tag_fields},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field snapshot_fields[] = {
    {"creation_date", "creationDate", sim_yaml_text, NULL},
    {"description", "description", sim_yaml_text, NULL},
    {"id", "id", sim_yaml_text, NULL},
    {"is_public", "access", convert_access, NULL},
    {"owned", "owned", sim_yaml_boolean, NULL},
    {"progress", "progress", sim_yaml_integer, NULL},
    {"state", "state", sim_yaml_text, NULL},
    {"tags", "tags", convert_tags, tag_fields},
    {"volume_id", "volumeId", sim_yaml_text, NULL},
    {"volume_size", "volumeSize", sim_yaml_integer, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field vm_fields[] = {
    {"architecture", "architecture", sim_yaml_text, NULL},
    {"creation_date", "creationDate", sim_yaml_text, NULL},
    {"id", "id", sim_yaml_text, NULL},
    {"product_codes", "productCodes", sim_yaml_texts, NULL},
    {"state", "state", sim_yaml_text, NULL},
    {"tags", "tags", convert_tags, tag_fields},
    {"type", "type", sim_yaml_text, NULL},
    {"volumes", "volumes", sim_yaml_integer, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field credential_fields[] = {
    {"client_id", "client_id", sim_yaml_filled, NULL},
    {"client_secret", "client_secret", sim_yaml_filled, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field pending_fields[] = {
    {"copy", "copy", sim_yaml_duration, NULL},
    {"snapshot", "snapshot", sim_yaml_duration, NULL},
    {"vm", "vm", sim_yaml_duration, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field limit_fields[] = {
    {"images", "images", sim_yaml_integer, NULL},
    {"rate", "rate", sim_yaml_integer, NULL},
    {NULL, NULL, NULL, NULL},
};

static const struct sim_yaml_field scenario_fields[] = {
    {"credentials", "credentials", sim_yaml_section, credential_fields},
    {"images", "images", convert_images, image_fields},
    {"limits", "limits", sim_yaml_section, limit_fields},
    {"pending", "pending", sim_yaml_section, pending_fields},
    {"region", "region", sim_yaml_filled, NULL},
    {"snapshots", "snapshots", convert_snapshots, snapshot_fields},
    {"space_id", "space_id", sim_yaml_uuid, NULL},
    {"token_lifetime", "token_lifetime", sim_yaml_duration, NULL},
    {"unique_names", "unique_names", sim_yaml_boolean, NULL},
    {"vms", "vms", convert_vms, vm_fields},
    {NULL, NULL, NULL, NULL},
};

// What follows the scenario must be the end.
static int expect_end(yaml_parser_t *parser, struct sim_yaml_reader *reader)
{
    const yaml_node_t *root;

    if (sim_yaml_load(parser, reader) != 0) {
        return -1;
    }
    root = yaml_document_get_root_node(&reader->document);
    if (root != NULL) {
        sim_yaml_refuse(reader, root, "a second document", "is one too many", NULL);
    }
    yaml_document_delete(&reader->document);
    return root == NULL ? 0 : -1;
}

static json_t *read_document(yaml_parser_t *parser, const char *name, struct sim_error *error)
{
    static const struct sim_yaml_field scenario = {
        "the scenario", NULL, sim_yaml_section, scenario_fields};
    struct sim_yaml_reader reader = {.name = name, .error = error};
    const yaml_node_t *root;
    json_t *document;

    if (sim_yaml_load(parser, &reader) != 0) {
        return NULL;
    }
    root = yaml_document_get_root_node(&reader.document);
    document = root != NULL ? sim_yaml_section(&reader, &scenario, root) : json_object();
    yaml_document_delete(&reader.document);
    if (document != NULL && root != NULL && expect_end(parser, &reader) != 0) {
        json_decref(document);
        return NULL;
    }
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
