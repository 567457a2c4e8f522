// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The decision: a case for each rule, so that none is dead and none shadows another, and what no
// situation whatsoever may lead to.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/decide.h"
#include "core/random.h"

// A situation and all that it borrows.
struct scene {
    struct situation s;
    struct record record;
    struct image live;
    struct declaration declaration;
};

static struct difference_list no_differences;
static struct difference_list wrong_tag;
static struct difference_list extra_tag;
static struct difference_list wrong_access;
static struct difference_list wrong_description;
static struct tag_list no_tags;
static struct tag_list one_tag;
static struct text_list one_id;
static char text[] = "text";
static char other[] = "other";
static char available[] = "available";
static char pending[] = "pending";
static char failed[] = "failed";
static char unknown[] = "migrating";

static const struct field *field_named(const char *name)
{
    const struct field *field = NULL;
    for (size_t i = 0; (field = field_table_at(&image_table, i)) != NULL; i++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

static void add_difference(struct difference_list *list, const char *name, char *to)
{
    list->items = calloc(1, sizeof(struct difference));
    list->items[0] = (struct difference){.field = field_named(name), .path = text, .to = to};
    list->count = 1;
    assert_non_null(list->items[0].field);
}

static int set_up(void **state)
{
    static struct tag tags[] = {{text, text}};
    static char *ids[] = {text};
    (void)state;
    add_difference(&wrong_tag, "tags", text);
    add_difference(&extra_tag, "tags", NULL);
    add_difference(&wrong_access, "access", text);
    add_difference(&wrong_description, "description", text);
    one_tag = (struct tag_list){.items = tags, .count = 1, .present = true};
    one_id = (struct text_list){.items = ids, .count = 1, .present = true};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(wrong_tag.items);
    free(extra_tag.items);
    free(wrong_access.items);
    free(wrong_description.items);
    return 0;
}

// An image that is declared, ours, there, and as it should be.
static void settle(struct scene *scene)
{
    *scene = (struct scene){
        .s = {.declared = true,
            .policy = policy_of(NULL, NULL),
            .presence = PRESENCE_PRESENT,
            .drift = &no_differences,
            .changed = &no_differences,
            .surplus = &no_tags,
            .source = SOURCE_READY,
            .source_checked = true,
            .name_known = true,
            .grace_over = true},
        .record = {.name = text, .image_id = text, .owned = true},
        .live = {.id = text, .cloud_state = available},
        .declaration = {.name = text, .canonical = text},
    };
    scene->s.record = &scene->record;
    scene->s.live = &scene->live;
    scene->s.declaration = &scene->declaration;
}

// ---- Words that change a scene

#define BOOL(word, member, value)                                                                  \
    {                                                                                              \
        .name = word, .offset = offsetof(struct scene, member), .kind = WORD_BOOL, .number = value \
    }
#define ENUM(word, member, value)                                                                  \
    {                                                                                              \
        .name = word, .offset = offsetof(struct scene, member), .kind = WORD_ENUM, .number = value \
    }
#define POINTER(word, member, value)                                                               \
    {                                                                                              \
        .name = word, .offset = offsetof(struct scene, member), .kind = WORD_POINTER,              \
        .pointer = value                                                                           \
    }

static const struct word {
    const char *name;
    size_t offset;
    enum { WORD_BOOL, WORD_ENUM, WORD_POINTER } kind;
    int number;
    const void *pointer;
} words[] = {
    BOOL("removed", s.declared, false),
    POINTER("nothing-good", s.declaration, NULL),
    POINTER("invalid", s.invalid, text),
    POINTER("imageless", record.image_id, NULL),
    BOOL("not-owned", record.owned, false),
    BOOL("suspended", record.suspended, true),
    BOOL("suspend-declared", s.policy.suspend, true),
    BOOL("protect", s.policy.protect, true),
    ENUM("keep-removed", s.policy.on_remove, ON_REMOVE_KEEP),
    ENUM("keep-changed", s.policy.on_change, ON_CHANGE_KEEP),
    ENUM("report-drift", s.policy.on_drift, ON_DRIFT_REPORT),
    ENUM("adopt-equal", s.policy.adopt, ADOPT_IF_EQUAL),
    ENUM("adopt-always", s.policy.adopt, ADOPT_ALWAYS),
    ENUM("two-attempts", s.policy.max_attempts, 2),
    ENUM("one-failed-build", record.failed_builds, 1),
    ENUM("two-failed-builds", record.failed_builds, 2),
    ENUM("tried", record.attempts, 1),
    ENUM("creating", record.intent, INTENT_CREATE),
    BOOL("looked", s.looked_since_lost, true),
    BOOL("look-due", s.look_due, true),
    BOOL("look-failed", s.look_failed, true),
    BOOL("window-over", s.ambiguity_over, true),
    ENUM("ours", s.kinship, KINSHIP_OURS),
    ENUM("fits", s.kinship, KINSHIP_FITS),
    ENUM("equal", s.kinship, KINSHIP_EQUAL),
    ENUM("stranger", s.kinship, KINSHIP_STRANGER),
    ENUM("foreign-kin", s.kinship, KINSHIP_FOREIGN),
    BOOL("name-unknown", s.name_known, false),
    BOOL("name-open", s.name_open, true),
    BOOL("conflict", s.conflict, true),
    BOOL("in-grace", s.grace_over, false),
    POINTER("blind-spot", s.blind_spot, text),
    BOOL("foreign", s.foreign, true),
    BOOL("resting", s.resting, true),
    BOOL("poll-due", s.poll_due, true),
    BOOL("observe", s.observe, true),
    BOOL("brake", s.brake, true),
    BOOL("deletion-asked", s.deletion_asked, true),
    ENUM("unseen", s.presence, PRESENCE_UNSEEN),
    ENUM("missing", s.presence, PRESENCE_MISSING),
    ENUM("gone", s.presence, PRESENCE_GONE),
    POINTER("pending", live.cloud_state, pending),
    POINTER("failed", live.cloud_state, failed),
    POINTER("strange", live.cloud_state, unknown),
    POINTER("stateless", live.cloud_state, NULL),
    POINTER("applied", record.applied, text),
    POINTER("applied-before", record.applied, other),
    ENUM("unchecked", s.source, SOURCE_UNCHECKED),
    ENUM("waiting", s.source, SOURCE_WAITING),
    ENUM("absent", s.source, SOURCE_ABSENT),
    ENUM("cycle", s.source, SOURCE_CYCLE),
    BOOL("not-confirmed", s.source_checked, false),
    POINTER("changed", s.changed, &wrong_description),
    POINTER("differs", s.drift, &wrong_description),
    POINTER("wrong-tag", s.drift, &wrong_tag),
    POINTER("extra-tag", s.drift, &extra_tag),
    POINTER("wrong-access", s.drift, &wrong_access),
    POINTER("surplus", s.surplus, &one_tag),
    BOOL("in-vain", s.repaired_in_vain, true),
    BOOL("create-first", s.create_first, true),
    BOOL("follow-due", s.follow_due, true),
    BOOL("retire-due", s.retire_due, true),
    ENUM("one-previous", record.previous.count, 1),
    ENUM("one-snapshot", record.snapshots.count, 1),
    BOOL("snapshots-due", s.snapshots_due, true),
    BOOL("overdue", s.overdue, true),
    BOOL("begins-anew", s.begins_anew, true),
    ENUM("was-failed", record.state, STATE_FAILED),
    ENUM("was-waiting", record.reason, REASON_WAITING_FOR_SOURCE),
    ENUM("was-retrying", record.reason, REASON_RETRYING),
    ENUM("shown", record.since_wall_ms, 1),
};

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

// What a situation of the engine's cannot be without.
static void make_consistent(struct scene *scene)
{
    if (scene->record.image_id == NULL) {
        scene->s.presence = PRESENCE_NONE;
        scene->s.deletion_asked = false;
    }
    if (scene->s.presence != PRESENCE_PRESENT) {
        scene->s.live = NULL;
        scene->s.foreign = false;
        scene->s.drift = &no_differences;
        scene->s.changed = &no_differences;
        scene->s.surplus = &no_tags;
    }
    if (scene->s.source == SOURCE_READY)
        scene->s.name_open = false;
    if (scene->s.policy.protect) // the engine's own condition of that
        scene->s.retire_due = false;
    if (scene->s.retire_due)
        scene->record.previous = one_id;
    if (scene->s.snapshots_due)
        scene->record.snapshots = one_id;
    scene->s.snapshots_due = scene->record.snapshots.count > 0 && !scene->s.deletion_asked;
}

static void apply(struct scene *scene, const struct word *word)
{
    char *member = (char *)scene + word->offset;
    bool flag = word->number != 0;
    switch (word->kind) {
    case WORD_BOOL:
        memcpy(member, &flag, sizeof(flag));
        break;
    case WORD_ENUM:
        memcpy(member, &word->number, sizeof(word->number));
        break;
    case WORD_POINTER:
        memcpy(member, &word->pointer, sizeof(word->pointer));
        break;
    }
}

static const struct word *find_word(const char *name, size_t length)
{
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (strlen(words[i].name) == length && strncmp(words[i].name, name, length) == 0)
            return &words[i];
    fail_msg("no such word: %.*s", (int)length, name);
    return NULL;
}

static void arrange(struct scene *scene, const char *sentence)
{
    settle(scene);
    while (*sentence != '\0') {
        size_t length = strcspn(sentence, " ");
        apply(scene, find_word(sentence, length));
        sentence += length + strspn(sentence + length, " ");
    }
    make_consistent(scene);
}

// ---- The cases

static const struct {
    const char *sentence;
    const char *rule;
} cases[] = {
    {"suspended creating removed", "suspended"},
    {"suspend-declared wrong-tag", "suspended"},
    {"imageless creating looked fits", "lost-found"},
    {"imageless creating looked ours", "lost-found"},
    {"imageless creating fits look-due", "lost-look"}, // seen before: proves nothing
    {"imageless creating window-over looked", "lost-over"},
    {"imageless creating look-due look-failed", "lost-look-again"},
    {"imageless creating look-failed", "lost-look-failed"},
    {"imageless creating look-due", "lost-look"},
    {"imageless creating", "lost-wait"},
    {"imageless creating removed", "lost-wait"},
    {"removed imageless", "removed-done"},
    {"removed gone", "removed-done"},
    {"removed gone one-snapshot", "removed-gone"},
    {"removed gone retire-due", "removed-gone"},
    {"removed in-grace", "removed-grace"},
    {"removed in-grace keep-removed", "removed-grace"},
    {"removed blind-spot", "removed-unsure"},
    {"removed blind-spot keep-removed", "removed-unsure"},
    {"removed keep-removed", "removed-keep"},
    {"removed not-owned", "removed-keep"},
    {"removed protect", "removed-protected"},
    {"removed foreign", "removed-foreign"},
    {"removed resting", "removed-resting"},
    {"removed unseen poll-due", "removed-unseen"},
    {"removed missing poll-due", "removed-unseen"},
    {"removed unseen", "removed-unseen-wait"},
    {"removed one-previous", "removed-unlisted"},
    {"removed observe", "removed-observe"},
    {"removed brake", "removed-brake"},
    {"removed retire-due", "removed-retire"},
    {"removed imageless retire-due", "removed-retire"},
    {"removed imageless one-snapshot", "removed-snapshots"},
    {"removed not-owned one-snapshot deletion-asked", "removed-left"},
    {"removed", "removed-delete"},
    {"removed failed", "removed-delete"},
    {"imageless nothing-good invalid", "never-valid"},
    {"nothing-good invalid", "held"},
    {"imageless name-unknown", "absent-look"},
    {"imageless name-unknown was-failed shown", "absent-look-again"},
    {"imageless name-unknown tried resting conflict shown", "absent-look-again"},
    {"imageless name-unknown was-retrying shown", "absent-look-again"},
    {"imageless ours", "absent-ours"},
    {"imageless fits", "absent-ours"},
    {"imageless equal adopt-equal", "absent-adopt"},
    {"imageless stranger adopt-always", "absent-adopt"},
    {"imageless equal", "absent-taken"},
    {"imageless stranger adopt-equal", "absent-taken"},
    {"imageless foreign-kin adopt-always", "absent-taken"},
    {"imageless equal adopt-equal observe", "absent-taken"},
    {"imageless resting", "absent-resting"},
    {"imageless resting name-unknown", "absent-resting"},
    {"imageless two-attempts two-failed-builds", "absent-exhausted"},
    {"imageless unchecked", "absent-source-check"},
    {"imageless unchecked name-open name-unknown", "absent-source-check"},
    {"imageless absent", "absent-source-missing"},
    {"imageless cycle", "absent-source-cycle"},
    {"imageless waiting", "absent-source-waiting"},
    {"imageless observe", "absent-observe"},
    {"imageless", "absent-create"},
    {"imageless invalid", "absent-create"}, // the last good one
    {"gone deletion-asked", "gone-as-asked"},
    {"gone deletion-asked report-drift", "gone-as-asked"},
    {"gone report-drift", "gone-reported"},
    {"gone", "gone"},
    {"missing poll-due", "missing-confirm"},
    {"missing", "missing"},
    {"unseen poll-due", "unseen-read"},
    {"unseen", "unseen"},
    {"foreign wrong-tag changed", "foreign"},
    {"failed protect", "failed-rest"},
    {"failed not-owned", "failed-rest"},
    {"failed applied", "failed-rest"},
    {"failed two-attempts one-failed-build", "failed-rest"},
    {"failed resting", "failed-rest"},
    {"failed observe", "failed-rest"},
    {"failed two-attempts", "failed-discard"},
    {"failed two-attempts two-failed-builds begins-anew", "failed-discard"},
    {"changed keep-changed", "change-left"},
    {"changed protect", "change-protected"},
    {"changed not-owned", "change-protected"},
    {"changed resting", "change-resting"},
    {"changed brake", "change-brake"},
    {"changed not-confirmed was-waiting", "change-source-check-again"},
    {"changed not-confirmed", "change-source-check"},
    {"changed absent", "change-source-missing"},
    {"changed cycle", "change-source-cycle"},
    {"changed waiting", "change-source-waiting"},
    {"changed unchecked", "change-source-waiting"},
    {"changed create-first observe", "change-first-observe"},
    {"changed create-first", "change-first"},
    {"changed create-first brake", "change-first"},
    {"changed observe", "change-observe"},
    {"changed", "change-delete"},
    {"wrong-tag applied report-drift", "drift-left"},
    {"wrong-access in-vain", "contested"},
    {"wrong-tag resting pending poll-due", "repair-resting-read"},
    {"wrong-tag resting", "repair-resting"},
    {"wrong-tag observe", "repair-observe"},
    {"wrong-tag", "repair-tags"},
    {"wrong-tag applied", "repair-tags"},
    {"wrong-tag applied-before report-drift", "repair-tags"},
    {"wrong-tag pending", "repair-tags"},
    {"extra-tag surplus", "repair-surplus-tags"},
    {"surplus", "repair-surplus-tags"},
    {"wrong-access", "repair-access"},
    {"pending overdue poll-due", "overdue-read"},
    {"pending overdue", "overdue"},
    {"pending poll-due", "pending-read"},
    {"strange poll-due", "pending-read"},
    {"pending", "pending"},
    {"stateless", "pending"},
    {"retire-due resting", "retire-resting"},
    {"retire-due brake", "retire-held-back"},
    {"retire-due observe", "retire-held-back"},
    {"retire-due", "retire"},
    {"snapshots-due resting", "snapshots-resting"},
    {"snapshots-due", "snapshots"},
    {"follow-due", "follow"},
    {"invalid", "newest-invalid"},
    {"differs", "drift-immutable"},
    {"", "in-sync"},
};

#define CASE_COUNT (sizeof(cases) / sizeof(cases[0]))

static void test_each_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct scene scene;
        arrange(&scene, cases[i].sentence);
        struct decision decision = decide(&scene.s);
        if (strcmp(decision.rule, cases[i].rule) != 0)
            fail_msg("\"%s\": %s, not %s", cases[i].sentence, decision.rule, cases[i].rule);
    }
}

