// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "directory_fixture.h"
#include "io/directory_hints.h"
#include "io/directory_scan.h"

static atomic_bool never = false;

// A directory with three files, read whole once.
struct scene {
    struct fixture fixture;
    struct directory_scanner *scanner;
    struct directory_scan_result result;
};

static void forget(struct scene *scene)
{
    directory_batch_deinit(&scene->result.found.batch);
    directory_hints_deinit(&scene->result.racy);
    directory_hints_deinit(&scene->result.unsettled);
    scene->result = (struct directory_scan_result){0};
}

static void scan(struct scene *scene, const struct directory_hints *hints)
{
    struct directory_scan_order order = {.settle_ms = 1, .cancelled = &never, .hints = hints};
    forget(scene);
    directory_scan(scene->scanner, &order, &scene->result);
}

static void scan_name(struct scene *scene, const char *name)
{
    struct directory_hints hints = {0};
    directory_hints_add(&hints, name);
    scan(scene, &hints);
    directory_hints_deinit(&hints);
}

static void open_scene(struct scene *scene)
{
    *scene = (struct scene){0};
    fixture_init(&scene->fixture);
    fixture_write(&scene->fixture, "a.yaml", "a");
    fixture_write(&scene->fixture, "b.yaml", "b");
    fixture_write(&scene->fixture, "c.yaml", "c");
    scene->scanner = directory_scanner_new(scene->fixture.path);
    scan(scene, NULL);
    assert_int_equal(scene->result.found.batch.changed_count, 3);
}

static void close_scene(struct scene *scene)
{
    forget(scene);
    directory_scanner_free(scene->scanner);
    fixture_deinit(&scene->fixture);
}

static void append(char text[256], const char *sign, const char *name)
{
    size_t length = strlen(text);
    snprintf(text + length, 256 - length, "%s%s%s", length == 0 ? "" : " ", sign, name);
}

// Changed and gone, as "b.yaml -c.yaml".
static void assert_news(const struct scene *scene, const char *expected)
{
    const struct directory_batch *batch = &scene->result.found.batch;
    char text[256] = "";
    for (size_t i = 0; i < batch->changed_count; i++)
        append(text, "", batch->changed[i].name);
    for (size_t i = 0; i < batch->gone_count; i++)
        append(text, "-", batch->gone[i]);
    assert_string_equal(text, expected);
    assert_true(batch->complete);
}

static void test_only_names_that_were_hinted_at_are_looked_at(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    fixture_write(&scene.fixture, "a.yaml", "another a");
    fixture_write(&scene.fixture, "b.yaml", "another b");
    scan_name(&scene, "a.yaml");
    assert_news(&scene, "a.yaml");
    scan(&scene, NULL);
    assert_news(&scene, "b.yaml");
    close_scene(&scene);
}

static void test_files_that_come_and_go_are_counted(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    fixture_write(&scene.fixture, "d.yaml", "d");
    scan_name(&scene, "d.yaml");
    assert_news(&scene, "d.yaml");
    assert_int_equal(scene.result.found.batch.present, 4);
    fixture_remove(&scene.fixture, "d.yaml");
    fixture_remove(&scene.fixture, "a.yaml");
    scan_name(&scene, "d.yaml");
    assert_news(&scene, "-d.yaml");
    scan_name(&scene, "a.yaml");
    assert_news(&scene, "-a.yaml");
    assert_int_equal(scene.result.found.batch.present, 2);
    scan_name(&scene, "never-there.yaml");
    assert_news(&scene, "");
    assert_int_equal(scene.result.found.batch.present, 2);
    close_scene(&scene);
}

