// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What is freed is searched for secrets: with the linker's --wrap=free every free() of the code
// under test comes by here. The test defines FREED_SECRETS, a list of texts, before it includes
// this.
#pragma once

#include <malloc.h>
#include <stddef.h>
#include <string.h>

static const char *const freed_secrets[] = {FREED_SECRETS};

static unsigned long frees;
static unsigned long leaks;

static void search_freed(void *memory)
{
    if (memory == NULL)
        return;
    frees++;
    size_t size = malloc_usable_size(memory);
    for (size_t i = 0; i < sizeof(freed_secrets) / sizeof(freed_secrets[0]); i++)
        if (memmem(memory, size, freed_secrets[i], strlen(freed_secrets[i])) != NULL)
            leaks++;
}

void __real_free(void *memory);
void __wrap_free(void *memory);
void __wrap_free(void *memory)
{
    search_freed(memory);
    __real_free(memory);
}
