// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What would be done, by its table: a case for each rule, and no rule without one.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/plan.h"
#include "core/shared_text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A situation that a case changes: declared, in force, made, seen, equal.
struct world {
    struct situation s;
    struct record *record;
    struct declaration_file *file;
    struct image *live;
    struct image *namesake;
    struct difference_list drift;
    struct difference_list changed;
    struct tag_list surplus;
};

static const char yaml[] = "name: web\n"
                           "source_image_id: ami-0b7df82c\n"
                           "source_region_name: cloudgouv-eu-west-1\n"
                           "tags: {Name: b}\n";

static struct world *world_new(void)
{
    struct world *w = memory_new(1, sizeof(*w));
    w->file = declaration_file_read("web.yaml", yaml, sizeof(yaml) - 1);
    w->record = record_new("web");
    w->live = image_new();
    w->namesake = image_new();
    w->record->image_id = memory_text("ami-00000001");
    w->record->owned = true;
    w->live->id = memory_text("ami-00000001");
    w->live->name = memory_text("web");
    w->live->cloud_state = memory_text("available");
    w->namesake->id = memory_text("ami-00000002");
    w->namesake->name = memory_text("web");
    w->s = (struct situation){
        .declaration = w->file->documents[0].declaration,
        .declared = true,
        .record = w->record,
        .policy = policy_of(NULL, NULL),
        .presence = PRESENCE_PRESENT,
        .live = w->live,
        .drift = &w->drift,
        .changed = &w->changed,
        .surplus = &w->surplus,
        .source = SOURCE_READY,
        .grace_over = true,
    };
    return w;
}

static void world_free(struct world *w)
{
    difference_list_deinit(&w->drift);
    difference_list_deinit(&w->changed);
    tag_list_deinit(&w->surplus);
    image_free(w->live);
    image_free(w->namesake);
    record_free(w->record);
    declaration_file_free(w->file);
    free(w);
}

// ---- Steps to a case

static void lose_file(struct world *w)
{
    w->s.declared = false;
}

static void lose_image(struct world *w)
{
    memory_replace_text(&w->record->image_id, NULL);
    w->s.presence = PRESENCE_NONE;
    w->s.live = NULL;
}

static void vanish(struct world *w)
{
    w->s.presence = PRESENCE_GONE;
    w->s.live = NULL;
}

static void meet(struct world *w, enum kinship kinship)
{
    lose_image(w);
    w->s.kinship = kinship;
    w->s.namesake = w->namesake;
}

static void differ(struct difference_list *list, const char *name, const char *path)
{
    difference_list_add(list, field_table_find(&image_table, name), path, "a", "b");
}

static void change(struct world *w)
{
    differ(&w->changed, "description", "description");
}

static void drift(struct world *w)
{
    differ(&w->drift, "tags", "tags.Name");
}

static void drift_since(struct world *w)
{
    drift(w);
    w->record->applied = shared_text_new(w->s.declaration->canonical);
}

static void fail_build(struct world *w)
{
    memory_replace_text(&w->live->cloud_state, "failed");
    w->live->state_comment.message = memory_text("no space");
}

// ---- The cases

static void lost_both(struct world *w)
{
    lose_file(w);
    vanish(w);
}

static void lost_file_keep(struct world *w)
{
    lose_file(w);
    w->s.policy.on_remove = ON_REMOVE_KEEP;
}

static void lost_file_of_others(struct world *w)
{
    lose_file(w);
    w->record->owned = false;
}

static void lost_file_tagged_by_others(struct world *w)
{
    lose_file(w);
    w->s.foreign = true;
}

static void lost_file_protected(struct world *w)
{
    lose_file(w);
    w->s.policy.protect = true;
}

static void lost_file_lately(struct world *w)
{
    lose_file(w);
    w->s.grace_over = false;
}

// What was replaced, or made with it, is deleted even where the image itself is gone.
static void lost_file_with_previous(struct world *w)
{
    lost_both(w);
    text_list_add(&w->record->previous, "ami-00000009");
}

static void lost_file_with_snapshots(struct world *w)
{
    lost_both(w);
    text_list_add(&w->record->snapshots, "snap-00000009");
}

