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

#define NEIGHBOUR_SLOTS 3

struct operators *operators_new(struct world *world)
{
    struct operators *operators = memory_new(1, sizeof(*operators));
    bool neighbour = world->host->index > 0;
    operators->count = 1 + world_below(world, neighbour ? NEIGHBOUR_SLOTS : OPERATORS_SLOTS);
    for (size_t i = 0; i < operators->count; i++) {
        struct slot *slot = &operators->slots[i];
        slot->digest = world_chance(world, 25);
        slot->contested = world_chance(world, 30) && neighbour && i > 0 && !slot->digest;
        slot->absent = !world_may(world, DEED_DECLARE);
        slot->prefix = memory_format("%s-%c%s", neighbour && !slot->contested ? "other" : "image",
            'a' + (int)i, slot->digest ? "-" : "");
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
    if (world->host->operators->retired) {
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

// One thing that they do: how often compared to the others, what it is called, and what it takes.
struct act {
    unsigned weight;
    enum deed deed;
    bool needs_file; // the slot's
    void (*carry_out)(struct world *world, struct slot *slot);
};

static void write_new(struct world *world, struct slot *slot)
{
    free(slot->wanted);
    slot->wanted = declarations_make(world, (size_t)(slot - world->host->operators->slots), false);
    world_trace(world, "an operator writes %s:\n%s", slot->path, slot->wanted);
    files_put(world, slot->path, slot->wanted);
}

static void remove_file(struct world *world, struct slot *slot)
{
    world_trace(world, "an operator removes %s", slot->path);
    memory_replace_text(&slot->wanted, NULL);
    files_remove(world, slot->path);
}

static void write_in_two_steps(struct world *world, struct slot *slot)
{
    char *spoilt = declarations_spoil(world, slot->wanted);
    world_trace(world, "an operator spoils %s", slot->path);
    files_put(world, slot->path, spoilt);
    free(spoilt);
    do_later(world, 2 * MINUTE, slot->path, slot->wanted);
}

static void rename_file(struct world *world, struct slot *slot)
{
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
    world_trace(world, "an operator takes %s away for a while", slot->path);
    files_remove(world, slot->path);
    do_later(world, 2 * MINUTE, slot->path, slot->wanted);
}

static void double_name(struct world *world, struct slot *slot)
{
    char *path = memory_format("copy-of-%s.yaml", slot->prefix);
    char *text = declarations_make(world, (size_t)(slot - world->host->operators->slots), false);
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
    world_trace(world, "all files are gone");
    for (size_t i = 0; i < world->host->operators->count; i++) {
        struct slot *one = &world->host->operators->slots[i];
        if (one->wanted == NULL)
            continue;
        files_remove(world, one->path);
        do_later(world, 50 * SECOND, one->path, one->wanted);
    }
}

static void command(struct world *world, struct slot *slot, enum command_kind kind)
{
    bool all = kind != COMMAND_SUSPEND && world_chance(world, 30);
    operators_command(world, kind, all ? NULL : slot->name);
}

static void retry(struct world *world, struct slot *slot)
{
    command(world, slot, COMMAND_RETRY);
}

static void refresh(struct world *world, struct slot *slot)
{
    command(world, slot, COMMAND_REFRESH);
}

static void suspend(struct world *world, struct slot *slot)
{
    command(world, slot, COMMAND_SUSPEND);
}

static void resume(struct world *world, struct slot *slot)
{
    command(world, slot, COMMAND_RESUME);
}

static void approve(struct world *world, struct slot *slot)
{
    command(world, slot, COMMAND_APPROVE);
}

static void observe(struct world *world, struct slot *slot)
{
    (void)slot;
    daemon_observe(world, !world->host->daemon->options.observe);
    world_trace(world, "reloaded: it %s",
        world->host->daemon->options.observe ? "only observes" : "writes again");
}

static const struct act acts[] = {
    {30, DEED_WRITE, false, write_new},
    {14, DEED_REMOVE, true, remove_file},
    {10, DEED_SPOIL, true, write_in_two_steps},
    {7, DEED_RENAME, true, rename_file},
    {10, DEED_TAKE_AWAY, true, take_away_for_a_while},
    {4, DEED_DOUBLE, true, double_name},
    {3, DEED_LOSE_DIRECTORY, false, lose_directory},
    {2, DEED_EMPTY_DIRECTORY, true, empty_directory},
    {2, DEED_RETRY, false, retry},
    {2, DEED_REFRESH, false, refresh},
    {2, DEED_SUSPEND, false, suspend},
    {3, DEED_RESUME, false, resume},
    {2, DEED_APPROVE, false, approve},
    {1, DEED_OBSERVE, false, observe},
};

static const struct act *draw_act(struct world *world)
{
    uint64_t total = 0;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        total += acts[i].weight;
    uint64_t drawn = world_below(world, total);
    const struct act *act = acts;
    for (; drawn >= act->weight; act++)
        drawn -= act->weight;
    return act;
}

// When and what does not depend on what was let happen before.
static void act(struct world *world, void *data)
{
    struct operators *operators = world->host->operators;
    (void)data;
    if (operators->retired)
        return;
    world_turn(world, STREAM_OPERATORS, ++operators->acts);
    const struct act *drawn = draw_act(world);
    struct slot *slot = &operators->slots[world_below(world, operators->count)];
    bool busy = world_chance(world, 60);
    world_at(world, world_between(world, 100, busy ? 30 * SECOND : 10 * MINUTE), act, NULL, NULL);
    if (slot->absent || (drawn->needs_file && slot->wanted == NULL) ||
        (drawn->deed == DEED_EMPTY_DIRECTORY && files_present(world) < 2))
        world_pass_over(world, drawn->deed);
    else if (world_may(world, drawn->deed))
        drawn->carry_out(world, slot);
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
    struct operators *operators = world->host->operators;
    operators->retired = true;
    files_set_missing(world, false);
    for (size_t i = 0; i < world->host->files->count; i++)
        if (!is_slots(operators, world->host->files->items[i].path))
            files_remove(world, world->host->files->items[i].path);
    if (world->host->daemon->options.observe)
        daemon_observe(world, false);
    for (size_t i = 0; i < operators->count; i++) {
        struct slot *slot = &operators->slots[i];
        memory_replace_text(&slot->wanted, NULL);
        if (slot->contested || slot->absent) {
            files_remove(world, slot->path);
            continue;
        }
        world_turn(world, STREAM_END, i);
        slot->wanted = declarations_make(world, i, true);
        world_trace(world, "the last word, %s:\n%s", slot->path, slot->wanted);
        files_put(world, slot->path, slot->wanted);
    }
    operators_command(world, COMMAND_RESUME, NULL);
    operators_command(world, COMMAND_RETRY, NULL);
}

void operators_remove_some(struct world *world)
{
    struct operators *operators = world->host->operators;
    for (size_t i = 0; i < operators->count; i++) {
        struct slot *slot = &operators->slots[i];
        world_turn(world, STREAM_END, OPERATORS_SLOTS + i);
        bool drawn = world_chance(world, 50);
        if (!drawn || slot->wanted == NULL || files_present(world) < 2)
            world_pass_over(world, DEED_LAST_REMOVAL);
        else if (world_may(world, DEED_LAST_REMOVAL))
            remove_file(world, slot);
    }
}
