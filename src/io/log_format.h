// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A message as one line, of logfmt for programs, in bounded memory. No value can end its quotes,
// start another line, or send anything to a terminal: what is not plain is escaped as in JSON, and
// bytes that are not UTF-8 become U+FFFD.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "io/log.h"

// Less than PIPE_BUF, so that a line is written to a pipe whole or not at all.
#define LOG_LINE_SIZE 4000

struct log_line {
    char bytes[LOG_LINE_SIZE]; // ends in a newline; not NUL-terminated
    size_t length;
};

// time=… level=… msg=… and the fields that are given. What does not fit is left out.
void log_format_line(const struct log_entry *entry, struct log_line *line);

// For a person at a terminal: the local time, the level and the text. The fields are left out, for
// texts name what they are about.
void log_format_terminal_line(const struct log_entry *entry, struct log_line *line);

// For a stream that ends in the journal: "<4>" for the priority, and then the text, or where there
// are fields the same as above without the time.
void log_format_manager_line(const struct log_entry *entry, struct log_line *line);

// Ends a text that filled its buffer with "…", in place of a character that may be half.
void log_format_cut(char *text, size_t size);

// The priority that syslog and the journal give a level.
int log_format_priority(enum log_level level);

// The field's names in logfmt and in the journal, and where its value is in struct log_fields. Ends
// with a row of NULL.
struct log_field {
    const char *name;
    const char *journal_name;
    size_t offset;
};

extern const struct log_field log_field_table[];

// Whether any field has a value.
bool log_fields_given(const struct log_fields *fields);

// The value of a field, or NULL.
const char *log_field_value(const struct log_fields *fields, const struct log_field *field);
