// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Plans of a whole engine: of what is in the directory, of what is not yet, and that neither leaves
// a trace.
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/plan.h"
#include "engine_fixture.h"

#define MINUTE_MS 60000

#define WEB                                                                                        \
    "name: web\nsource_image_id: ami-0b7df82c\nsource_region_name: cloudgouv-eu-west-1\n"          \
    "description: %s\n"

#define BASE                                                                                       \
    "name: base-{digest}\nsource_image_id: ami-0b7df82c\n"                                         \
    "source_region_name: cloudgouv-eu-west-1\ndescription: %s\n"

#define APPLICATION                                                                                \
    "name: application\nsource_image_id: {declared: 'base-{digest}', follow: true}\n"              \
    "source_region_name: cloudgouv-eu-west-1\n"

#define NAMED                                                                                      \
    "name: web-%u\nsource_image_id: ami-0b7df82c\n"                                                \
    "source_region_name: cloudgouv-eu-west-1\ndescription: %s\n"

static void put(struct fixture *fixture, const char *path, char *text)
{
    fixture_put(fixture, path, text);
    free(text);
}

static struct plan plan_now(struct fixture *fixture, const char *name)
{
    struct plan plan = {0};
    assert_true(engine_plan(fixture->engine, name, fixture->now, &plan));
    return plan;
}

static void assert_plan(struct fixture *fixture, const char *name, enum plan_change change)
{
    struct plan plan = plan_now(fixture, name);
    if (plan.change != change)
        fail_msg("%s: %s (%s), not %s", name, plan_change_name(plan.change), plan.why,
            plan_change_name(change));
    plan_deinit(&plan);
}

// Declarations that are not in the directory, planned together.
struct trial {
    struct declaration_file *files[16];
    struct plan plans[16];
    size_t count;
};

static struct trial try(struct fixture *fixture, char **texts, size_t count)
{
    struct trial trial = {.count = count};
    struct declaration *declarations[16];
    for (size_t i = 0; i < count; i++) {
        trial.files[i] = declaration_file_read("new.yaml", texts[i], strlen(texts[i]));
        declarations[i] = trial.files[i]->documents[0].declaration;
        assert_non_null(declarations[i]);
        free(texts[i]);
    }
    engine_plan_declarations(fixture->engine, declarations, count, fixture->now, trial.plans);
    return trial;
}

static void trial_deinit(struct trial *trial)
{
    for (size_t i = 0; i < trial->count; i++) {
        plan_deinit(&trial->plans[i]);
        declaration_file_free(trial->files[i]);
    }
}

static struct fixture *with_web(void)
{
    struct fixture *fixture = fixture_new();
    put(fixture, "web.yaml", memory_format(WEB, "one"));
    fixture_run(fixture, MINUTE_MS);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    return fixture;
}

static void test_unknown_names_have_no_plan(void **state)
{
    (void)state;
    struct plan plan = {0};
    struct fixture *fixture = fixture_new();
    assert_false(engine_plan(fixture->engine, "web", fixture->now, &plan));
    fixture_free(fixture);
}

static void test_plan_follows_the_life_of_an_image(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    struct image *source = fixture_add_live(fixture, "source");
    memory_replace_text(&source->id, "ami-0b7df82c");
    memory_replace_text(&source->cloud_state, "available");
    assert_plan(fixture, "web", PLAN_NONE);
    tag_list_set(&fixture_live(fixture, "web")->tags, "imaged.name", "changed by hand");
    fixture->options.observe = true;
    engine_configure(fixture->engine, &fixture->options);
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    fixture_run(fixture, MINUTE_MS);
    assert_plan(fixture, "web", PLAN_UPDATE);
    put(fixture, "web.yaml", memory_format(WEB, "two"));
    fixture_run(fixture, MINUTE_MS);
    assert_plan(fixture, "web", PLAN_REPLACE);
    fixture_put(fixture, "other.yaml", "name: other\nvm_id: i-b121616e\n");
    fixture_run(fixture, MINUTE_MS);
    assert_plan(fixture, "other", PLAN_CREATE);
    fixture_remove(fixture, "web.yaml");
    assert_plan(fixture, "web", PLAN_DELETE);
    fixture_free(fixture);
}

