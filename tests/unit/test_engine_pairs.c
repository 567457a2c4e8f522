// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Properties over generated pairs of a declaration and a live image of its name: after what was
// decided is done, nothing is left to do; and what is not ours is never deleted.

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "core/text.h"
#include "engine_fixture.h"

#define MINUTE_MS 60000
#define PAIRS     400

static bool toss(struct random *random)
{
    return random_below(random, 2) == 0;
}

static const char *pick(struct random *random, const char *const *choices, size_t count)
{
    return choices[random_below(random, count)];
}

static char *some_declaration(struct random *random)
{
    static const char *const sources[] = {"source_image_id: ami-source\nsource_region_name: r\n",
        "vm_id: i-1\n",
        ("root_device_name: /dev/sda1\nblock_device_mappings:\n"
         "  - {device_name: /dev/sda1, bsu: {snapshot_id: snap-1}}\n")};
    static const char *const accesses[] = {
        "", "access: inherit\n", "access: {is_public: true}\n", "access: {is_public: false}\n"};
    static const char *const tags[] = {"", "tags: {}\n", "tags: {a: b}\n", "tags: {a: B, c: d}\n"};
    static const char *const descriptions[] = {"", "description: one\n", "description: two\n"};
    static const char *const adoptions[] = {"never", "if_equal", "always"};
    static const char *const policies[] = {"merge", "exact"};
    struct text text = {0};
    text_append(&text, "name: web\n");
    text_append(&text, pick(random, sources, 3));
    text_append(&text, pick(random, accesses, 4));
    text_append(&text, pick(random, tags, 4));
    text_append(&text, pick(random, descriptions, 3));
    text_format(&text, "lifecycle: {adopt: %s, tags_policy: %s}\n", pick(random, adoptions, 3),
        pick(random, policies, 2));
    return text_steal(&text);
}

// An image of the name that others made, perhaps with somebody's tags on it, or ours of old.
static struct image *some_image(struct fixture *fixture, struct random *random)
{
    static const char *const owners[] = {"tests", "others"};
    struct image *image = fixture_add_live(fixture, "web");
    memory_replace_text(&image->cloud_state, toss(random) ? "available" : "pending");
    memory_replace_text(&image->description, toss(random) ? "one" : "");
    image->access.present = true;
    image->access.is_public = toss(random) ? BOOLEAN_TRUE : BOOLEAN_FALSE;
    if (toss(random))
        tag_list_set(&image->tags, "a", toss(random) ? "b" : "z");
    if (toss(random))
        tag_list_set(&image->tags, "by-hand", "1");
    if (toss(random)) {
        tag_list_set(&image->tags, "imaged.owner", pick(random, owners, 2));
        tag_list_set(&image->tags, "imaged.name", "web");
    }
    return image;
}

static bool is_ours(const struct image *image)
{
    const char *owner = tag_list_find(&image->tags, "imaged.owner");
    return owner != NULL && strcmp(owner, "tests") == 0;
}

static void finish_builds(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->cloud.count; i++)
        memory_replace_text(&fixture->cloud.items[i]->cloud_state, "available");
}

static void run_pair(uint64_t seed)
{
    struct random random;
    random_init(&random, seed);
    struct fixture *fixture = fixture_new();
    char *declaration = some_declaration(&random);
    bool there = toss(&random);
    bool ours = there && is_ours(some_image(fixture, &random));
    print_message("seed %u: %s", (unsigned)seed, declaration);
    fixture_put(fixture, "web.yaml", declaration);
    fixture_run(fixture, 10 * MINUTE_MS);
    finish_builds(fixture);
    fixture_run(fixture, 10 * MINUTE_MS);
    size_t writes = fixture_writes(fixture);
    fixture_run(fixture, 50 * MINUTE_MS);
    assert_int_equal(fixture_writes(fixture), writes);
    assert_true(fixture_status(fixture, "web").record->state != STATE_PENDING);
    if (there && !ours)
        assert_int_equal(fixture->sent[OPERATION_DELETE_IMAGE], 0);
    assert_in_range(fixture_count(fixture, "web"), 1, 2);
    free(declaration);
    fixture_free(fixture);
}

static void test_nothing_is_left_to_do(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PAIRS; seed++)
        run_pair(seed);
}

// A query that the API calls too long is halved until it is short enough, and no fault is told.
static void test_long_queries_are_halved(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_new();
    fixture->new_state = "pending";
    for (int i = 0; i < 8; i++) {
        char path[32];
        char text[64];
        snprintf(path, sizeof(path), "%d.yaml", i);
        snprintf(text, sizeof(text), "name: vm-%d\nvm_id: i-1\n", i);
        fixture_put(fixture, path, text);
    }
    fixture_fail(fixture, OPERATION_READ_IMAGES, OUTCOME_TOO_LONG, false);
    fixture_fail(fixture, OPERATION_READ_IMAGES, OUTCOME_TOO_LONG, false);
    fixture_run(fixture, 2 * MINUTE_MS);
    assert_in_range(fixture->last[OPERATION_READ_IMAGES]->targets.count, 1, 4);
    assert_int_equal(fixture->reports[REPORT_API_FAULT], 0);
    finish_builds(fixture);
    fixture_run(fixture, 5 * MINUTE_MS);
    fixture_assert_state(fixture, "vm-7", STATE_AVAILABLE, REASON_IN_SYNC);
    fixture_free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_left_to_do),
        cmocka_unit_test(test_long_queries_are_halved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
