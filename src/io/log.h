// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Where log messages go: to journald with fields when standard error is connected to the journal,
// else to standard error, one line a message: words for a person where that is a terminal, else
// logfmt. Logging never fails its caller and never waits long for a reader: what cannot be written
// is counted, and the count is logged when the reader is back. It does not decide what is worth
// logging, nor how often. Any thread may log.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "core/attributes.h"

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_COUNT,
};

// What a message is about. Every member may be NULL and is borrowed for the call.
struct log_fields {
    const char *message_id; // 32 hex digits: the kind of event, for the journal's catalog
    const char *image_name; // declared name
    const char *image_id;
    const char *image_state;
    const char *image_reason;
    const char *declaration_file;
    const char *request_id; // of the cloud
};

// A message on its way out, for sinks; borrowed for the call. `text` is cut at LOG_TEXT_SIZE, at a
// character.
#define LOG_TEXT_SIZE 2048
struct log_entry {
    int64_t wall_ms;
    enum log_level level;
    const struct log_fields *fields; // never NULL
    const char *text;
};

struct log_sink {
    void (*write)(const struct log_entry *entry, void *data);
    void *data;
};

// Opens 0, 1 and 2 on /dev/null where they are closed, so that no database or socket ever takes
// their place and gets log lines, and chooses the sink: the journal when $JOURNAL_STREAM names what
// standard error is, else standard error. Call it first in main(). Without this call, messages go
// to standard error.
void log_open(void);

// Puts another sink in place (tests), or with NULL the one that log_open chose. `sink` is copied.
void log_set_sink(const struct log_sink *sink);

// Messages below the level are dropped; the default is info.
void log_set_level(enum log_level level);

// Whether a message of this level would be written: saves composing a costly one.
bool log_enabled(enum log_level level);

// "error", "warning", "notice", "info", "debug". The second returns false for anything else.
const char *log_level_name(enum log_level level);
bool log_level_parse(const char *name, enum log_level *level) CHECK_RESULT;

// Logs one message. `fields` may be NULL. Keeps errno.
void log_message(enum log_level level, const struct log_fields *fields, const char *format, ...)
    PRINTF_LIKE(3, 4);
