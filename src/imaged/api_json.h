// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// How the control API shows things as JSON (docs/control.md). Pure but for jansson.
#pragma once

#include <jansson.h>

#include "core/engine.h"
#include "core/plan.h"

// One image as a row of a list. `now` for ages. The caller owns the reference.
json_t *api_json_image(const struct image_status *status, struct instant now);

// The same with declaration, live image and differences.
json_t *api_json_details(const struct image_status *status,
    const struct difference_list *differences, struct instant now);

// What would be done with the image; `declaration` is what it is for, or NULL.
json_t *api_json_plan(const char *name, const struct declaration *declaration,
    const struct record *record, const struct plan *plan);

// An image of the cloud in YAML's vocabulary, with its id; NULL: null.
json_t *api_json_live(const struct packed *live);

json_t *api_json_history(const struct history_row *row);

// A text that may be absent, or no UTF-8, which is then made so.
json_t *api_json_text(const char *text);

// A moment of the wall clock; 0: null.
json_t *api_json_time(int64_t wall_ms);
