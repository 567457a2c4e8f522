// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

// Times and durations as text, strictly: whatever is not wholly understood is refused.

#include "config.h"

#include "sim/calendar.h"
#include "sim/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_US  INT64_C(1000000)
#define CENTURY_MS (INT64_C(36525) * 24 * 3600 * 1000)

static const struct unit {
    const char *name;
    int64_t milliseconds;
} units[] = {
    {"ms", 1},
    {"s", 1000},
    {"m", 60 * 1000},
    {"h", 3600 * 1000},
    {"d", 24 * 3600 * 1000},
};

int sim_calendar_duration(const char *text, int64_t *duration_ms)
{
    size_t digits = strspn(text, "0123456789");
    int64_t value = 0;

    if (digits == 0 || digits > 15) {
        return -1;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (text[i] - '0');
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text + digits, units[i].name) == 0) {
            if (value > CENTURY_MS / units[i].milliseconds) {
                return -1;
            }
            *duration_ms = value * units[i].milliseconds;
            return 0;
        }
    }
    return -1;
}

char *sim_calendar_format(int64_t time_us, int digits)
{
    int64_t fraction = time_us % SECOND_US;
    time_t seconds;
    struct tm parts;
    char date[32];

    if (fraction < 0) {
        fraction += SECOND_US;
    }
    seconds = (time_t)((time_us - fraction) / SECOND_US);
    gmtime_r(&seconds, &parts);
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
    if (digits == 3) {
        return sim_memory_format("%s.%03dZ", date, (int)(fraction / 1000));
    }
    return sim_memory_format("%s.%06dZ", date, (int)fraction);
}

// Takes `count` digits off the front of *text; false when they are not there.
static bool take_number(const char **text, int count, int *number)
{
    *number = 0;
    for (int i = 0; i < count; i++) {
        if ((*text)[i] < '0' || (*text)[i] > '9') {
            return false;
        }
        *number = *number * 10 + ((*text)[i] - '0');
    }
    *text += count;
    return true;
}

static bool take_character(const char **text, char character)
{
    if (**text != character) {
        return false;
    }
    (*text)++;
    return true;
}

static bool take_date(const char **text, struct tm *parts)
{
    int year, month, day;

    if (!take_number(text, 4, &year) || !take_character(text, '-') ||
        !take_number(text, 2, &month) || !take_character(text, '-') ||
        !take_number(text, 2, &day)) {
        return false;
    }
    parts->tm_year = year - 1900;
    parts->tm_mon = month - 1;
    parts->tm_mday = day;
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool take_time(const char **text, struct tm *parts, int64_t *fraction_us)
{
    if (!take_number(text, 2, &parts->tm_hour) || !take_character(text, ':') ||
        !take_number(text, 2, &parts->tm_min) || !take_character(text, ':') ||
        !take_number(text, 2, &parts->tm_sec)) {
        return false;
    }
    if (take_character(text, '.')) {
        int64_t scale = SECOND_US / 10;
        size_t digits = strspn(*text, "0123456789");

        if (digits == 0 || digits > 6) {
            return false;
        }
        for (; digits > 0; digits--, (*text)++, scale /= 10) {
            *fraction_us += (**text - '0') * scale;
        }
    }
    return parts->tm_hour < 24 && parts->tm_min < 60 && parts->tm_sec < 60;
}

static bool take_offset(const char **text, int64_t *offset_s)
{
    int hours, minutes, sign;

    if (take_character(text, 'Z')) {
        *offset_s = 0;
        return true;
    }
    sign = **text == '-' ? -1 : 1;
    if (!take_character(text, '+') && !take_character(text, '-')) {
        return false;
    }
    if (!take_number(text, 2, &hours) || !take_character(text, ':') ||
        !take_number(text, 2, &minutes)) {
        return false;
    }
    *offset_s = (int64_t)sign * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

int sim_calendar_parse(const char *text, int64_t *time_us)
{
    struct tm parts = {0};
    int64_t fraction_us = 0;
    int64_t offset_s = 0;
    int day;

    if (!take_date(&text, &parts)) {
        return -1;
    }
    if (*text != '\0') {
        if ((!take_character(&text, 'T') && !take_character(&text, ' ')) ||
            !take_time(&text, &parts, &fraction_us) || !take_offset(&text, &offset_s) ||
            *text != '\0') {
            return -1;
        }
    }
    day = parts.tm_mday;
    *time_us = ((int64_t)timegm(&parts) - offset_s) * SECOND_US + fraction_us;
    return parts.tm_mday == day ? 0 : -1; // timegm turned 30 February into a day of March
}
