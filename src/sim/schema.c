// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The tables. An empty text stands for a property that is absent, as in the recorded requests, so
// no rule refuses it; only tags are taken at their word.

#include "config.h"

#include "sim/schema.h"
#include "sim/calendar.h"

#include <string.h>

#define KEY_MAX   128
#define VALUE_MAX 255
#define IOPS_MAX  13000

// In characters, not bytes.
static size_t count_characters(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool is_empty(const json_t *value)
{
    return json_string_length(value) == 0;
}

static const char *rule_name(const json_t *value)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "_ ()/.-";
    size_t length = json_string_length(value);

    if (length == 0) {
        return NULL;
    }
    if (length < 3 || length > 128 || strspn(json_string_value(value), allowed) != length) {
        return "must be 3 to 128 of A-Z a-z 0-9 _ space ( ) / . -";
    }
    return NULL;
}

static const char *rule_architecture(const json_t *value)
{
    const char *text = json_string_value(value);

    if (is_empty(value) || strcmp(text, "i386") == 0 || strcmp(text, "x86_64") == 0) {
        return NULL;
    }
    return "must be i386 or x86_64";
}

// /dev/sda1, or /dev/sdX, /dev/sdXX, /dev/xvdX, /dev/xvdXX with a first X of b–z, a second of a–z.
static const char *rule_device_name(const json_t *value)
{
    const char *text = json_string_value(value);

    if (is_empty(value) || strcmp(text, "/dev/sda1") == 0) {
        return NULL;
    }
    if (strncmp(text, "/dev/sd", 7) == 0) {
        text += 7;
    } else if (strncmp(text, "/dev/xvd", 8) == 0) {
        text += 8;
    } else {
        text = "";
    }
    if (text[0] >= 'b' && text[0] <= 'z' &&
        (text[1] == '\0' || (text[1] >= 'a' && text[1] <= 'z' && text[2] == '\0'))) {
        return NULL;
    }
    return "must be /dev/sda1, /dev/sdX, /dev/sdXX, /dev/xvdX or /dev/xvdXX";
}

static const char *rule_virtual_device_name(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t digits;

    if (is_empty(value)) {
        return NULL;
    }
    digits = strncmp(text, "ephemeral", 9) == 0 ? strspn(text + 9, "0123456789") : 0;
    return digits > 0 && text[9 + digits] == '\0' ? NULL : "must be ephemeralN";
}

static const char *rule_volume_type(const json_t *value)
{
    const char *text = json_string_value(value);

    if (is_empty(value) || strcmp(text, "standard") == 0 || strcmp(text, "io1") == 0 ||
        strcmp(text, "gp2") == 0) {
        return NULL;
    }
    return "must be standard, io1 or gp2";
}

static const char *rule_positive(const json_t *value)
{
    return json_integer_value(value) >= 1 ? NULL : "must be at least 1";
}

static const char *rule_iops(const json_t *value)
{
    json_int_t iops = json_integer_value(value);

    return iops >= 1 && iops <= IOPS_MAX ? NULL : "must be from 1 to 13000";
}

static const char *rule_filled(const json_t *value)
{
    return is_empty(value) ? "must not be empty" : NULL;
}

static const char *rule_tag_key(const json_t *value)
{
    const char *text = json_string_value(value);
    size_t length = count_characters(text);

    return length >= 1 && length <= KEY_MAX && is_printable(text)
               ? NULL
               : "must be 1 to 128 printable characters";
}

static const char *rule_tag_value(const json_t *value)
{
    const char *text = json_string_value(value);

    return count_characters(text) <= VALUE_MAX && is_printable(text)
               ? NULL
               : "must be 0 to 255 printable characters";
}

static const char *rule_date(const json_t *value)
{
    int64_t ignored;

    return sim_calendar_parse(json_string_value(value), &ignored) == 0
               ? NULL
               : "must be an RFC 3339 date and time";
}

