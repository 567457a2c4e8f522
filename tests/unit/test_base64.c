// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Base64 both ways: RFC 4648's examples, all bytes, and what is none.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base64.h"

static void test_examples(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        size_t length = 99;
        char *encoded = base64_encode(pairs[i][0], strlen(pairs[i][0]));
        char *decoded = base64_decode(pairs[i][1], &length);
        assert_string_equal(encoded, pairs[i][1]);
        assert_string_equal(decoded, pairs[i][0]);
        assert_int_equal(length, strlen(pairs[i][0]));
        free(encoded);
        free(decoded);
    }
}

static void test_all_bytes(void **state)
{
    (void)state;
    char bytes[256];
    size_t length = 0;
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    for (size_t from = 0; from < 4; from++) {
        char *encoded = base64_encode(bytes + from, sizeof(bytes) - from);
        char *decoded = base64_decode(encoded, &length);
        assert_int_equal(length, sizeof(bytes) - from);
        assert_memory_equal(decoded, bytes + from, length);
        assert_int_equal(decoded[length], '\0');
        free(encoded);
        free(decoded);
    }
}

static void test_what_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {"Z", "Zg", "Zg=", "Zm9", "Zm9v!", "Zm 9",
        "Zm9vY===", "=g==", "Zg==Zg==", "Zm-_", "Zm9~", "===="};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        size_t length = 0;
        char *decoded = base64_decode(wrong[i], &length);
        if (decoded != NULL)
            fail_msg("\"%s\" was taken", wrong[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_all_bytes),
        cmocka_unit_test(test_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
