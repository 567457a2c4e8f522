// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stddef.h>

#include "core/timestamp.h"

#define DAY_MS           INT64_C(86400000)
#define EARLIEST_MS      INT64_C(-62167219200000) // 0000-01-01T00:00:00.000Z
#define LATEST_MS        INT64_C(253402300799999) // 9999-12-31T23:59:59.999Z
#define DAYS_OF_400Y     146097
#define DAYS_BEFORE_1970 719468 // from 0000-03-01: years that begin in March end with the leap day

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    if (month <= 2)
        year--;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_OF_400Y + day_of_era - DAYS_BEFORE_1970;
}

static void civil_from_days(int64_t days, struct civil_time *civil)
{
    days += DAYS_BEFORE_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_OF_400Y - 1)) / DAYS_OF_400Y;
    int64_t day_of_era = days - era * DAYS_OF_400Y;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    civil->day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    civil->month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    civil->year = year_of_era + era * 400 + (civil->month <= 2 ? 1 : 0);
}

int civil_time_to_ms(const struct civil_time *civil, int64_t *epoch_ms)
{
    if (civil->year < 0 || civil->year > 9999 || civil->month < 1 || civil->month > 12)
        return -1;
    if (civil->day < 1 || civil->day > days_in_month(civil->year, civil->month))
        return -1;
    if (civil->hour < 0 || civil->hour > 23 || civil->minute < 0 || civil->minute > 59)
        return -1;
    if (civil->second < 0 || civil->second > 60 || civil->millisecond < 0 ||
        civil->millisecond > 999)
        return -1;
    int64_t seconds = ((int64_t)civil->hour * 60 + civil->minute) * 60 + civil->second;
    *epoch_ms = days_from_civil(civil->year, civil->month, civil->day) * DAY_MS + seconds * 1000 +
                civil->millisecond;
    return 0;
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

// Exactly `count` digits.
static bool take_digits(const char **at, int count, int *value)
{
    *value = 0;
    for (int i = 0; i < count; i++) {
        if (!is_digit((*at)[i]))
            return false;
        *value = *value * 10 + ((*at)[i] - '0');
    }
    *at += count;
    return true;
}

static bool take_byte(const char **at, const char *allowed)
{
    for (; *allowed != '\0'; allowed++) {
        if (**at == *allowed) {
            (*at)++;
            return true;
        }
    }
    return false;
}

static bool take_date(const char **at, struct civil_time *civil)
{
    int year;
    if (!take_digits(at, 4, &year))
        return false;
    civil->year = year;
    return take_byte(at, "-") && take_digits(at, 2, &civil->month) && take_byte(at, "-") &&
           take_digits(at, 2, &civil->day);
}

static bool take_fraction(const char **at, int *millisecond)
{
    if (!is_digit(**at))
        return false;
    int weight = 100;
    for (; is_digit(**at); (*at)++) {
        *millisecond += (**at - '0') * weight;
        weight /= 10;
    }
    return true;
}

static bool take_time(const char **at, struct civil_time *civil)
{
    if (!take_digits(at, 2, &civil->hour) || !take_byte(at, ":") ||
        !take_digits(at, 2, &civil->minute))
        return false;
    if (!take_byte(at, ":"))
        return true;
    if (!take_digits(at, 2, &civil->second))
        return false;
    return !take_byte(at, ".,") || take_fraction(at, &civil->millisecond);
}

static bool take_zone(const char **at, int *offset_minutes)
{
    *offset_minutes = 0;
    if (**at == '\0' || take_byte(at, "Zz"))
        return true;
    int sign = **at == '-' ? -1 : 1;
    int hours;
    int minutes = 0;
    if (!take_byte(at, "+-") || !take_digits(at, 2, &hours))
        return false;
    if (**at != '\0' && (take_byte(at, ":"), !take_digits(at, 2, &minutes)))
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *offset_minutes = sign * (hours * 60 + minutes);
    return true;
}

int timestamp_parse(const char *text, int64_t *epoch_ms)
{
    struct civil_time civil = {0};
    int offset_minutes = 0;
    const char *at = text;
    if (at == NULL || !take_date(&at, &civil))
        return -1;
    if (*at != '\0' &&
        (!take_byte(&at, "Tt ") || !take_time(&at, &civil) || !take_zone(&at, &offset_minutes)))
        return -1;
    int64_t local_ms;
    if (*at != '\0' || civil_time_to_ms(&civil, &local_ms) != 0)
        return -1;
    *epoch_ms = local_ms - (int64_t)offset_minutes * 60000;
    return 0;
}

static char *put_digits(char *at, int64_t value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

void timestamp_format(int64_t epoch_ms, char out[TIMESTAMP_SIZE])
{
    if (epoch_ms < EARLIEST_MS)
        epoch_ms = EARLIEST_MS;
    if (epoch_ms > LATEST_MS)
        epoch_ms = LATEST_MS;
    int64_t rest_ms = epoch_ms % DAY_MS;
    if (rest_ms < 0)
        rest_ms += DAY_MS;
    struct civil_time civil;
    civil_from_days((epoch_ms - rest_ms) / DAY_MS, &civil);
    const struct {
        int64_t value;
        int digits;
        char behind;
    } parts[] = {
        {civil.year, 4, '-'},
        {civil.month, 2, '-'},
        {civil.day, 2, 'T'},
        {rest_ms / 3600000, 2, ':'},
        {rest_ms / 60000 % 60, 2, ':'},
        {rest_ms / 1000 % 60, 2, '.'},
        {rest_ms % 1000, 3, 'Z'},
    };
    char *at = out;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        at = put_digits(at, parts[i].value, parts[i].digits);
        *at++ = parts[i].behind;
    }
    *at = '\0';
}
