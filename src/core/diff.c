// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/ascii.h"
#include "core/canonical.h"
#include "core/diff.h"
#include "core/image_checks.h"
#include "core/image_fields.h"
#include "core/memory.h"
#include "core/text.h"

struct comparison {
    struct difference_list *out;
    const struct field *outermost;
    struct text path;
    bool live;       // `from` is what the cloud shows, and only what `to` declares counts
    bool exact_tags; // likewise, but tags that are not declared count as well
};

static void compare_tables(struct comparison *comparison, const struct field_table *table,
    const void *from, const void *to);

void difference_list_add(struct difference_list *list, const struct field *field, const char *path,
    const char *from, const char *to)
{
    list->items = memory_grow(list->items, list->count, &list->capacity, sizeof(struct difference));
    list->items[list->count++] = (struct difference){
        .field = field,
        .path = memory_text(path),
        .from = memory_text(from),
        .to = memory_text(to),
    };
}

// Takes over both texts.
static void add(struct comparison *comparison, char *from, char *to)
{
    difference_list_add(
        comparison->out, comparison->outermost, text_string(&comparison->path), from, to);
    free(from);
    free(to);
}

static size_t enter(struct comparison *comparison, const char *name)
{
    size_t length = comparison->path.length;
    text_format(&comparison->path, "%s%s", length > 0 ? "." : "", name);
    return length;
}

// A value as people read it: texts bare, the rest as in the file. What is absent is what the API
// takes then.
static char *show(const struct field *field, const void *object)
{
    if (!field_present(field, object))
        return memory_text(field->server_default);
    const void *member = field_member_const(field, object);
    if (field->type == FIELD_TEXT || field->type == FIELD_CHOICE)
        return memory_text(*(char *const *)member);
    if (field->type == FIELD_SELECTOR && ((const struct selector *)member)->id != NULL)
        return memory_text(((const struct selector *)member)->id);
    struct text shown = {0};
    canonical_write_member(field, object, CANONICAL_WHOLE, &shown);
    return text_steal(&shown);
}

// Whether a live name is the declared one, with {digest} in it standing for any eight hex digits.
static bool same_name(const char *from, const char *to)
{
    const char *mark = strstr(to, IMAGE_NAME_DIGEST);
    if (mark == NULL)
        return strcmp(from, to) == 0;
    size_t before = (size_t)(mark - to);
    if (strncmp(from, to, before) != 0)
        return false;
    from += before;
    for (size_t i = 0; i < IMAGE_NAME_DIGEST_LENGTH; i++, from++)
        if (!ascii_is_digit(*from) && (*from < 'a' || *from > 'f'))
            return false;
    return strcmp(from, mark + strlen(IMAGE_NAME_DIGEST)) == 0;
}

static bool contains(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static bool contains_all(const struct text_list *list, const struct text_list *wanted)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (!contains(list, wanted->items[i]))
            return false;
    return true;
}

static bool same_canonical(const struct field *field, const void *from, const void *to)
{
    struct text a = {0};
    struct text b = {0};
    canonical_write_member(field, from, CANONICAL_REPLACING, &a);
    canonical_write_member(field, to, CANONICAL_REPLACING, &b);
    bool same = strcmp(a.bytes, b.bytes) == 0;
    text_deinit(&a);
    text_deinit(&b);
    return same;
}

static bool same_selector(const struct comparison *comparison, const struct field *field,
    const void *from, const void *to)
{
    if (!comparison->live)
        return same_canonical(field, from, to);
    const struct selector *live = field_member_const(field, from);
    const struct selector *declared = field_member_const(field, to);
    // What a selector found is not for the table to know: the record does.
    return declared->id == NULL || (live->id != NULL && strcmp(live->id, declared->id) == 0);
}

// Whether two members that are both present hold the same.
static bool same_value(const struct comparison *comparison, const struct field *field,
    const void *from, const void *to)
{
    const void *a = field_member_const(field, from);
    const void *b = field_member_const(field, to);
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_CHOICE:
        return comparison->live && field->check == image_check_name
                   ? same_name(*(char *const *)a, *(char *const *)b)
                   : strcmp(*(char *const *)a, *(char *const *)b) == 0;
    case FIELD_BOOLEAN:
        return *(const enum boolean *)a == *(const enum boolean *)b;
    case FIELD_INTEGER:
    case FIELD_DURATION:
        return ((const struct integer *)a)->value == ((const struct integer *)b)->value;
    case FIELD_TEXT_LIST:
        return contains_all(a, b) && (comparison->live || contains_all(b, a));
    case FIELD_SELECTOR:
        return same_selector(comparison, field, from, to);
    case FIELD_TAGS:
    case FIELD_GROUP:
    case FIELD_GROUP_LIST:
    case FIELD_WORD:
        break; // compared piece by piece, by others
    }
    return same_canonical(field, from, to);
}

// The text by which items of a list are told apart: their first field.
static const char *key_of(const struct field_table *table, const void *item)
{
    const char *key = *(char *const *)field_member_const(&table->fields[0], item);
    return key == NULL ? "" : key;
}

static const void *find_item(
    const struct field_table *table, const struct list *list, const char *key)
{
    for (size_t i = 0; i < list->count; i++) {
        const void *item = (const char *)list->items + i * table->size;
        if (strcmp(key_of(table, item), key) == 0)
            return item;
    }
    return NULL;
}