static void lost_file_of_others_with_previous(struct world *w)
{
    lost_file_with_previous(w);
    w->record->owned = false;
}

static void lost_file_of_others_with_snapshots(struct world *w)
{
    lost_file_with_snapshots(w);
    w->record->owned = false;
}

static void lose_declaration(struct world *w)
{
    w->s.declaration = NULL;
    w->s.invalid = "web.yaml:1:1: error";
}

static void meet_ours(struct world *w)
{
    meet(w, KINSHIP_OURS);
}

static void meet_fitting(struct world *w)
{
    meet(w, KINSHIP_FITS);
    w->record->intent = INTENT_CREATE;
}

static void lose_answer(struct world *w)
{
    lose_image(w);
    w->record->intent = INTENT_CREATE;
}

static void meet_equal_adoptable(struct world *w)
{
    meet(w, KINSHIP_EQUAL);
    w->s.policy.adopt = ADOPT_IF_EQUAL;
}

static void meet_stranger_adoptable(struct world *w)
{
    meet(w, KINSHIP_STRANGER);
    w->s.policy.adopt = ADOPT_ALWAYS;
}

static void meet_stranger_if_equal(struct world *w)
{
    meet(w, KINSHIP_STRANGER);
    w->s.policy.adopt = ADOPT_IF_EQUAL;
}

static void meet_equal(struct world *w)
{
    meet(w, KINSHIP_EQUAL);
    w->s.policy.adopt = ADOPT_NEVER;
}

static void meet_stranger(struct world *w)
{
    meet(w, KINSHIP_STRANGER);
    w->s.policy.adopt = ADOPT_NEVER;
}

static void meet_foreign(struct world *w)
{
    meet(w, KINSHIP_FOREIGN);
    w->s.policy.adopt = ADOPT_ALWAYS;
}

static void exhaust(struct world *w)
{
    lose_image(w);
    w->record->failed_builds = POLICY_MAX_ATTEMPTS;
}

static void lose_source(struct world *w)
{
    lose_image(w);
    w->s.source = SOURCE_ABSENT;
}

static void run_in_circles(struct world *w)
{
    lose_image(w);
    w->s.source = SOURCE_CYCLE;
}

static void wait_for_source(struct world *w)
{
    lose_image(w);
    w->s.source = SOURCE_WAITING;
}

static void fail_request(struct world *w)
{
    lose_image(w);
    w->record->state = STATE_FAILED;
    memory_replace_text(&w->record->message, "no permission");
}

static void vanish_as_asked(struct world *w)
{
    vanish(w);
    w->s.deletion_asked = true;
}

static void vanish_reported(struct world *w)
{
    vanish(w);
    w->s.policy.on_drift = ON_DRIFT_REPORT;
}

static void miss(struct world *w)
{
    w->s.presence = PRESENCE_MISSING;
    w->s.live = NULL;
}

static void not_see(struct world *w)
{
    w->s.presence = PRESENCE_UNSEEN;
    w->s.live = NULL;
}

static void lose_ownership(struct world *w)
{
    w->s.foreign = true;
    drift(w);
}

static void fail_in_use(struct world *w)
{
    fail_build(w);
    w->record->applied = shared_text_new("{}");
}

static void fail_protected(struct world *w)
{
    fail_build(w);
    w->s.policy.protect = true;
}

static void fail_not_ours(struct world *w)
{
    fail_build(w);
    w->record->owned = false;
}

static void fail_last(struct world *w)
{
    fail_build(w);
    w->record->failed_builds = POLICY_MAX_ATTEMPTS - 1;
}

static void fail_last_of_older_count(struct world *w)
{
    fail_last(w);
    w->s.begins_anew = true;
}

static void change_keep(struct world *w)
{
    change(w);
    w->s.policy.on_change = ON_CHANGE_KEEP;
}

static void change_protected(struct world *w)
{
    change(w);
    w->s.policy.protect = true;
}

static void change_not_ours(struct world *w)
{
    change(w);
    w->record->owned = false;
}

static void change_without_source(struct world *w)
{
    change(w);
    w->s.source = SOURCE_ABSENT;
}

static void change_waiting(struct world *w)
{
    change(w);
    w->s.source = SOURCE_WAITING;
}

