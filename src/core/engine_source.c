// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/memory.h"
#include "core/text.h"

static void say(struct managed *managed, enum source_standing standing, char *message)
{
    managed->source = standing;
    managed->source_confirmed = false;
    free(managed->source_message);
    managed->source_message = message;
}

static void found(struct managed *managed, const char *id, bool confirmed)
{
    text_list_deinit(&managed->sources);
    text_list_add(&managed->sources, id);
    say(managed, SOURCE_READY, memory_format("made from %s", id));
    managed->source_confirmed = confirmed;
}

// ---- Images: what the list showed answers

// The name of the declaration whose image is the source, or NULL.
static const char *declared_source(const struct managed *managed)
{
    return managed->declaration == NULL
               ? NULL
               : declaration_open(managed->declaration).image.source_image.declared;
}

// Whether waiting for that declaration means, in the end, waiting for oneself; names the files on
// the way.
static bool is_cycle(struct engine *engine, const struct managed *managed, struct text *files)
{
    const struct managed *step = managed;
    for (size_t hops = engine->managed.count; hops > 0; hops--) {
        const char *name = declared_source(step);
        if (name == NULL)
            return false;
        text_format(files, "%s%s (%s)", files->length == 0 ? "" : " waits for ", step->record->name,
            step->record->file);
        step = engine_find(engine, name);
        if (step == managed)
            return true;
        if (step == NULL)
            return false;
    }
    return false; // a cycle further on, which its own members report
}

static bool resolve_cycle(struct engine *engine, struct managed *managed)
{
    struct text files = {0};
    bool cycle = is_cycle(engine, managed, &files);
    if (cycle)
        say(managed, SOURCE_CYCLE,
            memory_format("%s waits for %s", text_string(&files), managed->record->name));
    text_deinit(&files);
    return cycle;
}

// What is known of the source is sure, and changes when that becomes available.
static void await_source(struct engine *engine, struct managed *managed)
{
    managed->source_confirmed = true;
    if (!managed->awaits_source)
        gathering_add(&engine->awaiting, managed);
    managed->awaits_source = true;
}

static bool is_seen_available(const struct engine *engine, const char *image_id)
{
    const struct packed *seen = engine_seen(engine, image_id);
    struct image image = {0};
    if (seen != NULL)
        image = image_open(seen);
    return image_is_available(&image);
}

static void resolve_declared(struct engine *engine, struct managed *managed, const char *name)
{
    if (resolve_cycle(engine, managed)) {
        await_source(engine, managed);
        return;
    }
    const struct managed *source = engine_find(engine, name);
    if (source != NULL && source->declared && source->presence == PRESENCE_PRESENT &&
        is_seen_available(engine, source->record->image_id)) {
        found(managed, source->record->image_id, true);
        return;
    }
    if (source == NULL || !source->declared)
        say(managed, SOURCE_WAITING, memory_format("no declaration is named %s", name));
    else
        say(managed, SOURCE_WAITING,
            memory_format("%s is %s (%s)", name, state_name(source->record->state),
                reason_name(source->record->reason)));
    await_source(engine, managed);
}

// A circle of declarations may be broken anywhere.
static bool awaits_another(const struct managed *managed, const struct managed *source)
{
    const char *name = declared_source(managed);
    return managed->source != SOURCE_CYCLE && name != NULL &&
           strcmp(name, source->record->name) != 0;
}

void engine_wake_dependents(struct engine *engine, const struct managed *source)
{
    size_t kept = 0;
    for (size_t i = 0; i < engine->awaiting.count; i++) {
        struct managed *managed = engine->awaiting.items[i];
        if (awaits_another(managed, source)) {
            engine->awaiting.items[kept++] = managed;
            continue;
        }
        managed->awaits_source = false;
        engine_queue(engine, managed);
    }
    engine->awaiting.count = kept;
}

// A declaration's own images are never its source, from the moment that they are made: a tag says
// so later, or never.
static bool is_own(const struct managed *managed, const struct match *match)
{
    const struct record *record = managed->record;
    return record_names_image(record, match->id) ||
           (match->owner_name != NULL && strcmp(match->owner_name, record->name) == 0);
}

// The index of the next match from `from` on that may be the source, or the count.
static size_t next_match(const struct managed *managed, const struct matches *matches, size_t from)
{
    while (from < matches->count && is_own(managed, &matches->items[from]))
        from++;
    return from;
}

#define SHOWN_MATCHES 5

