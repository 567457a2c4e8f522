// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine_state.h"
#include "core/instant.h"
#include "core/memory.h"
#include "core/shared_text.h"
#include "core/text.h"

// ---- What was remembered

// The monotonic form of a moment of the wall clock, at most `longest_ms` ahead: a clock that was
// set back while we were away must not park an image for days.
static int64_t moment(const struct engine *engine, int64_t wall_ms, int64_t longest_ms)
{
    int64_t ahead_ms = wall_ms - engine->now.wall_ms;
    if (wall_ms == 0 || ahead_ms <= 0)
        return 0;
    return engine->now.monotonic_ms + (ahead_ms < longest_ms ? ahead_ms : longest_ms);
}

static void remember(struct engine *engine, struct record *record)
{
    struct managed *managed = engine_add(engine, record);
    managed->declared = !record->removed;
    managed->rest_until_ms = moment(engine, record->next_attempt_wall_ms, SLOW_RETRY_MS);
    if (record->removed)
        managed->grace_end_ms = engine->now.monotonic_ms + engine->options.grace_ms;
    if (record->declaration != NULL) {
        struct declaration *declaration = declaration_from_canonical(
            record->declaration, record->file);
        managed_set_declaration(managed, declaration);
        if (declaration != NULL)
            record_share_canonical(record, declaration->canonical);
        declaration_unref(declaration);
    }
    managed->lost_ms = engine->now.monotonic_ms;
    // A creation without a name can only come from a damaged record: there is nothing to look for.
    if (record->intent == INTENT_CREATE && record->cloud_name == NULL)
        record->intent = INTENT_NONE;
    if (record->intent == INTENT_CREATE) {
        // Whether the request left before the crash is not known: as good as lost, and the window
        // begins anew.
        if (record->lost_wall_ms == 0)
            record->lost_wall_ms = record->intent_wall_ms;
        managed->dirty = true;
    } else if (record->intent != INTENT_NONE) {
        record->intent = INTENT_NONE; // repeated only if a look shows that it is still needed
        managed->dirty = true;
    }
    engine_queue(engine, managed);
}

void engine_load(struct engine *engine, struct record_list *records)
{
    for (size_t i = 0; i < records->count; i++) {
        remember(engine, records->items[i]);
        records->items[i] = NULL;
    }
    records->count = 0;
    engine->loaded = true;
}

// ---- Declarations

// Of several places the one that was first stays the image's: what is said of that file later,
// after a restart for instance, is said of the image.
static void wish(struct engine *engine, struct managed *managed, const struct standing *standing)
{
    struct record *record = managed->record;
    if (!managed->declared) {
        managed->declared = true;
        managed->overtaken = true; // a deletion that is only being stored is not sent any more
        managed->grace_end_ms = INSTANT_NEVER;
        managed->dirty = true;
        engine_wake_dependents(engine, managed);
    }
    record->removed = false;
    record->removed_wall_ms = 0;
    bool still_there = standing->doubled && record->file != NULL &&
                       catalogue_claims(engine->catalogue, record->file, record->name);
    if (!still_there && !shared_text_equal(record->file, standing->file)) {
        shared_text_replace(&record->file, standing->file);
        managed->dirty = true;
    }
}

// A good declaration comes into force. What failed before is tried again at once.
static void put_in_force(
    struct engine *engine, struct managed *managed, struct declaration *declaration)
{
    struct record *record = managed->record;
    bool changed = !shared_text_equal(record->declaration, declaration->canonical);
    managed_forget_parsed(managed);
    managed_set_declaration(managed, declaration); // also when only the place in the file changed
    record_share_canonical(record, declaration->canonical);
    if (!changed)
        return;
    shared_text_replace(&record->declaration, declaration->canonical);
    managed->wished_ms = engine->now.monotonic_ms;
    memory_replace_text(&record->repaired, NULL);
    record->repairs = 0;
    record->failed_builds = 0;
    managed->name_conflict = false;
    managed->overtaken = true;
    if (record->intent != INTENT_CREATE)
        managed->observe_at_ms = 0;
    engine_unrest(managed);
    managed_forget_sources(managed);
    managed->dirty = true;
    engine->revision++;
}

static void set_invalid(struct engine *engine, struct managed *managed, const char *error)
{
    bool news = error != NULL && (managed->invalid == NULL || strcmp(managed->invalid, error) != 0);
    if (news)
        managed->invalid_told = false;
    if (news || (error == NULL && managed->invalid != NULL))
        engine->revision++;
    memory_replace_text(&managed->invalid, error);
}

