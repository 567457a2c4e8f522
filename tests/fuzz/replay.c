// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// A fuzz target without a fuzzer: gives each file of its corpus to it once, so that make check
// replays what fuzzing once found, with any compiler. fuzz_answer reads
// $srcdir/tests/fuzz/corpus/answer, or the directories that it is given.
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "fuzz/fuzz.h"

// How often an input is also changed by the target's own mutator, where it has one.
#define CHANGES 16

#pragma weak LLVMFuzzerCustomMutator

// libFuzzer's is not here; one that flips a bit will do.
size_t LLVMFuzzerMutate(unsigned char *bytes, size_t size, size_t limit)
{
    if (size == 0 && limit > 0)
        bytes[size++] = 'x';
    else if (size > 0)
        bytes[size / 2] ^= 1;
    return size;
}

static void give(const unsigned char *bytes, size_t size)
{
    // Exactly as long as the input, so that sanitizers and valgrind see a byte too far.
    unsigned char *exact = memory_resize(NULL, size, 1);
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static void give_changed(const unsigned char *bytes, size_t size)
{
    if (LLVMFuzzerCustomMutator == NULL)
        return;
    size_t limit = size * 2 + 4096;
    unsigned char *room = memory_new(limit, 1);
    memcpy(room, bytes, size);
    for (unsigned seed = 1; seed <= CHANGES; seed++) {
        size = LLVMFuzzerCustomMutator(room, size, limit, seed);
        REQUIRE(size <= limit);
        give(room, size);
    }
    free(room);
}

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    unsigned char *bytes = NULL;
    size_t size = 0;
    size_t capacity = 0;
    size_t got;
    do {
        capacity = capacity * 2 + 4096;
        bytes = memory_resize(bytes, capacity, 1);
        got = fread(bytes + size, 1, capacity - size, file);
        size += got;
    } while (got > 0);
    fclose(file);
    give(bytes, size);
    give_changed(bytes, size);
    free(bytes);
    return 0;
}

// The number of files replayed, or -1.
static int replay_directory(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        perror(path);
        return -1;
    }
    int count = 0;
    struct dirent *entry;
    while (count >= 0 && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        char *file = memory_format("%s/%s", path, entry->d_name);
        count = replay_file(file) == 0 ? count + 1 : -1;
        free(file);
    }
    closedir(directory);
    return count;
}

static char *default_corpus(const char *program)
{
    const char *root = getenv("srcdir");
    const char *name = strrchr(program, '/');
    name = name == NULL ? program : name + 1;
    if (strncmp(name, "fuzz_", 5) == 0)
        name += 5;
    return memory_format("%s/tests/fuzz/corpus/%s", root == NULL ? "." : root, name);
}

int main(int count, char **arguments)
{
    char *corpus = default_corpus(arguments[0]);
    int replayed = 0;
    for (int i = 1; i < count && replayed >= 0; i++)
        replayed = replay_directory(arguments[i]);
    if (count < 2)
        replayed = replay_directory(corpus);
    printf("%d inputs replayed\n", replayed);
    free(corpus);
    return replayed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
