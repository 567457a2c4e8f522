// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/canonical.h"
#include "core/image_checks.h"
#include "core/image_fields.h"
#include "core/memory.h"
#include "core/scalar.h"
#include "core/text.h"
#include "core/utf8.h"

// What YAML would not take as it stands, or would fold as a line break: narrower than what JSON
// demands.
static bool must_be_escaped(uint32_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
           character == 0x2029 || character == 0xfeff || character == 0xfffe || character == 0xffff;
}

// Whether a byte may stand as it is, whatever follows it.
static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

// Appends what the bytes begin with, escaped if need be, and returns how many bytes that took.
static size_t write_character(const char *bytes, size_t left, struct text *out)
{
    uint32_t character = 0;
    size_t size = utf8_decode(bytes, left, &character);
    if (size == 0) {
        text_append(out, "\\ufffd"); // not a text: only the cloud could have said it
        return 1;
    }
    if (must_be_escaped(character))
        text_format(out, "\\u%04x", (unsigned)character);
    else if (size == 1)
        text_format(out, "\\%c", *bytes);
    else
        text_append_n(out, bytes, size);
    return size;
}

void canonical_write_text(const char *text, struct text *out)
{
    size_t left = strlen(text);
    text_append_n(out, "\"", 1);
    while (left > 0) {
        size_t run = 0;
        while (run < left && is_plain(text[run]))
            run++;
        text_append_n(out, text, run);
        if (run < left)
            run += write_character(text + run, left - run, out);
        text += run;
        left -= run;
    }
    text_append_n(out, "\"", 1);
}

static int compare_texts(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static void write_text_list(const struct text_list *list, struct text *out)
{
    char **sorted = memory_new(list->count, sizeof(*sorted));
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = list->items[i];
    qsort(sorted, list->count, sizeof(*sorted), compare_texts);
    text_append_n(out, "[", 1);
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            text_append_n(out, ",", 1);
        canonical_write_text(sorted[i], out);
    }
    text_append_n(out, "]", 1);
    free(sorted);
}

static int compare_tags(const void *left, const void *right)
{
    const struct tag *a = left;
    const struct tag *b = right;
    return strcmp(a->key, b->key);
}

static void write_tags(const struct tag_list *tags, struct text *out)
{
    // Borrows the texts; only the order is its own.
    struct tag *sorted = memory_new(tags->count, sizeof(*sorted));
    for (size_t i = 0; i < tags->count; i++)
        sorted[i] = tags->items[i];
    qsort(sorted, tags->count, sizeof(*sorted), compare_tags);
    text_append_n(out, "{", 1);
    for (size_t i = 0; i < tags->count; i++) {
        if (i > 0)
            text_append_n(out, ",", 1);
        canonical_write_text(sorted[i].key, out);
        text_append_n(out, ":", 1);
        canonical_write_text(sorted[i].value, out);
    }
    text_append_n(out, "}", 1);
    free(sorted);
}

static void write_group_list(
    const struct field *field, const void *member, enum canonical_part part, struct text *out)
{
    struct list list = field_list_load(member);
    char **items = memory_new(list.count, sizeof(*items));
    for (size_t i = 0; i < list.count; i++) {
        struct text item = {0};
        canonical_write(
            field->children, (char *)list.items + i * field->children->size, part, &item);
        items[i] = text_steal(&item);
    }
    // Each begins with its key, the first field: sorting the texts sorts by it.
    qsort(items, list.count, sizeof(*items), compare_texts);
    text_append_n(out, "[", 1);
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            text_append_n(out, ",", 1);
        text_append(out, items[i]);
        free(items[i]);
    }
    text_append_n(out, "]", 1);
    free(items);
}

// The word that stands in place of the mapping, or NULL.
static const char *word_of(const struct field_table *table, const void *object)
{
    for (size_t i = 0; i < table->count; i++)
        if (table->fields[i].type == FIELD_WORD && field_present(&table->fields[i], object))
            return table->fields[i].name;
    return NULL;
}

static void write_group(
    const struct field *field, const void *member, enum canonical_part part, struct text *out)
{
    const char *word = word_of(field->children, member);
    if (word != NULL)
        canonical_write_text(word, out);
    else
        canonical_write(field->children, member, part, out);
}

