// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Percent-encoded parameters, decoded once and strictly.

#include "config.h"

#include "sim/parameters.h"
#include "sim/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit = (char)tolower((unsigned char)digit);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

// Decodes text[i…] into *byte and says how many characters it took; 0 when the encoding is broken.
static size_t decode_byte(const char *text, size_t left, char *byte)
{
    int high, low;

    if (text[0] != '%') {
        *byte = text[0];
        return 1;
    }
    if (left < 3 || (high = hex_value(text[1])) < 0 || (low = hex_value(text[2])) < 0) {
        return 0;
    }
    *byte = (char)(high * 16 + low);
    return 3;
}

static int is_utf8(const char *text)
{
    json_t *value = json_string(text); // jansson takes nothing else
    int valid = value != NULL;

    json_decref(value);
    return valid;
}

char *sim_parameters_decode(const char *text, size_t length, int plus_is_space)
{
    char *decoded = sim_memory_new(length + 1);
    size_t used = 0;

    for (size_t i = 0, taken = 0; i < length; i += taken) {
        taken = decode_byte(text + i, length - i, &decoded[used]);
        if (taken == 0 || decoded[used] == '\0') {
            free(decoded);
            return NULL;
        }
        if (plus_is_space && text[i] == '+') {
            decoded[used] = ' ';
        }
        used++;
    }
    if (!is_utf8(decoded)) {
        free(decoded);
        return NULL;
    }
    return decoded;
}

static int add_parameter(json_t *parameters, const char *text, size_t length)
{
    const char *equals = memchr(text, '=', length);
    size_t name_length = equals != NULL ? (size_t)(equals - text) : length;
    char *name = sim_parameters_decode(text, name_length, 1);
    char *value = equals != NULL ? sim_parameters_decode(equals + 1, length - name_length - 1, 1)
                                 : sim_memory_text("");
    int result = -1;

    if (name != NULL && value != NULL) {
        json_t *values = json_object_get(parameters, name);

        if (values == NULL) {
            values = json_array();
            json_object_set_new(parameters, name, values);
        }
        result = json_array_append_new(values, json_string(value));
    }
    free(name);
    free(value);
    return result;
}

json_t *sim_parameters_parse(const char *text, size_t length)
{
    json_t *parameters = json_object();
    const char *end = text + length;

    while (text < end) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        const char *stop = ampersand != NULL ? ampersand : end;

        if (stop > text && add_parameter(parameters, text, (size_t)(stop - text)) != 0) {
            json_decref(parameters);
            return NULL;
        }
        text = stop + 1;
    }
    return parameters;
}

const char *sim_parameters_first(const json_t *parameters, const char *name)
{
    return json_string_value(json_array_get(json_object_get(parameters, name), 0));
}
