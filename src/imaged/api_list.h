// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Answers that list all images, by name, made a few at a time: with a hundred thousand of them, one
// piece would hold up the loop for seconds. An image that is there all the while is listed once, as
// it stands when its turn comes.
#pragma once

#include <jansson.h>

#include "core/attributes.h"
#include "core/engine.h"
#include "core/text.h"
#include "io/control.h"

// An image as a row of the list; the caller owns the reference.
typedef json_t *api_list_row(struct engine *engine, const struct image_status *status);

struct daemon;

// {HEAD"items": […]}: `head` is what stands before ("\"revision\":17,"). It breaks off when the
// daemon's engine goes, as when another host leads. What is returned is for control_reply, which
// takes over what its `data` points to.
struct control_parts api_list(
    const struct daemon *daemon, const char *head, api_list_row *row) CHECK_RESULT;
