// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What fuzz targets have in common: libFuzzer's entry points, and a condition whose failure is a
// finding. It holds no state.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

// The target.
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

// A target may bring its own way of changing inputs; it writes over `bytes` and returns the new
// size, at most `limit`.
size_t LLVMFuzzerCustomMutator(unsigned char *bytes, size_t size, size_t limit, unsigned seed);

// libFuzzer's own way, or that of replay.c.
size_t LLVMFuzzerMutate(unsigned char *bytes, size_t size, size_t limit);
