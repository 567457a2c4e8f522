// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// VMs and snapshots as sources: found by selectors, waited for, and followed.

#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "core/plan.h"
#include "engine_fixture.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)

#define TEXT(text) ((char *)(uintptr_t)(text)) // that nobody writes to
#define TAGS(...)                                                                                  \
    {                                                                                              \
        .items = (struct tag[]){__VA_ARGS__},                                                      \
        .count = sizeof((struct tag[]){__VA_ARGS__}) / sizeof(struct tag), .present = true         \
    }
#define TAG(key, value)                                                                            \
    {                                                                                              \
        TEXT(key), TEXT(value)                                                                     \
    }

#define REGISTER                                                                                   \
    "root_device_name: /dev/sda1\narchitecture: x86_64\nblock_device_mappings:\n"                  \
    "- {device_name: /dev/sda1, bsu: {snapshot_id: "

static const char *message(struct fixture *fixture, const char *name)
{
    return fixture_status(fixture, name).record->message;
}

static void see(struct fixture *fixture, const struct source_item *sources, size_t count)
{
    fixture->sources = sources;
    fixture->source_count = count;
}

static const struct source_item vms[] = {
    {.id = TEXT("i-1"), .tags = TAGS(TAG("Name", "builder-1"), TAG("role", "build"))},
    {.id = TEXT("i-2"), .tags = TAGS(TAG("Name", "web-1"), TAG("role", "web"))},
    {.id = TEXT("i-3"), .tags = TAGS(TAG("role", "web"))},
};

static void test_vms_by_selector(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        const char *source;  // or NULL, and then
        const char *message; // contains this
    } cases[] = {
        {"name: abc\nvm_id: {name: 'builder-*'}\n", "i-1", NULL},
        {"name: abc\nvm_id: {name: '*-1', tags: {role: web}}\n", "i-2", NULL},
        {"name: abc\nvm_id: {tags: {role: web}}\n", NULL, "2 VMs match the selector; narrow it"},
        {"name: abc\nvm_id: {tags: {role: none}}\n", NULL, "no VM matches the selector"},
        {"name: abc\nvm_id: {name: 'mail-*'}\n", NULL, "no VM matches the selector"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fixture *fixture = fixture_new();
        see(fixture, vms, 3);
        fixture_put(fixture, "a.yaml", cases[i].yaml);
        fixture_run(fixture, SECOND);
        if (cases[i].source == NULL) {
            fixture_assert_state(fixture, "abc", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
            assert_non_null(strstr(message(fixture, "abc"), cases[i].message));
        } else {
            fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
            const struct request *made = fixture->last[OPERATION_CREATE_IMAGE];
            assert_string_equal(made->image->vm.id, cases[i].source);
        }
        fixture_free(fixture);
    }
}

static const struct source_item pending[] = {
    {.id = TEXT("snap-1"), .state = TEXT("pending"), .tags = TAGS(TAG("role", "root"))},
    {.id = TEXT("snap-2"), .state = TEXT("completed"), .tags = TAGS(TAG("role", "data"))},
};

static const struct source_item completed[] = {
    {.id = TEXT("snap-1"), .state = TEXT("completed"), .tags = TAGS(TAG("role", "root"))},
    {.id = TEXT("snap-2"), .tags = TAGS(TAG("role", "data"))}, // of which no state is told
};

// A snapshot that is not completed is waited for; a volume that is made empty needs no source.
static void test_snapshots_by_selector(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    see(fixture, pending, 2);
    fixture_put(fixture, "a.yaml",
        "name: abc\n" REGISTER "{tags: {role: root}}}}\n"
        "- {device_name: /dev/sdb, bsu: {volume_size: 5}}\n"
        "- {device_name: /dev/sdc, bsu: {snapshot_id: {tags: {role: data}}}}\n");
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "abc", STATE_PENDING, REASON_WAITING_FOR_SOURCE);
    assert_non_null(strstr(message(fixture, "abc"), "snapshot snap-1 is pending"));
    see(fixture, completed, 2);
    fixture_run(fixture, 2 * MINUTE);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    const struct block_device *devices =
        fixture->last[OPERATION_CREATE_IMAGE]->image->block_devices.items;
    assert_string_equal(devices[0].bsu.snapshot.id, "snap-1");
    assert_null(devices[1].bsu.snapshot.id);
    assert_string_equal(devices[2].bsu.snapshot.id, "snap-2");
    fixture_free(fixture);
}

