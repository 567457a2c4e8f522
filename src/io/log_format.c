// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How a message looks. It writes into the caller's line and nowhere else.
#include "config.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/utf8.h"
#include "io/log_format.h"

#define FIELD(name, journal_name, member)                                                          \
    {                                                                                              \
        name, journal_name, offsetof(struct log_fields, member)                                    \
    }

const struct log_field log_field_table[] = {
    FIELD("image", "IMAGE_NAME", image_name),
    FIELD("image_id", "IMAGE_ID", image_id),
    FIELD("state", "IMAGE_STATE", image_state),
    FIELD("reason", "IMAGE_REASON", image_reason),
    FIELD("file", "DECLARATION_FILE", declaration_file),
    FIELD("request_id", "REQUEST_ID", request_id),
    FIELD("message_id", "MESSAGE_ID", message_id),
    {0},
};

static const char ellipsis[] = "\xe2\x80\xa6";

// Room for the longest end of a line: an ellipsis, a quote, a newline.
#define RESERVE 6

const char *log_field_value(const struct log_fields *fields, const struct log_field *field)
{
    return *(const char *const *)(const void *)((const char *)fields + field->offset);
}

bool log_fields_given(const struct log_fields *fields)
{
    for (const struct log_field *field = log_field_table; field->name != NULL; field++)
        if (log_field_value(fields, field) != NULL)
            return true;
    return false;
}

int log_format_priority(enum log_level level)
{
    static const int priorities[LOG_LEVEL_COUNT] = {
        [LOG_LEVEL_ERROR] = LOG_ERR,
        [LOG_LEVEL_WARNING] = LOG_WARNING,
        [LOG_LEVEL_NOTICE] = LOG_NOTICE,
        [LOG_LEVEL_INFO] = LOG_INFO,
        [LOG_LEVEL_DEBUG] = LOG_DEBUG,
    };
    return priorities[level];
}

void log_format_cut(char *text, size_t size)
{
    size_t end = size - sizeof(ellipsis);
    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, ellipsis, sizeof(ellipsis));
}

// Whether a character could be taken for something else than itself: controls, line and paragraph
// separators, marks that turn the direction of writing, a byte order mark.
static bool is_deceptive(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x061c ||
           (character >= 0x200e && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

// The character as it stands in quotes; returns its length.
static size_t escape(uint32_t character, const char *bytes, size_t length, char *out, size_t size)
{
    static const char plain[] = "\"\\\n\r\t";
    static const char letter[] = "\"\\nrt";
    const char *found = character < 0x80 ? strchr(plain, (int)character) : NULL;
    if (found != NULL && character != 0)
        return (size_t)snprintf(out, size, "\\%c", letter[found - plain]);
    if (is_deceptive(character))
        return (size_t)snprintf(out, size, "\\u%04x", (unsigned)character);
    memcpy(out, bytes, length);
    return length;
}

static bool put(struct log_line *line, const char *bytes, size_t length)
{
    if (line->length + length + RESERVE > sizeof(line->bytes))
        return false;
    memcpy(line->bytes + line->length, bytes, length);
    line->length += length;
    return true;
}

static bool is_bare(const char *value)
{
    for (const char *at = value; *at != '\0'; at++)
        if (*at <= ' ' || *at > '~' || strchr("\"=\\", *at) != NULL)
            return false;
    return value[0] != '\0';
}

// The value with escapes, which its own quotes and backslashes need only inside of quotes.
static void put_escaped(struct log_line *line, const char *value, bool quoted)
{
    size_t left = strlen(value);
    while (left > 0) {
        uint32_t character = 0;
        char escaped[16];
        size_t taken = utf8_decode(value, left, &character);
        size_t length = 1;
        if (taken == 0)
            length = (size_t)snprintf(escaped, sizeof(escaped), "\\ufffd");
        else if (!quoted && (character == '"' || character == '\\'))
            escaped[0] = *value;
        else
            length = escape(character, value, taken, escaped, sizeof(escaped));
        if (!put(line, escaped, length)) {
            memcpy(line->bytes + line->length, ellipsis, sizeof(ellipsis) - 1);
            line->length += sizeof(ellipsis) - 1;
            break;
        }
        value += taken == 0 ? 1 : taken;
        left -= taken == 0 ? 1 : taken;
    }
}

static void put_quoted(struct log_line *line, const char *value)
{
    line->bytes[line->length++] = '"';
    put_escaped(line, value, true);
    line->bytes[line->length++] = '"';
}

// One "name=value", with a space before it unless it is the first. Left out when not even a little
// of it fits.
static void put_pair(struct log_line *line, const char *name, const char *value)
{
    size_t before = line->length;
    bool first = before == 0 || line->bytes[before - 1] == '>';
    bool fits = (first || put(line, " ", 1)) && put(line, name, strlen(name)) && put(line, "=", 1);
    if (fits && is_bare(value) && put(line, value, strlen(value)))
        return;
    if (fits && line->length + 2 * RESERVE <= sizeof(line->bytes))
        put_quoted(line, value);
    else
        line->length = before;
}

static void put_entry(const struct log_entry *entry, struct log_line *line)
{
    put_pair(line, "msg", entry->text);
    for (const struct log_field *field = log_field_table; field->name != NULL; field++) {
        const char *value = log_field_value(entry->fields, field);
        if (value != NULL)
            put_pair(line, field->name, value);
    }
    line->bytes[line->length++] = '\n';
}

void log_format_line(const struct log_entry *entry, struct log_line *line)
{
    char clock[40];
    char whole[64];
    time_t seconds = (time_t)(entry->wall_ms / 1000);
    struct tm parts;
    line->length = 0;
    if (gmtime_r(&seconds, &parts) != NULL &&
        strftime(clock, sizeof(clock), "%Y-%m-%dT%H:%M:%S", &parts) > 0) {
        snprintf(whole, sizeof(whole), "%s.%03dZ", clock, (int)(entry->wall_ms % 1000));
        put_pair(line, "time", whole);
    }
    put_pair(line, "level", log_level_name(entry->level));
    put_entry(entry, line);
}

void log_format_terminal_line(const struct log_entry *entry, struct log_line *line)
{
    char clock[40] = "";
    time_t seconds = (time_t)(entry->wall_ms / 1000);
    struct tm parts;
    if (localtime_r(&seconds, &parts) != NULL)
        strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S ", &parts);
    line->length = (size_t)snprintf(
        line->bytes, sizeof(line->bytes), "%s%s: ", clock, log_level_name(entry->level));
    put_escaped(line, entry->text, false);
    line->bytes[line->length++] = '\n';
}

void log_format_manager_line(const struct log_entry *entry, struct log_line *line)
{
    line->length = (size_t)snprintf(
        line->bytes, sizeof(line->bytes), "<%d>", log_format_priority(entry->level));
    if (log_fields_given(entry->fields)) {
        put_entry(entry, line);
        return;
    }
    put_escaped(line, entry->text, false);
    line->bytes[line->length++] = '\n';
}