static void change_create_first(struct world *w)
{
    change(w);
    w->s.create_first = true;
}

static void change_create_first_kept(struct world *w)
{
    change_create_first(w);
    w->s.policy.keep_previous = 1;
}

static void change_create_first_full(struct world *w)
{
    change_create_first_kept(w);
    text_list_add(&w->record->previous, "ami-00000009");
}

static void drift_reported(struct world *w)
{
    drift_since(w);
    w->s.policy.on_drift = ON_DRIFT_REPORT;
}

// A change of the file is no drift, whatever the policy for that.
static void drift_declared(struct world *w)
{
    drift(w);
    w->s.policy.on_drift = ON_DRIFT_REPORT;
}

static void repair_in_vain(struct world *w)
{
    drift(w);
    w->s.repaired_in_vain = true;
}

static void tag_too_many(struct world *w)
{
    tag_list_set(&w->surplus, "old", "1");
}

static void still_pending(struct world *w)
{
    memory_replace_text(&w->live->cloud_state, "pending");
}

static void retire(struct world *w)
{
    w->s.retire_due = true;
}

static void doom_snapshots(struct world *w)
{
    w->s.snapshots_due = true;
}

static void spoil_file(struct world *w)
{
    w->s.invalid = "web.yaml:1:1: error";
}

static void drift_for_good(struct world *w)
{
    differ(&w->drift, "description", "description");
}

static void leave_alone(struct world *w)
{
    (void)w;
}

