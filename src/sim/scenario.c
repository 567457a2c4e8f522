// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The defaults, and what a scenario's document changes in them.

#include "config.h"

#include "sim/scenario.h"
#include "sim/memory.h"
#include "sim/scenario_yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The resources that the examples of image-declaration(5) name, and a few official images.
static const char default_resources[] =
    "{\"images\": ["
    " {\"id\": \"ami-0b7df82c\", \"name\": \"Debian-11-2024-10-01\","
    "  \"access\": {\"isPublic\": true}, \"creationDate\": \"2024-10-01T08:00:00Z\","
    "  \"productCodes\": [\"pty-ce73ebf1\"]},"
    " {\"id\": \"ami-0987a84b\", \"name\": \"Debian-12-2024-10-01\","
    "  \"access\": {\"isPublic\": true}, \"creationDate\": \"2024-10-01T08:00:00Z\"},"
    " {\"id\": \"ami-665110d9\", \"name\": \"Debian-12-2026-04-14\","
    "  \"access\": {\"isPublic\": true}, \"creationDate\": \"2026-04-14T08:00:00Z\","
    "  \"productCodes\": [\"pty-ce73ebf1\"]},"
    " {\"id\": \"ami-ce26fdee\", \"name\": \"Debian-12-2026-06-17\","
    "  \"access\": {\"isPublic\": true}, \"creationDate\": \"2026-06-17T08:00:00Z\","
    "  \"productCodes\": [\"pty-ce73ebf1\"]},"
    " {\"id\": \"ami-51459d59\", \"name\": \"Debian-12-2026-08-10\","
    "  \"access\": {\"isPublic\": true}, \"creationDate\": \"2026-08-10T08:00:00Z\","
    "  \"productCodes\": [\"pty-ce73ebf1\"]}],"
    " \"snapshots\": [{\"id\": \"snap-5ee113a6\", \"volumeSize\": 11}],"
    " \"vms\": [{\"id\": \"i-b121616e\", \"tags\": [{\"key\": \"Name\", \"value\": \"builder\"}]}]}";

static const char *const resource_keys[SIM_KINDS] = {
    [SIM_IMAGE] = "images",
    [SIM_SNAPSHOT] = "snapshots",
    [SIM_VM] = "vms",
};

static void take_resources(struct sim_scenario *scenario, const json_t *document)
{
    for (size_t kind = 0; kind < SIM_KINDS; kind++) {
        json_t *list = json_object_get(document, resource_keys[kind]);

        if (list != NULL) {
            json_decref(scenario->resources[kind]);
            scenario->resources[kind] = json_incref(list);
        }
    }
}

void sim_scenario_init(struct sim_scenario *scenario)
{
    json_t *resources = json_loads(default_resources, 0, NULL);

    *scenario = (struct sim_scenario){
        .client_id = sim_memory_text("demo"),
        .client_secret = sim_memory_text("demo-secret"),
        .space_id = sim_memory_text("11111111-2222-4333-8444-555555555555"),
        .region = sim_memory_text("cloudgouv-eu-west-1"),
        .token_lifetime_ms = 3600 * 1000,
        .cloud = {.pending_vm_ms = 4000, .unique_names = true},
    };
    scenario->cloud.region = scenario->region;
    take_resources(scenario, resources);
    json_decref(resources);
}

void sim_scenario_deinit(struct sim_scenario *scenario)
{
    free(scenario->client_id);
    free(scenario->client_secret);
    free(scenario->space_id);
    free(scenario->region);
    for (size_t kind = 0; kind < SIM_KINDS; kind++) {
        json_decref(scenario->resources[kind]);
    }
    *scenario = (struct sim_scenario){0};
}

static void take_text(const json_t *document, const char *key, char **text)
{
    const json_t *value = json_object_get(document, key);

    if (value != NULL) {
        free(*text);
        *text = sim_memory_text(json_string_value(value));
    }
}

static void take_integer(const json_t *document, const char *key, int64_t *integer)
{
    const json_t *value = json_object_get(document, key);

    if (value != NULL) {
        *integer = json_integer_value(value);
    }
}

static void take_settings(struct sim_scenario *scenario, const json_t *document)
{
    const json_t *credentials = json_object_get(document, "credentials");
    const json_t *pending = json_object_get(document, "pending");
    const json_t *limits = json_object_get(document, "limits");
    const json_t *unique = json_object_get(document, "unique_names");

    take_text(credentials, "client_id", &scenario->client_id);
    take_text(credentials, "client_secret", &scenario->client_secret);
    take_text(document, "space_id", &scenario->space_id);
    take_text(document, "region", &scenario->region);
    scenario->cloud.region = scenario->region;
    take_integer(document, "token_lifetime", &scenario->token_lifetime_ms);
    take_integer(pending, "copy", &scenario->cloud.pending_copy_ms);
    take_integer(pending, "vm", &scenario->cloud.pending_vm_ms);
    take_integer(pending, "snapshot", &scenario->cloud.pending_snapshot_ms);
    take_integer(limits, "images", &scenario->cloud.max_images);
    take_integer(limits, "rate", &scenario->rate);
    if (unique != NULL) {
        scenario->cloud.unique_names = json_is_true(unique);
    }
    take_resources(scenario, document);
}

static int take_document(struct sim_scenario *scenario, json_t *document)
{
    if (document == NULL) {
        return -1;
    }
    take_settings(scenario, document);
    json_decref(document);
    return 0;
}

int sim_scenario_read_text(
    struct sim_scenario *scenario, const char *name, const char *text, struct sim_error *error)
{
    return take_document(scenario, sim_scenario_yaml_text(name, text, error));
}

int sim_scenario_read(struct sim_scenario *scenario, const char *path, struct sim_error *error)
{
    FILE *file = fopen(path, "re");
    int result;

    if (file == NULL) {
        return sim_error_set(error, "%s: cannot be opened: %s", path, strerror(errno));
    }
    result = take_document(scenario, sim_scenario_yaml_file(path, file, error));
    fclose(file);
    return result;
}