static void write_selector(
    const struct field *field, const void *member, enum canonical_part part, struct text *out)
{
    const struct selector *selector = member;
    bool more = selector->declared != NULL || selector->name != NULL || selector->tags.present ||
                selector->is_public != BOOLEAN_ABSENT || selector->newest != BOOLEAN_ABSENT ||
                selector->follow != BOOLEAN_ABSENT;
    if (selector->id != NULL && (part == CANONICAL_REPLACING || !more))
        canonical_write_text(selector->id, out);
    else
        canonical_write(field->children, member, part, out);
}

void canonical_write_member(
    const struct field *field, const void *object, enum canonical_part part, struct text *out)
{
    const void *member = field_member_const(field, object);
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        canonical_write_text(*(char *const *)member, out);
        break;
    case FIELD_BOOLEAN:
        text_append(out, scalar_boolean_name(*(const enum boolean *)member));
        break;
    case FIELD_INTEGER:
        text_format(out, "%" PRId64, ((const struct integer *)member)->value);
        break;
    case FIELD_DURATION:
        text_append_n(out, "\"", 1);
        scalar_write_duration(out, ((const struct integer *)member)->value);
        text_append_n(out, "\"", 1);
        break;
    case FIELD_TEXT_LIST:
        write_text_list(member, out);
        break;
    case FIELD_TAGS:
        write_tags(member, out);
        break;
    case FIELD_SELECTOR:
        write_selector(field, member, part, out);
        break;
    case FIELD_GROUP:
        write_group(field, member, part, out);
        break;
    case FIELD_GROUP_LIST:
        write_group_list(field, member, part, out);
        break;
    case FIELD_WORD:
        break; // its group writes it
    }
}

bool canonical_is_default(const struct field *field, const void *object)
{
    if (!field_present(field, object))
        return true;
    const void *member = field_member_const(field, object);
    if (field->type == FIELD_TEXT_LIST)
        return ((const struct text_list *)member)->count == 0;
    if (field->type == FIELD_TAGS)
        return ((const struct tag_list *)member)->count == 0;
    if (field->server_default == NULL)
        return false;
    if (field->type == FIELD_BOOLEAN)
        return strcmp(scalar_boolean_name(*(const enum boolean *)member), field->server_default) ==
               0;
    if (field->type == FIELD_TEXT || field->type == FIELD_CHOICE)
        return strcmp(*(char *const *)member, field->server_default) == 0;
    return false;
}

static bool is_written(const struct field *field, const void *object, enum canonical_part part)
{
    if (field->type == FIELD_WORD || !field_present(field, object))
        return false;
    return part == CANONICAL_WHOLE ||
           (field->change == CHANGE_REPLACES && !canonical_is_default(field, object));
}

void canonical_write(
    const struct field_table *table, const void *object, enum canonical_part part, struct text *out)
{
    const struct field *field = NULL;
    bool first = true;
    text_append_n(out, "{", 1);
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (!is_written(field, object, part))
            continue;
        text_append(out, first ? "\"" : ",\"");
        text_append(out, field->name);
        text_append_n(out, "\":", 2);
        first = false;
        canonical_write_member(field, object, part, out);
    }
    text_append_n(out, "}", 1);
}

// FNV-1a, 64 bits: short, public, and fixed for ever; nobody gains by a collision here.
static uint64_t hash(const char *bytes, size_t length)
{
    uint64_t value = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++) {
        value ^= (unsigned char)bytes[i];
        value *= UINT64_C(0x100000001b3);
    }
    return value;
}

void canonical_digest(const struct image *image, char digest[CANONICAL_DIGEST_SIZE])
{
    struct text text = {0};
    struct image content = *image; // borrows
    content.name = NULL;
    canonical_write(&image_table, &content, CANONICAL_REPLACING, &text);
    uint64_t value = hash(text.bytes, text.length);
    snprintf(digest, CANONICAL_DIGEST_SIZE, "%08" PRIx32, (uint32_t)(value ^ value >> 32));
    text_deinit(&text);
}

char *canonical_cloud_name(const struct image *image, const char *digest)
{
    if (image->name == NULL)
        return NULL;
    const char *mark = strstr(image->name, IMAGE_NAME_DIGEST);
    if (mark == NULL)
        return memory_text(image->name);
    return memory_format("%.*s%s%s", (int)(mark - image->name), image->name, digest,
        mark + strlen(IMAGE_NAME_DIGEST));
}