static char *show_item(const struct field_table *table, const void *item)
{
    struct text shown = {0};
    canonical_write(table, item, CANONICAL_WHOLE, &shown);
    return text_steal(&shown);
}

static void compare_lists(
    struct comparison *comparison, const struct field *field, const void *from, const void *to)
{
    const struct field_table *table = field->children;
    struct list before = field_list_load(field_member_const(field, from));
    struct list after = field_list_load(field_member_const(field, to));
    size_t length = comparison->path.length;
    for (size_t i = 0; i < after.count; i++) {
        const void *item = (const char *)after.items + i * table->size;
        const void *other = find_item(table, &before, key_of(table, item));
        text_format(&comparison->path, "[%s]", key_of(table, item));
        if (other != NULL)
            compare_tables(comparison, table, other, item);
        else
            add(comparison, NULL, show_item(table, item));
        text_truncate(&comparison->path, length);
    }
    for (size_t i = 0; i < before.count; i++) {
        const void *item = (const char *)before.items + i * table->size;
        if (find_item(table, &after, key_of(table, item)) != NULL)
            continue;
        text_format(&comparison->path, "[%s]", key_of(table, item));
        add(comparison, show_item(table, item), NULL);
        text_truncate(&comparison->path, length);
    }
}

static void add_tag(
    struct comparison *comparison, const char *key, const char *from, const char *to)
{
    size_t length = enter(comparison, key);
    add(comparison, memory_text(from), memory_text(to));
    text_truncate(&comparison->path, length);
}

static void compare_tags(
    struct comparison *comparison, const struct tag_list *live, const struct tag_list *declared)
{
    for (size_t i = 0; i < declared->count; i++) {
        const struct tag *tag = &declared->items[i];
        const char *value = tag_list_find(live, tag->key);
        if (value == NULL || strcmp(value, tag->value) != 0)
            add_tag(comparison, tag->key, value, tag->value);
    }
    for (size_t i = 0; comparison->exact_tags && i < live->count; i++) {
        const struct tag *tag = &live->items[i];
        if (tag_list_find(declared, tag->key) == NULL && !image_tag_is_reserved(tag->key))
            add_tag(comparison, tag->key, tag->value, NULL);
    }
}

// The one field whose absence means something: an image is private unless its declaration says
// otherwise.
static void compare_access(
    struct comparison *comparison, const struct access *live, const struct access *declared)
{
    bool wanted = declared->is_public == BOOLEAN_TRUE;
    bool found = live->is_public == BOOLEAN_TRUE;
    if (declared->inherit || wanted == found)
        return;
    size_t length = enter(comparison, "is_public");
    add(comparison, memory_text(found ? "true" : "false"), memory_text(wanted ? "true" : "false"));
    text_truncate(&comparison->path, length);
}

static bool is_compared(const struct comparison *comparison, const struct field *field)
{
    if (!comparison->live)
        return field->change == CHANGE_REPLACES;
    return (field->change == CHANGE_REPLACES || field->change == CHANGE_IN_PLACE) &&
           field->equality != EQUALITY_UNCOMPARED;
}

static void compare_members(
    struct comparison *comparison, const struct field *field, const void *from, const void *to)
{
    const void *a = field_member_const(field, from);
    const void *b = field_member_const(field, to);
    if (field->children == &access_table) {
        compare_access(comparison, a, b);
    } else if (field->type == FIELD_TAGS) {
        compare_tags(comparison, a, b);
    } else if (comparison->live && !field_present(field, to)) {
        return;
    } else if (field->type == FIELD_GROUP) {
        compare_tables(comparison, field->children, a, b);
    } else if (field->type == FIELD_GROUP_LIST) {
        compare_lists(comparison, field, from, to);
    } else {
        bool both = field_present(field, from) && field_present(field, to);
        bool same = both ? same_value(comparison, field, from, to)
                         : canonical_is_default(field, from) && canonical_is_default(field, to);
        // A selector that nothing is known to have been found by is not compared with nothing.
        bool unknown = comparison->live && field->type == FIELD_SELECTOR &&
                       ((const struct selector *)b)->id == NULL;
        if (!same && !unknown)
            add(comparison, show(field, from), show(field, to));
    }
}

static void compare_tables(struct comparison *comparison, const struct field_table *table,
    const void *from, const void *to)
{
    bool outermost = comparison->outermost == NULL;
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(table, i)) != NULL; i++) {
        if (!is_compared(comparison, field))
            continue;
        if (outermost)
            comparison->outermost = field;
        size_t length = enter(comparison, field->name);
        compare_members(comparison, field, from, to);
        text_truncate(&comparison->path, length);
    }
}

void image_diff(const struct image *declared, const struct image *live, bool exact_tags,
    struct difference_list *out)
{
    struct comparison comparison = {.out = out, .live = true, .exact_tags = exact_tags};
    compare_tables(&comparison, &image_table, live, declared);
    text_deinit(&comparison.path);
}

void declared_diff(
    const struct image *before, const struct image *after, struct difference_list *out)
{
    struct comparison comparison = {.out = out};
    compare_tables(&comparison, &image_table, before, after);
    text_deinit(&comparison.path);
}

bool difference_list_has(const struct difference_list *list, enum field_change change)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].field->change == change)
            return true;
    return false;
}

void difference_list_deinit(struct difference_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].path);
        free(list->items[i].from);
        free(list->items[i].to);
    }
    free(list->items);
    *list = (struct difference_list){0};
}
