// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "core/quote.h"
#include "core/suggest.h"
#include "imagectl/command.h"
#include "imagectl/options.h"

#define DEFAULT_SOCKET RUNSTATEDIR "/imaged/control.sock"

static const char *const outputs[] = {"table", "json", NULL};

const struct command_option command_options[OPTION_COUNT] = {
    [OPTION_SOCKET] = {"socket", 's', "PATH", NULL, offsetof(struct invocation, socket), true,
        "the daemon's control socket (default: $IMAGED_SOCKET, else " DEFAULT_SOCKET ")"},
    [OPTION_OUTPUT] = {"output", 'o', "FORMAT", outputs, offsetof(struct invocation, output), true,
        "how to print: table, for people (default), or json, for programs"},
    [OPTION_HELP] = {"help", 'h', NULL, NULL, offsetof(struct invocation, help), true,
        "say what the command does, and end"},
    [OPTION_VERSION] = {"version", 0, NULL, NULL, offsetof(struct invocation, version), true,
        "print the version, and end"},
    [OPTION_ALL] = {"all", 'a', NULL, NULL, offsetof(struct invocation, all), false,
        "all images, in place of names"},
    [OPTION_FOLLOW] = {"follow", 'f', NULL, NULL, offsetof(struct invocation, follow), false,
        "go on with what comes, until Ctrl-C"},
    [OPTION_LIMIT] = {"limit", 'n', "NUMBER", NULL, offsetof(struct invocation, limit), false,
        "at most so many entries, the latest ones"},
    [OPTION_NAMES] = {"names", 0, NULL, NULL, offsetof(struct invocation, names), false,
        "print the names alone, one a line, for scripts"},
    [OPTION_QUIET] = {"quiet", 'q', NULL, NULL, offsetof(struct invocation, quiet), false,
        "print errors only: no warnings, no summary"},
    [OPTION_UNTIL_SETTLED] = {"until-settled", 0, NULL, NULL,
        offsetof(struct invocation, until_settled), false,
        "end once nothing is left that imaged does by itself"},
};

enum output invocation_output(const struct invocation *invocation)
{
    return strcmp(invocation->output, outputs[OUTPUT_JSON]) == 0 ? OUTPUT_JSON : OUTPUT_TABLE;
}

struct reader {
    char **arguments;
    size_t count;
    size_t next;
    char **operands; // those found so far, at the start of the arguments that were read
    size_t operand_count;
    struct invocation *invocation;
    struct error *error;
};

static int fail(struct reader *reader, const char *what, const char *given, const char *meant)
{
    char *quoted = quote_text(given);
    int result = error_set(reader->error, ERROR_INVALID, "%s %s%s%s%s", what, quoted,
        meant == NULL ? "" : "; did you mean ", meant == NULL ? "" : meant,
        meant == NULL ? "" : "?");
    free(quoted);
    return result;
}

static bool allowed(const struct reader *reader, size_t id)
{
    const struct command *command = reader->invocation->command;
    return command_options[id].global ||
           (command != NULL && (command->options & OPTION_BIT(id)) != 0);
}

static int fail_unknown(struct reader *reader, const char *argument, const char *name)
{
    const char *known[OPTION_COUNT + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (allowed(reader, i))
            known[count++] = command_options[i].name;
    const char *nearest = suggest_word(name, known);
    if (nearest == NULL)
        return fail(reader, "there is no option", argument, NULL);
    char meant[32] = "--";
    strncat(meant, nearest, sizeof(meant) - 3);
    return fail(reader, "there is no option", argument, meant);
}

static int set_value(struct reader *reader, const struct command_option *option, const char *value)
{
    const char *const *choice = option->choices;
    while (choice != NULL && *choice != NULL && strcmp(*choice, value) != 0)
        choice++;
    if (choice != NULL && *choice == NULL)
        return error_set(reader->error, ERROR_INVALID, "--%s must be %s or %s, not \"%.64s\"",
            option->name, option->choices[0], option->choices[1], value);
    *(const char **)((char *)reader->invocation + option->offset) = value;
    return 0;
}

static int take_value(
    struct reader *reader, const struct command_option *option, const char *attached)
{
    if (attached != NULL)
        return set_value(reader, option, attached);
    if (reader->next == reader->count)
        return error_set(
            reader->error, ERROR_INVALID, "--%s needs a value: %s", option->name, option->value);
    return set_value(reader, option, reader->arguments[reader->next++]);
}

static void set_flag(struct reader *reader, const struct command_option *option)
{
    *(bool *)((char *)reader->invocation + option->offset) = true;
}

static int read_long(struct reader *reader, const char *argument)
{
    const char *name = argument + 2;
    size_t length = strcspn(name, "=");
    const char *attached = name[length] == '=' ? name + length + 1 : NULL;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &command_options[i];
        if (strlen(option->name) != length || strncmp(option->name, name, length) != 0 ||
            !allowed(reader, i))
            continue;
        if (option->value != NULL)
            return take_value(reader, option, attached);
        if (attached != NULL)
            return error_set(reader->error, ERROR_INVALID, "--%s takes no value", option->name);
        set_flag(reader, option);
        return 0;
    }
    return fail_unknown(reader, argument, name);
}

