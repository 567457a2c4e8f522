// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/http_memory.h"

// Always to another place: realloc would leave a copy at the old one. As all of these, NULL when
// there is no memory, which libcurl reports as the failure of a transfer.
static void *resize(void *bytes, size_t size)
{
    void *larger = malloc(size);
    if (larger == NULL || bytes == NULL)
        return larger;
    size_t kept = malloc_usable_size(bytes);
    memcpy(larger, bytes, kept < size ? kept : size);
    memory_wipe(bytes);
    return larger;
}

CURLcode http_memory_init(void)
{
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, memory_wipe, resize, strdup, calloc);
}
