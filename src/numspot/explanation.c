// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "core/utf8.h"
#include "numspot/explanation.h"

#define DETAIL_LIMIT     400
#define TITLE_LIMIT      120
#define VIOLATION_LIMIT  160
#define VIOLATIONS_SHOWN 4

// What happened, and what can be done.
static const struct {
    const char *what;
    const char *advice; // NULL: nothing, imaged goes on by itself
} sentences[OUTCOME_COUNT] = {
    [OUTCOME_OK] = {"it was done", NULL},
    [OUTCOME_NOT_SENT] = {"the request did not leave", NULL},
    [OUTCOME_LOST] = {"no usable answer came, so it may or may not have been done", NULL},
    [OUTCOME_BROKEN] = {"no usable answer came", NULL},
    [OUTCOME_THROTTLED] = {"the cloud asks to wait", NULL},
    [OUTCOME_INVALID] = {"the cloud calls the request wrong", "change the declaration"},
    [OUTCOME_UNAUTHENTICATED] = {"the cloud does not accept the credentials",
        "check client_id and client_secret, and that they are of this space; what systemd loaded "
        "with LoadCredential= is renewed by a restart only"},
    [OUTCOME_FORBIDDEN] = {"the cloud does not permit it", "grant it to the client"},
    [OUTCOME_NOT_FOUND] = {"the cloud does not know it", NULL},
    [OUTCOME_CONFLICT] = {"it is in conflict with what is there", NULL},
    [OUTCOME_DEPENDENCY] = {"something that depends on it stands in the way", NULL},
    [OUTCOME_TOO_LONG] = {"the request is too long for the cloud", NULL},
    [OUTCOME_REJECTED] = {"the cloud rejects the request", NULL},
};

// The API's documentation names these; the detail of a 403 usually names the one that is missing.
static const char *const permissions[OPERATION_COUNT] = {
    [OPERATION_LIST_IMAGES] = "compute.image.get",
    [OPERATION_FIND_BY_NAME] = "compute.image.get",
    [OPERATION_READ_IMAGES] = "compute.image.get",
    [OPERATION_READ_IMAGE] = "compute.image.get",
    [OPERATION_CREATE_IMAGE] = "compute.image.create",
    [OPERATION_DELETE_IMAGE] = "compute.image.delete",
};

static bool is_control(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
           character == 0x2029;
}

void explanation_append_foreign(struct text *out, const char *foreign, size_t limit)
{
    size_t length = strlen(foreign);
    size_t start = out->length;
    for (size_t at = 0; at < length;) {
        uint32_t character;
        size_t size = utf8_decode(foreign + at, length - at, &character);
        if (out->length - start + (size == 0 ? 1 : size) > limit) {
            text_append(out, "…");
            return;
        }
        if (size == 0)
            text_append(out, "?");
        else if (is_control(character))
            text_append(out, " ");
        else
            text_append_n(out, foreign + at, size);
        at += size == 0 ? 1 : size;
    }
}

char *explanation_clean(const char *foreign, size_t limit)
{
    if (foreign == NULL)
        return NULL;
    struct text text = {0};
    explanation_append_foreign(&text, foreign, limit);
    return text_steal(&text);
}

static void append_status(struct text *out, const struct answer *answer)
{
    if (answer->status == 0)
        return;
    text_format(out, " (%d", answer->status);
    if (answer->title != NULL) {
        text_append(out, " ");
        explanation_append_foreign(out, answer->title, TITLE_LIMIT);
    }
    text_append(out, ")");
}

static void append_violations(struct text *out, const struct answer *answer)
{
    for (size_t i = 0; i < answer->violation_count && i < VIOLATIONS_SHOWN; i++) {
        text_append(out, "; ");
        explanation_append_foreign(out, answer->violations[i].field, VIOLATION_LIMIT);
        text_append(out, ": ");
        explanation_append_foreign(out, answer->violations[i].description, VIOLATION_LIMIT);
    }
    if (answer->violation_count > VIOLATIONS_SHOWN)
        text_format(out, "; and %zu more", answer->violation_count - VIOLATIONS_SHOWN);
}

static void append_advice(struct text *out, const struct answer *answer)
{
    const char *permission = permissions[answer->operation];
    if (answer->outcome == OUTCOME_FORBIDDEN && answer->detail == NULL && permission != NULL)
        text_format(out, ": the permission %s seems to be missing", permission);
    if (answer->outcome == OUTCOME_THROTTLED && answer->retry_after_ms > 0)
        text_format(out, ", %lld s more", (long long)((answer->retry_after_ms + 999) / 1000));
    if (sentences[answer->outcome].advice != NULL)
        text_format(out, "; %s", sentences[answer->outcome].advice);
}

char *explanation_of(const struct answer *answer, const char *cause)
{
    struct text out = {0};
    text_format(&out, "%s: %s", operation_name(answer->operation), sentences[answer->outcome].what);
    append_status(&out, answer);
    if (cause != NULL) {
        text_append(&out, ": ");
        explanation_append_foreign(&out, cause, DETAIL_LIMIT);
    }
    if (answer->detail != NULL) {
        text_append(&out, ": ");
        explanation_append_foreign(&out, answer->detail, DETAIL_LIMIT);
    }
    append_violations(&out, answer);
    append_advice(&out, answer);
    return text_steal(&out);
}

void explanation_redact(char *text, const char *secret)
{
    if (text == NULL || secret == NULL || strlen(secret) < SECRET_MINIMUM_BYTES)
        return;
    size_t length = strlen(secret);
    for (char *at = text; (at = strstr(at, secret)) != NULL; at += length)
        memset(at, '*', length);
}