static void test_a_file_not_dropped_yet_is_planned_and_forgotten(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    size_t writes = fixture_writes(fixture);
    char *texts[] = {memory_format(WEB, "two"), memory_text(APPLICATION)};
    struct trial trial = try(fixture, texts, 2);
    assert_int_equal(trial.plans[0].change, PLAN_REPLACE);
    assert_string_equal(trial.plans[0].differences.items[0].path, "description");
    assert_int_equal(trial.plans[1].change, PLAN_CREATE);
    assert_non_null(strstr(trial.plans[1].why, "no declaration is named base-{digest}"));
    trial_deinit(&trial);
    assert_false(engine_knows(fixture->engine, "application"));
    assert_plan(fixture, "web", PLAN_NONE);
    fixture_run(fixture, 60 * MINUTE_MS);
    assert_int_equal(fixture_writes(fixture), writes);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_files_not_dropped_yet_see_each_other(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_run(fixture, MINUTE_MS);
    char *texts[] = {memory_text(APPLICATION), memory_format(BASE, "one")};
    struct trial trial = try(fixture, texts, 2);
    assert_int_equal(trial.plans[0].change, PLAN_CREATE);
    assert_non_null(strstr(trial.plans[0].why, "as soon as the source is ready: base-{digest} is"));
    assert_int_equal(trial.plans[1].change, PLAN_CREATE);
    trial_deinit(&trial);
    // Who waited for a source in the trial is not woken when an image becomes available.
    put(fixture, "web.yaml", memory_format(WEB, "one"));
    fixture_run(fixture, MINUTE_MS);
    fixture_assert_state(fixture, "web", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

static void test_a_circle_of_new_files_is_seen(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_run(fixture, MINUTE_MS);
    char *texts[] = {memory_text(APPLICATION),
        memory_text("name: base-{digest}\nsource_image_id: {declared: application, follow: true}\n"
                    "source_region_name: cloudgouv-eu-west-1\n")};
    struct trial trial = try(fixture, texts, 2);
    assert_int_equal(trial.plans[0].change, PLAN_BLOCKED);
    assert_int_equal(trial.plans[1].change, PLAN_BLOCKED);
    trial_deinit(&trial);
    fixture_free(fixture);
}

// What follows an image that is to be replaced will be replaced as well.
static void test_plan_looks_ahead_along_what_is_followed(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    put(fixture, "base.yaml", memory_format(BASE, "one"));
    fixture_put(fixture, "application.yaml", APPLICATION);
    fixture_run(fixture, MINUTE_MS);
    fixture_assert_state(fixture, "application", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_plan(fixture, "application", PLAN_NONE);
    char *texts[] = {memory_format(BASE, "two"), memory_text(APPLICATION)};
    struct trial trial = try(fixture, texts, 2);
    assert_int_equal(trial.plans[0].change, PLAN_SUCCEED);
    assert_int_equal(trial.plans[1].change, PLAN_REPLACE);
    assert_int_equal(trial.plans[1].differences.count, 1);
    assert_string_equal(trial.plans[1].differences.items[0].path, "source_image_id");
    assert_string_equal(trial.plans[1].differences.items[0].to, "(the new image of base-{digest})");
    trial_deinit(&trial);
    // A declaration that is planned alone finds the others as they are.
    char *alone[] = {memory_text(APPLICATION)};
    trial = try(fixture, alone, 1);
    assert_int_equal(trial.plans[0].change, PLAN_NONE);
    trial_deinit(&trial);
    fixture_free(fixture);
}

// The brake counts what is only tried as if it were in force, and not afterwards.
static void test_the_brake_counts_what_is_tried(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    for (unsigned i = 0; i < 8; i++) {
        char *path = memory_format("web-%u.yaml", i);
        put(fixture, path, memory_format(NAMED, i, "one"));
        free(path);
    }
    fixture_run(fixture, MINUTE_MS);
    char *texts[8];
    for (unsigned i = 0; i < 8; i++)
        texts[i] = memory_format(NAMED, i, "two");
    struct trial trial = try(fixture, texts, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(trial.plans[i].change, PLAN_REPLACE);
        assert_true(trial.plans[i].needs_approval);
    }
    trial_deinit(&trial);
    char *one[] = {memory_format(NAMED, 3u, "two")};
    trial = try(fixture, one, 1);
    assert_false(trial.plans[0].needs_approval);
    trial_deinit(&trial);
    fixture_remove(fixture, "web-0.yaml");
    fixture_run(fixture, 5 * MINUTE_MS);
    assert_false(engine_knows(fixture->engine, "web-0"));
    fixture_free(fixture);
}

// A trial of what failed begins anew, as the directory's new version would.
static void test_a_trial_forgets_old_failures(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "failed";
    put(fixture, "web.yaml", memory_format(WEB "lifecycle: {max_attempts: 1}\n", "one"));
    fixture_run(fixture, 600 * MINUTE_MS);
    fixture_assert_state(fixture, "web", STATE_FAILED, REASON_IMAGE_FAILED);
    assert_plan(fixture, "web", PLAN_BLOCKED);
    char *texts[] = {memory_format(WEB "lifecycle: {max_attempts: 1}\n", "two")};
    struct trial trial = try(fixture, texts, 1);
    assert_int_equal(trial.plans[0].change, PLAN_REPLACE);
    trial_deinit(&trial);
    char *same[] = {memory_format(WEB "lifecycle: {max_attempts: 1}\n", "one")};
    trial = try(fixture, same, 1);
    assert_int_equal(trial.plans[0].change, PLAN_BLOCKED);
    trial_deinit(&trial);
    fixture->options.observe = true;
    engine_configure(fixture->engine, &fixture->options);
    fixture_command(fixture, COMMAND_RETRY, "web");
    assert_plan(fixture, "web", PLAN_REPLACE);
    char *asked[] = {memory_format(WEB "lifecycle: {max_attempts: 1}\n", "one")};
    trial = try(fixture, asked, 1);
    assert_int_equal(trial.plans[0].change, PLAN_REPLACE);
    trial_deinit(&trial);
    fixture_free(fixture);
}

static void test_a_removed_file_tried_again_ends_its_deletion(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    fixture_remove(fixture, "web.yaml");
    assert_plan(fixture, "web", PLAN_DELETE);
    char *texts[] = {memory_format(WEB, "one")};
    struct trial trial = try(fixture, texts, 1);
    assert_int_equal(trial.plans[0].change, PLAN_NONE);
    trial_deinit(&trial);
    assert_plan(fixture, "web", PLAN_DELETE);
    fixture_run(fixture, 5 * MINUTE_MS);
    assert_null(fixture_live(fixture, "web"));
    fixture_free(fixture);
}

static void test_a_deletion_under_way_is_not_disturbed_by_a_trial(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    fixture_remove(fixture, "web.yaml");
    fixture_fail(fixture, OPERATION_DELETE_IMAGE, OUTCOME_CONFLICT, false);
    while (fixture->sent[OPERATION_DELETE_IMAGE] == 0)
        fixture_run(fixture, 1000);
    for (unsigned i = 0; i < 2; i++) {
        char *texts[] = {memory_format(WEB, "one")};
        struct trial trial = try(fixture, texts, 1);
        assert_int_equal(trial.plans[0].change, PLAN_NONE);
        trial_deinit(&trial);
    }
    fixture_run(fixture, 5 * MINUTE_MS);
    assert_null(fixture_live(fixture, "web"));
    fixture_free(fixture);
}

static void test_images_that_were_seen_can_be_asked_for(void **state)
{
    (void)state;
    struct fixture *fixture = with_web();
    const char *id = fixture_status(fixture, "web").record->image_id;
    assert_string_equal(image_open(engine_seen(fixture->engine, id)).name, "web");
    assert_null(engine_seen(fixture->engine, "ami-deadbeef"));
    fixture_free(fixture);
}

// Where nothing is declared the cloud is looked at once, to see whether the API lets us, and then
// for one who asks: to import, or to plan what comes.
static void test_an_operator_sees_the_cloud_without_declarations(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_read_directory(fixture);
    fixture_run(fixture, 60 * MINUTE_MS);
    assert_int_equal(fixture->sent[OPERATION_LIST_IMAGES], 1);
    struct image *image = fixture_add_live(fixture, "theirs");
    char *id = memory_text(image->id);
    fixture_run(fixture, 60 * MINUTE_MS);
    assert_null(engine_seen(fixture->engine, id));
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    fixture_run(fixture, 60 * MINUTE_MS);
    assert_int_equal(fixture->sent[OPERATION_LIST_IMAGES], 2);
    assert_string_equal(image_open(engine_seen(fixture->engine, id)).name, "theirs");
    free(id);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_names_have_no_plan),
        cmocka_unit_test(test_plan_follows_the_life_of_an_image),
        cmocka_unit_test(test_a_file_not_dropped_yet_is_planned_and_forgotten),
        cmocka_unit_test(test_files_not_dropped_yet_see_each_other),
        cmocka_unit_test(test_a_circle_of_new_files_is_seen),
        cmocka_unit_test(test_plan_looks_ahead_along_what_is_followed),
        cmocka_unit_test(test_the_brake_counts_what_is_tried),
        cmocka_unit_test(test_a_trial_forgets_old_failures),
        cmocka_unit_test(test_a_removed_file_tried_again_ends_its_deletion),
        cmocka_unit_test(test_a_deletion_under_way_is_not_disturbed_by_a_trial),
        cmocka_unit_test(test_images_that_were_seen_can_be_asked_for),
        cmocka_unit_test(test_an_operator_sees_the_cloud_without_declarations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
