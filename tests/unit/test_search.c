// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What selectors find, in which order, and that what was found is looked for again once the view
// changed.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/memory.h"
#include "core/search.h"

static void put(struct view *view, const char *id, const char *name, const char *date)
{
    struct image *image = memory_new(1, sizeof(*image));
    image->id = memory_text(id);
    image->name = memory_text(name);
    image->creation_date = memory_text(date);
    image->cloud_state = memory_text("available");
    tag_list_set(&image->tags, "role", "base");
    view_put(view, image_pack(image), 0, 1);
    image_free(image);
}

static void assert_found(struct matches matches, const char *const *ids, size_t count)
{
    assert_int_equal(matches.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(matches.items[i].id, ids[i]);
}

struct world {
    struct view *view;
    struct searches *searches;
};

static int begin(void **state)
{
    struct world *world = memory_new(1, sizeof(*world));
    world->view = view_new();
    world->searches = searches_new();
    put(world->view, "ami-00000001", "debian-1", "2026-08-10T08:00:00Z");
    put(world->view, "ami-00000002", "debian-2", "2026-10-12T08:00:00Z");
    put(world->view, "ami-00000003", "debian-3", "2026-08-10T08:00:00Z");
    put(world->view, "ami-00000004", "windows", NULL);
    *state = world;
    return 0;
}

static int end(void **state)
{
    struct world *world = *state;
    searches_free(world->searches);
    view_free(world->view);
    free(world);
    return 0;
}

static void test_the_newest_come_first(void **state)
{
    struct world *world = *state;
    struct selector selector = {.present = true, .name = (char[]){"debian-*"}};
    const char *const debian[] = {"ami-00000002", "ami-00000003", "ami-00000001"};
    assert_found(searches_find(world->searches, world->view, &selector), debian, 3);
    selector.name = NULL;
    const char *const all[] = {"ami-00000002", "ami-00000003", "ami-00000001", "ami-00000004"};
    assert_found(searches_find(world->searches, world->view, &selector), all, 4);
    selector.is_public = BOOLEAN_TRUE;
    assert_found(searches_find(world->searches, world->view, &selector), NULL, 0);
}

static void test_selectors_are_told_apart(void **state)
{
    struct world *world = *state;
    struct selector one = {.present = true};
    struct selector other = {.present = true};
    tag_list_set(&one.tags, "role", "base");
    tag_list_set(&other.tags, "role", "base;4:team4:blue");
    assert_int_equal(searches_find(world->searches, world->view, &one).count, 4);
    assert_int_equal(searches_find(world->searches, world->view, &other).count, 0);
    tag_list_deinit(&one.tags);
    tag_list_deinit(&other.tags);
}

static void test_a_changed_view_is_searched_anew(void **state)
{
    struct world *world = *state;
    struct selector selector = {.present = true};
    tag_list_set(&selector.tags, "role", "base");
    assert_int_equal(searches_find(world->searches, world->view, &selector).count, 4);
    view_drop(world->view, "ami-00000004");
    assert_int_equal(searches_find(world->searches, world->view, &selector).count, 3);
    put(world->view, "ami-00000005", "debian-5", "2026-11-25T08:00:00Z");
    assert_int_equal(searches_find(world->searches, world->view, &selector).count, 4);
    struct view_image *seen = view_find(world->view, "ami-00000001");
    view_touch(world->view, seen, 2);
    view_set_tags(world->view, seen, &(struct tag_list){.present = true});
    assert_int_equal(searches_find(world->searches, world->view, &selector).count, 3);
    tag_list_deinit(&selector.tags);
}

// What the cloud told less of, or nonsense: it is found all the same, and counts as the oldest.
static void test_images_without_name_or_date(void **state)
{
    struct world *world = *state;
    put(world->view, "ami-00000005", NULL, "no date");
    struct selector selector = {.present = true, .name = (char[]){"*"}};
    assert_int_equal(searches_find(world->searches, world->view, &selector).count, 4);
    selector.name = NULL;
    const char *const all[] = {
        "ami-00000002", "ami-00000003", "ami-00000001", "ami-00000005", "ami-00000004"};
    assert_found(searches_find(world->searches, world->view, &selector), all, 5);
    searches_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_newest_come_first, begin, end),
        cmocka_unit_test_setup_teardown(test_selectors_are_told_apart, begin, end),
        cmocka_unit_test_setup_teardown(test_a_changed_view_is_searched_anew, begin, end),
        cmocka_unit_test_setup_teardown(test_images_without_name_or_date, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
