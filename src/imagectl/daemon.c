// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "core/text.h"
#include "imagectl/daemon.h"
#include "imagectl/display.h"
#include "imagectl/terminal.h"

static const json_t *member(const json_t *status, const char *group, const char *key)
{
    return json_object_get(json_object_get(status, group), key);
}

static int64_t number(const json_t *status, const char *group, const char *key)
{
    return json_integer_value(member(status, group, key));
}

static const char *words(const json_t *status, const char *group, const char *key)
{
    const char *text = json_string_value(member(status, group, key));
    return text != NULL ? text : "";
}

static const struct {
    const char *group;
    const char *what; // stands where
    const char *label;
} faults[] = {
    {"declarations", "directory", "directory"},
    {"api", "host", "API"},
    {"record", "path", "record"},
};

#define FAULTS (sizeof(faults) / sizeof(faults[0]))

bool daemon_needs_person(const json_t *status)
{
    for (size_t i = 0; i < FAULTS; i++)
        if (*words(status, faults[i].group, "fault") != '\0')
            return true;
    return number(status, "declarations", "invalid") > 0 ||
           *words(status, "leadership", "fault") != '\0';
}

static bool has_read_directory(const json_t *status)
{
    return json_is_true(json_object_get(status, "ready"));
}

static bool has_seen_cloud(const json_t *status)
{
    return !json_is_false(member(status, "api", "listed")) ||
           *words(status, "api", "fault") != '\0' || number(status, "images", "total") == 0;
}

bool daemon_has_looked(const json_t *status)
{
    return has_read_directory(status) && has_seen_cloud(status);
}

static void write_counts(const json_t *status, bool colour, struct text *out)
{
    static const char *const states[] = {"available", "pending", "failed"};
    int64_t total = number(status, "images", "total");
    const char *separator = ": ";
    text_format(out, "%" PRId64 " image%s", total, total == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        int64_t count = number(status, "images", states[i]);
        if (count == 0)
            continue;
        enum paint paint = paint_of_state(states[i]);
        text_format(out, "%s%s%" PRId64 " %s%s", separator, paint_begin(paint, colour), count,
            states[i], paint_end(paint, colour));
        separator = ", ";
    }
    text_append(out, "\n");
}

// What was said of the daemon is not ours: it is cleaned like the cells of a table.
static void write_line(struct text *out, enum paint paint, bool colour, const char *line)
{
    text_append(out, paint_begin(paint, colour));
    display_clean(out, line);
    text_append(out, paint_end(paint, colour));
    text_append(out, "\n");
}

static void write_faults(const json_t *status, bool colour, struct text *out)
{
    for (size_t i = 0; i < FAULTS; i++) {
        const char *fault = words(status, faults[i].group, "fault");
        if (*fault == '\0')
            continue;
        struct text line = {0};
        text_format(&line, "%s %s: %s", faults[i].label,
            words(status, faults[i].group, faults[i].what), fault);
        write_line(out, PAINT_BAD, colour, line.bytes);
        text_deinit(&line);
    }
}

static void write_invalid(const json_t *status, bool colour, struct text *out)
{
    int64_t invalid = number(status, "declarations", "invalid");
    struct text line = {0};
    if (invalid == 0)
        return;
    const char *directory = words(status, "declarations", "directory");
    text_format(&line, "%" PRId64 " declaration%s cannot be used: `imagectl validate %s` says why",
        invalid, invalid == 1 ? "" : "s", directory);
    write_line(out, PAINT_BAD, colour, line.bytes);
    text_deinit(&line);
}

// Of hosts that share a record, who leads. True: this one does not, and knows of no images.
static bool write_leadership(const json_t *status, bool colour, struct text *out)
{
    const char *role = words(status, "leadership", "role");
    const char *leader = words(status, "leadership", "leader");
    const char *fault = words(status, "leadership", "fault");
    struct text line = {0};
    if (*role == '\0')
        return false;
    bool leads = strcmp(role, "leader") == 0;
    if (*leader == '\0')
        text_format(
            &line, "%s stands by: no host is known to lead", words(status, "leadership", "host"));
    else if (leads)
        text_format(&line, "%s leads since %s", leader, words(status, "leadership", "since"));
    else
        text_format(&line, "%s stands by: %s leads since %s; ask there",
            words(status, "leadership", "host"), leader, words(status, "leadership", "since"));
    write_line(out, leads ? PAINT_DIM : PAINT_BUSY, colour, text_string(&line));
    if (*fault != '\0') {
        text_clear(&line);
        text_format(&line, "etcd: %s", fault);
        write_line(out, PAINT_BAD, colour, text_string(&line));
    }
    text_deinit(&line);
    return !leads;
}

// Where there is nothing to see: where it would come from.
static void write_nothing(const json_t *status, bool colour, struct text *out)
{
    struct text line = {0};
    bool is_known = has_read_directory(status) && *words(status, "declarations", "fault") == '\0';
    if (!is_known || number(status, "images", "total") > 0 ||
        number(status, "declarations", "files") > 0)
        return;
    text_format(&line, "nothing is declared: each image is a file NAME.yaml in %s",
        words(status, "declarations", "directory"));
    write_line(out, PAINT_DIM, colour, line.bytes);
    text_deinit(&line);
}

// A table's cells are cut where the terminal ends, and the end of a message is what helps.
static void write_failed(const json_t *status, bool colour, struct text *out)
{
    if (number(status, "images", "failed") > 0)
        write_line(
            out, PAINT_DIM, colour, "`imagectl show NAME` has the whole message, and what to do");
}

void daemon_write_summary(const json_t *status, bool colour, struct text *out)
{
    if (write_leadership(status, colour, out))
        return;
    int64_t waiting = number(status, "images", "awaiting_approval");
    const char *mode = json_string_value(json_object_get(status, "mode"));
    write_counts(status, colour, out);
    if (waiting > 0)
        text_format(out,
            "%s%" PRId64 " wait%s for approval: `imagectl approve NAME` lets one pass%s\n",
            paint_begin(PAINT_BUSY, colour), waiting, waiting == 1 ? "s" : "",
            paint_end(PAINT_BUSY, colour));
    write_nothing(status, colour, out);
    write_failed(status, colour, out);
    write_invalid(status, colour, out);
    write_faults(status, colour, out);
    if (mode != NULL && strcmp(mode, "observe") == 0)
        write_line(out, PAINT_DIM, colour, "observe mode: nothing is changed in the cloud");
    if (!has_read_directory(status))
        write_line(out, PAINT_BUSY, colour, "imaged is starting: the directory is not read yet");
    else if (!has_seen_cloud(status))
        write_line(out, PAINT_BUSY, colour, "imaged is starting: the cloud is not seen yet");
}
