// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The images of the cloud as it would show them to anybody, and who made them. All is borrowed
// until the cloud is asked anything else.
#pragma once

#include <jansson.h>

#include "simulation/world.h"

// All there are, as a list.
const json_t *images_all(struct world *world);

const char *image_text(const json_t *image, const char *key); // "": not there
const char *image_tag(const json_t *image, const char *key);  // NULL: not there

// The index of the host that made it, official images and strangers' left aside. Nothing changes a
// description, which is how it is known.
size_t image_maker(const json_t *image);
bool image_is_official(const char *id);
