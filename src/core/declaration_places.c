// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/declaration.h"
#include "core/declaration_fields.h"
#include "core/declaration_places.h"
#include "core/document.h"
#include "core/memory.h"
#include "core/text.h"

// The entries of the document in its order, each after the one that it stands in:
//
//   1 byte   LEVEL: how many it stands in; with a flag that says what it is called
//   IS_ITEM  nothing: the next one of its list
//   IS_FIELD 1 byte: which row of the table that describes where it stands
//   neither  its key, with its NUL
//   numbers  its line, as the difference to the one before; its column
//
// Behind the last one stands END. A number is written in groups of seven bits, the lowest first,
// and a set eighth bit says that there are more; of a difference the lowest bit is the sign.
#define LEVEL    0x1f
#define IS_ITEM  0x20
#define IS_FIELD 0x40
#define END      0xff

#define LEVELS (DOCUMENT_LIMIT_DEPTH + 1)

_Static_assert(LEVELS <= LEVEL, "a level fits, and none is taken for the end");

// ---- Writing

struct writer {
    struct text bytes;
    unsigned line; // of the entry before
};

static void put_byte(struct writer *writer, size_t byte)
{
    text_append_n(&writer->bytes, &(const char){(char)(unsigned char)byte}, 1);
}

static void put_number(struct writer *writer, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        put_byte(writer, (number & 0x7f) | 0x80);
    put_byte(writer, number);
}

static void put_place(struct writer *writer, struct place place)
{
    bool back = place.line < writer->line;
    uint64_t distance = back ? writer->line - place.line : place.line - writer->line;
    put_number(writer, distance << 1 | back);
    put_number(writer, place.column);
    writer->line = place.line;
}

// The row of that name, and its number; NULL: there is none that a byte can tell.
static const struct field *find_row(
    const struct field_table *table, const char *name, size_t *number)
{
    const struct field *row = NULL;
    for (*number = 0; table != NULL && *number <= UINT8_MAX; ++*number) {
        row = field_table_at(table, *number);
        if (row == NULL || strcmp(row->name, name) == 0)
            return row;
    }
    return NULL;
}

// `table` describes the node's entries, or those of its items; NULL: none does.
static void collect(
    struct writer *writer, const struct node *node, size_t level, const struct field_table *table)
{
    for (const struct entry *entry = node->entries; entry != NULL; entry = entry->next) {
        const struct field_table *children = table;
        if (entry->key == NULL) {
            put_byte(writer, level | IS_ITEM);
            put_place(writer, entry->value->place);
        } else {
            size_t number = 0;
            const struct field *row = find_row(table, entry->key->text, &number);
            children = row == NULL ? NULL : row->children;
            put_byte(writer, row == NULL ? level : level | IS_FIELD);
            if (row == NULL)
                text_append_n(&writer->bytes, entry->key->text, entry->key->length + 1);
            else
                put_byte(writer, number);
            put_place(writer, entry->key->place);
        }
        collect(writer, entry->value, level + 1, children);
    }
}

unsigned char *declaration_places_collect(const struct node *root)
{
    struct writer writer = {0};
    collect(&writer, root, 0, &declaration_table);
    put_byte(&writer, END);
    unsigned char *places = memory_new(writer.bytes.length, 1);
    memcpy(places, writer.bytes.bytes, writer.bytes.length);
    text_deinit(&writer.bytes);
    return places;
}

// ---- Reading

// Where the reader stands: at each level the length of the path that leads there, what describes
// its entries, and how many items were seen.
struct reader {
    const unsigned char *next;
    struct text path;
    struct place place;
    struct {
        size_t length;
        const struct field_table *table;
        size_t items;
    } levels[LEVELS + 1];
};

static uint64_t take_number(struct reader *reader)
{
    uint64_t number = 0;
    unsigned shift = 0;
    do {
        number |= (uint64_t)(*reader->next & 0x7f) << shift;
        shift += 7;
    } while (*reader->next++ & 0x80);
    return number;
}

static void take_place(struct reader *reader)
{
    uint64_t line = take_number(reader);
    unsigned distance = (unsigned)(line >> 1);
    reader->place.line = line & 1 ? reader->place.line - distance : reader->place.line + distance;
    reader->place.column = (unsigned)take_number(reader);
}

// Adds the entry's own part to the path, and returns what describes those in it.
static const struct field_table *take_part(struct reader *reader, unsigned char head, size_t level)
{
    const struct field_table *table = reader->levels[level].table;
    if (head & IS_ITEM) {
        text_format(&reader->path, "[%zu]", reader->levels[level].items++);
        return table;
    }
    if (reader->path.length > 0)
        text_append_n(&reader->path, ".", 1);
    if (head & IS_FIELD) {
        const struct field *row = field_table_at(table, *reader->next++);
        text_append(&reader->path, row->name);
        return row->children;
    }
    const char *key = (const char *)reader->next;
    text_append(&reader->path, key);
    reader->next += strlen(key) + 1;
    return NULL;
}

// Goes on to the next entry, its path and its place; false: there is none.
static bool advance(struct reader *reader)
{
    unsigned char head = *reader->next++;
    if (head == END)
        return false;
    size_t level = head & LEVEL;
    text_truncate(&reader->path, reader->levels[level].length);
    const struct field_table *children = take_part(reader, head, level);
    reader->levels[level + 1].length = reader->path.length;
    reader->levels[level + 1].table = children;
    reader->levels[level + 1].items = 0;
    take_place(reader);
    return true;
}

// Whether `outer`, which is not empty, is the path, or that of a field around it.
static bool leads_to(const struct text *outer, const char *path)
{
    size_t length = outer->length;
    return strncmp(outer->bytes, path, length) == 0 &&
           (path[length] == '\0' || path[length] == '.' || path[length] == '[');
}

struct place declaration_place(const struct declaration *declaration, const char *path)
{
    struct place place = declaration->place;
    if (declaration->places == NULL)
        return place;
    struct reader reader = {.next = declaration->places};
    reader.levels[0].table = &declaration_table;
    size_t nearest = 0;
    while (advance(&reader))
        if (reader.path.length > nearest && leads_to(&reader.path, path)) {
            nearest = reader.path.length;
            place = reader.place;
        }
    text_deinit(&reader.path);
    return place;
}
