// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The form of single values in a declaration. Each returns NULL for a good text, else what is
// allowed, as the end of a sentence ("must be …"). The facts are the API's.
#pragma once

#include <stdbool.h>

// Stands in a name for eight hex digits of the fields that force replacement.
#define IMAGE_NAME_DIGEST        "{digest}"
#define IMAGE_NAME_DIGEST_LENGTH 8

// 3 to 128 of letters, digits, `_`, space, `(`, `)`, `/`, `.` and `-`; once, and not alone,
// {digest}.
const char *image_check_name(const char *text);
const char *image_check_image_id(const char *text);
const char *image_check_vm_id(const char *text);
const char *image_check_snapshot_id(const char *text);
const char *image_check_region(const char *text);
const char *image_check_product_code(const char *text);
const char *image_check_device_name(const char *text);
const char *image_check_root_device_name(const char *text);
const char *image_check_virtual_device_name(const char *text);

// Keys that begin with "imaged." are imaged's own.
const char *image_check_tag_key(const char *text);
bool image_tag_is_reserved(const char *key);
