// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Dates are read and written without the C library's help; what is no date is refused.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/timestamp.h"

static const struct {
    const char *text;
    int64_t epoch_ms;
} dates[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2024-10-21T19:33:21.964594Z", INT64_C(1729539201964)}, // recorded
    {"2024-10-30T07:00:36.771Z", INT64_C(1730271636771)},    // recorded
    {"2010-10-01 12:34:56.789000+00:00", INT64_C(1285936496789)},
    {"2026-08-10T08:00:00Z", INT64_C(1786348800000)},
    {"2026-08-10t10:00:00.0+02:00", INT64_C(1786348800000)},
    {"2026-08-10T04:30:00-0330", INT64_C(1786348800000)},
    {"2026-08-10T03:00:00-05", INT64_C(1786348800000)},
    {"2026-08-10T08:00Z", INT64_C(1786348800000)},
    {"2026-08-10T08:00:00", INT64_C(1786348800000)},
    {"2026-08-10", INT64_C(1786320000000)},
    {"2026-08-10T08:00:00,5Z", INT64_C(1786348800500)},
    {"2026-08-10T08:00:00.123456789012345678901234567890Z", INT64_C(1786348800123)},
    {"2016-12-31T23:59:60Z", INT64_C(1483228800000)}, // a leap second
    {"2000-02-29T00:00:00Z", INT64_C(951782400000)},
    {"1969-12-31T23:59:59.999Z", -1},
    {"0000-01-01T00:00:00Z", INT64_C(-62167219200000)},
    {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999)},
};

static const char *const no_dates[] = {
    "",
    " ",
    "now",
    "2026",
    "2026-8-10",
    "2026-08",
    "2026-x8-10",
    "2026-13-01",
    "2026-00-10",
    "2026-02-29",
    "2026-02-30",
    "1900-02-29",
    "2026-01-32",
    "2026-01-00",
    "2026-08-10T",
    "2026-08-10T24:00:00Z",
    "2026-08-10T8:00Z",
    "2026-08-10T08.00Z",
    "2026-08-10T08:0Z",
    "2026-08-10T08:00:0Z",
    "2026-08-10T08:60:00Z",
    "2026-08-10T08:00:61Z",
    "2026-08-10T08:00:00.Z",
    "2026-08-10T08:00:00Zx",
    "2026-08-10T08:00:00+",
    "2026-08-10T08:00:00+2",
    "2026-08-10T08:00:00+24:00",
    "2026-08-10T08:00:00+02:60",
    "2026-08-10T08:00:00+02:0",
    "2026-08-10X08:00:00Z",
    "-026-08-10",
    "+2026-08-10",
    "2026-08-10 ",
    " 2026-08-10",
    "99999-01-01",
    "2026-08-1O",
    "2026-08-10T08:00:00.5x",
};

static void test_parse(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        int64_t epoch_ms = 12345;
        if (timestamp_parse(dates[i].text, &epoch_ms) != 0 || epoch_ms != dates[i].epoch_ms)
            fail_msg("%s: %lld", dates[i].text, (long long)epoch_ms);
    }
}

static void test_refuse(void **state)
{
    (void)state;
    int64_t epoch_ms = 12345;
    for (size_t i = 0; i < sizeof(no_dates) / sizeof(no_dates[0]); i++)
        if (timestamp_parse(no_dates[i], &epoch_ms) == 0)
            fail_msg("'%s' is no date", no_dates[i]);
    assert_int_equal(timestamp_parse(NULL, &epoch_ms), -1);
    assert_true(epoch_ms == 12345);
}

static void test_format(void **state)
{
    (void)state;
    char text[TIMESTAMP_SIZE];
    timestamp_format(INT64_C(1729539201964), text);
    assert_string_equal(text, "2024-10-21T19:33:21.964Z");
    timestamp_format(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000Z");
    timestamp_format(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59.999Z");
    timestamp_format(INT64_MIN, text);
    assert_string_equal(text, "0000-01-01T00:00:00.000Z");
    timestamp_format(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

// Every day of ten thousand years there and back, each a day after the one before.
static void test_every_day(void **state)
{
    (void)state;
    int64_t wanted_ms = INT64_C(-62167219200000);
    for (; wanted_ms < INT64_C(253402300800000); wanted_ms += 86400000) {
        char text[TIMESTAMP_SIZE];
        int64_t got_ms = 0;
        timestamp_format(wanted_ms, text);
        assert_int_equal(timestamp_parse(text, &got_ms), 0);
        assert_true(got_ms == wanted_ms);
    }
}

// Members that no text can bring, since its digits are counted.
static void test_bounds(void **state)
{
    (void)state;
    static const struct civil_time outside[] = {
        {.year = -1, .month = 1, .day = 1},
        {.year = 10000, .month = 1, .day = 1},
        {.year = 2026, .month = 0, .day = 1},
        {.year = 2026, .month = -1, .day = 1},
        {.year = 2026, .month = 1, .day = -1},
        {.year = 2026, .month = 1, .day = 1, .hour = -1},
        {.year = 2026, .month = 1, .day = 1, .minute = -1},
        {.year = 2026, .month = 1, .day = 1, .second = -1},
        {.year = 2026, .month = 1, .day = 1, .millisecond = -1},
        {.year = 2026, .month = 1, .day = 1, .millisecond = 1000},
    };
    int64_t epoch_ms = 7;
    for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
        assert_int_equal(civil_time_to_ms(&outside[i], &epoch_ms), -1);
    assert_int_equal(epoch_ms, 7);
    struct civil_time good = {.year = 1970, .month = 1, .day = 2, .millisecond = 999};
    assert_int_equal(civil_time_to_ms(&good, &epoch_ms), 0);
    assert_int_equal(epoch_ms, 86400999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