// `words`: a part of why.
static const struct {
    void (*arrange)(struct world *w);
    const char *rule;
    enum plan_change change;
    const char *words;
} cases[] = {
    {lost_both, "removed-gone", PLAN_RELEASE, "are gone"},
    {lost_file_keep, "removed-keep", PLAN_RELEASE, "on_remove is keep"},
    {lost_file_of_others, "removed-not-ours", PLAN_RELEASE, "not ours"},
    {lost_file_tagged_by_others, "removed-not-ours", PLAN_RELEASE, "not ours"},
    {lost_file_protected, "removed-protected", PLAN_BLOCKED, "lifecycle.protect"},
    {lost_file_lately, "removed-grace", PLAN_DELETE, "grace period"},
    {lose_file, "removed", PLAN_DELETE, "the declaration is gone"},
    {lost_file_with_previous, "removed", PLAN_DELETE, "the declaration is gone"},
    {lost_file_of_others_with_previous, "removed", PLAN_DELETE, "the declaration is gone"},
    {lost_file_of_others_with_snapshots, "removed", PLAN_DELETE, "the declaration is gone"},
    {lost_file_with_snapshots, "removed", PLAN_DELETE, "the declaration is gone"},
    {lose_declaration, "unusable", PLAN_BLOCKED, "cannot be used: web.yaml:1:1: error"},
    {meet_ours, "absent-ours", PLAN_ADOPT, "an image of ours bears the name: ami-00000002"},
    {meet_fitting, "absent-ours", PLAN_ADOPT, "ours"},
    {lose_answer, "absent-lost", PLAN_CREATE, "answer was lost"},
    {meet_equal_adoptable, "absent-adopt", PLAN_ADOPT, "adopt it: ami-00000002"},
    {meet_stranger_adoptable, "absent-adopt", PLAN_ADOPT, "adopt it: ami-00000002"},
    {meet_foreign, "absent-foreign", PLAN_BLOCKED, "another owner's tag"},
    {meet_stranger_if_equal, "absent-different", PLAN_BLOCKED, "adopt is if_equal: ami-00000002"},
    {meet_stranger, "absent-taken", PLAN_BLOCKED, "set lifecycle.adopt"},
    {meet_equal, "absent-taken", PLAN_BLOCKED, "set lifecycle.adopt: ami-00000002"},
    {exhaust, "absent-exhausted", PLAN_BLOCKED, "imagectl retry"},
    {lose_source, "absent-sourceless", PLAN_BLOCKED, "source is missing: of the source"},
    {run_in_circles, "absent-sourceless", PLAN_BLOCKED, "source is missing: of the source"},
    {wait_for_source, "absent-waiting", PLAN_CREATE, "source is ready: of the source"},
    {fail_request, "absent-failed", PLAN_CREATE, "last attempt failed: no permission"},
    {lose_image, "absent", PLAN_CREATE, "no such image"},
    {vanish_as_asked, "vanished-as-asked", PLAN_CREATE, "made anew"},
    {vanish_reported, "vanished-reported", PLAN_BLOCKED, "on_drift is report"},
    {vanish, "vanished", PLAN_CREATE, "by somebody else"},
    {miss, "missing", PLAN_BLOCKED, "did not find"},
    {not_see, "unseen", PLAN_BLOCKED, "not seen yet"},
    {lose_ownership, "foreign", PLAN_BLOCKED, "another owner's tag"},
    {fail_in_use, "failed-kept", PLAN_BLOCKED, "was in use: no space"},
    {fail_protected, "failed-kept", PLAN_BLOCKED, "no space"},
    {fail_not_ours, "failed-kept", PLAN_BLOCKED, "no space"},
    {fail_last, "failed-for-good", PLAN_BLOCKED, "anew: no space"},
    {fail_build, "failed", PLAN_REPLACE, "failed to build the image: no space"},
    {fail_last_of_older_count, "failed", PLAN_REPLACE, "failed to build"},
    {change_keep, "change-kept", PLAN_NONE, "on_change is keep"},
    {change_protected, "change-protected", PLAN_BLOCKED, "lifecycle.protect"},
    {change_not_ours, "change-not-ours", PLAN_BLOCKED, "not ours to delete"},
    {change_without_source, "change-sourceless", PLAN_BLOCKED, "is missing: of the source"},
    {change_create_first_kept, "change-first-kept", PLAN_SUCCEED, "keep_previous keeps"},
    {change_create_first, "change-first", PLAN_SUCCEED, "comes before"},
    {change_create_first_full, "change-first", PLAN_SUCCEED, "the oldest one goes"},
    {change, "change", PLAN_REPLACE, "needs a new image"},
    {change_waiting, "change", PLAN_REPLACE, "needs a new image: of the source"},
    {drift_reported, "drift-left", PLAN_NONE, "on_drift is report"},
    {repair_in_vain, "repair-in-vain", PLAN_BLOCKED, "no effect"},
    {drift_since, "repair", PLAN_UPDATE, "differs"},
    {drift_declared, "repair", PLAN_UPDATE, "differs"},
    {tag_too_many, "repair", PLAN_UPDATE, "differs"},
    {still_pending, "pending", PLAN_NONE, "is building"},
    {retire, "retire", PLAN_RETIRE, "was replaced"},
    {doom_snapshots, "snapshots", PLAN_RETIRE, "snapshots"},
    {spoil_file, "newest-unusable", PLAN_BLOCKED, "stays in force: web.yaml:1:1: error"},
    {drift_for_good, "drift-immutable", PLAN_NONE, "nobody asked"},
    {leave_alone, "in-sync", PLAN_NONE, "as declared"},
};

static void test_each_case_has_its_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct plan plan;
        struct world *w = world_new();
        cases[i].arrange(w);
        plan_of(&w->s, "of the source", &plan);
        if (strcmp(plan.rule, cases[i].rule) != 0)
            fail_msg("case %zu: rule %s, not %s", i, plan.rule, cases[i].rule);
        assert_int_equal(plan.change, cases[i].change);
        if (strstr(plan.why, cases[i].words) == NULL)
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, plan.why, cases[i].words);
        assert_false(plan.needs_approval);
        plan_deinit(&plan);
        world_free(w);
    }
}

static void test_no_rule_is_out_of_reach(void **state)
{
    (void)state;
    size_t count = 0;
    const struct plan_rule *rules = plan_rules(&count);
    for (size_t i = 0; i < count; i++) {
        bool reached = false;
        for (size_t j = 0; j < COUNT(cases); j++)
            reached = reached || strcmp(cases[j].rule, rules[i].name) == 0;
        if (!reached)
            fail_msg("no case reaches %s", rules[i].name);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(rules[j].name, rules[i].name);
    }
}