// `-q`, `-qa`, `-ojson`, `-o json`.
static int read_short(struct reader *reader, const char *argument)
{
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        size_t i = 0;
        while (i < OPTION_COUNT && (command_options[i].letter != *letter || !allowed(reader, i)))
            i++;
        if (i == OPTION_COUNT)
            return fail(reader, "there is no option", argument, NULL);
        if (command_options[i].value != NULL)
            return take_value(reader, &command_options[i], letter[1] == '\0' ? NULL : letter + 1);
        set_flag(reader, &command_options[i]);
    }
    return 0;
}

static int read_word(struct reader *reader, char *argument)
{
    struct invocation *invocation = reader->invocation;
    if (invocation->command != NULL) {
        reader->operands[reader->operand_count++] = argument;
        return 0;
    }
    invocation->command = command_find(argument);
    if (invocation->command != NULL)
        return 0;
    return fail(reader, "there is no command", argument, command_nearest(argument));
}

static int check_operands(const struct invocation *invocation, struct error *error)
{
    const struct command *command = invocation->command;
    if (invocation->all && invocation->count > 0)
        return error_set(
            error, ERROR_INVALID, "either --all or names, not both: --all means every image");
    if (!invocation->all && invocation->count < command->least)
        return error_set(error, ERROR_INVALID, "needs %s%s", command->operands,
            (command->options & OPTION_BIT(OPTION_ALL)) != 0 ? ", or --all" : "");
    if (invocation->count > command->most)
        return error_set(error, ERROR_INVALID, "too many arguments, the first of them \"%.64s\"",
            invocation->operands[command->most]);
    for (size_t i = 0; i < invocation->count; i++)
        if (invocation->operands[i][0] == '\0')
            return error_set(error, ERROR_INVALID, "an argument is empty");
    return 0;
}

static int read_all(struct reader *reader)
{
    bool only_operands = false;
    while (reader->next < reader->count) {
        char *argument = reader->arguments[reader->next++];
        int result = 0;
        if (only_operands || argument[0] != '-' || argument[1] == '\0')
            result = read_word(reader, argument);
        else if (strcmp(argument, "--") == 0)
            only_operands = true;
        else if (argument[1] == '-')
            result = read_long(reader, argument);
        else
            result = read_short(reader, argument);
        if (result != 0)
            return result;
    }
    return 0;
}

int options_read(int count, char **arguments, struct invocation *invocation, struct error *error)
{
    const char *socket = getenv("IMAGED_SOCKET");
    *invocation = (struct invocation){
        .socket = socket != NULL && *socket != '\0' ? socket : DEFAULT_SOCKET,
        .output = outputs[OUTPUT_TABLE],
    };
    // The program's own name makes room for the first operand.
    struct reader reader = {
        .arguments = arguments,
        .count = count > 0 ? (size_t)count : 0,
        .next = 1,
        .operands = arguments,
        .invocation = invocation,
        .error = error,
    };
    int result = read_all(&reader);
    invocation->operands = reader.operands;
    invocation->count = reader.operand_count;
    if (result == 0 && !invocation->help && !invocation->version && invocation->command != NULL)
        result = check_operands(invocation, error);
    if (result != 0 && invocation->command != NULL)
        error_prefix(error, "%s", invocation->command->name);
    return result;
}
