// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/explain_state.h"
#include "core/memory.h"
#include "core/text.h"

#define SHOWN_DIFFERENCES 3

static void append_differences(const struct difference_list *differences, struct text *text)
{
    for (size_t i = 0; i < differences->count && i < SHOWN_DIFFERENCES; i++) {
        const struct difference *difference = &differences->items[i];
        text_format(text, "%s %s: %s -> %s", i == 0 ? ":" : ",", difference->path,
            difference->from == NULL ? "(absent)" : difference->from,
            difference->to == NULL ? "(absent)" : difference->to);
    }
    if (differences->count > SHOWN_DIFFERENCES)
        text_format(text, ", and %zu more", differences->count - SHOWN_DIFFERENCES);
}

static void explain_source(const char *source_message, struct text *text)
{
    if (source_message != NULL)
        text_format(text, ": %s", source_message);
}

static void explain_failed_build(const struct situation *s, struct text *text)
{
    if (s->live == NULL)
        return;
    text_format(text, " (%s)", s->live->id);
    const struct state_comment *comment = &s->live->state_comment;
    if (comment->code != NULL && comment->code[0] != '\0')
        text_format(text, ": %s", comment->code);
    if (comment->message != NULL && comment->message[0] != '\0')
        text_format(text, ": %s", comment->message);
}

static void explain_namesake(const struct situation *s, struct text *text)
{
    if (s->namesake == NULL)
        return;
    text_format(text, " (%s", s->namesake->id);
    if (s->namesake->creation_date != NULL)
        text_format(text, ", made %s", s->namesake->creation_date);
    text_append(text, "); rename one of them, or set lifecycle.adopt to if_equal or always");
}

static void explain_pending(const struct situation *s, struct text *text)
{
    const char *state = s->live == NULL ? NULL : s->live->cloud_state;
    if (s->live != NULL)
        text_format(text, " (%s)", s->live->id);
    if (state != NULL && strcmp(state, "pending") != 0)
        text_format(text, "; it calls the state `%s`, which imaged does not know: waiting", state);
}

char *explain_state(
    const struct situation *s, const struct decision *decision, const char *source_message)
{
    struct text text = {0};
    text_append(&text, decision->why);
    switch (decision->reason) {
    case REASON_INVALID_DECLARATION:
        explain_source(s->source == SOURCE_CYCLE ? source_message : s->invalid, &text);
        break;
    case REASON_WAITING_FOR_SOURCE:
    case REASON_SOURCE_MISSING:
        explain_source(source_message, &text);
        break;
    case REASON_NAME_TAKEN:
        explain_namesake(s, &text);
        break;
    case REASON_DELETING:
        if (s->blind_spot != NULL && s->grace_over)
            text_format(&text, ": %s", s->blind_spot);
        break;
    case REASON_IMAGE_FAILED:
        explain_failed_build(s, &text);
        break;
    case REASON_IMAGE_PENDING:
        explain_pending(s, &text);
        break;
    case REASON_REPLACING:
    case REASON_PROTECTED:
    case REASON_AWAITING_APPROVAL:
        append_differences(s->changed, &text);
        break;
    case REASON_DRIFTED:
        append_differences(s->changed->count > 0 ? s->changed : s->drift, &text);
        break;
    case REASON_CONTESTED:
        if (!s->foreign)
            append_differences(s->drift, &text);
        break;
    default:
        break;
    }
    return text_steal(&text);
}
