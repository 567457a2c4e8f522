// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/ascii.h"
#include "core/image_checks.h"

#define RESERVED_PREFIX "imaged."
#define ROOT_DEVICE     "/dev/sda1"

const char *image_check_name(const char *text)
{
    static const char allowed[] =
        "3 to 128 of the letters A-Z and a-z, digits, space and _ ( ) / . -, with {digest} at most "
        "once (it counts as 8)";
    const char *digest = strstr(text, IMAGE_NAME_DIGEST);
    size_t length = 0;
    for (const char *c = text; *c != '\0'; c++, length++) {
        if (c == digest) {
            c += strlen(IMAGE_NAME_DIGEST) - 1;
            length += IMAGE_NAME_DIGEST_LENGTH - 1;
        } else if (!ascii_is_alphanumeric(*c) && strchr("_ ()/.-", *c) == NULL) {
            return allowed;
        }
    }
    if (strcmp(text, IMAGE_NAME_DIGEST) == 0)
        return "more than {digest}, which changes when the image does; the rest is what the image "
               "is known by";
    return length < 3 || length > 128 ? allowed : NULL;
}

enum kind { KIND_IMAGE, KIND_VM, KIND_SNAPSHOT, KIND_VOLUME, KIND_OTHER, KIND_COUNT };

// How ids of a kind begin.
static const char *const prefixes[KIND_OTHER] = {
    [KIND_IMAGE] = "ami-",
    [KIND_VM] = "i-",
    [KIND_SNAPSHOT] = "snap-",
    [KIND_VOLUME] = "vol-",
};

#define WRONG_KINDS(wanted)                                                                        \
    {                                                                                              \
        [KIND_IMAGE] = wanted "; this is an image's", [KIND_VM] = wanted "; this is a VM's",       \
        [KIND_SNAPSHOT] = wanted "; this is a snapshot's",                                         \
        [KIND_VOLUME] = wanted "; this is a volume's", [KIND_OTHER] = wanted,                      \
    }

static const char *const wrong_kinds[][KIND_COUNT] = {
    [KIND_IMAGE] = WRONG_KINDS("an image's id, such as ami-51459d59, or a mapping that finds one"),
    [KIND_VM] = WRONG_KINDS("a VM's id, such as i-b121616e, or a mapping that finds one"),
    [KIND_SNAPSHOT] = WRONG_KINDS(
        "a snapshot's id, such as snap-5ee113a6, or a mapping that finds one"),
};

// Lenient as to what follows the prefix: the API only promises that it is there.
static enum kind kind_of(const char *text)
{
    for (size_t i = 0; i < KIND_OTHER; i++) {
        size_t length = strlen(prefixes[i]);
        if (strncmp(text, prefixes[i], length) != 0 || text[length] == '\0')
            continue;
        const char *rest = text + length;
        while (ascii_is_alphanumeric(*rest))
            rest++;
        return *rest == '\0' ? (enum kind)i : KIND_OTHER;
    }
    return KIND_OTHER;
}

static const char *check_id(const char *text, enum kind wanted)
{
    enum kind found = kind_of(text);
    return found == wanted ? NULL : wrong_kinds[wanted][found];
}

const char *image_check_image_id(const char *text)
{
    return check_id(text, KIND_IMAGE);
}

const char *image_check_vm_id(const char *text)
{
    return check_id(text, KIND_VM);
}

const char *image_check_snapshot_id(const char *text)
{
    return check_id(text, KIND_SNAPSHOT);
}

static bool consists_of(const char *text, const char *others)
{
    if (*text == '\0')
        return false;
    while (ascii_is_alphanumeric(*text) || (*text != '\0' && strchr(others, *text) != NULL))
        text++;
    return *text == '\0';
}

const char *image_check_region(const char *text)
{
    return consists_of(text, "-") ? NULL : "a region's name, such as cloudgouv-eu-west-1";
}

const char *image_check_product_code(const char *text)
{
    return consists_of(text, "-_") ? NULL : "a product code, such as 0001";
}

static bool within(char c, char first, char last)
{
    return c >= first && c <= last;
}

// One letter b-z, and perhaps a second one a-z.
static bool is_drive(const char *text)
{
    return within(text[0], 'b', 'z') &&
           (text[1] == '\0' || (within(text[1], 'a', 'z') && text[2] == '\0'));
}

const char *image_check_device_name(const char *text)
{
    if (strcmp(text, ROOT_DEVICE) == 0)
        return NULL;
    if ((strncmp(text, "/dev/sd", 7) == 0 && is_drive(text + 7)) ||
        (strncmp(text, "/dev/xvd", 8) == 0 && is_drive(text + 8)))
        return NULL;
    return "/dev/sda1 for the root, else /dev/sdX, /dev/sdXX, /dev/xvdX or /dev/xvdXX with a first "
           "letter b-z and a second a-z";
}

const char *image_check_root_device_name(const char *text)
{
    return strcmp(text, ROOT_DEVICE) == 0 ? NULL : ROOT_DEVICE;
}

const char *image_check_virtual_device_name(const char *text)
{
    static const char prefix[] = "ephemeral";
    const char *number = text + sizeof(prefix) - 1;
    if (strncmp(text, prefix, sizeof(prefix) - 1) == 0 && ascii_is_digit(number[0]) &&
        (number[1] == '\0' || (ascii_is_digit(number[1]) && number[2] == '\0')))
        return NULL;
    return "ephemeral and a number, such as ephemeral0";
}

bool image_tag_is_reserved(const char *key)
{
    return strncmp(key, RESERVED_PREFIX, sizeof(RESERVED_PREFIX) - 1) == 0;
}

const char *image_check_tag_key(const char *text)
{
    return image_tag_is_reserved(text)
               ? "another key: those that begin with \"imaged.\" are imaged's own"
               : NULL;
}