// Where decide() deletes nothing by itself, nothing needs an approval; where it does, all does.
static void test_the_brake_holds_what_deletes(void **state)
{
    static const struct {
        void (*arrange)(struct world *w);
        bool needs_approval;
    } rows[] = {{lose_file, true}, {lost_file_lately, true}, {change, true}, {retire, true},
        {change_create_first, false}, {drift_since, false}, {lose_image, false},
        {lost_file_keep, false}, {fail_build, false}, {leave_alone, false}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct plan plan;
        struct world *w = world_new();
        w->s.brake = true;
        rows[i].arrange(w);
        plan_of(&w->s, NULL, &plan);
        assert_int_equal(plan.needs_approval, rows[i].needs_approval);
        plan_deinit(&plan);
        world_free(w);
    }
}

static void test_suspension_blocks_what_would_be_done(void **state)
{
    (void)state;
    for (int by_operator = 0; by_operator < 2; by_operator++) {
        struct plan plan;
        struct world *w = world_new();
        w->record->suspended = by_operator;
        w->s.policy.suspend = !by_operator;
        plan_of(&w->s, NULL, &plan);
        assert_int_equal(plan.change, PLAN_NONE);
        assert_string_equal(plan.why, "suspended on request");
        plan_deinit(&plan);
        change(w);
        w->s.brake = true;
        plan_of(&w->s, NULL, &plan);
        assert_int_equal(plan.change, PLAN_BLOCKED);
        assert_false(plan.needs_approval);
        assert_string_equal(
            plan.why, "suspended on request, or it would be: replace (a change needs a new image)");
        plan_deinit(&plan);
        world_free(w);
    }
}

static void assert_difference(
    const struct plan *plan, size_t index, const char *path, const char *from, const char *to)
{
    assert_true(index < plan->differences.count);
    const struct difference *difference = &plan->differences.items[index];
    assert_string_equal(difference->path, path);
    assert_string_equal(difference->from == NULL ? "(none)" : difference->from, from);
    assert_string_equal(difference->to == NULL ? "(none)" : difference->to, to);
}

// What is asked for comes first; what the live image lacks of it is not told twice; tags that go
// are told once, whichever policy wants it.
static void test_differences_are_told_once(void **state)
{
    struct plan plan;
    struct world *w = world_new();
    (void)state;
    change(w);
    drift_for_good(w);
    drift(w);
    difference_list_add(&w->drift, field_table_find(&image_table, "tags"), "tags.old", "1", NULL);
    tag_list_set(&w->surplus, "old", "1");
    tag_list_set(&w->surplus, "older", "2");
    plan_of(&w->s, NULL, &plan);
    assert_int_equal(plan.differences.count, 4);
    assert_difference(&plan, 0, "description", "a", "b");
    assert_difference(&plan, 1, "tags.Name", "a", "b");
    assert_difference(&plan, 2, "tags.old", "1", "(none)");
    assert_difference(&plan, 3, "tags.older", "2", "(none)");
    plan_deinit(&plan);
    lose_file(w);
    plan_of(&w->s, NULL, &plan);
    assert_int_equal(plan.differences.count, 0);
    plan_deinit(&plan);
    world_free(w);
}

static void test_adoption_tells_what_it_changes(void **state)
{
    struct plan plan;
    struct world *w = world_new();
    (void)state;
    meet_stranger_adoptable(w);
    plan_of(&w->s, NULL, &plan);
    assert_int_equal(plan.differences.count, 1);
    assert_difference(&plan, 0, "tags.Name", "(none)", "b");
    plan_deinit(&plan);
    world_free(w);
}

static void test_each_change_has_a_name(void **state)
{
    (void)state;
    for (int i = 0; i < PLAN_CHANGE_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(
                plan_change_name((enum plan_change)i), plan_change_name((enum plan_change)j));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_case_has_its_rule),
        cmocka_unit_test(test_no_rule_is_out_of_reach),
        cmocka_unit_test(test_the_brake_holds_what_deletes),
        cmocka_unit_test(test_suspension_blocks_what_would_be_done),
        cmocka_unit_test(test_differences_are_told_once),
        cmocka_unit_test(test_adoption_tells_what_it_changes),
        cmocka_unit_test(test_each_change_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
