// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/memory.h"
#include "core/text.h"
#include "simulation/declarations.h"

static void add_source(struct world *world, size_t slot, struct text *text)
{
    int number = (int)world_between(world, 1, 2);
    switch (world_below(world, slot == 0 ? 5 : 6)) {
    case 0:
        text_format(text,
            "source_image_id: ami-0000000%d\nsource_region_name: cloudgouv-eu-west-1\n", number);
        break;
    case 1:
        text_format(text, "vm_id: i-0000000%d\n", number);
        break;
    case 2:
        text_format(text,
            "root_device_name: /dev/sda1\narchitecture: x86_64\nblock_device_mappings:\n"
            "  - {device_name: /dev/sda1, bsu: {snapshot_id: snap-0000000%d}}\n",
            number);
        break;
    case 3:
        text_append(text, "source_region_name: cloudgouv-eu-west-1\n"
                          "source_image_id: {name: \"Debian-12-*\", public: true, newest: true}\n");
        break;
    case 4:
        text_append(text, "source_region_name: cloudgouv-eu-west-1\nsource_image_id:"
                          " {name: \"Debian-12-*\", public: true, newest: true, follow: true}\n");
        break;
    default:
        text_format(text,
            "source_image_id: {declared: \"%s\"}\nsource_region_name: cloudgouv-eu-west-1\n",
            world->operators->slots[world_below(world, slot)].name);
        break;
    }
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
    text_format(&text, "name: %s\n", world->operators->slots[slot].name);
    add_source(world, slot, &text);
    if (world_chance(world, 50))
        text_format(&text, "description: d%d\n", (int)world_below(world, 3));
    add_tags(world, &text);
    if (world_chance(world, 30))
        text_format(&text, "access: {is_public: %s}\n", world_chance(world, 50) ? "true" : "false");
    if (!plain)
        add_lifecycle(world, &text);
    return text_steal(&text);
}

char *declarations_spoil(struct world *world, const char *text)
{
    switch (world_below(world, 5)) {
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
