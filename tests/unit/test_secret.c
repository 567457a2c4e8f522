// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Where the client secret comes from, and that it leaves no trace.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "imaged/installation.h"
#include "imaged/secret.h"

static char directory[] = "/tmp/imaged-secret-XXXXXX";
static char file[64];
static char credential[64];

static void write_file(const char *path, const char *text)
{
    FILE *stream = fopen(path, "w");
    assert_non_null(stream);
    assert_true(fputs(text, stream) >= 0);
    assert_int_equal(fclose(stream), 0);
}

static int make_directory(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(file, sizeof(file), "%s/file", directory);
    snprintf(credential, sizeof(credential), "%s/numspot-client-secret", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(file);
    unlink(credential);
    return rmdir(directory);
}

static int forget(void **state)
{
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    unlink(credential);
    secret_forget_environment();
    return 0;
}

static void expect(const char *from_file, const char *wanted)
{
    struct error error = {0};
    char *secret = secret_read(from_file, &error);
    assert_non_null(secret);
    assert_string_equal(secret, wanted);
    secret_free(secret);
}

static void test_order(void **state)
{
    (void)state;
    struct error error = {0};
    assert_null(secret_read(NULL, &error));
    assert_non_null(strstr(error.message, "numspot.client_secret_file"));

    setenv("NUMSPOT_CLIENT_SECRET", "of the environment", 1);
    secret_hide_environment();
    assert_null(getenv("NUMSPOT_CLIENT_SECRET"));
    expect(NULL, "of the environment");

    write_file(file, "of the file\n");
    expect(file, "of the file");

    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    expect(file, "of the file");
    write_file(credential, "of systemd");
    expect(file, "of systemd");
    write_file(credential, "\n"); // what the unit passes where there is none
    expect(file, "of the file");
    expect(NULL, "of the environment");
}

static void test_nowhere(void **state)
{
    (void)state;
    struct error error = {0};
    write_file(credential, "\n");
    setenv("CREDENTIALS_DIRECTORY", directory, 1);
    assert_null(secret_read(NULL, &error));
    assert_non_null(strstr(error.message, "/imaged/client_secret"));
    assert_non_null(strstr(error.message, "/imaged/NAME.secret"));
}

static void test_read_anew(void **state)
{
    (void)state;
    write_file(file, "one\n");
    expect(file, "one");
    write_file(file, "two \t\r\n\n");
    expect(file, "two");
}

static void test_unusable(void **state)
{
    (void)state;
    char path[96];
    struct error error = {0};
    snprintf(path, sizeof(path), "%s/absent", directory);
    assert_null(secret_read(path, &error));
    assert_non_null(strstr(error.message, path));
    write_file(file, " \n");
    error = (struct error){0};
    assert_null(secret_read(file, &error));
    assert_non_null(strstr(error.message, "empty"));
    char *long_text = calloc(1, 5001);
    memset(long_text, 'x', 5000);
    write_file(file, long_text);
    free(long_text);
    error = (struct error){0};
    assert_null(secret_read(file, &error));
    assert_non_null(strstr(error.message, "longer"));
    assert_null(strstr(error.message, "xxxx"));
}

static void test_installation(void **state)
{
    (void)state;
    struct error error = {0};
    write_file(file, "0123456789abcdef0123456789abcdef\n");
    char *id = installation_of_machine(file, &error);
    assert_non_null(id);
    assert_string_equal(id, "imaged-bddad008cb3c17fa"); // for ever: images carry it as a tag
    free(id);
    write_file(file, "fedcba9876543210fedcba9876543210\n");
    char *other = installation_of_machine(file, &error);
    assert_string_not_equal(other, "imaged-bddad008cb3c17fa");
    free(other);
    write_file(file, "uninitialized\n");
    assert_null(installation_of_machine(file, &error));
    assert_non_null(strstr(error.message, "installation:"));
    assert_null(installation_of_machine("/nonexistent", &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, forget, forget),
        cmocka_unit_test_setup_teardown(test_nowhere, forget, forget),
        cmocka_unit_test_setup_teardown(test_read_anew, forget, forget),
        cmocka_unit_test_setup_teardown(test_unusable, forget, forget),
        cmocka_unit_test(test_installation),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
