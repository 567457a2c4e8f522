// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/effective.h"
#include "core/engine_state.h"
#include "core/memory.h"
#include "core/ownership.h"
#include "core/repair.h"
#include "core/timestamp.h"

void sight_deinit(struct sight *sight)
{
    difference_list_deinit(&sight->drift);
    difference_list_deinit(&sight->changed);
    tag_list_deinit(&sight->surplus);
}

bool engine_foreign(const struct engine *engine, const struct image *image)
{
    const char *owner = tag_list_find(&image->tags, OWNERSHIP_OWNER_KEY);
    return owner != NULL && strcmp(owner, engine->installation) != 0;
}

// By its tags, or because the record knows it as one that was replaced.
static bool ours(
    const struct engine *engine, const struct managed *managed, const struct image *image)
{
    if (text_list_has(&managed->record->previous, image->id))
        return !engine_foreign(engine, image);
    const char *owner = tag_list_find(&image->tags, OWNERSHIP_OWNER_KEY);
    const char *name = tag_list_find(&image->tags, OWNERSHIP_NAME_KEY);
    return owner != NULL && name != NULL && strcmp(owner, engine->installation) == 0 &&
           strcmp(name, managed->record->name) == 0;
}

static bool made_since(const struct image *image, int64_t wall_ms)
{
    int64_t made_ms = 0;
    if (image->creation_date == NULL || timestamp_parse(image->creation_date, &made_ms) != 0)
        return true; // nothing speaks against it
    return made_ms >= wall_ms - CLOCK_TOLERANCE_MS;
}

// `wanted` is what the image is held against: what a lost creation asked for, else what is in
// force.
static enum kinship kinship_of(const struct engine *engine, const struct managed *managed,
    const struct wanted *wanted, const struct image *image)
{
    if (ours(engine, managed, image))
        return KINSHIP_OURS;
    if (tag_list_find(&image->tags, OWNERSHIP_OWNER_KEY) != NULL)
        return KINSHIP_FOREIGN;
    struct difference_list differences = {0};
    struct image plain = wanted->image; // shares all; the ownership tags are not to be expected
    tag_list_copy(&plain.tags, &wanted->image.tags);
    tag_list_remove(&plain.tags, OWNERSHIP_OWNER_KEY);
    tag_list_remove(&plain.tags, OWNERSHIP_NAME_KEY);
    image_diff(&plain, image, false, &differences);
    tag_list_deinit(&plain.tags);
    bool fits = !difference_list_has(&differences, CHANGE_REPLACES);
    bool equal = differences.count == 0;
    difference_list_deinit(&differences);
    int64_t lost_ms = managed->record->lost_wall_ms;
    if (fits && lost_ms != 0 && made_since(image, lost_ms))
        return KINSHIP_FITS;
    return equal ? KINSHIP_EQUAL : KINSHIP_STRANGER;
}

// A public image of the name may be somebody else's, who does not take the name from us; the API
// tells no owner. It counts only when the API said that the name is taken, or when it might be
// adopted.
static bool may_be_others(const struct managed *managed, enum adopt adopt, enum kinship kinship,
    const struct image *image)
{
    bool kin = kinship == KINSHIP_OURS || kinship == KINSHIP_FITS || kinship == KINSHIP_FOREIGN;
    return !kin && image->access.is_public == BOOLEAN_TRUE && !managed->name_conflict &&
           adopt == ADOPT_NEVER;
}

static bool counts_as_namesake(const struct managed *managed, const struct image *image)
{
    const struct record *record = managed->record;
    if (record->image_id != NULL && strcmp(record->image_id, image->id) == 0)
        return false;
    return record->deleted_id == NULL || strcmp(record->deleted_id, image->id) != 0;
}

struct view_image *engine_kin(struct engine *engine, struct managed *managed, enum kinship *kinship)
{
    static const int ranks[] = {
        [KINSHIP_NONE] = 0,
        [KINSHIP_STRANGER] = 1,
        [KINSHIP_FOREIGN] = 2,
        [KINSHIP_EQUAL] = 3,
        [KINSHIP_FITS] = 4,
        [KINSHIP_OURS] = 5,
    };
    *kinship = KINSHIP_NONE;
    bool lost = managed->record->intent == INTENT_CREATE && managed_made_from(managed) != NULL;
    const struct declaration *declaration = lost ? managed_made_from(managed)
                                                 : managed->declaration;
    if (declaration == NULL)
        return NULL;
    struct declared declared = declaration_open(declaration);
    enum adopt adopt = policy_of(&declared.lifecycle, &engine->defaults).adopt;
    struct view_image *best = NULL;
    struct wanted wanted;
    engine_wanted(engine, managed, &wanted);
    for (struct view_image *seen = view_named(engine->view, wanted.image.name); seen != NULL;
         seen = seen->next) {
        struct image image = image_open(seen->image);
        if (!counts_as_namesake(managed, &image))
            continue;
        enum kinship kin = kinship_of(engine, managed, &wanted, &image);
        if (may_be_others(managed, adopt, kin, &image) || ranks[kin] <= ranks[*kinship])
            continue;
        best = seen;
        *kinship = kin;
    }
    wanted_deinit(&wanted);
    return best;
}

