// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Any bytes as the daemon's configuration. Beside not crashing: what is refused says why and where,
// and what is accepted is complete, differs in nothing from itself, and can be given to the engine.
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/engine.h"
#include "core/memory.h"
#include "core/text.h"
#include "imaged/configuration.h"
#include "fuzz/fuzz.h"
#include "fuzz/yaml_mutator.h"

static void check_accepted(const struct configuration *configuration)
{
    REQUIRE(configuration->numspot.host != NULL && configuration->numspot.space_id != NULL);
    REQUIRE(configuration->numspot.client_id != NULL);
    REQUIRE(configuration->declarations.directory != NULL && configuration->state.path != NULL);
    REQUIRE(configuration->limits.rate.value > 0 && configuration->limits.burst.value > 0);
    REQUIRE(configuration->poll.pending_min_ms.value > 0);
    REQUIRE(configuration->poll.pending_max_ms.value >= configuration->poll.pending_min_ms.value);
    REQUIRE(configuration->mode != NULL && configuration->log.level != NULL);
    REQUIRE(configuration_needs_restart(configuration, configuration) == NULL);
    struct engine_options options = configuration_engine_options(configuration, "fuzz");
    engine_free(engine_new(&options));
}

static void check_problems(const struct problem_list *problems)
{
    struct text line = {0};
    for (size_t i = 0; i < problems->count; i++) {
        text_clear(&line);
        problem_format(&problems->items[i], "imaged.yaml", &line);
        REQUIRE(line.length > 0 && problems->items[i].message[0] != '\0');
    }
    text_deinit(&line);
}

// The reader wants a path: it gets one to memory.
static char *path_of(const unsigned char *bytes, size_t size, int *descriptor)
{
    *descriptor = memfd_create("imaged.yaml", MFD_CLOEXEC);
    REQUIRE(*descriptor >= 0);
    REQUIRE(write(*descriptor, bytes, size) == (ssize_t)size);
    return memory_format("/proc/self/fd/%d", *descriptor);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    struct configuration configuration = {0};
    struct problem_list problems = {0};
    struct error error = {0};
    int descriptor = -1;
    char *path = path_of(bytes, size, &descriptor);
    int result = configuration_read(path, &configuration, &problems, &error);
    REQUIRE((result != 0) == problem_list_has_errors(&problems));
    REQUIRE((result != 0) == (error.message[0] != '\0'));
    check_problems(&problems);
    if (result == 0)
        check_accepted(&configuration);
    configuration_deinit(&configuration);
    problem_list_deinit(&problems);
    close(descriptor);
    free(path);
    return 0;
}

size_t LLVMFuzzerCustomMutator(unsigned char *bytes, size_t size, size_t limit, unsigned seed)
{
    size_t changed = seed % 2 ? yaml_mutate(&configuration_table, bytes, size, limit, seed) : 0;
    return changed > 0 ? changed : LLVMFuzzerMutate(bytes, size, limit);
}
