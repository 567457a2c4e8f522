// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include "numspot/source_json.h"

int source_json_read(const json_t *value, const struct json_place *place, struct source_item *out,
    struct error *error)
{
    if (!json_is_object(value))
        return json_read_wrong(place, "an object", value, error);
    struct integer size = {0};
    if (json_read_text(value, "id", place, &out->id, error) != 0 ||
        json_read_text(value, "state", place, &out->state, error) != 0 ||
        json_read_integer(value, "volumeSize", place, &size, error) != 0 ||
        json_read_tags(value, "tags", place, &out->tags, error) != 0)
        return -1;
    if (out->id == NULL || out->id[0] == '\0') {
        struct json_place id = {.above = place, .name = "id"};
        return json_read_wrong(
            &id, "a text that is not empty", json_object_get(value, "id"), error);
    }
    out->volume_size_gib = size.value > 0 ? size.value : 0;
    return 0;
}