// Live tags that are to go: by policy all that nobody declares, otherwise those that an older
// version of the file declared and this one does not, unless somebody gave them another value
// since.
static void find_surplus(
    struct managed *managed, const struct image *live, bool exact, struct sight *sight)
{
    const struct declaration *applied = exact ? NULL : managed_applied(managed);
    struct declared declared = declaration_open(managed->declaration);
    struct declared before = {0};
    if (applied != NULL)
        before = declaration_open(applied);
    for (size_t i = 0; i < live->tags.count; i++) {
        const struct tag *tag = &live->tags.items[i];
        if (strncmp(tag->key, OWNERSHIP_PREFIX, strlen(OWNERSHIP_PREFIX)) == 0 ||
            tag_list_find(&declared.image.tags, tag->key) != NULL)
            continue;
        const char *value = tag_list_find(&before.image.tags, tag->key);
        if (exact || (value != NULL && strcmp(value, tag->value) == 0))
            tag_list_set(&sight->surplus, tag->key, tag->value);
    }
}

// Of what a declared change asks for, what the live image lacks, or cannot show.
static void find_changes(struct managed *managed, struct sight *sight)
{
    const struct declaration *made_from = managed_made_from(managed);
    if (made_from == NULL || made_from == managed->declaration)
        return;
    struct difference_list all = {0};
    struct declared before = declaration_open(made_from);
    struct declared declared = declaration_open(managed->declaration);
    declared_diff(&before.image, &declared.image, &all);
    size_t kept = 0;
    for (size_t i = 0; i < all.count; i++) {
        bool shown = all.items[i].field->equality != EQUALITY_UNCOMPARED;
        bool differs = !shown;
        for (size_t j = 0; shown && j < sight->drift.count; j++)
            differs = differs || sight->drift.items[j].field == all.items[i].field;
        struct difference moved = all.items[i];
        all.items[i] = all.items[kept];
        all.items[kept] = moved;
        if (differs)
            kept++;
    }
    sight->changed = all;
    for (size_t i = kept; i < all.count; i++) {
        free(all.items[i].path);
        free(all.items[i].from);
        free(all.items[i].to);
    }
    sight->changed.count = kept;
}

// What a followed source found anew asks for.
static void find_followed(struct managed *managed, struct sight *sight)
{
    const struct record *record = managed->record;
    if (managed->source != SOURCE_READY || record->source_id == NULL || !engine_follows(managed))
        return;
    char *now = effective_format_sources(&managed->sources);
    if (strcmp(now, record->source_id) != 0) {
        struct declared declared = declaration_open(managed->declaration);
        const struct image *image = &declared.image;
        const char *name = image->source_image.present ? "source_image_id"
                           : image->vm.present         ? "vm_id"
                                                       : "block_device_mappings";
        difference_list_add(
            &sight->changed, field_table_find(&image_table, name), name, record->source_id, now);
    }
    free(now);
}

static void look_at_live(
    struct engine *engine, struct managed *managed, struct situation *s, struct sight *sight)
{
    const struct view_image *seen = view_find(engine->view, managed->record->image_id);
    if (seen == NULL || managed->presence != PRESENCE_PRESENT)
        return;
    const struct image *live = &sight->live;
    sight->live = image_open(seen->image);
    s->live = live;
    s->foreign = engine_foreign(engine, live);
    if (managed->declaration == NULL)
        return;
    bool exact = s->policy.tags_policy == TAGS_POLICY_EXACT;
    struct wanted wanted;
    engine_wanted(engine, managed, &wanted);
    image_diff(&wanted.image, live, exact, &sight->drift);
    s->create_first = strstr(managed->declaration->name, "{digest}") != NULL &&
                      strcmp(wanted.image.name, live->name) != 0;
    wanted_deinit(&wanted);
    find_surplus(managed, live, exact, sight);
    find_changes(managed, sight);
    find_followed(managed, sight);
    s->repaired_in_vain = repair_is_in_vain(
        managed->record->repaired, &sight->drift, REPAIRS_IN_VAIN);
}

