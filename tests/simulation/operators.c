// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "simulation/daemon.h"
#include "simulation/declarations.h"
#include "simulation/files.h"
#include "simulation/ledger.h"
#include "simulation/operators.h"

struct operators *operators_new(struct world *world)
{
    struct operators *operators = memory_new(1, sizeof(*operators));
    operators->count = 1 + world_below(world, OPERATORS_SLOTS);
    for (size_t i = 0; i < operators->count; i++) {
        struct slot *slot = &operators->slots[i];
        slot->digest = world_chance(world, 25);
        slot->prefix = memory_format("image-%c%s", 'a' + (int)i, slot->digest ? "-" : "");
        slot->name = memory_format("%s%s", slot->prefix, slot->digest ? "{digest}" : "");
        slot->path = memory_format("image-%c.yaml", 'a' + (int)i);
    }
    return operators;
}

void operators_free(struct operators *operators)
{
    for (size_t i = 0; i < operators->count; i++) {
        free(operators->slots[i].name);
        free(operators->slots[i].prefix);
        free(operators->slots[i].path);
        free(operators->slots[i].wanted);
    }
    free(operators);
}

void operators_command(struct world *world, enum command_kind kind, const char *name)
{
    static const char *const names[] = {"retry", "refresh", "suspend", "resume", "approve"};
    if (!daemon_is_up(world))
        return;
    world_trace(world, "imagectl %s %s", names[kind], name == NULL ? "--all" : name);
    ledger_command(world, kind, name);
    daemon_command(world, kind, name);
}

// ---- What takes two steps

struct later {
    char *path;
    char *text; // NULL: the file goes
};

static void free_later(void *data)
{
    struct later *later = data;
    free(later->path);
    free(later->text);
    free(later);
}

static void finish(struct world *world, void *data)
{
    struct later *later = data;
    if (world->operators->retired) {
        free_later(later);
        return;
    }
    world_trace(
        world, "an operator %s %s", later->text == NULL ? "removes" : "finishes", later->path);
    if (later->text == NULL)
        files_remove(world, later->path);
    else
        files_put(world, later->path, later->text);
    free_later(later);
}

static void do_later(struct world *world, int64_t longest_ms, const char *path, const char *text)
{
    struct later *later = memory_new(1, sizeof(*later));
    later->path = memory_text(path);
    later->text = memory_text(text);
    world_at(world, world_between(world, 10, longest_ms), finish, later, free_later);
}

// ---- What they do

static void write_new(struct world *world, struct slot *slot)
{
    free(slot->wanted);
    slot->wanted = declarations_make(world, (size_t)(slot - world->operators->slots), false);
    world_trace(world, "an operator writes %s:\n%s", slot->path, slot->wanted);
    files_put(world, slot->path, slot->wanted);
}

static void remove_file(struct world *world, struct slot *slot)
{
    if (slot->wanted == NULL)
        return;
    world_trace(world, "an operator removes %s", slot->path);
    memory_replace_text(&slot->wanted, NULL);
    files_remove(world, slot->path);
}

static void write_in_two_steps(struct world *world, struct slot *slot)
{
    if (slot->wanted == NULL)
        return;
    char *spoilt = declarations_spoil(world, slot->wanted);
    world_trace(world, "an operator spoils %s", slot->path);
    files_put(world, slot->path, spoilt);
    free(spoilt);
    do_later(world, 2 * MINUTE, slot->path, slot->wanted);
}

static void rename_file(struct world *world, struct slot *slot)
{
    if (slot->wanted == NULL)
        return;
    files_remove(world, slot->path);
    free(slot->path);
    slot->path = memory_format("%s-%u.yaml", slot->prefix, ++slot->moves);
    world_trace(world, "an operator renames %s to %s", slot->name, slot->path);
    if (world_chance(world, 70))
        files_put(world, slot->path, slot->wanted);
    else
        do_later(world, 50 * SECOND, slot->path, slot->wanted); // as git would, over a while
}

static void take_away_for_a_while(struct world *world, struct slot *slot)
{
    if (slot->wanted == NULL)
        return;
    world_trace(world, "an operator takes %s away for a while", slot->path);
    files_remove(world, slot->path);
    do_later(world, 2 * MINUTE, slot->path, slot->wanted);
}