static void withdraw_wish(struct engine *engine, struct managed *managed)
{
    if (!managed->declared)
        return;
    managed->declared = false;
    managed->overtaken = true;
    managed->grace_end_ms = engine->now.monotonic_ms + engine->options.grace_ms;
    managed->record->removed = true;
    managed->record->removed_wall_ms = engine->now.wall_ms;
    managed->dirty = true;
    set_invalid(engine, managed, NULL);
    engine_unrest(managed);
}

// Brings the image's wish in line with what the directory says of its name.
static void update(struct engine *engine, const char *name)
{
    struct standing standing = catalogue_standing(engine->catalogue, name);
    struct managed *managed = engine_find(engine, name);
    bool hidden = !standing.declared && managed != NULL && managed->record->file != NULL &&
                  catalogue_holds(engine->catalogue, managed->record->file);
    if (standing.declared && managed == NULL) {
        struct record *record = record_new(name);
        managed = engine_add(engine, record);
        managed->dirty = true;
    }
    if (managed == NULL)
        return;
    if (standing.declared) {
        wish(engine, managed, &standing);
        if (standing.declaration != NULL)
            put_in_force(engine, managed, standing.declaration);
        set_invalid(engine, managed, standing.error);
    } else if (hidden) {
        char *error = catalogue_file_error(engine->catalogue, managed->record->file);
        set_invalid(engine, managed, error);
        free(error);
    } else if (engine->directory_read) {
        withdraw_wish(engine, managed);
    }
    free(standing.error);
    engine_queue(engine, managed);
}

// ---- Files

static void report_warnings(struct engine *engine, const struct declaration_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct problem_list *problems = &file->documents[i].problems;
        for (size_t j = 0; j < problems->count; j++) {
            if (problems->items[j].severity != SEVERITY_WARNING)
                continue;
            struct text text = {0};
            problem_format(&problems->items[j], file->path, &text);
            engine_report(engine, REPORT_DECLARATION_WARNING, NULL, "%s", text_string(&text));
            text_deinit(&text);
        }
    }
}

// Whether it may have errors that belong to no image: those of images are told with the image.
static bool has_orphans(const struct declaration_file *file)
{
    bool nameless = file->broken || file->count == 0;
    for (size_t i = 0; i < file->count; i++)
        nameless = nameless || file->documents[i].name == NULL;
    return nameless;
}

static void report_orphan_errors(struct engine *engine, const char *path)
{
    char *error = catalogue_file_error(engine->catalogue, path);
    if (error != NULL)
        engine_report(engine, REPORT_DECLARATION_INVALID, NULL, "%s", error);
    free(error);
}

// ---- The directory as a whole

static size_t wished(const struct engine *engine)
{
    size_t count = 0;
    const struct managed *managed = NULL;
    for (size_t place = 0; (managed = text_index_next(&engine->managed, &place)) != NULL;)
        count += managed->declared ? 1 : 0;
    return count;
}

// A directory that lost everything at once is taken for unmounted, or wiped by mistake: never for a
// wish.
static char *judge(struct engine *engine, const struct directory_event *event)
{
    engine->directory_emptied = false;
    if (event->fault != NULL)
        return memory_text(event->fault);
    size_t known = catalogue_counts(engine->catalogue).files;
    bool emptied = event->complete && event->present == 0;
    bool first = !engine->directory_read;
    size_t wishes = first && emptied ? wished(engine) : 0;
    engine->directory_emptied = emptied && ((first && wishes > 0) || known >= 2 ||
                                               (event->replaced && known > 0));
    if (engine->directory_emptied)
        return memory_format(
            "the declarations directory lost all its files at once (%zu declared before): nothing is "
            "deleted because of that; put the files back, or `imagectl approve --all` if they are "
            "meant to go",
            first ? wishes : known);
    return NULL;
}

// Of a directory that is at fault: `doubtful`.
static void begin_intake(struct engine *engine, struct directory_event *event, bool doubtful)
{
    struct intake *intake = &engine->intake;
    intake->active = true;
    intake->doubtful = doubtful;
    intake->completes = event->complete && !doubtful;
    intake->blind = catalogue_blind_spot(engine->catalogue) != NULL;
    intake->gone = event->gone;
    event->gone = (struct text_list){0};
    intake->files = memory_new(event->changed_count, sizeof(struct declaration_file *));
    for (size_t i = 0; i < event->changed_count; i++) {
        intake->files[i] = event->changed[i];
        event->changed[i] = NULL;
    }
    intake->file_count = event->changed_count;
}

