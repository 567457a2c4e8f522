// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// One image as GET /v1/images tells of it (docs/control.md), read from JSON once: a member that is
// null, missing or of another type is absent, so that versions of client and daemon may differ.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "core/attributes.h"

struct error;

#define IMAGE_ROW_UNKNOWN (-1)

// Texts are borrowed from the JSON; NULL: absent. Numbers: IMAGE_ROW_UNKNOWN.
struct image_row {
    const json_t *json; // the whole
    const char *name;   // never NULL, so the next three
    const char *state;
    const char *reason;
    const char *message;
    const char *image_id;
    const char *cloud_name;
    const char *cloud_state;
    const char *file;
    const char *since;
    const char *next_attempt;
    const char *pending_since;
    const char *invalid;
    int64_t line;
    int64_t age_ms;
    int64_t attempts;
    int64_t next_attempt_ms;
    bool declared;
    bool in_flight;
    bool suspended;
};

struct image_rows {
    struct image_row *items; // sorted by name, as the daemon has them
    size_t count;
};

// ERROR_CORRUPT when it has no name or state.
int image_row_read(const json_t *json, struct image_row *row, struct error *error) CHECK_RESULT;

// All of the answer to GET /v1/images, which must outlive the rows.
int image_rows_read(
    const json_t *answer, struct image_rows *rows, struct error *error) CHECK_RESULT;
void image_rows_deinit(struct image_rows *rows);

// NULL: there is none.
const struct image_row *image_rows_find(const struct image_rows *rows, const char *name);

// Keeps only these names, in the order given, each once; a name that is unknown is left out.
// Nothing changes when there are no names.
void image_rows_keep(struct image_rows *rows, char *const *names, size_t count);

// The same, but a name that is unknown is ERROR_NOT_FOUND, with the nearest.
int image_rows_select(
    struct image_rows *rows, char *const *names, size_t count, struct error *error) CHECK_RESULT;

// Whether a person has to do something: it failed, or its newest declaration cannot be used.
bool image_row_needs_person(const struct image_row *row);

// Whether imaged will by itself do nothing more, as far as it knows.
bool image_row_settled(const struct image_row *row);
