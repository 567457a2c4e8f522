// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What jansson frees is searched for the secret that it read or wrote: every free() comes by here
// (the linker's --wrap).
#include "config.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/memory.h"
#include "imaged/allocators.h"

#define SECRET        "correct-horse-battery-staple"
#define FREED_SECRETS SECRET
#include "freed.h"

// So that the test itself is seen to work.
static void test_it_would_notice(void **state)
{
    (void)state;
    char *text = memory_text("a " SECRET " in clear");
    __wrap_free(text);
    assert_int_equal(leaks, 1);
    leaks = 0;
}

static void test_what_is_read_and_written_is_wiped(void **state)
{
    (void)state;
    frees = 0;
    json_t *read = json_loads("{\"access_token\": \"" SECRET "\", \"expires_in\": 3600}", 0, NULL);
    assert_string_equal(json_string_value(json_object_get(read, "access_token")), SECRET);
    json_decref(read);
    json_t *written = json_pack("{s:s, s:s}", "name", "imaged", "password", SECRET);
    char *text = json_dumps(written, JSON_COMPACT);
    assert_non_null(strstr(text, SECRET));
    explicit_bzero(text, strlen(text));
    __wrap_free(text);
    json_decref(written);
    assert_true(frees > 4);
    assert_int_equal(leaks, 0);
}

int main(void)
{
    allocators_install();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_would_notice),
        cmocka_unit_test(test_what_is_read_and_written_is_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