static void test_each_rule_has_a_case(void **state)
{
    (void)state;
    size_t count = 0;
    const struct rule *rules = decide_rules(&count);
    for (size_t i = 0; i < count; i++) {
        size_t found = 0;
        for (size_t j = 0; j < CASE_COUNT; j++)
            found += strcmp(cases[j].rule, rules[i].name) == 0 ? 1 : 0;
        if (found == 0)
            fail_msg("no case reaches the rule %s", rules[i].name);
    }
}

static void test_rules_are_complete(void **state)
{
    (void)state;
    size_t count = 0;
    const struct rule *rules = decide_rules(&count);
    for (size_t i = 0; i < count; i++) {
        assert_non_null(rules[i].holds);
        assert_true(strlen(rules[i].why) > 0);
        assert_in_range(rules[i].action, 0, ACTION_COUNT - 1);
        assert_non_null(action_name(rules[i].action));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rules[i].name, rules[j].name);
    }
}

// ---- Properties

static bool removes(enum action action)
{
    return action == ACTION_DELETE || action == ACTION_RETIRE || action == ACTION_DELETE_SNAPSHOT;
}

static bool writes(enum action action)
{
    return removes(action) || action == ACTION_CREATE || action == ACTION_SET_TAGS ||
           action == ACTION_REMOVE_TAGS || action == ACTION_SET_ACCESS;
}

