// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Durations and dates, strictly.

#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/calendar.h"

static void durations_have_a_unit(void **state)
{
    static const struct {
        const char *text;
        int64_t wanted; // -1: refused
    } cases[] = {
        {"0s", 0},
        {"250ms", 250},
        {"4s", 4000},
        {"5m", 300000},
        {"1h", 3600000},
        {"2d", 172800000},
        {"36525d", INT64_C(3155760000000)},
        {"36526d", -1},
        {"", -1},
        {"4", -1},
        {"s", -1},
        {"-4s", -1},
        {"+4s", -1},
        {" 4s", -1},
        {"4 s", -1},
        {"4s ", -1},
        {"1.5s", -1},
        {"4S", -1},
        {"4us", -1},
        {"9999999999999999s", -1},
        {"99999999999999999999d", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t duration_ms = -1;

        if (sim_calendar_duration(cases[i].text, &duration_ms) != (cases[i].wanted < 0 ? -1 : 0) ||
            duration_ms != cases[i].wanted) {
            fail_msg("'%s': %lld", cases[i].text, (long long)duration_ms);
        }
    }
}

static void dates_are_rfc_3339(void **state)
{
    static const struct {
        const char *text;
        const char *wanted; // NULL: refused
    } cases[] = {
        {"2024-10-21T19:33:21.964594Z", "2024-10-21T19:33:21.964594Z"},
        {"2024-10-30T07:00:36.771Z", "2024-10-30T07:00:36.771000Z"},
        {"2026-08-10T08:00:00Z", "2026-08-10T08:00:00.000000Z"},
        {"2026-08-10 08:00:00+02:00", "2026-08-10T06:00:00.000000Z"},
        {"2026-08-10T23:30:00-01:30", "2026-08-11T01:00:00.000000Z"},
        {"2026-08-10", "2026-08-10T00:00:00.000000Z"},
        {"2024-02-29", "2024-02-29T00:00:00.000000Z"},
        {"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500000Z"},
        {"2023-02-29", NULL},
        {"2026-13-01", NULL},
        {"2026-0:-10", NULL},
        {"20/6-08-10", NULL},
        {"2026-00-01", NULL},
        {"2026-04-31", NULL},
        {"2026-8-10", NULL},
        {"2026-08-10T08:00:00", NULL},
        {"2026-08-10T08:00Z", NULL},
        {"2026-08-10T24:00:00Z", NULL},
        {"2026-08-10T08:60:00Z", NULL},
        {"2026-08-10T08:00:00.Z", NULL},
        {"2026-08-10T08:00:00.1234567Z", NULL},
        {"2026-08-10T08:00:00Zx", NULL},
        {"2026-08-10T08:00:00+2:00", NULL},
        {"2026-08-10T08:00:00+02:60", NULL},
        {"20260810", NULL},
        {"", NULL},
        {"today", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t time_us;
        int result = sim_calendar_parse(cases[i].text, &time_us);

        if (result != (cases[i].wanted == NULL ? -1 : 0)) {
            fail_msg("'%s': %d", cases[i].text, result);
        }
        if (result == 0) {
            char *text = sim_calendar_format(time_us, 6);

            assert_string_equal(text, cases[i].wanted);
            free(text);
        }
    }
}

static void snapshots_have_milliseconds(void **state)
{
    char *text = sim_calendar_format(INT64_C(1730271636771999), 3);

    (void)state;
    assert_string_equal(text, "2024-10-30T07:00:36.771Z");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_a_unit),
        cmocka_unit_test(dates_are_rfc_3339),
        cmocka_unit_test(snapshots_have_milliseconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
