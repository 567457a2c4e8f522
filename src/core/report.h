// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The events that imaged tells people about: one row each in the table of kinds, with its stable
// MESSAGE_ID, its level, its cause and its remedy. The journal, the catalog and the manual page
// come from this table.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum report_level { REPORT_ERROR, REPORT_WARNING, REPORT_NOTICE, REPORT_INFO, REPORT_DEBUG };

enum report_kind {
    REPORT_STATE_CHANGED_PENDING,
    REPORT_STATE_CHANGED_AVAILABLE,
    REPORT_STATE_CHANGED_FAILED,
    REPORT_IMAGE_MADE,
    REPORT_IMAGE_TAKEN,
    REPORT_IMAGE_SUCCEEDED,
    REPORT_IMAGE_ADOPTED,
    REPORT_IMAGE_DELETED,
    REPORT_IMAGE_VANISHED,
    REPORT_IMAGE_RELEASED,
    REPORT_ANSWER_LOST,
    REPORT_DECLARATION_INVALID,
    REPORT_DECLARATION_WARNING,
    REPORT_DIRECTORY_FAULT,
    REPORT_DIRECTORY_RECOVERED,
    REPORT_API_FAULT,
    REPORT_API_RECOVERED,
    REPORT_RECORD_FAULT,
    REPORT_RECORD_RECOVERED,
    REPORT_BECAME_LEADER,
    REPORT_LOST_LEADERSHIP,
    REPORT_STANDING_BY,
    REPORT_ETCD_FAULT,
    REPORT_ETCD_RECOVERED,
    REPORT_BRAKE,
    REPORT_STARTED,
    REPORT_STOPPING,
    REPORT_RELOADED,
    REPORT_RELOAD_REFUSED,
    REPORT_OPERATOR,
    REPORT_SUMMARY,
    REPORT_COUNT,
};

struct report_row {
    const char *message_id; // 32 hex digits, stable for ever
    const char *name;       // "image-made"
    enum report_level level;
    const char *cause;  // for the catalog
    const char *remedy; // likewise
    unsigned burst;     // told by themselves within a window (core/report_limit.h); 0: all are
    bool by_reason;     // for each of the image's reasons so many
    const char *many;   // what a summary calls several of them; where there is a burst
};

// One thing to tell.
struct report {
    enum report_kind kind;
    char *text; // one line, for people
    char *name; // the image's declared name, or NULL; so all below
    char *image_id;
    const char *state;  // static
    const char *reason; // static
    char *file;
    char *cloud_request_id;
    enum report_kind of; // a summary's: what it stands for
};

const struct report_row *report_row(enum report_kind kind);
// That of its kind; a summary is as grave as what it stands for.
enum report_level report_level(const struct report *report);
void report_deinit(struct report *report);