// Ids are taken as they stand, also beside a volume that has none.
static void test_literal_snapshots(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture_put(fixture, "a.yaml",
        "name: abc\n" REGISTER "snap-7}}\n- {device_name: /dev/sdb, bsu: {volume_size: 5}}\n");
    fixture_run(fixture, SECOND);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    const struct request *made = fixture->last[OPERATION_CREATE_IMAGE];
    assert_string_equal(made->image->block_devices.items[0].bsu.snapshot.id, "snap-7");
    assert_null(made->image->block_devices.items[1].bsu.snapshot.id);
    assert_int_equal(fixture->sent[OPERATION_READ_SNAPSHOTS], 0);
    fixture_free(fixture);
}

// An image that follows its source is made anew when the selector finds another, and only then.
static void check_following(const char *yaml, const struct source_item *before,
    const struct source_item *after, const char *field)
{
    struct fixture *fixture = fixture_new();
    see(fixture, before, 1);
    fixture_put(fixture, "a.yaml", yaml);
    fixture_run(fixture, 30 * MINUTE);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 1);
    see(fixture, after, 1);
    fixture_run(fixture, 5 * SECOND);
    fixture->options.observe = true; // to see why, before it is done
    engine_configure(fixture->engine, &fixture->options);
    fixture_run(fixture, 30 * MINUTE);
    fixture_assert_state(fixture, "abc", STATE_PENDING, REASON_AWAITING_APPROVAL);
    struct plan plan = {0};
    assert_true(engine_plan(fixture->engine, "abc", fixture->now, &plan));
    assert_int_equal(plan.change, PLAN_REPLACE);
    assert_int_equal(plan.differences.count, 1);
    assert_string_equal(plan.differences.items[0].path, field);
    assert_string_equal(plan.differences.items[0].from, before->id);
    assert_string_equal(plan.differences.items[0].to, after->id);
    plan_deinit(&plan);
    fixture->options.observe = false;
    engine_configure(fixture->engine, &fixture->options);
    fixture_run(fixture, 10 * MINUTE);
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    assert_int_equal(fixture->sent[OPERATION_CREATE_IMAGE], 2);
    assert_int_equal(fixture->cloud.count, 1);
    fixture_free(fixture);
}

static const struct source_item one[] = {
    {.id = TEXT("i-1"), .state = TEXT("completed"), .tags = TAGS(TAG("role", "web"))}};
static const struct source_item other[] = {
    {.id = TEXT("i-2"), .state = TEXT("completed"), .tags = TAGS(TAG("role", "web"))}};

static void test_followed_vm_and_snapshot(void **state)
{
    (void)state;
    check_following("name: abc\nvm_id: {tags: {role: web}, follow: true}\n", one, other, "vm_id");
    check_following("name: abc\n" REGISTER "{tags: {role: web}, follow: true}}}\n", one, other,
        "block_device_mappings");
}

// Placeholders make a declaration depend on what was found, in whichever text they stand.
static void test_placeholders(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    see(fixture, vms, 1);
    fixture_put(fixture, "a.yaml", "name: abc\nvm_id: i-1\ntags: {from: 'vm {source_id}'}\n");
    fixture_put(fixture, "b.yaml", "name: def\nvm_id: i-1\ndescription: of {source_id}\n");
    fixture_put(fixture, "c.yaml", "name: ghi\nvm_id: i-1\ndescription: of none\n");
    fixture_run(fixture, MINUTE);
    assert_string_equal(tag_list_find(&fixture_live(fixture, "abc")->tags, "from"), "vm i-1");
    assert_string_equal(fixture_live(fixture, "def")->description, "of i-1");
    assert_string_equal(fixture_live(fixture, "ghi")->description, "of none");
    fixture_assert_state(fixture, "abc", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_assert_state(fixture, "def", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vms_by_selector),
        cmocka_unit_test(test_snapshots_by_selector),
        cmocka_unit_test(test_literal_snapshots),
        cmocka_unit_test(test_followed_vm_and_snapshot),
        cmocka_unit_test(test_placeholders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
