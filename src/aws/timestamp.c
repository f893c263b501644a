/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timestamp.c - digits at fixed places, and timegm for the calendar.
 *
 * It must not depend on a locale or a time zone.
 */
#include "aws/timestamp.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Each '0' of the form is a digit, everything else stands for itself. */
static bool has_form(const char *text, const char *form)
{
    for (; *form; form++, text++) {
        if (*form == '0' ? !is_digit(*text) : *text != *form)
            return false;
    }
    return true;
}

static int number(const char *text, size_t digits)
{
    int value = 0;

    for (size_t i = 0; i < digits; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

static bool fraction_parse(const char *text, uint64_t *ms)
{
    uint64_t weight = 100;

    *ms = 0;
    if (*text == '.') {
        if (!is_digit(*++text))
            return false;
        for (; is_digit(*text); text++, weight /= 10)
            *ms += weight * (uint64_t)(*text - '0');
    }
    return strcmp(text, "Z") == 0;
}

bool timestamp_parse(const char *text, uint64_t *out_ms)
{
    struct tm tm = {0};
    uint64_t ms = 0;
    time_t seconds;

    if (!has_form(text, "0000-00-00T00:00:00") || !fraction_parse(text + 19, &ms))
        return false;
    tm.tm_year = number(text, 4) - 1900;
    tm.tm_mon = number(text + 5, 2) - 1;
    tm.tm_mday = number(text + 8, 2);
    tm.tm_hour = number(text + 11, 2);
    tm.tm_min = number(text + 14, 2);
    tm.tm_sec = number(text + 17, 2);
    if (tm.tm_mon > 11 || tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 ||
        tm.tm_min > 59 || tm.tm_sec > 60)
        return false;
    seconds = timegm(&tm);
    if (seconds < 0)
        return false;
    *out_ms = (uint64_t)seconds * 1000 + ms;
    return true;
}
