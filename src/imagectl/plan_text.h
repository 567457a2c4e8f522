// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A plan as GET and POST /v1/plan tell it (docs/control.md), in the idiom of those who plan changes
// with Terraform. Prints nothing itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

struct terminal;
struct text;

// Appends one image of the plan: what is to be done with it, where it is declared, why, and what
// differs.
void plan_text_item(const json_t *item, const struct terminal *terminal, struct text *out);

// Whether something is to be done with it, or stands in the way of that.
bool plan_text_is_change(const json_t *item);

// Appends all images with changes, and their number by kind. `scope` is what the cloud is held
// against: "directory".
void plan_text_all(
    const json_t *plan, const char *scope, const struct terminal *terminal, struct text *out);

// Appends one image's differences like a unified diff, what is live against what is declared.
// Nothing where there are none.
void plan_text_diff(const json_t *item, const struct terminal *terminal, struct text *out);
