// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What imagectl can do: one row a command. Reading the command line, --help, the completion of
// shells and the manual page's list walk this table, and the one of options.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"

struct command;

enum output { OUTPUT_TABLE, OUTPUT_JSON };

// Exit statuses.
enum { STATUS_WELL = 0, STATUS_FAULT = 1, STATUS_TO_SEE = 2 };

// The command line, read. All borrowed from it, or from the environment.
struct invocation {
    const struct command *command; // NULL: none was given
    const char *socket;
    const char *output; // `table` or `json`
    const char *limit;
    bool help;
    bool version;
    bool all;
    bool follow;
    bool names;
    bool quiet;
    bool until_settled;
    char *const *operands;
    size_t count;
};

enum output invocation_output(const struct invocation *invocation);

enum option_id {
    OPTION_SOCKET,
    OPTION_OUTPUT,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_ALL,
    OPTION_FOLLOW,
    OPTION_LIMIT,
    OPTION_NAMES,
    OPTION_QUIET,
    OPTION_UNTIL_SETTLED,
    OPTION_COUNT,
};

#define OPTION_BIT(id) (1u << (id))

struct command_option {
    const char *name;           // without dashes
    char letter;                // 0: none
    const char *value;          // what stands for its value in help; NULL: it takes none
    const char *const *choices; // of the value, NULL-terminated; NULL: free
    size_t offset;              // in struct invocation, of a const char * or a bool
    bool global;                // with every command, and before it
    const char *help;
};

extern const struct command_option command_options[OPTION_COUNT];

// What the operands are: for completion, and for messages.
enum operand {
    OPERAND_NONE,
    OPERAND_IMAGE,
    OPERAND_ID,
    OPERAND_PATH,
    OPERAND_FIELD,
    OPERAND_SHELL,
    OPERAND_COMMAND
};

struct command_status {
    int status;
    const char *meaning;
};

#define COMMAND_STATUSES_LIMIT 3

struct command {
    const char *name;
    const char *operands; // as help shows them, "" for none
    const char *help;     // one line, without a period
    const char *details;  // sentences; paragraphs are parted by \n
    enum operand operand;
    size_t least; // operands
    size_t most;
    unsigned options; // OPTION_BITs, the global ones left out
    bool needs_daemon;
    struct command_status statuses[COMMAND_STATUSES_LIMIT]; // up to the first without a meaning

    // Does it, and prints the result on standard output. An exit status, or -1 with the error.
    int (*run)(const struct invocation *invocation, struct error *error);
};

extern const struct command command_table[];
extern const size_t command_count;

// NULL: there is none of that name.
const struct command *command_find(const char *name);

// The name nearest to a misspelt one, or NULL.
const char *command_nearest(const char *name);
