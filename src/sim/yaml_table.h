// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// YAML mappings turned into JSON objects along a table of their keys: what is not in the table, or
// not what the table says, is an error that names its place.

#include "sim/error.h"

#include <jansson.h>
#include <yaml.h>

struct sim_yaml_reader {
    yaml_document_t document;
    const char *name; // of the file, for messages
    struct sim_error *error;
};

struct sim_yaml_field;

// Gives the JSON of a node, or NULL and an error.
typedef json_t *sim_yaml_convert(
    struct sim_yaml_reader *reader, const struct sim_yaml_field *field, const yaml_node_t *node);

// One key. A table of them ends with a row without a key.
struct sim_yaml_field {
    const char *key;
    const char *json; // its name in the object
    sim_yaml_convert *convert;
    const struct sim_yaml_field *fields; // of a section, or of each section of a list
};

sim_yaml_convert sim_yaml_text;
sim_yaml_convert sim_yaml_filled; // a text that is not empty
sim_yaml_convert sim_yaml_uuid;
sim_yaml_convert sim_yaml_duration; // in milliseconds
sim_yaml_convert sim_yaml_integer;  // 0 to 999999999
sim_yaml_convert sim_yaml_boolean;  // true or false
sim_yaml_convert sim_yaml_section;
sim_yaml_convert sim_yaml_texts;    // a list of texts
sim_yaml_convert sim_yaml_sections; // a list of sections

// A list, of what `convert` makes of each item.
json_t *sim_yaml_items(struct sim_yaml_reader *reader, const struct sim_yaml_field *field,
    const yaml_node_t *node, sim_yaml_convert *convert);

// The text of a scalar; NULL for another node. Borrowed.
const char *sim_yaml_scalar(const yaml_node_t *node);

// Fills the error with "name:line:column: key fault, not 'found'"; `found` may be NULL. Gives NULL.
json_t *sim_yaml_refuse(struct sim_yaml_reader *reader, const yaml_node_t *node, const char *key,
    const char *fault, const char *found);

// Loads the parser's next document into the reader, to be deleted by the caller; one without a root
// is the end.
SIM_CHECK_RESULT int sim_yaml_load(yaml_parser_t *parser, struct sim_yaml_reader *reader);