static void look_at_namesake(
    struct engine *engine, struct managed *managed, struct situation *s, struct sight *sight)
{
    const struct view_image *kin = engine_kin(engine, managed, &s->kinship);
    if (kin == NULL)
        return;
    sight->namesake = image_open(kin->image);
    s->namesake = &sight->namesake;
}

static void look_at_name(
    struct engine *engine, struct managed *managed, struct situation *s, struct sight *sight)
{
    int64_t now_ms = engine->now.monotonic_ms;
    struct look last = managed->looked.order > engine->listed.order ? managed->looked
                                                                    : engine->listed;
    s->name_known = last.order > managed->doubted && now_ms - last.asked_ms < NAME_KNOWN_MS;
    bool open = s->name_open && managed->record->intent != INTENT_CREATE;
    if (!open && (managed->record->image_id == NULL || managed->record->intent == INTENT_CREATE))
        look_at_namesake(engine, managed, s, sight);
    if (managed->record->intent != INTENT_CREATE)
        return;
    int64_t over_ms = managed->lost_ms + engine->options.ambiguity_window_ms;
    s->looked_since_lost = last.order > managed->lost_order;
    // A look that finds nothing proves less than a list that shows all the others.
    s->ambiguity_over = now_ms >= over_ms && engine->listed.asked_ms >= over_ms;
    s->look_failed = managed->observe_failures > 0;
    s->look_due = !managed->observing && now_ms >= managed->observe_at_ms;
}

bool engine_deletion_asked(const struct managed *managed)
{
    const struct record *record = managed->record;
    return record->image_id != NULL && record->deleted_id != NULL &&
           strcmp(record->image_id, record->deleted_id) == 0;
}

bool engine_begins_anew(struct managed *managed)
{
    const struct declaration *made_from = managed_made_from(managed);
    bool other = made_from != NULL && managed->declaration != NULL &&
                 made_from != managed->declaration;
    return managed->begins_anew || other;
}

struct situation engine_situation(
    struct engine *engine, struct managed *managed, struct sight *sight)
{
    const struct declaration *declaration = managed->declaration;
    struct declared declared = {0};
    if (declaration != NULL)
        declared = declaration_open(declaration);
    int64_t now_ms = engine->now.monotonic_ms;
    struct situation s = {
        .declaration = declaration,
        .declared = managed->declared,
        .invalid = managed->invalid,
        .record = managed->record,
        .policy = policy_of(&declared.lifecycle, &engine->defaults),
        .presence = managed->presence,
        .drift = &sight->drift,
        .changed = &sight->changed,
        .surplus = &sight->surplus,
        .conflict = managed->name_conflict,
        .deletion_asked = engine_deletion_asked(managed),
        .resting = now_ms < managed->rest_until_ms,
        .grace_over = now_ms >= managed->grace_end_ms,
        .blind_spot = catalogue_blind_spot(engine->catalogue),
        .observe = engine->options.observe,
        .poll_due = !managed->observing && now_ms >= managed->observe_at_ms,
    };
    bool wanted = s.declared && declaration != NULL;
    bool absent = managed->record->image_id == NULL;
    if (wanted && (absent || engine_follows(managed)))
        engine_resolve_source(engine, managed);
    look_at_live(engine, managed, &s, sight);
    if (wanted && !absent && sight->changed.count > 0)
        engine_resolve_source(engine, managed);
    s.source = managed->source;
    s.source_checked = managed->source_confirmed;
    s.name_open = wanted && absent && managed->source != SOURCE_READY &&
                  effective_needs_sources(declaration);
    s.follow_due = wanted && !absent && engine_follow_due(engine, managed);
    s.begins_anew = engine_begins_anew(managed);
    s.retire_due = engine_retire_due(engine, managed, &s);
    s.snapshots_due = managed->record->snapshots.count > 0 && !s.deletion_asked;
    s.overdue = s.policy.timeout_ms != 0 && managed->pending_since_wall_ms != 0 &&
                engine_server_ms(engine) - managed->pending_since_wall_ms > s.policy.timeout_ms;
    look_at_name(engine, managed, &s, sight);
    s.brake = engine_brake_holds(engine, managed, s.retire_due);
    return s;
}
