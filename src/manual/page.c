// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <string.h>

#include "core/text.h"
#include "manual/page.h"
#include "manual/tables.h"

static const struct {
    const char *name;
    void (*write)(struct text *out);
} tables[] = {
    {"declaration", tables_write_declaration},
    {"observed", tables_write_observed},
    {"image-selector", tables_write_image_selector},
    {"vm-selector", tables_write_vm_selector},
    {"snapshot-selector", tables_write_snapshot_selector},
    {"lifecycle", tables_write_lifecycle},
    {"configuration", tables_write_configuration},
    {"reasons", tables_write_reasons},
    {"rules", tables_write_rules},
    {"events", tables_write_events},
    {"metrics", tables_write_metrics},
    {"commands", tables_write_commands},
    {"command-options", tables_write_command_options},
};

static const struct {
    const char *name;
    const char *place;
} places[] = {
    {"sysconfdir", SYSCONFDIR},
    {"localstatedir", LOCALSTATEDIR},
    {"runstatedir", RUNSTATEDIR},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_name(const char *name, const char *at, size_t length)
{
    return strlen(name) == length && strncmp(name, at, length) == 0;
}

// What stands for the name that begins here; false: there is no such name.
static bool write_named(struct text *out, const char *at, size_t length, bool whole_line)
{
    for (size_t i = 0; i < COUNT(places); i++) {
        if (is_name(places[i].name, at, length)) {
            text_append(out, places[i].place);
            return true;
        }
    }
    for (size_t i = 0; whole_line && i < COUNT(tables); i++) {
        if (is_name(tables[i].name, at, length)) {
            tables[i].write(out);
            text_truncate(out, out->length - 1); // the template has the end of the line
            return true;
        }
    }
    return false;
}

static unsigned line_of(const char *template, const char *at)
{
    unsigned line = 1;
    for (; template <at; template ++)
        line += *template == '\n' ? 1 : 0;
    return line;
}

int page_write(const char *template, struct text *out, struct error *error)
{
    for (const char *at = template; *at != '\0';) {
        size_t length = *at == '@' ? strspn(at + 1, "abcdefghijklmnopqrstuvwxyz-") : 0;
        if (length == 0 || at[length + 1] != '@') {
            text_append_n(out, at++, 1);
            continue;
        }
        const char *behind = at + length + 2;
        bool whole_line = (at == template || at[-1] == '\n') && *behind == '\n';
        if (!write_named(out, at + 1, length, whole_line))
            return error_set(error, ERROR_INVALID, "line %u: there is nothing to put in for @%.*s@",
                line_of(template, at), (int)length, at + 1);
        at = behind;
    }
    return 0;
}
