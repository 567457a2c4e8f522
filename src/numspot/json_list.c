// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "core/memory.h"
#include "numspot/json_list.h"

// A body, and how far it is read.
struct reader {
    const char *body;
    size_t length;
    size_t at;
    struct json_place place; // of the list
    json_list_visit *visit;
    void *data;
    bool found; // the list
    struct error *error;
};

static enum json_list_result not_json(struct reader *reader)
{
    error_set(reader->error, ERROR_INVALID, "it is not JSON (behind byte %zu)", reader->at);
    return JSON_LIST_NOT_JSON;
}

static void pass_blanks(struct reader *reader)
{
    while (reader->at < reader->length && strchr(" \t\r\n", reader->body[reader->at]) != NULL &&
           reader->body[reader->at] != '\0')
        reader->at++;
}

// Passes over the character, if it is what comes next behind blanks.
static bool pass(struct reader *reader, char character)
{
    pass_blanks(reader);
    if (reader->at == reader->length || reader->body[reader->at] != character)
        return false;
    reader->at++;
    return true;
}

// The value that comes next, or NULL: it is not JSON. A NUL in a text is let be, as in
// json_read_body. The caller releases it.
static json_t *next_value(struct reader *reader)
{
    json_error_t reason;
    json_t *value = json_loadb(reader->body + reader->at, reader->length - reader->at,
        JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &reason);
    if (value == NULL && json_error_code(&reason) == json_error_out_of_memory)
        memory_exhausted(reader->length);
    if (value != NULL)
        reader->at += (size_t)reason.position;
    return value;
}

static enum json_list_result read_elements(struct reader *reader)
{
    if (pass(reader, ']'))
        return JSON_LIST_READ;
    struct json_place place = {.above = &reader->place};
    do {
        json_t *element = next_value(reader);
        if (element == NULL)
            return not_json(reader);
        int failed = reader->visit(element, &place, reader->data, reader->error);
        json_decref(element);
        if (failed != 0)
            return JSON_LIST_WRONG;
        place.index++;
    } while (pass(reader, ','));
    return pass(reader, ']') ? JSON_LIST_READ : not_json(reader);
}

static enum json_list_result wrong_list(struct reader *reader, const json_t *found)
{
    json_read_wrong(&reader->place, "a list", found, reader->error);
    return JSON_LIST_WRONG;
}

static enum json_list_result read_list(struct reader *reader)
{
    if (reader->found) {
        error_set(reader->error, ERROR_INVALID, "%s is there twice", reader->place.name);
        return JSON_LIST_WRONG;
    }
    reader->found = true;
    if (pass(reader, '['))
        return read_elements(reader);
    json_t *value = next_value(reader);
    if (value == NULL)
        return not_json(reader);
    enum json_list_result result = wrong_list(reader, value);
    json_decref(value);
    return result;
}

static enum json_list_result read_property(struct reader *reader)
{
    json_t *name = next_value(reader);
    bool named = json_is_string(name) && pass(reader, ':');
    bool meant = named && json_string_length(name) == strlen(reader->place.name) &&
                 strcmp(json_string_value(name), reader->place.name) == 0;
    json_decref(name);
    if (!named)
        return not_json(reader);
    if (meant)
        return read_list(reader);
    json_t *value = next_value(reader);
    if (value == NULL)
        return not_json(reader);
    json_decref(value);
    return JSON_LIST_READ;
}

static enum json_list_result read_object(struct reader *reader)
{
    if (!pass(reader, '}')) {
        do {
            enum json_list_result result = read_property(reader);
            if (result != JSON_LIST_READ)
                return result;
        } while (pass(reader, ','));
        if (!pass(reader, '}'))
            return not_json(reader);
    }
    pass_blanks(reader);
    if (reader->at < reader->length)
        return not_json(reader);
    return reader->found ? JSON_LIST_READ : wrong_list(reader, NULL);
}

static enum json_list_result refuse(struct reader *reader)
{
    json_t *value = json_read_body(reader->body, reader->length, reader->error);
    if (value == NULL)
        return JSON_LIST_NOT_JSON;
    json_read_wrong(NULL, "an object", value, reader->error);
    json_decref(value);
    return JSON_LIST_WRONG;
}

enum json_list_result json_list_read(const char *body, size_t length, const char *name,
    json_list_visit *visit, void *data, struct error *error)
{
    struct reader reader = {
        .body = body,
        .length = length,
        .place = {.name = name},
        .visit = visit,
        .data = data,
        .error = error,
    };
    if (json_read_check(body, length, error) != 0)
        return JSON_LIST_NOT_JSON;
    return pass(&reader, '{') ? read_object(&reader) : refuse(&reader);
}
