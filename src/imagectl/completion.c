// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// `imagectl completion`: a script for a shell, out of the tables of commands and options, so that
// it never knows other ones than the program.

#include "config.h"

#include <string.h>

#include "core/error.h"
#include "core/text.h"
#include "imagectl/command.h"
#include "imagectl/field_names.h"
#include "imagectl/handlers.h"
#include "imagectl/print.h"

static bool takes(const struct command *command, size_t option)
{
    return command_options[option].global || (command->options & OPTION_BIT(option)) != 0;
}

// ---- bash ----

// What stands where the operand does, as a bash command that fills COMPREPLY.
static const char *const bash_operands[] = {
    [OPERAND_NONE] = ":",
    [OPERAND_IMAGE] = "_imagectl_lines \"$(_imagectl_images)\"",
    [OPERAND_ID] = ":",
    [OPERAND_PATH] = "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))",
    [OPERAND_FIELD] = "COMPREPLY=($(compgen -W \"$fields\" -- \"$cur\"))",
    [OPERAND_SHELL] = "COMPREPLY=($(compgen -W 'bash zsh' -- \"$cur\"))",
    [OPERAND_COMMAND] = "COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))",
};

static const char bash_head[] =
    "# bash completion for imagectl; made by `imagectl completion bash`\n"
    "_imagectl_images() {\n"
    "    imagectl ${socket:+--socket \"$socket\"} status --names 2>/dev/null\n"
    "}\n"
    "\n"
    "# Lines as candidates, quoted: names may have spaces and parentheses.\n"
    "_imagectl_lines() {\n"
    "    local line quoted\n"
    "    while IFS= read -r line; do\n"
    "        printf -v quoted %q \"$line\"\n"
    "        [[ -n $line && ( $line == \"$cur\"* || $quoted == \"$cur\"* ) ]] && COMPREPLY+=(\"$quoted\")\n"
    "    done <<<\"$1\"\n"
    "}\n"
    "\n";

static const char bash_words[] = "    local words=() cur prev command='' socket='' i\n"
                                 "    # bash parts --output=json into three words.\n"
                                 "    for i in \"${COMP_WORDS[@]:0:COMP_CWORD+1}\"; do\n"
                                 "        [[ $i == = ]] || words+=(\"$i\")\n"
                                 "    done\n"
                                 "    [[ ${COMP_WORDS[COMP_CWORD]} == = ]] && words+=('')\n"
                                 "    cur=${words[-1]} prev=${words[-2]}\n"
                                 "    COMPREPLY=()\n"
                                 "    for ((i = 1; i < ${#words[@]} - 1; i++)); do\n"
                                 "        case ${words[i]} in\n";

static const char bash_command[] = "        -*) ;;\n"
                                   "        *) command=${command:-${words[i]}} ;;\n"
                                   "        esac\n"
                                   "    done\n"
                                   "    case $prev in\n";

// The patterns by which a case of bash knows the option.
static void write_bash_pattern(const struct command_option *option, struct text *out)
{
    text_format(out, "--%s", option->name);
    if (option->letter != 0)
        text_format(out, " | -%c", option->letter);
    text_append(out, ") ");
}

// What follows an option that takes a value is no command.
static void write_bash_skips(struct text *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (command_options[i].value == NULL)
            continue;
        text_append(out, "        ");
        write_bash_pattern(&command_options[i], out);
        text_append(out, i == OPTION_SOCKET ? "socket=${words[++i]} ;;\n" : "((++i)) ;;\n");
    }
}

static void write_bash_values(struct text *out)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct command_option *option = &command_options[i];
        if (option->value == NULL)
            continue;
        text_append(out, "    ");
        write_bash_pattern(option, out);
        if (option->choices != NULL) {
            text_append(out, "COMPREPLY=($(compgen -W '");
            for (size_t j = 0; option->choices[j] != NULL; j++)
                text_format(out, "%s%s", j > 0 ? " " : "", option->choices[j]);
            text_append(out, "' -- \"$cur\")); ");
        } else if (strcmp(option->value, "PATH") == 0) {
            text_format(out, "%s; ", bash_operands[OPERAND_PATH]);
        }
        text_append(out, "return ;;\n");
    }
    text_append(out, "    esac\n");
}

static void write_command_names(struct text *out)
{
    for (size_t i = 0; i < command_count; i++)
        text_format(out, "%s%s", i > 0 ? " " : "", command_table[i].name);
}

static void write_option_names(const struct command *command, struct text *out)
{
    const char *separator = "";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (command == NULL ? !command_options[i].global : !takes(command, i))
            continue;
        text_format(out, "%s--%s", separator, command_options[i].name);
        separator = " ";
    }
}