static const char *broken_promise(const struct situation *s, const struct decision *decision)
{
    const struct record *record = s->record;
    enum action action = decision->action;
    bool discards = decision->reason == REASON_IMAGE_FAILED;
    if ((s->policy.suspend || record->suspended) && action != ACTION_NONE)
        return "something is done though it is suspended";
    if (s->observe && writes(action))
        return "a write in observe mode";
    if (record->intent == INTENT_CREATE && writes(action))
        return "a write while a creation is not settled";
    if (action == ACTION_DELETE && (record->image_id == NULL || !record->owned))
        return "a deletion of what is not ours";
    if ((action == ACTION_DELETE || action == ACTION_RETIRE) && s->policy.protect)
        return "a deletion of what is protected";
    if (action == ACTION_DELETE && (s->foreign || s->presence != PRESENCE_PRESENT))
        return "a deletion of what is another's, or was not seen";
    if (removes(action) && !s->declared &&
        (!s->grace_over || s->blind_spot != NULL || s->policy.on_remove == ON_REMOVE_KEEP))
        return "a removal that must wait, or never comes";
    if ((action == ACTION_DELETE || action == ACTION_RETIRE) && s->brake && !discards)
        return "a deletion under the brake";
    if (writes(action) && s->resting)
        return "a write before its time";
    if (action == ACTION_CREATE &&
        (record->image_id != NULL || !s->name_known || s->kinship != KINSHIP_NONE ||
            s->source != SOURCE_READY || !s->declared || s->declaration == NULL))
        return "a creation of what is there, or not known not to be, or not wanted";
    if (action == ACTION_DELETE && s->declared && !discards &&
        (s->changed->count == 0 || s->source != SOURCE_READY || !s->source_checked))
        return "a replacement that nobody asked for, or without a source";
    if (action == ACTION_FORGET && s->declared)
        return "what is declared is forgotten";
    return NULL;
}