static char *several_match(const struct managed *managed, const struct matches *matches)
{
    struct text ids = {0};
    size_t count = 0;
    for (size_t i = next_match(managed, matches, 0); i < matches->count;
         i = next_match(managed, matches, i + 1)) {
        if (count++ < SHOWN_MATCHES)
            text_format(&ids, "%s%s", ids.length == 0 ? "" : ", ", matches->items[i].id);
    }
    char *message = memory_format(
        "%zu images match the selector (%s%s); narrow it, or set `newest: true`", count,
        text_string(&ids), count > SHOWN_MATCHES ? ", …" : "");
    text_deinit(&ids);
    return message;
}

static void resolve_search(
    struct engine *engine, struct managed *managed, const struct selector *selector)
{
    if (engine->listed.asked_ms < 0) {
        say(managed, SOURCE_UNCHECKED, memory_text("the list of images was not read yet"));
        return;
    }
    struct matches matches = searches_find(engine->searches, engine->view, selector);
    size_t first = next_match(managed, &matches, 0);
    if (first == matches.count)
        say(managed, SOURCE_WAITING, memory_text("no available image matches the selector"));
    else if (selector->newest == BOOLEAN_TRUE ||
             next_match(managed, &matches, first + 1) == matches.count)
        found(managed, matches.items[first].id, true);
    else
        say(managed, SOURCE_WAITING, several_match(managed, &matches));
    managed->source_confirmed = true; // by the list
}

static const char *state_or_none(const char *cloud_state)
{
    return cloud_state == NULL ? "in no state" : cloud_state;
}

// A literal id is tried as it is; before a replacement, which deletes first, it must have been
// seen.
static void resolve_image_id(
    struct engine *engine, struct managed *managed, const char *id, bool must_exist)
{
    const struct view_image *seen = view_find(engine->view, id);
    bool fresh = seen != NULL && engine->now.monotonic_ms - seen->seen_ms < SOURCE_KNOWN_MS &&
                 (!must_exist || seen->seen_ms >= managed->wished_ms);
    bool asked = managed->source_checked_ms >= 0 &&
                 engine->now.monotonic_ms - managed->source_checked_ms < SOURCE_KNOWN_MS;
    bool available = fresh && is_seen_available(engine, id);
    if (!must_exist)
        found(managed, id, available);
    else if (available)
        found(managed, id, true);
    else if (fresh)
        say(managed, SOURCE_WAITING,
            memory_format("%s is %s", id, state_or_none(image_open(seen->image).cloud_state)));
    else if (asked)
        say(managed, SOURCE_ABSENT, memory_format("no image %s is visible to this account", id));
    else
        say(managed, SOURCE_UNCHECKED, memory_format("looking for the image %s", id));
    managed->source_confirmed = fresh || asked;
}

// ---- VMs and snapshots: asked for

// Whether the item is what the selector means; a name is a glob over the tag Name.
static bool item_matches(const struct source_item *item, const struct selector *selector)
{
    if (selector->id != NULL)
        return strcmp(item->id, selector->id) == 0;
    const char *name = tag_list_find(&item->tags, "Name");
    if (selector->name != NULL && (name == NULL || fnmatch(selector->name, name, 0) != 0))
        return false;
    return tag_list_includes(&item->tags, &selector->tags);
}

// The item's id added to the sources, or what is wrong said.
static bool resolve_item(
    struct managed *managed, const struct selector *selector, const char *noun, const char *usable)
{
    const struct source_item *match = NULL;
    size_t matches = 0;
    for (size_t i = 0; i < managed->found_count; i++) {
        if (!item_matches(&managed->found[i], selector))
            continue;
        match = &managed->found[i];
        matches++;
    }
    if (matches == 0 && selector->id != NULL) {
        say(managed, SOURCE_ABSENT,
            memory_format("no %s %s is visible to this account", noun, selector->id));
    } else if (matches == 0) {
        say(managed, SOURCE_WAITING, memory_format("no %s matches the selector", noun));
    } else if (matches > 1) {
        say(managed, SOURCE_WAITING,
            memory_format("%zu %ss match the selector; narrow it", matches, noun));
    } else if (usable != NULL && match->state != NULL && strcmp(match->state, usable) != 0) {
        say(managed, SOURCE_WAITING, memory_format("%s %s is %s", noun, match->id, match->state));
    } else {
        text_list_add(&managed->sources, match->id);
        return true;
    }
    return false;
}

static bool resolve_mappings(struct managed *managed, const struct block_device_list *mappings)
{
    for (size_t i = 0; i < mappings->count; i++) {
        const struct bsu *bsu = &mappings->items[i].bsu;
        if (!bsu->snapshot.present)
            text_list_add(&managed->sources, "");
        else if (!resolve_item(managed, &bsu->snapshot, "snapshot", "completed"))
            return false;
    }
    return true;
}