static void write_bash(struct text *out)
{
    text_append(out, bash_head);
    text_append(out, "_imagectl() {\n    local commands='");
    write_command_names(out);
    text_append(out, "'\n    local fields='");
    field_names_write(" ", out);
    text_append(out, "'\n");
    text_append(out, bash_words);
    write_bash_skips(out);
    text_append(out, bash_command);
    write_bash_values(out);
    text_append(out, "    case $command in\n");
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        text_format(out,
            "    %s)\n        if [[ $cur == -* ]]; then\n            "
            "COMPREPLY=($(compgen -W '",
            command->name);
        write_option_names(command, out);
        text_format(out, "' -- \"$cur\"))\n        else\n            %s\n        fi\n        ;;\n",
            bash_operands[command->operand]);
    }
    text_append(out, "    '') COMPREPLY=($(compgen -W \"$commands ");
    write_option_names(NULL, out);
    text_append(out, "\" -- \"$cur\")) ;;\n    esac\n}\ncomplete -F _imagectl imagectl\n");
}

// ---- zsh ----

static const char *const zsh_operands[] = {
    [OPERAND_NONE] = NULL,
    [OPERAND_IMAGE] = "*:image:_imagectl_images",
    [OPERAND_ID] = "1:image id: ",
    [OPERAND_PATH] = "*:declarations:_files",
    [OPERAND_FIELD] = "1:field:_imagectl_fields",
    [OPERAND_SHELL] = "1:shell:(bash zsh)",
    [OPERAND_COMMAND] = "1:command:_imagectl_commands",
};

// A text within an _arguments specification in single quotes.
static void append_zsh(struct text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("[]:\\", *text) != NULL)
            text_append(out, "\\");
        if (*text == '\'')
            text_append(out, "'\\''");
        else
            text_append_n(out, text, 1);
    }
}

static void write_zsh_option(const struct command_option *option, struct text *out)
{
    text_append(out, " \\\n            '");
    if (option->letter != 0)
        text_format(out, "(-%c --%s)'{-%c%s,--%s%s}'[", option->letter, option->name,
            option->letter, option->value != NULL ? "+" : "", option->name,
            option->value != NULL ? "=" : "");
    else
        text_format(out, "--%s%s[", option->name, option->value != NULL ? "=" : "");
    append_zsh(out, option->help);
    text_append(out, "]");
    if (option->choices != NULL) {
        text_format(out, ":%s:(", option->value);
        for (size_t i = 0; option->choices[i] != NULL; i++)
            text_format(out, "%s%s", i > 0 ? " " : "", option->choices[i]);
        text_append(out, ")");
    } else if (option->value != NULL) {
        text_format(
            out, ":%s:%s", option->value, strcmp(option->value, "PATH") == 0 ? "_files" : " ");
    }
    text_append(out, "'");
}

static void write_zsh_command(const struct command *command, struct text *out)
{
    text_format(out, "        %s)\n            _arguments -s", command->name);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (takes(command, i))
            write_zsh_option(&command_options[i], out);
    if (zsh_operands[command->operand] != NULL)
        text_format(out, " \\\n            '%s'", zsh_operands[command->operand]);
    text_append(out, "\n            ;;\n");
}

static void write_zsh(struct text *out)
{
    text_append(out, "#compdef imagectl\n"
                     "# zsh completion for imagectl; made by `imagectl completion zsh`\n"
                     "_imagectl_images() {\n"
                     "    local -a images\n"
                     "    socket=${opt_args[--socket]:-${opt_args[-s]:-$socket}}\n"
                     "    images=(\"${(@f)$(imagectl ${socket:+--socket=$socket} status --names "
                     "2>/dev/null)}\")\n"
                     "    compadd -a images\n"
                     "}\n"
                     "_imagectl_fields() {\n"
                     "    compadd ");
    field_names_write(" ", out);
    text_append(out, "\n}\n_imagectl_commands() {\n    local -a commands=(\n");
    for (size_t i = 0; i < command_count; i++) {
        text_format(out, "        '%s:", command_table[i].name);
        append_zsh(out, command_table[i].help);
        text_append(out, "'\n");
    }
    text_append(out, "    )\n    _describe command commands\n}\n"
                     "_imagectl() {\n    local context state line socket\n    typeset -A opt_args\n"
                     "    _arguments -s -C -A '-*'");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (command_options[i].global)
            write_zsh_option(&command_options[i], out);
    text_append(out, " \\\n            '1:command:_imagectl_commands' '*::argument:->argument'\n"
                     "    socket=${opt_args[--socket]:-${opt_args[-s]}}\n"
                     "    if [[ $state == argument ]]; then\n        case ${line[1]} in\n");
    for (size_t i = 0; i < command_count; i++)
        write_zsh_command(&command_table[i], out);
    text_append(out, "        esac\n    fi\n}\n"
                     "if [[ ${funcstack[1]} == _imagectl ]]; then\n    _imagectl \"$@\"\nelse\n"
                     "    compdef _imagectl imagectl\nfi\n");
}

int completion_run(const struct invocation *invocation, struct error *error)
{
    static const struct {
        const char *name;
        void (*write)(struct text *out);
    } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}};
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].name, invocation->operands[0]) != 0)
            continue;
        struct text out = {0};
        shells[i].write(&out);
        print_text(&out);
        text_deinit(&out);
        return STATUS_WELL;
    }
    return error_set(error, ERROR_INVALID,
        "there is no completion for \"%.32s\", only for bash and zsh", invocation->operands[0]);
}