void engine_drop_intake(struct engine *engine)
{
    struct intake *intake = &engine->intake;
    for (size_t i = intake->files_taken; i < intake->file_count; i++)
        declaration_file_free(intake->files[i]);
    free(intake->files);
    text_list_deinit(&intake->gone);
    text_list_deinit(&intake->touched);
    free(intake->known.last);
    *intake = (struct intake){0};
}

// What changed is there, so that it is not among what is removed next.
static bool trust_files(struct engine *engine, size_t *limit)
{
    struct intake *intake = &engine->intake;
    if (intake->doubtful || !catalogue_has_doubts(engine->catalogue))
        intake->files_trusted = intake->file_count;
    for (; *limit > 0 && intake->files_trusted < intake->file_count; (*limit)--)
        catalogue_trust(engine->catalogue, intake->files[intake->files_trusted++]->path);
    return intake->files_trusted == intake->file_count;
}

// Before the other files, so that a renamed one is not declared twice in between.
static bool take_gone(struct engine *engine, size_t *limit)
{
    struct intake *intake = &engine->intake;
    for (; *limit > 0 && intake->gone_taken < intake->gone.count; (*limit)--) {
        char **path = &intake->gone.items[intake->gone_taken++];
        if (intake->doubtful)
            catalogue_doubt(engine->catalogue, *path);
        else
            catalogue_remove(engine->catalogue, *path, &intake->touched);
        memory_replace_text(path, NULL);
    }
    if (intake->gone_taken < intake->gone.count)
        return false;
    if (!intake->doubtful)
        catalogue_remove_doubted(engine->catalogue, &intake->touched);
    return true;
}

static void take_file(struct engine *engine, struct declaration_file *file)
{
    const char *path = has_orphans(file) ? shared_text_ref(file->path) : NULL;
    report_warnings(engine, file);
    catalogue_put(engine->catalogue, file, &engine->intake.touched);
    if (path != NULL)
        report_orphan_errors(engine, path);
    shared_text_unref(path);
}

// All files before the first name, so that one which moved is not declared twice in between.
static bool take_files(struct engine *engine, size_t *limit)
{
    struct intake *intake = &engine->intake;
    for (; *limit > 0 && intake->files_taken < intake->file_count; (*limit)--)
        take_file(engine, intake->files[intake->files_taken++]);
    return intake->files_taken == intake->file_count;
}

static void update_known(struct engine *engine, struct managed *managed)
{
    update(engine, managed->record->name);
}

static bool take_names(struct engine *engine, size_t *limit)
{
    struct intake *intake = &engine->intake;
    if (intake->completes && !engine->directory_read) {
        engine->directory_read = true;
        intake->all = true;
    }
    if (intake->all && !engine_walk(engine, &intake->known, *limit, update_known))
        return false;
    intake->all = false;
    for (; *limit > 0 && intake->names_taken < intake->touched.count; (*limit)--) {
        char **name = &intake->touched.items[intake->names_taken++];
        update(engine, *name);
        memory_replace_text(name, NULL);
    }
    return intake->names_taken == intake->touched.count;
}

void engine_take_in(struct engine *engine, size_t limit)
{
    if (!engine->intake.active || !trust_files(engine, &limit) || !take_gone(engine, &limit) ||
        !take_files(engine, &limit) || !take_names(engine, &limit))
        return;
    if (engine->intake.blind && catalogue_blind_spot(engine->catalogue) == NULL)
        engine_queue_all(engine); // what waited for that file goes on
    engine_drop_intake(engine);
}

void engine_accept_emptied_directory(struct engine *engine)
{
    struct directory_event nothing = {.complete = true};
    engine_take_in(engine, SIZE_MAX);
    engine->directory_emptied = false;
    engine->directory_read = true;
    engine_set_fault(
        engine, &engine->directory_fault, NULL, REPORT_DIRECTORY_FAULT, REPORT_DIRECTORY_RECOVERED);
    begin_intake(engine, &nothing, false);
    engine->intake.all = true;
}

void engine_directory(struct engine *engine, struct directory_event *event)
{
    engine_take_in(engine, SIZE_MAX); // an older reading comes before a newer one
    char *fault = judge(engine, event);
    engine_set_fault(engine, &engine->directory_fault, fault, REPORT_DIRECTORY_FAULT,
        REPORT_DIRECTORY_RECOVERED);
    begin_intake(engine, event, fault != NULL);
    free(fault);
}
