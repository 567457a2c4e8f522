// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Any bytes as the rows of the record: lines, each a member's name, `=`, and a value; an empty line
// ends a record. Beside not crashing: what is accepted is kept as it is, and whatever the record
// holds, the engine that starts from it deletes nothing that the record does not call ours.
#include "config.h"

#include <string.h>

#include "core/engine.h"
#include "core/memory.h"
#include "io/store_members.h"
#include "fuzz/fuzz.h"

#define RECORD_LIMIT 16
#define TURNS        8
#define WALL_MS      INT64_C(1795600800000)

static const struct store_member *member_named(const char *name, size_t length)
{
    for (const struct store_member *member = store_members; member->name != NULL; member++)
        if (strlen(member->name) == length && memcmp(member->name, name, length) == 0)
            return member;
    return NULL;
}

// A value that begins with '#' is a number.
static struct store_value value_of(char *text)
{
    if (text[0] == '\0')
        return (struct store_value){.kind = STORE_VALUE_NONE};
    if (text[0] == '#')
        return (struct store_value){
            .kind = STORE_VALUE_INTEGER, .integer = strtoll(text + 1, NULL, 10)};
    return (struct store_value){.kind = STORE_VALUE_TEXT, .text = text};
}

static bool same_value(const struct store_value *a, const struct store_value *b)
{
    return a->kind == b->kind && a->integer == b->integer &&
           (a->kind != STORE_VALUE_TEXT || strcmp(a->text, b->text) == 0);
}

// What a store keeps of the record, and gives back, is the record.
static void check_kept(const struct record *record)
{
    struct record *again = record_new(record->name);
    for (const struct store_member *member = store_members; member->name != NULL; member++) {
        CLEANUP(store_value_deinit) struct store_value value = {0};
        CLEANUP(store_value_deinit) struct store_value reread = {0};
        struct error error = {0};
        if (store_member_get(record, member, &value, &error) != 0)
            continue; // a list with a text that is not UTF-8
        REQUIRE(store_member_set(again, member, &value, &error) == 0);
        REQUIRE(store_member_get(again, member, &reread, &error) == 0);
        REQUIRE(same_value(&value, &reread));
    }
    record_free(again);
}

static void set_member(struct record *record, char *line)
{
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return;
    const struct store_member *member = member_named(line, (size_t)(equals - line));
    if (member == NULL || member->offset == 0)
        return; // the key is another matter
    struct store_value value = value_of(equals + 1);
    struct error error = {0};
    int result = store_member_set(record, member, &value, &error);
    REQUIRE((result != 0) == (error.code == ERROR_CORRUPT));
}

static void read_records(struct record_list *records, char *text)
{
    struct record *record = NULL;
    for (char *line = text; line != NULL && records->count < RECORD_LIMIT;) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        if (line[0] == '\0') {
            record = NULL;
        } else {
            if (record == NULL) {
                char name[16];
                snprintf(name, sizeof(name), "image-%zu", records->count);
                record = record_new(name);
                record_list_add(records, record);
            }
            set_member(record, line);
        }
        line = end == NULL ? NULL : end + 1;
    }
}

struct ours {
    struct text_list images;
    struct text_list snapshots;
};

static void note_ours(struct ours *ours, const struct record *record)
{
    if (record->owned && record->image_id != NULL)
        text_list_add(&ours->images, record->image_id);
    for (size_t i = 0; i < record->previous.count; i++)
        text_list_add(&ours->images, record->previous.items[i]);
    for (size_t i = 0; i < record->snapshots.count; i++)
        text_list_add(&ours->snapshots, record->snapshots.items[i]);
}

static bool holds(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static void check_request(const struct request *request, const struct ours *ours)
{
    for (size_t i = 0; i < request->targets.count; i++) {
        if (request->operation == OPERATION_DELETE_IMAGE)
            REQUIRE(holds(&ours->images, request->targets.items[i]));
        if (request->operation == OPERATION_DELETE_SNAPSHOT)
            REQUIRE(holds(&ours->snapshots, request->targets.items[i]));
    }
}

static void check_effects(const struct effects *effects, const struct ours *ours)
{
    for (size_t i = 0; i < effects->count; i++) {
        if (effects->items[i].kind == EFFECT_REQUEST)
            check_request(effects->items[i].request, ours);
    }
}

// Everything is committed at once, and nothing is answered.
static void turn(struct engine *engine, struct event *event, struct instant now, struct ours *ours)
{
    struct effects effects = {0};
    engine_handle(engine, event, now, &effects);
    check_effects(&effects, ours);
    while (effects.serial != 0) {
        struct event committed = {.kind = EVENT_COMMITTED, .serial = effects.serial};
        effects_clear(&effects);
        effects.serial = 0;
        engine_handle(engine, &committed, now, &effects);
        check_effects(&effects, ours);
    }
    effects_deinit(&effects);
}

static void run_engine(struct record_list *records, const char *deletions)
{
    struct ours ours = {0};
    for (size_t i = 0; i < records->count; i++)
        note_ours(&ours, records->items[i]);
    struct engine_options options = engine_default_options();
    options.installation = "fuzz";
    struct engine *engine = engine_new(&options);
    struct instant now = {.monotonic_ms = 1000, .wall_ms = WALL_MS};
    struct event loaded = {.kind = EVENT_LOADED, .loaded = {records, deletions}};
    turn(engine, &loaded, now, &ours);
    struct directory_event empty = {.complete = true};
    struct event directory = {.kind = EVENT_DIRECTORY, .directory = &empty};
    turn(engine, &directory, now, &ours);
    for (int i = 0; i < TURNS; i++) {
        int64_t wake = engine_next_wake(engine);
        int64_t step = wake == INSTANT_NEVER || wake < now.monotonic_ms ? 60000
                                                                        : wake - now.monotonic_ms;
        now.monotonic_ms += step;
        now.wall_ms += step;
        struct event timer = {.kind = EVENT_TIMER};
        turn(engine, &timer, now, &ours);
    }
    engine_free(engine);
    text_list_deinit(&ours.images);
    text_list_deinit(&ours.snapshots);
}

// The first line is the setting that counts deletions.
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    char *text = memory_text_n((const char *)bytes, size);
    char *end = strchr(text, '\n');
    struct record_list records = {0};
    if (end != NULL) {
        *end = '\0';
        read_records(&records, end + 1);
    }
    for (size_t i = 0; i < records.count; i++)
        check_kept(records.items[i]);
    run_engine(&records, text[0] == '\0' ? NULL : text);
    record_list_deinit(&records);
    free(text);
    return 0;
}
