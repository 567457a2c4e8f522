// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// What a text means as a boolean, an integer, a duration; and at the edges of what fits.
#include "config.h"

#include "declaration_fixture.h"

#include "core/scalar.h"

static const struct {
    const char *text;
    enum scalar_result result;
    int64_t value;
} integers[] = {
    {"0", SCALAR_GOOD, 0},
    {"-0", SCALAR_GOOD, 0},
    {"7", SCALAR_GOOD, 7},
    {"-7", SCALAR_GOOD, -7},
    {"9223372036854775807", SCALAR_GOOD, INT64_MAX},
    {"-9223372036854775808", SCALAR_GOOD, INT64_MIN},
    {"9223372036854775808", SCALAR_TOO_LARGE, 0},
    {"-9223372036854775809", SCALAR_TOO_LARGE, 0},
    {"99999999999999999999999", SCALAR_TOO_LARGE, 0},
    {"99999999999999999999999x", SCALAR_MALFORMED, 0},
    {"", SCALAR_MALFORMED, 0},
    {"-", SCALAR_MALFORMED, 0},
    {"+1", SCALAR_MALFORMED, 0},
    {"01", SCALAR_MALFORMED, 0},
    {" 1", SCALAR_MALFORMED, 0},
    {"1 ", SCALAR_MALFORMED, 0},
    {"1_000", SCALAR_MALFORMED, 0},
    {"0x1", SCALAR_MALFORMED, 0},
    {"1.5", SCALAR_MALFORMED, 0},
    {"--1", SCALAR_MALFORMED, 0},
};

static const struct {
    const char *text;
    enum scalar_result result;
    int64_t value_ms;
    const char *written; // NULL: as `text`
} durations[] = {
    {"0s", SCALAR_GOOD, 0, NULL},
    {"0d", SCALAR_GOOD, 0, "0s"},
    {"1ms", SCALAR_GOOD, 1, NULL},
    {"1000ms", SCALAR_GOOD, 1000, "1s"},
    {"90s", SCALAR_GOOD, 90000, NULL},
    {"60s", SCALAR_GOOD, 60000, "1m"},
    {"5m", SCALAR_GOOD, 300000, NULL},
    {"48h", SCALAR_GOOD, 172800000, "2d"},
    {"1d", SCALAR_GOOD, 86400000, NULL},
    {"9223372036854775807ms", SCALAR_GOOD, INT64_MAX, NULL},
    {"9223372036854775807s", SCALAR_TOO_LARGE, 0, NULL},
    {"9223372036854775808ms", SCALAR_TOO_LARGE, 0, NULL},
    {"99999999999999999999d", SCALAR_TOO_LARGE, 0, NULL},
    {"90", SCALAR_UNITLESS, 0, NULL},
    {"", SCALAR_MALFORMED, 0, NULL},
    {"s", SCALAR_MALFORMED, 0, NULL},
    {"-1s", SCALAR_MALFORMED, 0, NULL},
    {"1w", SCALAR_MALFORMED, 0, NULL},
    {"1S", SCALAR_MALFORMED, 0, NULL},
    {"1h30m", SCALAR_MALFORMED, 0, NULL},
    {"1.5h", SCALAR_MALFORMED, 0, NULL},
    {"1 s", SCALAR_MALFORMED, 0, NULL},
};

static void test_integers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++) {
        int64_t value = 42;
        if (scalar_read_integer(integers[i].text, &value) != integers[i].result ||
            value != (integers[i].result == SCALAR_GOOD ? integers[i].value : 42))
            fail_msg("%s", integers[i].text);
    }
}

static void test_durations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        int64_t value = 42;
        if (scalar_read_duration(durations[i].text, &value) != durations[i].result ||
            value != (durations[i].result == SCALAR_GOOD ? durations[i].value_ms : 42))
            fail_msg("%s", durations[i].text);
        if (durations[i].result != SCALAR_GOOD)
            continue;
        struct text out = {0};
        scalar_write_duration(&out, value);
        assert_string_equal(
            out.bytes, durations[i].written == NULL ? durations[i].text : durations[i].written);
        text_deinit(&out);
    }
}

static void test_booleans(void **state)
{
    (void)state;
    enum boolean value = BOOLEAN_ABSENT;
    assert_int_equal(scalar_read_boolean("yes", &value), SCALAR_MALFORMED);
    assert_int_equal(scalar_read_boolean("True", &value), SCALAR_MALFORMED);
    assert_int_equal(scalar_read_boolean("", &value), SCALAR_MALFORMED);
    assert_string_equal(scalar_boolean_name(value), "");
    assert_int_equal(scalar_read_boolean("true", &value), SCALAR_GOOD);
    assert_string_equal(scalar_boolean_name(value), "true");
    assert_int_equal(scalar_read_boolean("false", &value), SCALAR_GOOD);
    assert_string_equal(scalar_boolean_name(value), "false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_booleans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
