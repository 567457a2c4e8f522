// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Resources, their versions and their indexes.

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/store.h"

static int open_store(void **state)
{
    *state = sim_store_new();
    return 0;
}

static int close_store(void **state)
{
    sim_store_free(*state);
    return 0;
}

static json_t *image(const char *name, const char *tag, const char *snapshot)
{
    return json_pack("{s:s, s:[{s:s, s:s}], s:[{s:{s:s}}], s:{s:b}}", "name", name, "tags", "key",
        "t", "value", tag, "blockDeviceMappings", "bsu", "snapshotId", snapshot, "access",
        "isPublic", 0);
}

static struct sim_resource *add(
    struct sim_store *store, const char *id, json_t *document, int64_t now_ms)
{
    struct sim_resource_traits traits = {SIM_IMAGE, id, true, SIM_STORE_ALWAYS};
    struct sim_resource *resource = sim_store_add(store, &traits, document, now_ms);

    json_decref(document);
    return resource;
}

static void put(
    struct sim_store *store, struct sim_resource *resource, json_t *document, int64_t now_ms)
{
    sim_store_put(store, resource, document, now_ms);
    json_decref(document);
}

static size_t count(const struct sim_store *store, enum sim_store_key key, const char *value)
{
    size_t found = 0;

    for (const struct sim_index_entry *entry = sim_store_lookup(store, key, value); entry != NULL;
         entry = sim_index_next(entry)) {
        found++;
    }
    return found;
}

static const char *name_at(const struct sim_resource *resource, int64_t as_of_ms)
{
    static char name[32];
    json_t *document = sim_resource_document(resource, as_of_ms);

    snprintf(name, sizeof name, "%s",
        document != NULL ? json_string_value(json_object_get(document, "name")) : "none");
    json_decref(document);
    return name;
}

static void the_past_can_be_seen(void **state)
{
    struct sim_store *store = *state;
    struct sim_resource *resource = add(store, "ami-1", image("one", "x", "snap-1"), 1000);

    put(store, resource, image("two", "x", "snap-1"), 2000);
    put(store, resource, image("three", "x", "snap-1"), 2000);
    sim_store_remove(store, resource, 3000);
    assert_string_equal(name_at(resource, 999), "none");
    assert_string_equal(name_at(resource, 1000), "one");
    assert_string_equal(name_at(resource, 1999), "one");
    assert_string_equal(name_at(resource, 2000), "three");
    assert_string_equal(name_at(resource, 2999), "three");
    assert_string_equal(name_at(resource, 3000), "none");
}

static void the_dead_are_forgotten_in_time(void **state)
{
    struct sim_store *store = *state;
    struct sim_resource *first = add(store, "ami-1", image("one", "x", "snap-1"), 0);
    struct sim_resource *second = add(store, "ami-2", image("two", "x", "snap-2"), 0);

    sim_store_remove(store, first, 1000);
    sim_store_remove(store, second, 2000);
    sim_store_forget(store, 999 + SIM_STORE_HISTORY_MS);
    assert_ptr_equal(sim_store_find(store, SIM_IMAGE, "ami-1"), first);
    sim_store_forget(store, 1000 + SIM_STORE_HISTORY_MS);
    assert_null(sim_store_find(store, SIM_IMAGE, "ami-1"));
    assert_ptr_equal(sim_store_find(store, SIM_IMAGE, "ami-2"), second);
    assert_ptr_equal(sim_store_first(store, SIM_IMAGE), second);
}

static void old_versions_are_dropped(void **state)
{
    struct sim_store *store = *state;
    struct sim_resource *resource = add(store, "ami-1", image("one", "x", "snap-1"), 1000);

    put(store, resource, image("two", "x", "snap-1"), 2000);
    put(store, resource, image("three", "x", "snap-1"), 2000 + SIM_STORE_HISTORY_MS);
    assert_string_equal(name_at(resource, 2000), "two");
    assert_string_equal(name_at(resource, 1999), "none");
}

static void indexes_follow_the_living(void **state)
{
    struct sim_store *store = *state;
    struct sim_resource *first = add(store, "ami-1", image("one", "x", "snap-1"), 0);
    struct sim_resource *second = add(store, "ami-2", image("one", "x", "snap-2"), 0);

    assert_int_equal(count(store, SIM_KEY_NAME, "one"), 2);
    assert_int_equal(count(store, SIM_KEY_TAG, "t=x"), 2);
    assert_int_equal(count(store, SIM_KEY_SNAPSHOT, "snap-1"), 1);
    put(store, first, image("two", "y", "snap-2"), 1);
    assert_int_equal(count(store, SIM_KEY_NAME, "one"), 1);
    assert_int_equal(count(store, SIM_KEY_TAG, "t=y"), 1);
    assert_int_equal(count(store, SIM_KEY_SNAPSHOT, "snap-1"), 0);
    assert_int_equal(count(store, SIM_KEY_SNAPSHOT, "snap-2"), 2);
    sim_store_remove(store, second, 2);
    assert_int_equal(count(store, SIM_KEY_NAME, "one"), 0);
    assert_int_equal(count(store, SIM_KEY_SNAPSHOT, "snap-2"), 1);
    assert_int_equal(sim_store_owned(store, SIM_IMAGE), 1);
}

static void an_id_can_live_again(void **state)
{
    struct sim_store *store = *state;
    struct sim_resource *resource = add(store, "ami-1", image("one", "x", "snap-1"), 0);

    add(store, "ami-2", image("other", "x", "snap-2"), 0);
    sim_store_remove(store, resource, 1000);
    assert_ptr_equal(add(store, "ami-1", image("again", "x", "snap-1"), 2000), resource);
    sim_store_forget(store, 1000 + SIM_STORE_HISTORY_MS);
    assert_string_equal(name_at(resource, 500), "one");
    assert_string_equal(name_at(resource, 1500), "none");
    assert_string_equal(name_at(resource, 2500), "again");
    assert_int_equal(sim_store_owned(store, SIM_IMAGE), 2);
    assert_null(sim_resource_next(resource)); // it is the youngest now
}

static void an_index_frees_what_is_left_in_it(void **state)
{
    struct sim_index *index = sim_index_new();
    int item;

    (void)state;
    sim_index_add(index, "a", &item);
    sim_index_add(index, "a", &item);
    sim_index_remove(index, sim_index_add(index, "b", &item));
    assert_null(sim_index_find(index, "b"));
    sim_index_free(index); // the sanitizers tell
}

static void what_is_seen_is_shown_own_or_public(void **state)
{
    struct sim_store *store = *state;
    struct sim_resource_traits traits = {SIM_IMAGE, "ami-1", false, 2000};
    json_t *document = image("one", "x", "snap-1");
    struct sim_resource *resource = sim_store_add(store, &traits, document, 1000);

    assert_false(sim_resource_visible(resource, 3000));
    json_object_set_new(document, "access", json_pack("{s:b}", "isPublic", 1));
    put(store, resource, document, 1500);
    assert_false(sim_resource_visible(resource, 1999));
    assert_true(sim_resource_visible(resource, 2000));
    assert_null(sim_store_find(store, SIM_VM, "ami-1"));
    assert_true(sim_store_knows(store, "ami-1"));
    assert_int_equal(sim_store_owned(store, SIM_IMAGE), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_past_can_be_seen),
        TEST(the_dead_are_forgotten_in_time),
        TEST(old_versions_are_dropped),
        TEST(indexes_follow_the_living),
        TEST(an_id_can_live_again),
        cmocka_unit_test(an_index_frees_what_is_left_in_it),
        TEST(what_is_seen_is_shown_own_or_public),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
