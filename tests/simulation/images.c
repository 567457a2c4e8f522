// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "simulation/declarations.h"
#include "simulation/images.h"
#include "simulation/network.h"

const json_t *images_all(struct world *world)
{
    return json_object_get(network_cloud(world), "images");
}

const char *image_text(const json_t *image, const char *key)
{
    const char *text = json_string_value(json_object_get(image, key));
    return text == NULL ? "" : text;
}

const char *image_tag(const json_t *image, const char *key)
{
    const json_t *tags = json_object_get(image, "tags");
    for (size_t i = 0; i < json_array_size(tags); i++)
        if (strcmp(image_text(json_array_get(tags, i), "key"), key) == 0)
            return image_text(json_array_get(tags, i), "value");
    return NULL;
}

size_t image_maker(const json_t *image)
{
    return strcmp(image_text(image, "description"), DECLARATIONS_NEIGHBOUR) == 0 ? 1 : 0;
}

bool image_is_official(const char *id)
{
    return strncmp(id, "ami-0000000", strlen("ami-0000000")) == 0;
}
