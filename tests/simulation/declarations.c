// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "simulation/declarations.h"

// What an image can be made from; where there is a second part, a 1 or a 2 stands between.
static const struct {
    const char *text;
    const char *after;
} sources[] = {
    {"source_image_id: ami-0000000", "\nsource_region_name: cloudgouv-eu-west-1\n"},
    {"vm_id: i-0000000", "\n"},
    {"root_device_name: /dev/sda1\narchitecture: x86_64\nblock_device_mappings:\n"
     "  - {device_name: /dev/sda1, bsu: {snapshot_id: snap-0000000",
        "}}\n"},
    {"source_region_name: cloudgouv-eu-west-1\n"
     "source_image_id: {name: \"Debian-12-*\", public: true, newest: true}\n",
        NULL},
    {"source_region_name: cloudgouv-eu-west-1\n"
     "source_image_id: {name: \"Debian-12-*\", public: true, newest: true, follow: true}\n",
        NULL},
    {"vm_id: {tags: {Name: builder}, follow: true}\n", NULL},
};

#define SOURCE_COUNT (sizeof(sources) / sizeof(sources[0]))

// What is not there.
static const char *const no_sources[] = {
    "source_image_id: ami-0badc0de\nsource_region_name: cloudgouv-eu-west-1\n",
    "root_device_name: /dev/sda1\narchitecture: x86_64\nblock_device_mappings:\n"
    "  - {device_name: /dev/sda1, bsu: {snapshot_id: {tags: {role: root}}}}\n"
    "  - {device_name: /dev/sdb, bsu: {snapshot_id: snap-0badc0de}}\n",
};

// Another slot that this one can be made from; NULL: none. In trouble any, which may be itself.
static const struct slot *other_slot(struct world *world, size_t slot, bool plain)
{
    const struct operators *operators = world->host->operators;
    const struct slot *drawn =
        &operators->slots[world_below(world, plain ? slot : operators->count)];
    return (plain && slot == 0) || drawn->absent || drawn->contested ? NULL : drawn;
}

static void add_source(struct world *world, size_t slot, bool plain, struct text *text)
{
    int number = (int)world_between(world, 1, 2);
    size_t kind = world_below(world, SOURCE_COUNT);
    const struct slot *other = other_slot(world, slot, plain);
    bool from_other = world_chance(world, 20) && other != NULL;
    if (world_chance(world, 3) && !plain)
        text_append(text, no_sources[number - 1]);
    else if (from_other)
        text_format(text,
            "source_image_id: {declared: \"%s\"}\nsource_region_name: cloudgouv-eu-west-1\n",
            other->name);
    else if (sources[kind].after == NULL)
        text_append(text, sources[kind].text);
    else
        text_format(text, "%s%d%s", sources[kind].text, number, sources[kind].after);
}

static void add_tags(struct world *world, struct text *text)
{
    static const char *const keys[] = {"Name", "team", "no", "0123"};
    if (world_chance(world, 20))
        return;
    text_append(text, "tags:\n");
    for (size_t i = 0; i < 4; i++)
        if (i == 0 || world_chance(world, 40))
            text_format(text, "  %s: v%d\n", keys[i], (int)world_below(world, 3));
}

static void add_lifecycle(struct world *world, struct text *text)
{
    static const char *const settings[] = {
        "on_remove: keep",
        "on_drift: report",
        "on_change: keep",
        "protect: true",
        "suspend: true",
        "tags_policy: exact",
        "adopt: if_equal",
        "adopt: always",
        "max_attempts: 1",
        "max_attempts: 2",
        "keep_previous: 1",
        "delete_snapshots: true",
        "timeout: 1m",
    };
    if (world_chance(world, 70))
        return;
    text_format(text, "lifecycle: {%s}\n",
        settings[world_below(world, sizeof(settings) / sizeof(settings[0]))]);
}

char *declarations_make(struct world *world, size_t slot, bool plain)
{
    struct text text = {0};
    text_format(&text, "name: %s\n", world->host->operators->slots[slot].name);
    add_source(world, slot, plain, &text);
    bool described = world_chance(world, 50);
    if (world->host->index > 0)
        text_append(&text, "description: " DECLARATIONS_NEIGHBOUR "\n");
    else if (described)
        text_format(&text, "description: d%d\n", (int)world_below(world, 3));
    add_tags(world, &text);
    if (world_chance(world, 30))
        text_format(&text, "access: {is_public: %s}\n", world_chance(world, 50) ? "true" : "false");
    if (!plain && !world->host->operators->slots[slot].contested)
        add_lifecycle(world, &text);
    return text_steal(&text);
}

char *declarations_spoil(struct world *world, const char *text)
{
    // Of the second installation's none is cut short: what it makes bears a whole description.
    switch (world_below(world, world->host->index > 0 ? 4 : 5)) {
    case 0:
        return memory_text("");
    case 1:
        return memory_text("# nothing but a comment\n");
    case 2:
        return memory_format("%snonsense: 1\n", text);
    case 3:
        return memory_format("name: \"unclosed\n%s", text);
    default: {
        struct text half = {0};
        text_append_n(&half, text, strlen(text) / 2);
        return text_steal(&half);
    }
    }
}
