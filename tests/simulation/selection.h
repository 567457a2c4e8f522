// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A choice among the deeds of a world: which of each kind are let happen. As text it is what
// `simulate --only` takes: "write:1,4,crash:2-5", or "none".
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "simulation/deed.h"

// One deed of a world: the how-many-th of its kind.
struct choice {
    enum deed deed;
    uint64_t number; // from 1
    int64_t at_ms;   // of the world's time; 0 when it comes from a text
};

// Embedded. In the order in which they happened, or were written.
struct selection {
    struct choice *items;
    size_t count;
    size_t capacity;
};

void selection_deinit(struct selection *selection);
void selection_add(struct selection *selection, struct choice choice);
bool selection_has(const struct selection *selection, enum deed deed, uint64_t number);

// NULL, or what of the text cannot be read, to be freed by the caller.
char *selection_parse(struct selection *selection, const char *text) CHECK_RESULT;
// To be freed by the caller.
char *selection_format(const struct selection *selection) CHECK_RESULT;
