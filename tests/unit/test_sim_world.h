// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT
#pragma once

// A simulated cloud for the tests of src/sim: in the test's own process, with a clock that stands
// still until the test moves it.

#include "sim/service.h"

#include <stdbool.h>

#define WORLD_SPACE "/compute/spaces/11111111-2222-4333-8444-555555555555"

struct world {
    struct sim_service *service;
    int64_t now_ms;
    char *authorization; // NULL: requests go without
    struct sim_response response;
    json_t *json; // the last answer's body; NULL when it was not JSON
};

// Opens a world of a scenario (YAML; "" for the built-in one), with a token.
void world_open(struct world *world, const char *scenario);
void world_close(struct world *world);

// For cmocka: a world of the built-in scenario as the test's state, and its end.
int world_set_up(void **state);
int world_tear_down(void **state);

// Sends one request as it is, and keeps the answer.
void world_send(struct world *world, const struct sim_request *request);

// Asks the API: `operation` follows the space, `body` is JSON or NULL. Gives the status, 0 for a
// connection closed without an answer.
int world_ask(struct world *world, const char *method, const char *operation, const char *body);

// The same for something under /_sim.
int world_admin(struct world *world, const char *method, const char *path, const char *body);

// Asks for a token, which later requests carry. Gives the status.
int world_login(struct world *world);

// Looks into the last answer: "items.0.access.isPublic". NULL when there is no such thing.
const json_t *world_look(const struct world *world, const char *path);
const char *world_text(const struct world *world, const char *path); // "" when it is no text
size_t world_count(const struct world *world, const char *path);

// The value of a header of the last answer; "" when it has none.
const char *world_header(const struct world *world, const char *name);

// Creates an image and gives its id, which is good until the next eight.
const char *world_create(struct world *world, const char *body);

// Whether the last answer's violations name this field.
bool world_violates(const struct world *world, const char *field);
