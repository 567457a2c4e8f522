// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Reads the fields whose value is a single text.
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/field_reading.h"
#include "core/memory.h"
#include "core/scalar.h"
#include "core/suggest.h"

static bool is_scalar(struct reading *reading, const struct node *node, const char *allowed)
{
    if (node->kind == NODE_SCALAR)
        return true;
    reading_refuse(reading, node, allowed);
    return false;
}

// `written` is a bound in the field's own terms.
static void refuse_bound(
    struct reading *reading, const struct node *node, const char *bound, const char *written)
{
    char *allowed = memory_format("%s %s", bound, written);
    reading_refuse(reading, node, allowed);
    free(allowed);
}

bool reading_accept_text(
    struct reading *reading, const struct field *field, const struct node *node)
{
    const char *allowed = field->check == NULL ? NULL : field->check(node->text);
    if (allowed != NULL) {
        reading_refuse(reading, node, allowed);
        return false;
    }
    bool short_enough = field->maximum == 0 || node->length <= (size_t)field->maximum;
    if (short_enough && node->length >= (size_t)field->minimum)
        return true;
    char written[48];
    int64_t bound = short_enough ? field->minimum : field->maximum;
    snprintf(written, sizeof(written), "%" PRId64 " bytes long", bound);
    refuse_bound(reading, node, short_enough ? "at least" : "at most", written);
    return false;
}

void reading_read_text(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    if (is_scalar(reading, node, "a single text") && reading_accept_text(reading, field, node))
        *(char **)member = memory_text_n(node->text, node->length);
}

static void list_choices(const struct field *field, struct text *out)
{
    for (const char *const *choice = field->choices; *choice != NULL; choice++) {
        const char *before = choice == field->choices ? "" : choice[1] == NULL ? " or " : ", ";
        text_format(out, "%s%s", before, *choice);
    }
}

static void refuse_choice(
    struct reading *reading, const struct field *field, const struct node *node)
{
    struct text allowed = {0};
    list_choices(field, &allowed);
    const char *meant = node->kind == NODE_SCALAR ? suggest_word(node->text, field->choices) : NULL;
    if (meant != NULL)
        text_format(&allowed, "; did you mean %s?", meant);
    reading_refuse(reading, node, text_string(&allowed));
    text_deinit(&allowed);
}

static const char *find_synonym(const struct field *field, const char *text)
{
    if (field->synonyms == NULL)
        return NULL;
    for (const char *const *pair = field->synonyms; *pair != NULL; pair += 2)
        if (strcmp(pair[0], text) == 0)
            return pair[1];
    return NULL;
}

void reading_read_choice(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    if (node->kind != NODE_SCALAR) {
        refuse_choice(reading, field, node);
        return;
    }
    for (const char *const *choice = field->choices; *choice != NULL; choice++) {
        if (strcmp(*choice, node->text) == 0) {
            *(char **)member = memory_text(*choice);
            return;
        }
    }
    const char *synonym = find_synonym(field, node->text);
    if (synonym == NULL) {
        refuse_choice(reading, field, node);
        return;
    }
    *(char **)member = memory_text(synonym);
    reading_report(reading, SEVERITY_WARNING, node->place, "%s is taken as %s; write %s",
        node->text, synonym, synonym);
}

// What other programs take for a boolean.
static const char *meant_boolean(const char *text)
{
    static const char *const words[] = {"yes", "true", "on", "true", "y", "true", "1", "true", "no",
        "false", "off", "false", "n", "false", "0", "false", NULL};
    static const char *const booleans[] = {"true", "false", NULL};
    for (const char *const *pair = words; *pair != NULL; pair += 2)
        if (suggest_distance(pair[0], text) == 0)
            return pair[1];
    return suggest_word(text, booleans);
}

void reading_read_boolean(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    (void)field;
    if (!is_scalar(reading, node, "true or false") ||
        scalar_read_boolean(node->text, member) == SCALAR_GOOD)
        return;
    const char *meant = meant_boolean(node->text);
    char *allowed = meant == NULL ? memory_text("true or false")
                                  : memory_format("true or false; did you mean %s?", meant);
    reading_refuse(reading, node, allowed);
    free(allowed);
}

// Sets the member when the value is within the row's bounds.
static void accept_number(struct reading *reading, const struct field *field,
    const struct node *node, int64_t value, struct integer *member)
{
    bool too_large = field->maximum != 0 && value > field->maximum;
    if (!too_large && value >= field->minimum) {
        *member = (struct integer){.present = true, .value = value};
        return;
    }
    struct text bound = {0};
    int64_t limit = too_large ? field->maximum : field->minimum;
    if (field->type == FIELD_DURATION)
        scalar_write_duration(&bound, limit);
    else
        text_format(&bound, "%" PRId64, limit);
    refuse_bound(reading, node, too_large ? "at most" : "at least", bound.bytes);
    text_deinit(&bound);
}

void reading_read_integer(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    static const char allowed[] = "a whole number in decimal digits";
    int64_t value = 0;
    if (!is_scalar(reading, node, allowed))
        return;
    switch (scalar_read_integer(node->text, &value)) {
    case SCALAR_GOOD:
        accept_number(reading, field, node, value, member);
        break;
    case SCALAR_TOO_LARGE:
        // As far as can be from zero, on the same side: the row's bound is then named.
        value = node->text[0] == '-' ? INT64_MIN : INT64_MAX;
        if (field->maximum != 0 || value < 0)
            accept_number(reading, field, node, value, member);
        else
            reading_refuse(reading, node, "a number of at most 18 digits");
        break;
    case SCALAR_MALFORMED:
    case SCALAR_UNITLESS:
        reading_refuse(reading, node, allowed);
        break;
    }
}

void reading_read_duration(
    struct reading *reading, const struct field *field, const struct node *node, void *member)
{
    static const char allowed[] = "a whole number and a unit (ms, s, m, h or d), such as 90s";
    int64_t value = 0;
    if (!is_scalar(reading, node, allowed))
        return;
    switch (scalar_read_duration(node->text, &value)) {
    case SCALAR_GOOD:
        accept_number(reading, field, node, value, member);
        break;
    case SCALAR_TOO_LARGE:
        reading_refuse(reading, node, "a shorter time");
        break;
    case SCALAR_UNITLESS:
        reading_report(reading, SEVERITY_ERROR, node->place,
            "the unit is missing: write %ss for seconds, or another of ms, m, h and d", node->text);
        break;
    case SCALAR_MALFORMED:
        reading_refuse(reading, node, allowed);
        break;
    }
}
