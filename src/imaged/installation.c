// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "imaged/installation.h"

#define MACHINE_ID_LENGTH 32

// FNV-1a, 64 bits: machine-id(5) asks that the id itself is not given away, and nobody gains from
// guessing it here.
static uint64_t hash(uint64_t seed, const char *text)
{
    uint64_t value = seed;
    for (const char *byte = text; *byte != '\0'; byte++)
        value = (value ^ (unsigned char)*byte) * UINT64_C(1099511628211);
    return value;
}

char *installation_of_machine(const char *path, struct error *error)
{
    char id[MACHINE_ID_LENGTH + 1] = "";
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        error_set_errno(error, ERROR_NOT_FOUND, errno,
            "cannot read %s to tell which installation this is; set `installation:` in the configuration",
            path);
        return NULL;
    }
    size_t length = fread(id, 1, MACHINE_ID_LENGTH, file);
    fclose(file);
    if (length != MACHINE_ID_LENGTH || strspn(id, "0123456789abcdef") != MACHINE_ID_LENGTH) {
        error_set(error, ERROR_INVALID,
            "%s holds no machine id; set `installation:` in the configuration", path);
        return NULL;
    }
    uint64_t value = hash(hash(UINT64_C(14695981039346656037), "imaged installation "), id);
    return memory_format("imaged-%016" PRIx64, value);
}
