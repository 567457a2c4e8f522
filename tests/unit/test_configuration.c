// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// The configuration: what is read, what is refused and where, what the environment and the defaults
// fill in.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/text.h"
#include "imaged/configuration.h"

#define SPACE  "11111111-2222-4333-8444-555555555555"
#define ENOUGH "numspot: {space_id: " SPACE ", client_id: me}\n"

static char path[] = "/tmp/imaged-configuration-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static int clear_environment(void **state)
{
    (void)state;
    unsetenv("NUMSPOT_HOST");
    unsetenv("NUMSPOT_SPACE_ID");
    unsetenv("NUMSPOT_CLIENT_ID");
    unsetenv("CONFIGURATION_DIRECTORY");
    unsetenv("RUNTIME_DIRECTORY");
    unsetenv("STATE_DIRECTORY");
    return 0;
}

// Reads the text as a configuration; the problems as lines are added to `said`.
static int read_text(const char *yaml, struct configuration *configuration, struct text *said)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(yaml, file) >= 0);
    assert_int_equal(fclose(file), 0);
    struct problem_list problems = {0};
    struct error error = {0};
    int result = configuration_read(path, configuration, &problems, &error);
    for (size_t i = 0; i < problems.count; i++) {
        problem_format(&problems.items[i], "f", said);
        text_append(said, "\n");
    }
    problem_list_deinit(&problems);
    assert_int_equal(result == 0, error.code == ERROR_NONE);
    return result;
}

static void test_defaults(void **state)
{
    (void)state;
    struct configuration configuration;
    struct text said = {0};
    assert_int_equal(read_text(ENOUGH, &configuration, &said), 0);
    assert_string_equal(text_string(&said), "");
    assert_string_equal(configuration.numspot.host, "https://api.eu-west-2.numspot.com");
    assert_int_equal(configuration.numspot.request_timeout_ms.value, 60000);
    assert_int_equal(configuration.declarations.settle_ms.value, 200);
    assert_int_equal(configuration.limits.burst.value, 20);
    assert_int_equal(configuration.poll.resync_ms.value, 300000);
    assert_int_equal(configuration.deletion.max.value, 5);
    assert_int_equal(configuration.deletion.window_ms.value, 3600000);
    assert_int_equal(configuration.ambiguity_window_ms.value, 90000);
    assert_null(configuration.installation);
    assert_null(configuration.status.listen);
    struct engine_options options = configuration_engine_options(&configuration, "here");
    struct engine_options plain = engine_default_options();
    assert_string_equal(options.installation, "here");
    assert_true(options.ownership_tags);
    assert_false(options.observe);
    assert_int_equal(options.grace_ms, plain.grace_ms);
    assert_int_equal(options.ambiguity_window_ms, plain.ambiguity_window_ms);
    assert_int_equal(options.gone_after_ms, plain.gone_after_ms);
    configuration_deinit(&configuration);
    text_deinit(&said);
}

static void test_environment_fills_gaps(void **state)
{
    (void)state;
    struct configuration configuration;
    struct text said = {0};
    setenv("NUMSPOT_HOST", "https://other.example", 1);
    setenv("NUMSPOT_SPACE_ID", SPACE, 1);
    setenv("NUMSPOT_CLIENT_ID", "from-environment", 1);
    assert_int_equal(read_text("numspot: {client_id: from-file}\n", &configuration, &said), 0);
    assert_string_equal(configuration.numspot.host, "https://other.example");
    assert_string_equal(configuration.numspot.space_id, SPACE);
    assert_string_equal(configuration.numspot.client_id, "from-file");
    configuration_deinit(&configuration);
    setenv("NUMSPOT_SPACE_ID", "not-a-uuid", 1);
    assert_int_equal(read_text("numspot: {client_id: x}\n", &configuration, &said), -1);
    assert_non_null(strstr(text_string(&said), "$NUMSPOT_SPACE_ID"));
    configuration_deinit(&configuration);
    text_deinit(&said);
}

