// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What the engine tells about itself: whether all is settled, how images differ from what is
// declared, and that the revision moves with what is shown.

#include "config.h"

#include <string.h>

#include "core/diff.h"
#include "core/memory.h"
#include "core/text.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

static void test_settled_when_nothing_is_under_way(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_read_directory(fixture);
    assert_false(engine_settled(fixture->engine)); // does the API let us?
    fixture_run(fixture, SECOND);
    assert_true(engine_settled(fixture->engine)); // nothing is declared
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    assert_false(engine_settled(fixture->engine)); // the name is looked up
    while (fixture->sent[OPERATION_CREATE_IMAGE] == 0) {
        fixture_commit(fixture);
        if (fixture->sent[OPERATION_CREATE_IMAGE] == 0)
            assert_true(fixture_answer(fixture, fixture->requests[0]->operation));
    }
    assert_false(engine_settled(fixture->engine)); // the creation is out
    fixture_run(fixture, SECOND);
    assert_true(engine_settled(fixture->engine));
    fixture_load(fixture);
    assert_false(engine_settled(fixture->engine)); // the directory was not read yet
    fixture_read_directory(fixture);
    assert_false(engine_settled(fixture->engine)); // no list since the start
    fixture_run(fixture, SECOND);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

// What waits for a person or for another declaration is settled; what the cloud builds is not.
static void test_settled_when_only_others_can_go_on(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        enum reason reason;
        bool settled;
    } cases[] = {
        {"name: abc\nvm_id: i-1\nlifecycle: {suspend: true}\n", REASON_SUSPENDED, true},
        {"name: abc\nsource_image_id: {declared: none}\nsource_region_name: r\n",
            REASON_WAITING_FOR_SOURCE, true},
        {"name: abc\nvm_id: i-1\n", REASON_IMAGE_PENDING, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = fixture_new();
        fixture->new_state = "pending";
        fixture_put(fixture, "a.yaml", cases[i].yaml);
        fixture_run(fixture, SECOND);
        fixture_assert_state(fixture, "abc", STATE_PENDING, cases[i].reason);
        assert_int_equal(engine_settled(fixture->engine), cases[i].settled);
        fixture_free(fixture);
    }
    struct fixture *fixture = fixture_new();
    fixture->options.observe = true;
    engine_configure(fixture->engine, &fixture->options);
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "abc", STATE_PENDING, REASON_AWAITING_APPROVAL);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

// An API that does not answer is told, not waited for.
static void test_settled_without_an_api(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\n");
    fixture_run(fixture, MINUTE);
    fixture_load(fixture);
    fixture_fail(fixture, OPERATION_LIST_IMAGES, OUTCOME_BROKEN, false);
    fixture_fail(fixture, OPERATION_READ_IMAGES, OUTCOME_BROKEN, false);
    fixture_read_directory(fixture);
    fixture_settle(fixture);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

// Before anything is declared, too: a person who begins with a wrong secret learns of it at once.
static void test_a_start_without_declarations_tries_the_api(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_fail(fixture, OPERATION_LIST_IMAGES, OUTCOME_FORBIDDEN, false);
    fixture_read_directory(fixture);
    fixture_settle(fixture);
    assert_non_null(engine_summary(fixture->engine).api_fault);
    assert_int_equal(fixture->reports[REPORT_API_FAULT], 1);
    fixture_run(fixture, 20 * MINUTE); // it is tried again by itself
    assert_null(engine_summary(fixture->engine).api_fault);
    assert_int_equal(fixture->reports[REPORT_API_RECOVERED], 1);
    size_t lists = fixture->sent[OPERATION_LIST_IMAGES];
    fixture_run(fixture, 60 * MINUTE);
    assert_int_equal(fixture->sent[OPERATION_LIST_IMAGES], lists);
    fixture_free(fixture);
}

// An image that a list lacks is shown as it was until reads confirm that: these are waited for.
static void test_not_settled_while_confirming(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_with_images(3, "");
    fixture_run(fixture, MINUTE);
    fixture_delete_live(fixture, "vm-0");
    fixture_command(fixture, COMMAND_REFRESH, NULL);
    while (fixture_pending(fixture, OPERATION_READ_IMAGE) == 0)
        assert_true(fixture_answer(fixture, fixture->requests[0]->operation));
    fixture_assert_state(fixture, "vm-0", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_false(engine_settled(fixture->engine));
    fixture_run(fixture, 10 * MINUTE);
    assert_true(engine_settled(fixture->engine));
    fixture_free(fixture);
}

static void append_name(const struct image_status *status, void *data)
{
    text_format(data, "%s ", status->record->name);
}

// By name, in portions that begin behind the last one's end.
static void test_pages(void **state)
{
    (void)state;
    static const struct {
        const char *after;
        size_t limit;
        const char *names;
    } pages[] = {
        {NULL, 2, "vm-0 vm-1 "},
        {"vm-1", 2, "vm-2 vm-3 "},
        {"vm-3", 2, "vm-4 "},
        {"vm-2x", 10, "vm-3 vm-4 "},
        {"vm-4", 2, ""},
    };
    struct fixture *fixture = fixture_with_images(5, "");
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct text names = {0};
        engine_each_after(fixture->engine, pages[i].after, pages[i].limit, append_name, &names);
        assert_string_equal(text_string(&names), pages[i].names);
        text_deinit(&names);
    }
    fixture_free(fixture);
}

static size_t count_differences(struct fixture *fixture, const char *name)
{
    struct difference_list differences = {0};
    engine_differences(fixture->engine, name, &differences);
    size_t count = differences.count;
    difference_list_deinit(&differences);
    return count;
}

static void test_differences(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\nlifecycle: {on_drift: report}\n");
    fixture_put(fixture, "b.yaml",
        "name: def\nvm_id: i-1\nlifecycle: {on_drift: report, tags_policy: exact}\n");
    fixture_put(fixture, "c.yaml", "name: ghi\nvm_id: ami-1\n");
    fixture_run(fixture, SECOND);
    assert_int_equal(count_differences(fixture, "abc"), 0);
    assert_int_equal(count_differences(fixture, "ghi"), 0); // was never valid, has no image
    assert_int_equal(count_differences(fixture, "none"), 0);
    uint64_t before = engine_revision(fixture->engine);
    fixture_run(fixture, SECOND);
    assert_int_equal(engine_revision(fixture->engine), before);
    fixture_live(fixture, "abc")->access.is_public = BOOLEAN_TRUE;
    tag_list_set(&fixture_live(fixture, "abc")->tags, "more", "x");
    tag_list_set(&fixture_live(fixture, "def")->tags, "more", "x");
    fixture_run(fixture, 10 * MINUTE);
    assert_int_equal(count_differences(fixture, "abc"), 1); // tags may be added
    assert_int_equal(count_differences(fixture, "def"), 1);
    assert_true(engine_revision(fixture->engine) > before);
    assert_int_equal(engine_summary(fixture->engine).revision, engine_revision(fixture->engine));
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_not_settled_while_confirming),
        cmocka_unit_test(test_settled_when_nothing_is_under_way),
        cmocka_unit_test(test_settled_when_only_others_can_go_on),
        cmocka_unit_test(test_settled_without_an_api),
        cmocka_unit_test(test_a_start_without_declarations_tries_the_api),
        cmocka_unit_test(test_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