static void double_name(struct world *world, struct slot *slot)
{
    if (slot->wanted == NULL)
        return;
    char *path = memory_format("copy-of-%s.yaml", slot->prefix);
    char *text = declarations_make(world, (size_t)(slot - world->operators->slots), false);
    world_trace(world, "an operator declares %s twice", slot->name);
    files_put(world, path, text);
    do_later(world, 5 * MINUTE, path, NULL);
    free(path);
    free(text);
}

static void find_directory(struct world *world, void *data)
{
    (void)data;
    world_trace(world, "the directory is back");
    files_set_missing(world, false);
}

static void lose_directory(struct world *world, struct slot *slot)
{
    (void)slot;
    world_trace(world, "the directory is gone");
    files_set_missing(world, true);
    world_at(world, world_between(world, SECOND, 10 * MINUTE), find_directory, NULL, NULL);
}

static void empty_directory(struct world *world, struct slot *slot)
{
    (void)slot;
    if (files_present(world) < 2)
        return;
    world_trace(world, "all files are gone");
    for (size_t i = 0; i < world->operators->count; i++) {
        struct slot *one = &world->operators->slots[i];
        if (one->wanted == NULL)
            continue;
        files_remove(world, one->path);
        do_later(world, 50 * SECOND, one->path, one->wanted);
    }
}

static void command(struct world *world, struct slot *slot)
{
    static const enum command_kind kinds[] = {COMMAND_RETRY, COMMAND_REFRESH, COMMAND_SUSPEND,
        COMMAND_RESUME, COMMAND_APPROVE, COMMAND_RESUME};
    enum command_kind kind = kinds[world_below(world, 6)];
    bool all = kind != COMMAND_SUSPEND && world_chance(world, 30);
    operators_command(world, kind, all ? NULL : slot->name);
}

static const struct {
    unsigned weight;
    void (*act)(struct world *world, struct slot *slot);
} deeds[] = {
    {30, write_new},
    {14, remove_file},
    {10, write_in_two_steps},
    {7, rename_file},
    {10, take_away_for_a_while},
    {4, double_name},
    {3, lose_directory},
    {2, empty_directory},
    {10, command},
};

static void act(struct world *world, void *data)
{
    struct operators *operators = world->operators;
    (void)data;
    if (operators->retired)
        return;
    uint64_t total = 0;
    for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
        total += deeds[i].weight;
    uint64_t drawn = world_below(world, total);
    size_t deed = 0;
    for (; drawn >= deeds[deed].weight; deed++)
        drawn -= deeds[deed].weight;
    deeds[deed].act(world, &operators->slots[world_below(world, operators->count)]);
    bool busy = world_chance(world, 60);
    world_at(world, world_between(world, 100, busy ? 30 * SECOND : 10 * MINUTE), act, NULL, NULL);
}

void operators_start(struct world *world)
{
    world_at(world, 0, act, NULL, NULL);
}

// ---- The end

static bool is_slots(const struct operators *operators, const char *path)
{
    for (size_t i = 0; i < operators->count; i++)
        if (strcmp(operators->slots[i].path, path) == 0)
            return true;
    return false;
}

bool operators_slot_bears(const struct slot *slot, const char *name)
{
    size_t length = strlen(slot->prefix);
    if (!slot->digest)
        return strcmp(name, slot->prefix) == 0;
    return strncmp(name, slot->prefix, length) == 0 && strlen(name) == length + 8;
}

void operators_declare_all(struct world *world)
{
    struct operators *operators = world->operators;
    operators->retired = true;
    files_set_missing(world, false);
    for (size_t i = 0; i < world->files->count; i++)
        if (!is_slots(operators, world->files->items[i].path))
            files_remove(world, world->files->items[i].path);
    for (size_t i = 0; i < operators->count; i++) {
        struct slot *slot = &operators->slots[i];
        free(slot->wanted);
        slot->wanted = declarations_make(world, i, true);
        world_trace(world, "the last word, %s:\n%s", slot->path, slot->wanted);
        files_put(world, slot->path, slot->wanted);
    }
    operators_command(world, COMMAND_RESUME, NULL);
    operators_command(world, COMMAND_RETRY, NULL);
}

void operators_remove_some(struct world *world)
{
    struct operators *operators = world->operators;
    for (size_t i = 0; i < operators->count; i++)
        if (operators->count > 1 && world_chance(world, 50) && files_present(world) > 1)
            remove_file(world, &operators->slots[i]);
}