static void test_unit_gives_directories(void **state)
{
    (void)state;
    struct configuration configuration;
    struct text said = {0};
    setenv("CONFIGURATION_DIRECTORY", "/etc/imaged/paris", 1);
    setenv("RUNTIME_DIRECTORY", "/run/imaged-paris:/run/other", 1);
    setenv("STATE_DIRECTORY", "/var/lib/imaged-paris", 1);
    assert_int_equal(read_text(ENOUGH, &configuration, &said), 0);
    assert_string_equal(configuration.declarations.directory, "/etc/imaged/paris/images.d");
    assert_string_equal(configuration.control.socket, "/run/imaged-paris/control.sock");
    assert_string_equal(configuration.state.path, "/var/lib/imaged-paris/state.db");
    configuration_deinit(&configuration);
    assert_int_equal(read_text(ENOUGH "state: {path: /srv/state.db}\n", &configuration, &said), 0);
    assert_string_equal(configuration.state.path, "/srv/state.db");
    configuration_deinit(&configuration);
    text_deinit(&said);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        const char *place;
        const char *words;
    } cases[] = {
        {"", "f:", "numspot.space_id: missing"},
        {"numspot: {space_id: " SPACE "}\n", "f:", "$NUMSPOT_CLIENT_ID"},
        {ENOUGH "numspott: {}\n", "f:2:1", "did you mean numspot"},
        {ENOUGH "limits: {rate: ten}\n", "f:2:16", "whole number"},
        {ENOUGH "limits: {burst: 0}\n", "f:2:17", "at least 1"},
        {ENOUGH "poll: {resync: 5}\n", "f:2:16", "unit is missing"},
        {ENOUGH "poll: {pending_min: 2m}\n", "f:", "poll.pending_max"},
        {"numspot: {space_id: x, client_id: y}\n", "f:1:21", "UUID"},
        {ENOUGH "installation: 'a b'\n", "f:2:15", "letters"},
        {ENOUGH "mode: dream\n", "f:2:7", "observe"},
        {ENOUGH "state: {backend: csv}\n", "f:2:18", "sqlite"},
        {ENOUGH "defaults: {on_remove: burn}\n", "f:2:23", "delete"},
        {ENOUGH "--- \nlog: {level: info}\n", "f:3:1", "second"},
        {"[1, 2]\n", "f:1:1", "mapping"},
        {ENOUGH "log: {level: \"info}\n", "f:", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct configuration configuration;
        struct text said = {0};
        assert_int_equal(read_text(cases[i].yaml, &configuration, &said), -1);
        if (strstr(text_string(&said), cases[i].place) == NULL ||
            strstr(text_string(&said), cases[i].words) == NULL)
            fail_msg("%s: it said \"%s\"", cases[i].yaml, text_string(&said));
        text_deinit(&said);
        configuration_deinit(&configuration);
    }
}

// The installed example has sections with nothing but comments in them.
static void test_empty_sections(void **state)
{
    (void)state;
    struct configuration configuration;
    struct text said = {0};
    assert_int_equal(
        read_text(ENOUGH "state:\nlimits:\ndefaults:\nlog:\n", &configuration, &said), 0);
    assert_int_equal(configuration.limits.rate.value, 10);
    configuration_deinit(&configuration);
    text_deinit(&said);
}

static void test_absent_file(void **state)
{
    (void)state;
    struct configuration configuration;
    struct problem_list problems = {0};
    struct error error = {0};
    assert_int_equal(
        configuration_read("/nonexistent/x.yaml", &configuration, &problems, &error), -1);
    assert_non_null(strstr(error.message, "/nonexistent/x.yaml"));
    configuration_deinit(&configuration);
    problem_list_deinit(&problems);
}

static void test_needs_restart(void **state)
{
    (void)state;
    struct configuration a;
    struct configuration b;
    struct text said = {0};
    assert_int_equal(read_text(ENOUGH, &a, &said), 0);
    assert_int_equal(read_text(ENOUGH "limits: {rate: 5}\n", &b, &said), 0);
    assert_null(configuration_needs_restart(&a, &b));
    configuration_deinit(&b);
    assert_int_equal(read_text(ENOUGH "state: {path: /x}\ninstallation: y\n", &b, &said), 0);
    char *needed = configuration_needs_restart(&a, &b);
    assert_string_equal(needed, "state.path, installation");
    free(needed);
    configuration_deinit(&a);
    configuration_deinit(&b);
    text_deinit(&said);
}

// Every row explains itself, and its default is one that it would accept.
static void check_table(const struct field_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct field *field = &table->fields[i];
        assert_non_null(field->help);
        assert_non_null(field->example);
        if (field->children != NULL)
            check_table(field->children);
    }
}

static void test_rows_explain_themselves(void **state)
{
    (void)state;
    check_table(&configuration_table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults, clear_environment),
        cmocka_unit_test_setup_teardown(
            test_environment_fills_gaps, clear_environment, clear_environment),
        cmocka_unit_test_setup_teardown(
            test_unit_gives_directories, clear_environment, clear_environment),
        cmocka_unit_test_setup(test_refused, clear_environment),
        cmocka_unit_test_setup(test_empty_sections, clear_environment),
        cmocka_unit_test_setup(test_absent_file, clear_environment),
        cmocka_unit_test_setup(test_needs_restart, clear_environment),
        cmocka_unit_test(test_rows_explain_themselves),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
