// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Whatever came and went in whichever order, the index finds what is there, and nothing else: held
// against a plain array, with few enough places that items are often displaced.

#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>

#include "core/random.h"
#include "core/text_index.h"

#define NAMES  200
#define ROUNDS 20000

struct item {
    char name[16];
    bool there;
};

static const char *name_of(const void *item)
{
    return ((const struct item *)item)->name;
}

static void name_all(struct item *items)
{
    for (int i = 0; i < NAMES; i++)
        snprintf(items[i].name, sizeof(items[i].name), "web-%d", i);
}

static void test_empty(void **state)
{
    (void)state;
    struct text_index index;
    size_t place = 0;
    text_index_init(&index, name_of);
    assert_null(text_index_find(&index, "web-1"));
    text_index_remove(&index, "web-1");
    assert_null(text_index_next(&index, &place));
    text_index_deinit(&index);
}

static void test_one_of_the_same_text_is_replaced(void **state)
{
    (void)state;
    struct text_index index;
    struct item items[2] = {{.name = "web"}, {.name = "web"}};
    text_index_init(&index, name_of);
    text_index_put(&index, &items[0]);
    text_index_put(&index, &items[1]);
    assert_int_equal(index.count, 1);
    assert_ptr_equal(text_index_find(&index, "web"), &items[1]);
    text_index_deinit(&index);
}

static void assert_same(const struct text_index *index, struct item *items)
{
    size_t count = 0;
    for (int i = 0; i < NAMES; i++) {
        count += items[i].there;
        assert_ptr_equal(text_index_find(index, items[i].name), items[i].there ? &items[i] : NULL);
    }
    assert_int_equal(index->count, count);
}

static void test_comes_and_goes(void **state)
{
    (void)state;
    static struct item items[NAMES];
    struct text_index index;
    struct random random;
    name_all(items);
    text_index_init(&index, name_of);
    random_init(&random, 1);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t most = (uint64_t)(round / 100 % NAMES) + 1; // full now and then, and empty
        struct item *item = &items[random_below(&random, NAMES)];
        item->there = random_below(&random, NAMES) < most;
        if (item->there)
            text_index_put(&index, item);
        else
            text_index_remove(&index, item->name);
        if (round % 50 == 0)
            assert_same(&index, items);
    }
    assert_same(&index, items);
    text_index_deinit(&index);
}

// While all are visited some of them go: each is visited nevertheless, if not only once.
static void test_visited_may_go(void **state)
{
    (void)state;
    static struct item items[NAMES];
    bool visited[NAMES] = {false};
    struct text_index index;
    struct item *item = NULL;
    name_all(items);
    text_index_init(&index, name_of);
    for (int i = 0; i < NAMES; i++)
        text_index_put(&index, &items[i]);
    for (size_t place = 0; (item = text_index_next(&index, &place)) != NULL;) {
        ptrdiff_t number = item - items;
        visited[number] = true;
        if (number % 3 == 0)
            continue;
        text_index_remove(&index, item->name);
        place--;
    }
    for (int i = 0; i < NAMES; i++) {
        assert_true(visited[i]);
        items[i].there = i % 3 == 0;
    }
    assert_same(&index, items);
    text_index_deinit(&index);
}

// The first two texts have one hash, and that of the third would mark a free place.
static void test_hashes_that_say_little(void **state)
{
    (void)state;
    static struct item items[] = {{.name = "costarring"}, {.name = "liquid"}, {.name = "wo7hzi2a"}};
    struct text_index index;
    text_index_init(&index, name_of);
    for (size_t i = 0; i < 3; i++) {
        assert_null(text_index_find(&index, items[i].name));
        text_index_put(&index, &items[i]);
    }
    for (size_t i = 0; i < 3; i++)
        assert_ptr_equal(text_index_find(&index, items[i].name), &items[i]);
    text_index_remove(&index, items[0].name);
    assert_null(text_index_find(&index, items[0].name));
    assert_ptr_equal(text_index_find(&index, items[1].name), &items[1]);
    text_index_deinit(&index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_one_of_the_same_text_is_replaced),
        cmocka_unit_test(test_comes_and_goes),
        cmocka_unit_test(test_visited_may_go),
        cmocka_unit_test(test_hashes_that_say_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
