// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The request line's target, taken apart once for all who ask.

#include "config.h"

#include "sim/target.h"
#include "sim/memory.h"
#include "sim/parameters.h"

#include <stdlib.h>
#include <string.h>

#define SPACES "/compute/spaces/"

static void find_space(struct sim_target *target)
{
    const char *space, *slash;

    target->operation = target->path;
    if (strncmp(target->path, SPACES, strlen(SPACES)) != 0) {
        return;
    }
    space = target->path + strlen(SPACES);
    slash = strchr(space, '/');
    if (slash != NULL) {
        target->space = sim_memory_bytes(space, (size_t)(slash - space));
        target->operation = slash;
    }
}

int sim_target_init(struct sim_target *target, const char *text)
{
    size_t path_length = strcspn(text, "?");
    const char *query = text[path_length] == '?' ? text + path_length + 1 : "";
    int result = 0;

    *target = (struct sim_target){
        .raw_path = sim_memory_bytes(text, path_length),
        .path = sim_parameters_decode(text, path_length, 0),
        .query = sim_parameters_parse(query, strlen(query)),
        .query_length = strlen(query),
    };
    if (target->path == NULL || target->query == NULL) {
        result = -1;
    }
    if (target->path == NULL) {
        target->path = sim_memory_text(target->raw_path);
    }
    find_space(target);
    return result;
}

void sim_target_deinit(struct sim_target *target)
{
    free(target->raw_path);
    free(target->path);
    free(target->space);
    json_decref(target->query);
    *target = (struct sim_target){0};
}
