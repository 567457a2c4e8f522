// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The command line by its tables; and that the tables hold what help, completion and the manual
// page rely on.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/text.h"
#include "imagectl/command.h"
#include "imagectl/display.h"
#include "imagectl/help.h"
#include "imagectl/options.h"

#define ARGUMENTS 8

struct line {
    const char *arguments[ARGUMENTS]; // after the program's name
    const char *error;                // a part of it; NULL: it is understood
};

static int read_line(
    const char *const *arguments, struct invocation *invocation, struct error *error)
{
    static char *copy[ARGUMENTS + 1];
    int count = 1;
    copy[0] = (char *)"imagectl";
    for (; arguments[count - 1] != NULL; count++)
        copy[count] = (char *)arguments[count - 1];
    return options_read(count, copy, invocation, error);
}

static void test_what_is_refused(void **state)
{
    static const struct line lines[] = {
        {{"stauts"}, "there is no command \"stauts\"; did you mean status?"},
        {{"xyzzy"}, "there is no command \"xyzzy\""},
        {{"status", "--nmaes"}, "status: there is no option \"--nmaes\"; did you mean --names?"},
        {{"status", "--all"}, "there is no option \"--all\""},
        {{"--names", "status"}, "there is no option \"--names\""}, // belongs to a command
        {{"status", "-z"}, "there is no option \"-z\""},
        {{"status", "--names=yes"}, "--names takes no value"},
        {{"status", "--output"}, "--output needs a value: FORMAT"},
        {{"status", "--output", "xml"}, "--output must be table or json, not \"xml\""},
        {{"show"}, "show: needs NAME"},
        {{"show", "a", "b"}, "too many arguments, the first of them \"b\""},
        {{"show", ""}, "an argument is empty"},
        {{"retry"}, "retry: needs NAME..., or --all"},
        {{"retry", "--all", "a"}, "either --all or names"},
        {{"validate"}, "needs FILE|DIRECTORY..."},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct invocation invocation;
        struct error error = {0};
        assert_int_equal(read_line(lines[i].arguments, &invocation, &error), -1);
        if (strstr(error.message, lines[i].error) == NULL)
            fail_msg("%s, not %s", error.message, lines[i].error);
    }
}

static void test_options_and_operands_mix(void **state)
{
    (void)state;
    static const char *const arguments[] = {
        "-ojson", "retry", "a", "--socket=/x", "--", "--all", "-b", NULL};
    struct invocation invocation;
    struct error error = {0};
    assert_int_equal(read_line(arguments, &invocation, &error), 0);
    assert_string_equal(invocation.command->name, "retry");
    assert_int_equal(invocation_output(&invocation), OUTPUT_JSON);
    assert_string_equal(invocation.socket, "/x");
    assert_false(invocation.all);
    assert_int_equal(invocation.count, 3);
    assert_string_equal(invocation.operands[0], "a");
    assert_string_equal(invocation.operands[1], "--all");
    assert_string_equal(invocation.operands[2], "-b");
}

static void test_a_dash_is_an_operand(void **state)
{
    (void)state;
    static const char *const arguments[] = {"validate", "-q", "-", NULL};
    struct invocation invocation;
    struct error error = {0};
    assert_int_equal(read_line(arguments, &invocation, &error), 0);
    assert_true(invocation.quiet);
    assert_int_equal(invocation.count, 1);
    assert_string_equal(invocation.operands[0], "-");
}

static void test_help_needs_no_operands(void **state)
{
    (void)state;
    static const char *const arguments[] = {"show", "--help", NULL};
    struct invocation invocation;
    struct error error = {0};
    assert_int_equal(read_line(arguments, &invocation, &error), 0);
    assert_true(invocation.help);
}

static void test_the_socket_comes_from_the_environment(void **state)
{
    static const struct {
        const char *variable, *socket;
    } cases[] = {{NULL, RUNSTATEDIR "/imaged/control.sock"},
        {"", RUNSTATEDIR "/imaged/control.sock"}, {"/y", "/y"}};
    static const char *const arguments[] = {"status", NULL};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct invocation invocation;
        struct error error = {0};
        if (cases[i].variable != NULL)
            setenv("IMAGED_SOCKET", cases[i].variable, 1);
        else
            unsetenv("IMAGED_SOCKET");
        assert_int_equal(read_line(arguments, &invocation, &error), 0);
        assert_string_equal(invocation.socket, cases[i].socket);
    }
    unsetenv("IMAGED_SOCKET");
}

static void test_each_row_of_commands_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        assert_ptr_equal(command_find(command->name), command);
        assert_non_null(command->run);
        assert_true(command->least <= command->most);
        assert_true((command->most == 0) == (*command->operands == '\0'));
        assert_true(command->help[strlen(command->help) - 1] != '.');
        assert_int_equal(command->details[strlen(command->details) - 1], '.');
        assert_int_equal(command->statuses[0].status, STATUS_WELL);
        for (size_t j = 1; j < COMMAND_STATUSES_LIMIT && command->statuses[j].meaning != NULL; j++)
            assert_true(command->statuses[j].status > command->statuses[j - 1].status);
        for (size_t id = 0; id < OPTION_COUNT; id++)
            assert_false(command_options[id].global && (command->options & OPTION_BIT(id)) != 0);
    }
}

static void test_no_letter_means_two_options(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        for (size_t j = 0; j < i; j++)
            assert_true(command_options[i].letter == 0 ||
                        command_options[i].letter != command_options[j].letter);
}

// Help fits a terminal of 80 columns and names everything there is. A word that has a line for
// itself cannot be broken: the socket's path may be long, for configure chooses it.
static void check_help(const struct text *out)
{
    char *copy = strdup(out->bytes);
    for (char *line = strtok(copy, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        bool breakable = strchr(line + strspn(line, " "), ' ') != NULL;
        if (breakable && display_width(line) > HELP_WIDTH)
            fail_msg("too wide: %s", line);
    }
    free(copy);
}

static void test_help_fits_and_is_complete(void **state)
{
    (void)state;
    struct text overview = {0};
    help_write_overview(&overview);
    check_help(&overview);
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = &command_table[i];
        struct text out = {0};
        help_write_command(command, &out);
        check_help(&out);
        assert_non_null(strstr(overview.bytes, command->help));
        assert_non_null(strstr(out.bytes, command->name));
        for (size_t id = 0; id < OPTION_COUNT; id++)
            if ((command->options & OPTION_BIT(id)) != 0)
                assert_non_null(strstr(out.bytes, command_options[id].name));
        text_deinit(&out);
    }
    text_deinit(&overview);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_options_and_operands_mix),
        cmocka_unit_test(test_a_dash_is_an_operand),
        cmocka_unit_test(test_help_needs_no_operands),
        cmocka_unit_test(test_the_socket_comes_from_the_environment),
        cmocka_unit_test(test_each_row_of_commands_is_whole),
        cmocka_unit_test(test_no_letter_means_two_options),
        cmocka_unit_test(test_help_fits_and_is_complete),
    };
    display_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