static bool all_literal(const struct block_device_list *mappings)
{
    for (size_t i = 0; i < mappings->count; i++)
        if (mappings->items[i].bsu.snapshot.present && mappings->items[i].bsu.snapshot.id == NULL)
            return false;
    return true;
}

static void take_literal(struct managed *managed, const struct image *image)
{
    text_list_deinit(&managed->sources);
    if (image->vm.present) {
        text_list_add(&managed->sources, image->vm.id);
    } else {
        for (size_t i = 0; i < image->block_devices.count; i++) {
            const char *id = image->block_devices.items[i].bsu.snapshot.id;
            text_list_add(&managed->sources, id == NULL ? "" : id);
        }
    }
    say(managed, SOURCE_READY, memory_text("as declared"));
}

static void resolve_items(struct engine *engine, struct managed *managed, bool must_exist)
{
    struct declared declared;
    declaration_open_into(managed->declaration, &declared);
    const struct image *image = &declared.image;
    bool literal = image->vm.present ? image->vm.id != NULL : all_literal(&image->block_devices);
    bool asked = managed->source_checked_ms >= 0 &&
                 engine->now.monotonic_ms - managed->source_checked_ms < SOURCE_KNOWN_MS;
    if (literal && !must_exist) {
        take_literal(managed, image);
        return;
    }
    if (!asked) {
        say(managed, SOURCE_UNCHECKED, memory_text("looking for the source"));
        return;
    }
    text_list_deinit(&managed->sources);
    bool ready = image->vm.present ? resolve_item(managed, &image->vm, "VM", NULL)
                                   : resolve_mappings(managed, &image->block_devices);
    if (ready)
        say(managed, SOURCE_READY, memory_text("found"));
    managed->source_confirmed = true;
}

void engine_resolve_source(struct engine *engine, struct managed *managed)
{
    struct declared declared;
    declaration_open_into(managed->declaration, &declared);
    const struct image *image = &declared.image;
    const struct selector *selector = &image->source_image;
    bool must_exist = managed->record->image_id != NULL;
    if (!selector->present)
        resolve_items(engine, managed, must_exist);
    else if (selector->id != NULL)
        resolve_image_id(engine, managed, selector->id, must_exist);
    else if (selector->declared != NULL)
        resolve_declared(engine, managed, selector->declared);
    else
        resolve_search(engine, managed, selector);
}

bool engine_follow_due(const struct engine *engine, const struct managed *managed)
{
    if (declaration_open(managed->declaration).image.source_image.present ||
        !engine_follows(managed))
        return false;
    return engine->listed.asked_ms > managed->source_checked_ms; // once each resync
}

// ---- Looking

static void add_target(struct request *request, const struct selector *selector)
{
    if (selector->id != NULL)
        text_list_add(&request->targets, selector->id);
}

struct request *engine_source_request(struct engine *engine, const struct managed *managed)
{
    (void)engine;
    struct declared declared;
    declaration_open_into(managed->declaration, &declared);
    const struct image *image = &declared.image;
    const char *name = managed->record->name;
    struct request *request = NULL;
    if (image->source_image.present) {
        request = request_new(OPERATION_READ_IMAGES, name);
        add_target(request, &image->source_image);
    } else if (image->vm.present) {
        request = request_new(OPERATION_READ_VMS, name);
        add_target(request, &image->vm);
    } else {
        request = request_new(OPERATION_READ_SNAPSHOTS, name);
        if (all_literal(&image->block_devices))
            for (size_t i = 0; i < image->block_devices.count; i++)
                add_target(request, &image->block_devices.items[i].bsu.snapshot);
    }
    return request;
}

void engine_source_answered(struct engine *engine, struct managed *managed, struct answer *answer)
{
    if (!managed->checking_source)
        return;
    managed->checking_source = false;
    if (answer->outcome != OUTCOME_OK) {
        engine_observe_later(engine, managed);
        return;
    }
    managed_forget_sources(managed);
    managed->source_checked_ms = engine->now.monotonic_ms;
    managed->found = answer->sources; // taken over
    managed->found_count = answer->source_count;
    answer->sources = NULL;
    answer->source_count = 0;
    // Looked for again later, in case that it is not there yet.
    managed->observe_failures++;
    managed->observe_at_ms = engine->now.monotonic_ms + SOURCE_KNOWN_MS;
}
