// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The images that a command is about, fetched from the daemon.
#pragma once

#include "core/attributes.h"
#include "imagectl/client.h"
#include "imagectl/image_row.h"

struct error;
struct invocation;

struct images {
    struct client_answer answer;
    struct image_rows rows; // borrow from the answer
};

// Those that the command line names, or all when it names none. ERROR_NOT_FOUND for a name that is
// unknown, with the nearest.
int images_fetch(struct client *client, const struct invocation *invocation, struct images *images,
    struct error *error) CHECK_RESULT;
void images_deinit(struct images *images);

// Puts a better error than the daemon's in place of its "not found". Returns -1.
int images_explain_unknown(
    struct client *client, const struct invocation *invocation, struct error *error);
