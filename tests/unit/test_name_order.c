// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A walk in steps sees, in order and once, all that is there throughout, whatever comes and goes.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/name_order.h"
#include "core/random.h"

#define NAMES 2000

struct world {
    char names[NAMES][16];
    bool there[NAMES];
    struct name_order *order;
    struct random random;
};

struct seen {
    const char *items[NAMES];
    size_t count;
};

static void see(void *item, void *data)
{
    struct seen *seen = data;
    assert_true(seen->count < NAMES);
    seen->items[seen->count++] = item;
}

static struct world *world_new(struct world *world, uint64_t seed)
{
    *world = (struct world){.order = name_order_new(seed)};
    random_init(&world->random, seed);
    for (size_t i = 0; i < NAMES; i++)
        snprintf(world->names[i], sizeof(world->names[i]), "image-%zu", i);
    return world;
}

static void toggle(struct world *world, size_t i)
{
    if (world->there[i])
        name_order_remove(world->order, world->names[i]);
    else
        name_order_add(world->order, world->names[i], world->names[i]);
    world->there[i] = !world->there[i];
}

static void an_empty_one_has_nothing(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct name_order *order = name_order_new(1);
    name_order_remove(order, "nobody");
    assert_int_equal(name_order_walk(order, NULL, 10, see, &seen), 0);
    assert_int_equal(name_order_walk(order, "a", 10, see, &seen), 0);
    name_order_free(order);
    name_order_free(NULL);
}

static void a_step_goes_on_behind_a_name(void **state)
{
    (void)state;
    static char names[][2] = {"b", "d", "a", "c"};
    struct name_order *order = name_order_new(1);
    struct seen seen = {0};
    for (size_t i = 0; i < 4; i++)
        name_order_add(order, names[i], names[i]);
    assert_int_equal(name_order_walk(order, NULL, 2, see, &seen), 2);
    assert_int_equal(name_order_walk(order, "b", 2, see, &seen), 2);
    assert_int_equal(name_order_walk(order, "d", 2, see, &seen), 0);
    name_order_remove(order, "c");
    assert_int_equal(name_order_walk(order, "bb", 9, see, &seen), 1); // of a name that is not there
    static const char *const wanted[] = {"a", "b", "c", "d", "d"};
    assert_int_equal(seen.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(seen.items[i], wanted[i]);
    name_order_free(order);
}

static void assert_in_order(const struct world *world)
{
    static struct seen seen;
    size_t there = 0;
    seen.count = 0;
    name_order_walk(world->order, NULL, NAMES, see, &seen);
    for (size_t i = 0; i < NAMES; i++)
        there += world->there[i] ? 1 : 0;
    assert_int_equal(seen.count, there);
    for (size_t i = 1; i < seen.count; i++)
        assert_true(strcmp(seen.items[i - 1], seen.items[i]) < 0);
}

static void any_order_of_coming_and_going(void **state)
{
    (void)state;
    static struct world world;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        world_new(&world, seed);
        for (size_t i = 0; i < 20000; i++)
            toggle(&world, (size_t)random_below(&world.random, NAMES));
        assert_in_order(&world);
        name_order_free(world.order);
    }
}

static void what_stays_is_seen_once_in_the_midst_of_change(void **state)
{
    (void)state;
    static struct world world;
    static struct seen seen;
    world_new(&world, 7);
    seen.count = 0;
    for (size_t i = 0; i < NAMES; i += 2)
        toggle(&world, i); // these stay
    const char *after = NULL;
    size_t step = 0;
    do {
        step = name_order_walk(world.order, after, 16, see, &seen);
        after = step > 0 ? seen.items[seen.count - 1] : after;
        for (size_t i = 0; i < 50; i++)
            toggle(&world, (size_t)random_below(&world.random, NAMES / 2) * 2 + 1);
    } while (step > 0);
    size_t stayed = 0;
    for (size_t i = 0; i < seen.count; i++) {
        stayed += (size_t)(seen.items[i] - world.names[0]) / sizeof(world.names[0]) % 2 == 0 ? 1
                                                                                             : 0;
        assert_true(i == 0 || strcmp(seen.items[i - 1], seen.items[i]) < 0);
    }
    assert_int_equal(stayed, NAMES / 2);
    name_order_free(world.order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_has_nothing),
        cmocka_unit_test(a_step_goes_on_behind_a_name),
        cmocka_unit_test(any_order_of_coming_and_going),
        cmocka_unit_test(what_stays_is_seen_once_in_the_midst_of_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
