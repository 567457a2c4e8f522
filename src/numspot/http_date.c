// SPDX-FileCopyrightText: The imaged authors
// SPDX-License-Identifier: MIT

#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "core/ascii.h"
#include "core/timestamp.h"
#include "numspot/http_date.h"

#define FIRST_YEAR 1970
#define PIVOT      70 // years of two digits from here on are of the last century

static bool take_number(const char **at, int most_digits, int64_t *value)
{
    int digits = 0;
    for (*value = 0; digits < most_digits && ascii_is_digit(**at); digits++)
        *value = *value * 10 + (*(*at)++ - '0');
    return digits > 0 && !ascii_is_digit(**at);
}

static bool take_text(const char **at, const char *text)
{
    size_t length = strlen(text);
    if (strncmp(*at, text, length) != 0)
        return false;
    *at += length;
    return true;
}

static bool take_month(const char **at, int *month)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++) {
        if (strncasecmp(*at, names + (ptrdiff_t)i * 3, 3) == 0) {
            *at += 3;
            *month = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_small(const char **at, int *value)
{
    int64_t number;
    if (!take_number(at, 2, &number))
        return false;
    *value = (int)number;
    return true;
}

static bool take_clock(const char **at, struct civil_time *civil)
{
    return take_small(at, &civil->hour) && take_text(at, ":") && take_small(at, &civil->minute) &&
           take_text(at, ":") && take_small(at, &civil->second);
}

static bool take_year(const char **at, int64_t *year)
{
    const char *start = *at;
    if (!take_number(at, 4, year))
        return false;
    if (*at - start == 2)
        *year += *year >= PIVOT ? 1900 : 2000;
    return *at - start == 2 || *at - start == 4;
}

// Behind the day's name: " 06 Nov 1994 08:49:37 GMT", or the same with dashes in the date.
static bool take_date_first(const char **at, const char *dash, struct civil_time *civil)
{
    return take_text(at, " ") && take_small(at, &civil->day) && take_text(at, dash) &&
           take_month(at, &civil->month) && take_text(at, dash) && take_year(at, &civil->year) &&
           take_text(at, " ") && take_clock(at, civil) &&
           (take_text(at, " GMT") || take_text(at, " UTC"));
}

// " Nov  6 08:49:37 1994"
static bool take_asctime(const char **at, struct civil_time *civil)
{
    if (!take_text(at, " ") || !take_month(at, &civil->month) || !take_text(at, " "))
        return false;
    if (**at == ' ')
        (*at)++;
    return take_small(at, &civil->day) && take_text(at, " ") && take_clock(at, civil) &&
           take_text(at, " ") && take_year(at, &civil->year);
}

static const char *skip_blanks(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

int http_date_parse(const char *text, int64_t *epoch_ms)
{
    if (text == NULL)
        return -1;
    struct civil_time civil = {0};
    const char *at = skip_blanks(text);
    const char *name = at;
    while (ascii_is_letter(*at))
        at++;
    if (at - name < 3)
        return -1;
    bool with_comma = take_text(&at, ",");
    const char *date = at;
    bool found = with_comma ? take_date_first(&at, " ", &civil) : take_asctime(&at, &civil);
    if (with_comma && !found) {
        at = date;
        civil = (struct civil_time){0};
        found = take_date_first(&at, "-", &civil);
    }
    if (!found || *skip_blanks(at) != '\0' || civil.year < FIRST_YEAR)
        return -1;
    return civil_time_to_ms(&civil, epoch_ms);
}

static int64_t bounded(int64_t wait_ms)
{
    if (wait_ms < 0)
        return 0;
    return wait_ms > RETRY_AFTER_LIMIT_MS ? RETRY_AFTER_LIMIT_MS : wait_ms;
}

// Seconds; a fraction, which some servers send, is rounded up. -1 when it is no number.
static int64_t wait_in_seconds(const char *at)
{
    if (!ascii_is_digit(*at))
        return -1;
    int64_t seconds = 0;
    for (; ascii_is_digit(*at); at++)
        if (seconds < RETRY_AFTER_LIMIT_MS)
            seconds = seconds * 10 + (*at - '0');
    if (*at == '.') {
        seconds++;
        for (at++; ascii_is_digit(*at);)
            at++;
    }
    return *skip_blanks(at) == '\0' ? bounded(seconds * 1000) : -1;
}

int64_t retry_after_parse(const char *text, int64_t wall_ms)
{
    if (text == NULL)
        return 0;
    int64_t wait_ms = wait_in_seconds(skip_blanks(text));
    if (wait_ms >= 0)
        return wait_ms;
    int64_t until_ms;
    if (http_date_parse(text, &until_ms) != 0)
        return 0;
    return until_ms <= wall_ms ? 0 : bounded((int64_t)((uint64_t)until_ms - (uint64_t)wall_ms));
}