static void randomise(struct scene *scene, struct random *random)
{
    settle(scene);
    for (size_t i = random_below(random, 9); i > 0; i--)
        apply(scene, &words[random_below(random, WORD_COUNT)]);
    if (random_below(random, 2) == 0)
        scene->record.image_id = NULL;
    if (random_below(random, 3) == 0)
        scene->s.declared = false;
    make_consistent(scene);
    if (scene->s.source == SOURCE_UNCHECKED)
        scene->s.source_checked = false;
}

static void test_no_situation_breaks_a_promise(void **state)
{
    (void)state;
    size_t count = 0;
    const struct rule *rules = decide_rules(&count);
    size_t *reached = calloc(count, sizeof(*reached));
    struct random random;
    random_init(&random, 1);
    for (int i = 0; i < 400000; i++) {
        struct scene scene;
        randomise(&scene, &random);
        struct decision decision = decide(&scene.s);
        const char *broken = broken_promise(&scene.s, &decision);
        if (broken != NULL)
            fail_msg("rule %s, situation %d: %s", decision.rule, i, broken);
        for (size_t j = 0; j < count; j++)
            reached[j] += rules[j].name == decision.rule ? 1 : 0;
    }
    size_t missed = 0;
    for (size_t j = 0; j < count; j++)
        missed += reached[j] == 0 ? 1 : 0;
    free(reached);
    assert_true(missed < count / 10); // else the situations are too tame
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_case),
        cmocka_unit_test(test_each_rule_has_a_case),
        cmocka_unit_test(test_rules_are_complete),
        cmocka_unit_test(test_no_situation_breaks_a_promise),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
