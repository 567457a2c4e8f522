// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl logs`: what imaged wrote to the journal about one image, by running journalctl; where
// there is no journal to read, the history that the daemon keeps.

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "imagectl/command.h"
#include "imagectl/handlers.h"
#include "imagectl/history.h"

#define JOURNALCTL      "journalctl"
#define ARGUMENTS_LIMIT 12

extern char **environ;

// A journalctl command line. The name is a part of one argument, so that it is neither an option
// nor anything to a shell, of which there is none.
struct journal_command {
    const char *arguments[ARGUMENTS_LIMIT + 1];
    size_t count;
    char *match;
    char *lines;
};

static void add(struct journal_command *command, const char *argument)
{
    command->arguments[command->count++] = argument;
}

static struct journal_command command_for(const char *name)
{
    struct journal_command command = {.match = memory_format("IMAGE_NAME=%s", name)};
    add(&command, JOURNALCTL);
    return command;
}

static void command_deinit(struct journal_command *command)
{
    free(command->match);
    free(command->lines);
}

// Runs it with its standard output on the descriptor; its status, or -1 with the error.
static int run(const struct journal_command *command, int output, struct error *error)
{
    pid_t pid = 0;
    int status = 0;
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        memory_exhausted(0);
    int fault = output == STDOUT_FILENO
                    ? 0
                    : posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (fault == 0)
        fault = posix_spawnp(
            &pid, JOURNALCTL, &actions, NULL, (char *const *)command->arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (fault != 0) {
        error_set_errno(error, ERROR_SYSTEM, fault, JOURNALCTL " cannot be run");
        return -1;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) {
            error_set_errno(error, ERROR_SYSTEM, errno, JOURNALCTL);
            return -1;
        }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Whether the journal has an entry of the image: 1 or 0, or -1 with the error.
static int has_entries(const char *name, struct error *error)
{
    int ends[2];
    char byte = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        error_set_errno(error, ERROR_SYSTEM, errno, "a pipe to " JOURNALCTL);
        return -1;
    }
    struct journal_command command = command_for(name);
    add(&command, "--quiet");
    add(&command, "--no-pager");
    add(&command, "--output=cat");
    add(&command, "--lines=1"); // one entry fits into a pipe
    add(&command, command.match);
    int result = run(&command, ends[1], error);
    close(ends[1]);
    if (result >= 0)
        result = read(ends[0], &byte, 1) == 1;
    close(ends[0]);
    command_deinit(&command);
    return result;
}

// Becomes journalctl, so that Ctrl-C, the pager and the terminal are its own. Returns only when
// that failed.
static int become(const struct invocation *invocation, struct error *error)
{
    struct journal_command command = command_for(invocation->operands[0]);
    add(&command,
        invocation_output(invocation) == OUTPUT_JSON ? "--output=json" : "--output=short-iso");
    if (invocation->follow)
        add(&command, "--follow");
    if (invocation->limit != NULL) {
        command.lines = memory_format("--lines=%s", invocation->limit);
        add(&command, command.lines);
    }
    add(&command, command.match);
    fflush(stdout);
    execvp(JOURNALCTL, (char *const *)command.arguments);
    error_set_errno(error, ERROR_SYSTEM, errno, JOURNALCTL " cannot be run");
    command_deinit(&command);
    return -1;
}

int logs_run(const struct invocation *invocation, struct error *error)
{
    struct error fault = {0};
    if (invocation->limit != NULL && history_check_limit(invocation->limit, error) != 0)
        return -1;
    int found = has_entries(invocation->operands[0], &fault);
    if (found > 0)
        return become(invocation, error);
    if (found < 0)
        fprintf(stderr, "imagectl: %s\n", fault.message);
    else
        fprintf(stderr,
            "imagectl: the journal shows no entries of this image: imaged logs elsewhere, they are "
            "of long ago, or they are not yours to read (group systemd-journal)\n");
    if (found == 0 && invocation->follow)
        return become(invocation, error);
    fprintf(stderr, "imagectl: here is the history that imaged keeps in its record:\n");
    return history_run(invocation, error);
}
