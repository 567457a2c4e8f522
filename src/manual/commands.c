// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The commands and options of imagectl, for its page.
#include "config.h"

#include <string.h>

#include "core/text.h"
#include "imagectl/command.h"
#include "manual/roff.h"
#include "manual/tables.h"

static void write_option(struct text *out, const struct command_option *option)
{
    text_append(out, ".It ");
    if (option->letter != 0)
        text_format(out, "Fl %c , ", option->letter);
    text_format(out, "Fl -%s", option->name);
    if (option->value != NULL)
        text_format(out, " Ar %s", option->value);
    text_append(out, "\n");
    roff_sentence(out, option->help);
}

void tables_write_command_options(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (command_options[i].global)
            write_option(out, &command_options[i]);
    text_append(out, ".El\n");
}

static void write_usage(struct text *out, const struct command *command)
{
    text_format(out, ".It Cm %s", command->name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((command->options & OPTION_BIT(i)) != 0)
            text_format(out, " Oo Fl -%s%s%s Oc", command_options[i].name,
                command_options[i].value != NULL ? " Ar " : "",
                command_options[i].value != NULL ? command_options[i].value : "");
    size_t length = strlen(command->operands);
    if (command->operands[0] == '[')
        text_format(out, " Op Ar %.*s", (int)length - 2, command->operands + 1);
    else if (length > 0)
        text_format(out, " Ar %s", command->operands);
    text_append(out, "\n");
}

static void write_command(struct text *out, const struct command *command)
{
    write_usage(out, command);
    roff_sentence(out, command->help);
    text_append(out, ".Pp\n");
    roff_words(out, command->details);
    text_append(out, ".Pp\n.Bl -tag -width Ds -compact\n");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((command->options & OPTION_BIT(i)) != 0)
            write_option(out, &command_options[i]);
    for (size_t i = 0; i < COMMAND_STATUSES_LIMIT && command->statuses[i].meaning != NULL; i++) {
        text_format(out, ".It Exit status %d\n", command->statuses[i].status);
        roff_sentence(out, command->statuses[i].meaning);
    }
    text_append(out, ".El\n");
}

void tables_write_commands(struct text *out)
{
    text_append(out, ".Bl -tag -width Ds\n");
    for (size_t i = 0; i < command_count; i++)
        write_command(out, &command_table[i]);
    text_append(out, ".El\n");
}
