// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The cloud as last seen: found by id and by name, and never an older sight over a newer one.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/view.h"

static struct packed *image(const char *id, const char *name)
{
    struct image image = {.id = memory_text(id), .name = memory_text(name)};
    struct packed *packed = image_pack(&image);
    image_deinit(&image);
    return packed;
}

static size_t count_named(struct view *view, const char *name)
{
    size_t count = 0;
    for (struct view_image *seen = view_named(view, name); seen != NULL; seen = seen->next)
        count++;
    return count;
}

static void test_put_and_find(void **state)
{
    (void)state;
    struct view *view = view_new();
    assert_null(view_find(view, "ami-1"));
    assert_null(view_find(view, NULL));
    assert_null(view_named(view, "web"));
    view_put(view, image("ami-1", "web"), 10, 1);
    view_put(view, image("ami-2", "web"), 10, 1);
    view_put(view, image("ami-3", NULL), 10, 1);
    view_put(view, image(NULL, "web"), 10, 1); // dropped
    assert_int_equal(view_count(view), 3);
    assert_int_equal(count_named(view, "web"), 2);
    assert_int_equal(view_find(view, "ami-1")->seen_ms, 10);
    view_free(view);
}

static void test_older_sight_is_dropped(void **state)
{
    (void)state;
    struct view *view = view_new();
    view_put(view, image("ami-1", "new"), 10, 5);
    view_put(view, image("ami-1", "old"), 99, 4); // asked for before, whatever the clock says
    assert_string_equal(image_open(view_find(view, "ami-1")->image).name, "new");
    view_put(view, image("ami-1", "newer"), 10, 5);
    assert_string_equal(image_open(view_find(view, "ami-1")->image).name, "newer");
    assert_null(view_named(view, "new"));
    assert_non_null(view_named(view, "newer"));
    view_free(view);
}

static void test_drop(void **state)
{
    (void)state;
    struct view *view = view_new();
    for (uint64_t i = 0; i < 4; i++) {
        char *id = memory_format("ami-%d", (int)i);
        view_put(view, image(id, "web"), 10, i);
        free(id);
    }
    view_drop(view, "ami-2");
    view_drop(view, "ami-2");
    assert_int_equal(count_named(view, "web"), 3);
    view_drop_older(view, 1);
    assert_int_equal(view_count(view), 2);
    assert_null(view_find(view, "ami-0"));
    assert_non_null(view_find(view, "ami-1"));
    view_drop_older(view, 100);
    assert_int_equal(view_count(view), 0);
    assert_null(view_named(view, "web"));
    view_free(view);
    view_free(NULL);
}

// Tags that were acknowledged do not move the image, whoever else bears its name.
static void test_tags_are_replaced(void **state)
{
    (void)state;
    struct view *view = view_new();
    for (int i = 0; i < 3; i++) {
        char *id = memory_format("ami-%d", i);
        view_put(view, image(id, "web"), 10, 1);
        free(id);
    }
    for (int i = 0; i < 3; i++) {
        char *id = memory_format("ami-%d", i);
        uint64_t version = view_version(view);
        struct view_image *seen = view_find(view, id);
        struct tag_list tags = {0};
        tag_list_set(&tags, "Name", id);
        view_set_tags(view, seen, &tags);
        tag_list_deinit(&tags);
        assert_int_not_equal(view_version(view), version);
        assert_ptr_equal(view_find(view, id), seen);
        struct image image = image_open(seen->image);
        assert_string_equal(image.name, "web");
        assert_string_equal(tag_list_find(&image.tags, "Name"), id);
        assert_int_equal(count_named(view, "web"), 3);
        free(id);
    }
    assert_int_equal(view_count(view), 3);
    view_free(view);
}

static void count_visit(struct view_image *seen, void *data)
{
    assert_string_equal(image_open(seen->image).id, seen->id);
    (*(size_t *)data)++;
}

static void test_each(void **state)
{
    (void)state;
    struct view *view = view_new();
    view_put(view, image("ami-1", "a"), 1, 1);
    view_put(view, image("ami-2", "b"), 1, 1);
    size_t count = 0;
    view_each(view, count_visit, &count);
    assert_int_equal(count, 2);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_and_find),
        cmocka_unit_test(test_older_sight_is_dropped),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_tags_are_replaced),
        cmocka_unit_test(test_each),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