static const struct sim_check_field bsu_fields[] = {
    {"deleteOnVmDeletion", SIM_CHECK_BOOLEAN, false, NULL, NULL},
    {"iops", SIM_CHECK_INTEGER, false, NULL, rule_iops},
    {"snapshotId", SIM_CHECK_STRING, false, NULL, NULL},
    {"volumeSize", SIM_CHECK_INTEGER, false, NULL, rule_positive},
    {"volumeType", SIM_CHECK_STRING, false, NULL, rule_volume_type},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

static const struct sim_check_field mapping_fields[] = {
    {"bsu", SIM_CHECK_OBJECT, false, bsu_fields, NULL},
    {"deviceName", SIM_CHECK_STRING, true, NULL, rule_device_name},
    {"virtualDeviceName", SIM_CHECK_STRING, false, NULL, rule_virtual_device_name},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

static const struct sim_check_field access_fields[] = {
    {"isPublic", SIM_CHECK_BOOLEAN, false, NULL, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

static const struct sim_check_field tag_fields[] = {
    {"key", SIM_CHECK_STRING, true, NULL, rule_tag_key},
    {"value", SIM_CHECK_STRING, true, NULL, rule_tag_value},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

static const struct sim_check_field comment_fields[] = {
    {"stateCode", SIM_CHECK_STRING, false, NULL, NULL},
    {"stateMessage", SIM_CHECK_STRING, false, NULL, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

const struct sim_check_field sim_schema_create_image[] = {
    {"architecture", SIM_CHECK_STRING, false, NULL, rule_architecture},
    {"blockDeviceMappings", SIM_CHECK_OBJECTS, false, mapping_fields, NULL},
    {"description", SIM_CHECK_STRING, false, NULL, NULL},
    {"name", SIM_CHECK_STRING, false, NULL, rule_name},
    {"noReboot", SIM_CHECK_BOOLEAN, false, NULL, NULL},
    {"productCodes", SIM_CHECK_STRINGS, false, NULL, NULL},
    {"rootDeviceName", SIM_CHECK_STRING, false, NULL, rule_device_name},
    {"sourceImageId", SIM_CHECK_STRING, false, NULL, NULL},
    {"sourceRegionName", SIM_CHECK_STRING, false, NULL, NULL},
    {"vmId", SIM_CHECK_STRING, false, NULL, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

static const struct sim_check_field access_creation_fields[] = {
    {"additions", SIM_CHECK_OBJECT, false, access_fields, NULL},
    {"removals", SIM_CHECK_OBJECT, false, access_fields, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

const struct sim_check_field sim_schema_update_image[] = {
    {"accessCreation", SIM_CHECK_OBJECT, true, access_creation_fields, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

const struct sim_check_field sim_schema_create_snapshot[] = {
    {"description", SIM_CHECK_STRING, false, NULL, NULL},
    {"sourceRegionName", SIM_CHECK_STRING, false, NULL, NULL},
    {"sourceSnapshotId", SIM_CHECK_STRING, false, NULL, NULL},
    {"volumeId", SIM_CHECK_STRING, false, NULL, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

const struct sim_check_field sim_schema_tags[] = {
    {"resourceIds", SIM_CHECK_STRINGS, true, NULL, rule_filled},
    {"tags", SIM_CHECK_OBJECTS, true, tag_fields, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

const struct sim_check_field sim_schema_image[] = {
    {"access", SIM_CHECK_OBJECT, false, access_fields, NULL},
    {"architecture", SIM_CHECK_STRING, false, NULL, NULL},
    {"blockDeviceMappings", SIM_CHECK_OBJECTS, false, mapping_fields, NULL},
    {"creationDate", SIM_CHECK_STRING, false, NULL, rule_date},
    {"description", SIM_CHECK_STRING, false, NULL, NULL},
    {"id", SIM_CHECK_STRING, false, NULL, rule_filled},
    {"name", SIM_CHECK_STRING, false, NULL, NULL},
    {"owned", SIM_CHECK_BOOLEAN, false, NULL, NULL},
    {"productCodes", SIM_CHECK_STRINGS, false, NULL, NULL},
    {"rootDeviceName", SIM_CHECK_STRING, false, NULL, NULL},
    {"rootDeviceType", SIM_CHECK_STRING, false, NULL, NULL},
    {"state", SIM_CHECK_STRING, false, NULL, rule_filled},
    {"stateComment", SIM_CHECK_OBJECT, false, comment_fields, NULL},
    {"tags", SIM_CHECK_OBJECTS, false, tag_fields, NULL},
    {"type", SIM_CHECK_STRING, false, NULL, NULL},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

const struct sim_check_field sim_schema_snapshot[] = {
    {"access", SIM_CHECK_OBJECT, false, access_fields, NULL},
    {"creationDate", SIM_CHECK_STRING, false, NULL, rule_date},
    {"description", SIM_CHECK_STRING, false, NULL, NULL},
    {"id", SIM_CHECK_STRING, false, NULL, rule_filled},
    {"owned", SIM_CHECK_BOOLEAN, false, NULL, NULL},
    {"progress", SIM_CHECK_INTEGER, false, NULL, NULL},
    {"state", SIM_CHECK_STRING, false, NULL, rule_filled},
    {"tags", SIM_CHECK_OBJECTS, false, tag_fields, NULL},
    {"volumeId", SIM_CHECK_STRING, false, NULL, NULL},
    {"volumeSize", SIM_CHECK_INTEGER, false, NULL, rule_positive},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};

const struct sim_check_field sim_schema_vm[] = {
    {"architecture", SIM_CHECK_STRING, false, NULL, NULL},
    {"creationDate", SIM_CHECK_STRING, false, NULL, rule_date},
    {"id", SIM_CHECK_STRING, false, NULL, rule_filled},
    {"owned", SIM_CHECK_BOOLEAN, false, NULL, NULL},
    {"productCodes", SIM_CHECK_STRINGS, false, NULL, NULL},
    {"state", SIM_CHECK_STRING, false, NULL, rule_filled},
    {"tags", SIM_CHECK_OBJECTS, false, tag_fields, NULL},
    {"type", SIM_CHECK_STRING, false, NULL, NULL},
    {"volumes", SIM_CHECK_INTEGER, false, NULL, rule_positive},
    {NULL, SIM_CHECK_ANY, false, NULL, NULL},
};
