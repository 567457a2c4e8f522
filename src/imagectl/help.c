// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "imagectl/command.h"
#include "imagectl/display.h"
#include "imagectl/help.h"

static char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

// "  label     words, wrapped", the words beginning in the given column.
static void write_row(struct text *out, const char *label, const char *words, size_t column)
{
    text_format(out, "  %-*s", (int)column - 2, label);
    display_wrap(out, words, column, HELP_WIDTH);
    text_append(out, "\n");
}

static void option_label(const struct command_option *option, struct text *out)
{
    if (option->letter != 0)
        text_format(out, "-%c, ", option->letter);
    else
        text_append(out, "    ");
    text_format(out, "--%s", option->name);
    if (option->value != NULL)
        text_format(out, " %s", option->value);
}

static void write_options(unsigned own, struct text *out)
{
    size_t widest = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < OPTION_COUNT; i++) {
            struct text label = {0};
            option_label(&command_options[i], &label);
            bool listed = command_options[i].global || (own & OPTION_BIT(i)) != 0;
            if (pass == 0 && listed)
                widest = larger(widest, label.length);
            else if (listed)
                write_row(out, label.bytes, command_options[i].help, widest + 4);
            text_deinit(&label);
        }
}

static void write_paragraphs(const char *details, struct text *out)
{
    while (*details != '\0') {
        size_t length = strcspn(details, "\n");
        struct text paragraph = {0};
        text_append_n(&paragraph, details, length);
        display_wrap(out, paragraph.bytes, 0, HELP_WIDTH);
        text_append(out, "\n\n");
        text_deinit(&paragraph);
        details += length + (details[length] == '\n');
    }
}

void help_write_overview(struct text *out)
{
    size_t widest = 0;
    text_append(out,
        "usage: imagectl [OPTION]... COMMAND [ARGUMENT]...\n\n"
        "Shows and steers imaged, which keeps the machine images of a NumSpot space equal\n"
        "to a directory of declarations; and checks declarations.\n\nCommands:\n");
    for (size_t i = 0; i < command_count; i++)
        widest = larger(widest, strlen(command_table[i].name));
    for (size_t i = 0; i < command_count; i++)
        write_row(out, command_table[i].name, command_table[i].help, widest + 4);
    text_append(out, "\nOptions:\n");
    write_options(0, out);
    text_append(out, "\n`imagectl COMMAND --help` says more of one of them, imagectl(1) all.\n");
}

void help_write_command(const struct command *command, struct text *out)
{
    text_format(
        out, "usage: imagectl %s%s", command->name, command->options != 0 ? " [OPTION]..." : "");
    text_format(out, "%s%s\n\n", *command->operands != '\0' ? " " : "", command->operands);
    text_format(out, "%c%s.\n\n", ascii_upper(command->help[0]), command->help + 1);
    write_paragraphs(command->details, out);
    text_append(out, "Options:\n");
    write_options(command->options, out);
    text_append(out, "\nExit status:\n");
    for (size_t i = 0; i < COMMAND_STATUSES_LIMIT && command->statuses[i].meaning != NULL; i++) {
        char label[8];
        snprintf(label, sizeof(label), "%d", command->statuses[i].status);
        write_row(out, label, command->statuses[i].meaning, 5);
    }
}

int help_print(const struct command *command)
{
    struct text out = {0};
    if (command != NULL)
        help_write_command(command, &out);
    else
        help_write_overview(&out);
    fputs(text_string(&out), stdout);
    text_deinit(&out);
    return STATUS_WELL;
}

int help_run(const struct invocation *invocation, struct error *error)
{
    const char *name = invocation->count > 0 ? invocation->operands[0] : NULL;
    const struct command *command = name == NULL ? NULL : command_find(name);
    if (name != NULL && command == NULL) {
        const char *meant = command_nearest(name);
        return error_set(error, ERROR_INVALID, "there is no command \"%.64s\"%s%s%s", name,
            meant == NULL ? "" : "; did you mean ", meant == NULL ? "" : meant,
            meant == NULL ? "" : "?");
    }
    return help_print(command);
}