// What a link leads to may change under any name.
static void test_where_there_is_a_link_hints_are_not_enough(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    fixture_write(&scene.fixture, ".target", "one");
    fixture_link(&scene.fixture, ".target", "link.yaml");
    fixture_write(&scene.fixture, "b.yaml", "another b");
    scan_name(&scene, "link.yaml");
    assert_news(&scene, "b.yaml link.yaml");
    fixture_write(&scene.fixture, ".target", "two");
    scan_name(&scene, ".target");
    assert_news(&scene, "link.yaml");
    fixture_remove(&scene.fixture, "link.yaml");
    scan_name(&scene, "link.yaml");
    assert_news(&scene, "-link.yaml");
    fixture_write(&scene.fixture, "b.yaml", "b");
    scan_name(&scene, "a.yaml");
    assert_news(&scene, "");
    close_scene(&scene);
}

static void test_another_directory_is_read_whole(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    fixture_rename(&scene.fixture, "/images.d", "/old.d");
    fixture_mkdir(&scene.fixture, "/images.d");
    fixture_write(&scene.fixture, "b.yaml", "another b");
    scan_name(&scene, "a.yaml");
    assert_true(scene.result.found.batch.replaced);
    assert_news(&scene, "b.yaml -a.yaml -c.yaml");
    close_scene(&scene);
}

static void test_after_a_directory_that_was_away_hints_are_not_enough(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    fixture_rename(&scene.fixture, "/images.d", "/old.d");
    scan_name(&scene, "a.yaml");
    assert_int_equal(scene.result.found.batch.state, DIRECTORY_MISSING);
    fixture_rename(&scene.fixture, "/old.d", "/images.d");
    fixture_write(&scene.fixture, "b.yaml", "another b");
    scan_name(&scene, "a.yaml");
    assert_news(&scene, "b.yaml");
    close_scene(&scene);
}

static void test_what_is_racy_or_unsettled_is_told_by_name(void **state)
{
    (void)state;
    struct scene scene;
    open_scene(&scene);
    assert_int_equal(scene.result.racy.count, 3);
    fixture_write(&scene.fixture, "a.yaml", "another a");
    struct directory_scan_order order = {
        .settle_ms = 60 * 1000, .patient = true, .cancelled = &never};
    forget(&scene);
    directory_scan(scene.scanner, &order, &scene.result);
    assert_true(scene.result.unsettled.count >= 1);
    assert_int_equal(scene.result.found.batch.changed_count, 0);
    close_scene(&scene);
}

static void test_each_name_counts_once_until_there_are_too_many(void **state)
{
    (void)state;
    struct directory_hints hints = {0};
    struct directory_hints more = {0};
    assert_true(directory_hints_are_none(&hints));
    directory_hints_add(&hints, ".hidden.yaml");
    directory_hints_add(&hints, "notes.txt");
    assert_true(directory_hints_are_none(&hints));
    for (size_t i = 0; i < 2 * DIRECTORY_HINTS_LIMIT; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%zu.yaml", i / 2);
        directory_hints_add(i % 3 == 0 ? &hints : &more, name);
    }
    directory_hints_join(&hints, &more);
    assert_true(directory_hints_are_none(&more));
    assert_false(hints.any);
    assert_int_equal(hints.count, DIRECTORY_HINTS_LIMIT);
    directory_hints_add(&hints, "0.yaml");
    assert_false(hints.any);
    directory_hints_add(&hints, "one-more.yaml");
    assert_true(hints.any);
    assert_false(directory_hints_are_none(&hints));
    directory_hints_join(&more, &hints);
    assert_true(more.any);
    directory_hints_deinit(&more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_names_that_were_hinted_at_are_looked_at),
        cmocka_unit_test(test_files_that_come_and_go_are_counted),
        cmocka_unit_test(test_where_there_is_a_link_hints_are_not_enough),
        cmocka_unit_test(test_another_directory_is_read_whole),
        cmocka_unit_test(test_after_a_directory_that_was_away_hints_are_not_enough),
        cmocka_unit_test(test_what_is_racy_or_unsettled_is_told_by_name),
        cmocka_unit_test(test_each_name_counts_once_until_there_are_too_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
