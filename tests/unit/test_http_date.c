// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Dates and waits of HTTP headers: all forms, and nothing that is out of bounds.
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "numspot/http_date.h"

#define NOVEMBER_6_1994 INT64_C(784111777000)
#define WALL_MS         INT64_C(1795600800000) // 2026-11-25T10:00:00Z

static const struct {
    const char *text;
    int64_t epoch_ms;
} dates[] = {
    {"Sun, 06 Nov 1994 08:49:37 GMT", NOVEMBER_6_1994},
    {"Sunday, 06-Nov-94 08:49:37 GMT", NOVEMBER_6_1994},
    {"Sun Nov  6 08:49:37 1994", NOVEMBER_6_1994},
    {"  Sun, 06 Nov 1994 08:49:37 UTC  ", NOVEMBER_6_1994},
    {"Sun, 6 nov 1994 08:49:37 GMT", NOVEMBER_6_1994},
    {"\tSun, 06 Nov 1994 08:49:37 GMT", NOVEMBER_6_1994},
    {"Wed, 25 Nov 2026 10:00:00 GMT", WALL_MS},
    {"Wednesday, 25-Nov-26 10:00:00 GMT", WALL_MS},
    {"Wed Nov 25 10:00:00 2026", WALL_MS},
    {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
};

static const char *const no_dates[] = {
    "",
    "Sun",
    "Sun,",
    "Sun, 06 Nov 1994",
    "Sun, 06 Nov 1994 08:49 GMT",
    "06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Wed, 25 Nov 0452 10:00:00 GMT",
    "Wed, 31 Dec 1969 23:59:59 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 25:49:37 GMT",
    "Sun, 06 Nov 19940 08:49:37 GMT",
    "Sun, 06 Nov 194 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT x",
    "Sun Nov  6 08:49:37",
    "Sun, 006 Nov 1994 08:49:37 GMT",
    "Su, 06 Nov 1994 08:49:37 GMT",
    "2026-11-25T10:00:00Z",
    "Sun, x6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov-1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 x8:49:37 GMT",
    "Sun, 06 Nov 1994 08.49:37 GMT",
    "Sun, 06 Nov 1994 08:x9:37 GMT",
    "Sun, 06 Nov 1994 08:49.37 GMT",
    "Sun, 06 Nov 1994 08:49:x7 GMT",
    "Sun Foo  6 08:49:37 1994",
    "Sun Nov,6 08:49:37 1994",
    "Sun Nov  x 08:49:37 1994",
    "Sun Nov  6-08:49:37 1994",
    "Sun Nov  6 08:49 1994",
    "Sun Nov  6 08:49:37-1994",
    "Sun Nov  6 08:49:37 x",
};

static const struct {
    const char *text;
    int64_t wait_ms;
} waits[] = {
    {NULL, 0},
    {"", 0},
    {"0", 0},
    {"1", 1000},
    {" 120 ", 120000},
    {"120", 120000},
    {"1.2", 2000},
    {"3600", 3600000},
    {"3601", 3600000},
    {"99999999999999999999999999999999999999", 3600000},
    {"-1", 0},
    {"-99999999999999999999", 0},
    {"soon", 0},
    {"12x", 0},
    {"0x10", 0},
    {"1e3", 0},
    {"+5", 0},
    {"120, 60", 0},
    {"Wed, 25 Nov 2026 10:00:00 GMT", 0},
    {"Wed, 25 Nov 2026 10:02:00 GMT", 120000},
    {"Wednesday, 25-Nov-26 10:02:00 GMT", 120000},
    {"Wed Nov 25 10:02:00 2026", 120000},
    {"Wed, 25 Nov 2026 09:00:00 GMT", 0},
    {"Fri, 31 Dec 9999 23:59:59 GMT", 3600000},
    {"Sun, 01 Jan 0000 00:00:00 GMT", 0},
};

static void test_dates(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        int64_t epoch_ms = 12345;
        if (http_date_parse(dates[i].text, &epoch_ms) != 0 || epoch_ms != dates[i].epoch_ms)
            fail_msg("%s: %lld", dates[i].text, (long long)epoch_ms);
    }
}

static void test_no_dates(void **state)
{
    (void)state;
    int64_t epoch_ms = 12345;
    for (size_t i = 0; i < sizeof(no_dates) / sizeof(no_dates[0]); i++)
        if (http_date_parse(no_dates[i], &epoch_ms) == 0)
            fail_msg("'%s' is no date", no_dates[i]);
    assert_int_equal(http_date_parse(NULL, &epoch_ms), -1);
    assert_true(epoch_ms == 12345);
}

static void test_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        int64_t wait_ms = retry_after_parse(waits[i].text, WALL_MS);
        if (wait_ms != waits[i].wait_ms)
            fail_msg("'%s': %lld ms", waits[i].text, (long long)wait_ms);
    }
}

// The wall clock may say anything.
static void test_waits_by_any_clock(void **state)
{
    (void)state;
    static const int64_t clocks_ms[] = {INT64_MIN, -1, 0, INT64_MAX};
    for (size_t i = 0; i < sizeof(clocks_ms) / sizeof(clocks_ms[0]); i++) {
        int64_t wait_ms = retry_after_parse("Wed, 25 Nov 2026 10:00:00 GMT", clocks_ms[i]);
        assert_true(wait_ms >= 0 && wait_ms <= RETRY_AFTER_LIMIT_MS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_no_dates),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_waits_by_any_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
