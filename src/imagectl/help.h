// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Help, out of the tables of commands and options.
#pragma once

struct command;
struct error;
struct invocation;
struct text;

#define HELP_WIDTH 80

// Appends what the program is and which commands it has; or all of one command.
void help_write_overview(struct text *out);
void help_write_command(const struct command *command, struct text *out);

// Prints one of these, of all without a command, and gives the exit status.
int help_print(const struct command *command);

// `imagectl help [COMMAND]`.
int help_run(const struct invocation *invocation, struct error *error);
