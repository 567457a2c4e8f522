// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <string.h>

#include "core/suggest.h"
#include "imagectl/command.h"
#include "imagectl/handlers.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ANY_NUMBER   SIZE_MAX

#define NO_DAEMON                                                                                  \
    {                                                                                              \
        STATUS_FAULT, "wrong usage, an unknown name, or no answer from the daemon"                 \
    }

// A request that the daemon carries out in its own time.
#define OPERATION(word, line, sentences)                                                           \
    {                                                                                              \
        .name = (word), .operands = "NAME...", .help = (line), .details = (sentences),             \
        .operand = OPERAND_IMAGE, .least = 1, .most = ANY_NUMBER,                                  \
        .options = OPTION_BIT(OPTION_ALL), .needs_daemon = true,                                   \
        .statuses = {{STATUS_WELL, "taken on; `imagectl watch` shows what comes "                  \
                                   "of it"},                                                       \
            {STATUS_FAULT, "wrong usage, an unknown name, no answer, or not allowed"}},            \
        .run = operate_run,                                                                        \
    }

const struct command command_table[] = {
    {
        .name = "status",
        .operands = "[NAME...]",
        .help = "how the images stand",
        .details =
            "Each image with its state, the reason, how long that has been so, its id in the cloud, "
            "when imaged looks at it next by itself, and a message. Below, the counts, and what is "
            "wrong with the daemon's surroundings: the directory, the API, the record.\n"
            "On a terminal a message that is too long is cut; `imagectl show NAME` has all of it.",
        .operand = OPERAND_IMAGE,
        .most = ANY_NUMBER,
        .options = OPTION_BIT(OPTION_NAMES),
        .needs_daemon = true,
        .statuses = {{STATUS_WELL, "nothing needs a person"}, NO_DAEMON,
            {STATUS_TO_SEE,
                "an image failed, a declaration cannot be used, or (without names) the directory, "
                "the API or the record has a fault"}},
        .run = status_run,
    },
    {
        .name = "show",
        .operands = "NAME",
        .help = "all that is known of one image",
        .details =
            "Its state and what that means, where it is declared, how it differs from what is "
            "declared, the declaration in force and the image in the cloud (both as one would "
            "write them in a file), and its latest history.",
        .operand = OPERAND_IMAGE,
        .least = 1,
        .most = 1,
        .needs_daemon = true,
        .statuses = {{STATUS_WELL, "shown"}, NO_DAEMON},
        .run = show_run,
    },
    {
        .name = "watch",
        .operands = "[NAME...]",
        .help = "how the images stand, as it changes",
        .details =
            "On a terminal a table that is kept current until Ctrl-C or q; elsewhere, and with "
            "`--output json`, a line for each change. It outlives a restart of the daemon.\n"
            "With `--until-settled` it ends by itself once imaged has nothing left to do: all "
            "images are available or failed, or wait for approval, a source, or the end of their "
            "suspension.",
        .operand = OPERAND_IMAGE,
        .most = ANY_NUMBER,
        .options = OPTION_BIT(OPTION_UNTIL_SETTLED),
        .needs_daemon = true,
        .statuses = {{STATUS_WELL, "ended by a person; or settled, and all images are available"},
            {STATUS_FAULT,
                "wrong usage, an unknown name, no answer at the start, or ended before all "
                "was settled"},
            {STATUS_TO_SEE,
                "settled, but an image is not available, or (without names) something else is "
                "wrong, as `imagectl status` tells"}},
        .run = watch_run,
    },
    {
        .name = "plan",
        .operands = "[FILE|DIRECTORY...]",
        .help = "what imaged would do, and why",
        .details =
            "Each image that is not as declared, with what is to become of it: `+` create, `~` "
            "update in place, `-/+` replace, the old image deleted first, `+/-` replace, the new "
            "image made first, `-` delete, `<=` adopt, `=>` release, which leaves it in the cloud, "
            "and `x` for what something stands in the way of. Below each, where it is declared, "
            "why, and what differs; whether it awaits approval; at the end, the counts.\n"
            "With files, those are planned together as if they were dropped into the directory "
            "now, in place of what is declared under their names; `-` is standard input. Nothing "
            "is changed by a plan, and the daemon may run in observe mode.",
        .operand = OPERAND_PATH,
        .most = ANY_NUMBER,
        .needs_daemon = true,
        .statuses = {{STATUS_WELL, "no changes"},
            {STATUS_FAULT, "wrong usage, a bad file, no answer, or the cloud was not seen yet"},
            {STATUS_TO_SEE, "changes, or something in the way of one"}},
        .run = plan_run,
    },
    {
        .name = "diff",
        .operands = "NAME",
        .help = "how one live image differs from its declaration",
        .details =
            "`-` is what the cloud has, `+` what is declared, each with the field; then what "
            "imaged makes of it. Only what is declared counts, as with `imagectl plan`.",
        .operand = OPERAND_IMAGE,
        .least = 1,
        .most = 1,
        .needs_daemon = true,
        .statuses = {{STATUS_WELL, "no differences, and nothing to do"}, NO_DAEMON,
            {STATUS_TO_SEE, "differences, or something to do"}},
        .run = diff_run,
    },
    {
        .name = "import",
        .operands = "ID",
        .help = "print the declaration of an image that is in the cloud already",
        .details =
            "A file that, dropped into the directory of declarations, adopts the image while it is "
            "as the file says (`lifecycle: {adopt: if_equal}`): imaged sets its ownership tags and "
            "writes nothing else. It is declared by its snapshots, since the cloud does not tell "
            "what else an image was made from. Comments say what to know before, and warnings go "
            "to standard error as well: an image that another installation looks after, that is "
            "perhaps somebody else's, or whose name is declared already.",
        .operand = OPERAND_ID,
        .least = 1,
        .most = 1,
        .needs_daemon = true,
        .statuses = {{STATUS_WELL, "printed"},
            {STATUS_FAULT, "wrong usage, no such image, one that cannot be declared, or no answer"},
            {STATUS_TO_SEE, "printed, with warnings"}},
        .run = import_run,
    },
    {
        .name = "logs",
        .operands = "NAME",
        .help = "what imaged wrote to the journal about one image",
        .details =
            "Runs `journalctl IMAGE_NAME=NAME`, in its JSON with `--output json`. Where there is "
            "no journalctl, or nothing of the image in the journal, it says so and shows the "
            "history that imaged keeps (`imagectl history NAME`). The history is complete; in the "
            "journal one entry may stand for very many images that change at once, and it is not "
            "shown here.",
        .operand = OPERAND_IMAGE,
        .least = 1,
        .most = 1,
        .options = OPTION_BIT(OPTION_FOLLOW) | OPTION_BIT(OPTION_LIMIT),
        .statuses = {{STATUS_WELL, "shown"},
            {STATUS_FAULT, "wrong usage, or journalctl failed; without a journal, an unknown name "
                           "or no answer from the daemon"}},
        .run = logs_run,
    },
    {
        .name = "history",
        .operands = "[NAME]",
        .help = "what became of the images, newest first",
        .details = "Each change of state or reason, of one image or of all, the latest 50 unless "
                   "`--limit` says otherwise. imaged keeps it in its record, so that it outlives "
                   "the daemon.",
        .operand = OPERAND_IMAGE,
        .most = 1,
        .options = OPTION_BIT(OPTION_LIMIT),
        .needs_daemon = true,
        .statuses = {{STATUS_WELL, "shown"}, NO_DAEMON},
        .run = history_run,
    },
    OPERATION("retry", "try again at once",
        "Forgets failures and waiting times: what failed or waits for its next attempt is tried "
        "again now. For use when the cause was mended outside the declarations: a permission, a "
        "quota, a source."),
    OPERATION("refresh", "look at the images in the cloud now",
        "Reads the live images again without waiting for the next regular look."),
    OPERATION("suspend", "leave images alone",
        "imaged makes, changes and deletes nothing of them until `imagectl resume`, and goes on "
        "showing them. It is kept over restarts. A declaration does the same with "
        "`lifecycle: {suspend: true}`."),
    OPERATION("resume", "end a suspension",
        "Ends what `imagectl suspend` began. A suspension that the declaration asks for ends in "
        "the declaration."),
    OPERATION("approve", "let deletions pass that wait for approval",
        "When many images are to be deleted or replaced at once, imaged stops and waits, in case "
        "that was not meant. This lets the named ones pass, or all that wait now."),
    {
        .name = "validate",
        .operands = "FILE|DIRECTORY...",
        .help = "what is wrong with declarations",
        .details =
            "Reads declarations as imaged would, and prints all errors and warnings with file, line "
            "and column. Of a directory, the files that imaged would read; `-` is standard input. "
            "Files that belong together are checked together: two of one name, images made from "
            "each other in a circle, sources that nothing declares.\n"
            "Needs no daemon and asks no cloud.",
        .operand = OPERAND_PATH,
        .least = 1,
        .most = ANY_NUMBER,
        .options = OPTION_BIT(OPTION_QUIET),
        .statuses = {{STATUS_WELL, "no errors; warnings may have been printed"},
            {STATUS_FAULT, "wrong usage, or a file that cannot be read"},
            {STATUS_TO_SEE, "errors"}},
        .run = validate_run,
    },
    {
        .name = "explain",
        .operands = "[FIELD]",
        .help = "what a declaration may say",
        .details = "All fields, or one of them: what it means, what it may be, what happens when "
                   "it changes. Needs no daemon.",
        .operand = OPERAND_FIELD,
        .most = 1,
        .options = OPTION_BIT(OPTION_NAMES),
        .statuses = {{STATUS_WELL, "explained"}, {STATUS_FAULT, "there is no such field"}},
        .run = explain_run,
    },
    {
        .name = "schema",
        .operands = "",
        .help = "print the form of a declaration, for editors",
        .details =
            "A JSON Schema (2020-12): with it an editor completes fields, shows what they mean and "
            "marks what is wrong. It is installed as share/imaged/declaration.schema.json as well. "
            "Begin a declaration with `# yaml-language-server: $schema=FILE`, or tell the editor "
            "for which directory it is. Needs no daemon.",
        .operand = OPERAND_NONE,
        .statuses = {{STATUS_WELL, "printed"}},
        .run = schema_run,
    },
    {
        .name = "completion",
        .operands = "bash|zsh",
        .help = "print what a shell needs to complete imagectl's commands",
        .details = "For bash, put `source <(imagectl completion bash)` into ~/.bashrc; for zsh, "
                   "after compinit, `source <(imagectl completion zsh)` into ~/.zshrc.",
        .operand = OPERAND_SHELL,
        .least = 1,
        .most = 1,
        .statuses = {{STATUS_WELL, "printed"}, {STATUS_FAULT, "there is no such shell"}},
        .run = completion_run,
    },
    {
        .name = "help",
        .operands = "[COMMAND]",
        .help = "say what imagectl, or one of its commands, does",
        .details = "The same as `imagectl COMMAND --help`.",
        .operand = OPERAND_COMMAND,
        .most = 1,
        .statuses = {{STATUS_WELL, "said"}, {STATUS_FAULT, "there is no such command"}},
        .run = help_run,
    },
};

const size_t command_count = COUNT(command_table);

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    return NULL;
}

const char *command_nearest(const char *name)
{
    const char *names[COUNT(command_table) + 1] = {0};
    for (size_t i = 0; i < command_count; i++)
        names[i] = command_table[i].name;
    return suggest_word(name, names);
}
