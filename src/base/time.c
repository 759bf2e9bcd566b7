#include "base/time.h"

#include <assert.h>

/*
 * Civil dates by Howard Hinnant's "chrono-compatible low-level date algorithms" (public domain):
 * years begin in March, so that the leap day is the last of its year; an era is 400 years.
 */
#define DAYS_PER_ERA 146097
#define ERA_TO_EPOCH 719468 /* days from 0000-03-01 to 1970-01-01 */

void day_to_date(int64_t day, int *year, int *month, int *mday)
{
    int64_t z = day + ERA_TO_EPOCH;
    int64_t era = (z >= 0 ? z : z - DAYS_PER_ERA + 1) / DAYS_PER_ERA;
    int64_t doe = z - era * DAYS_PER_ERA;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    *mday = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

int64_t day_from_date(int year, int month, int mday)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * DAYS_PER_ERA + doe - ERA_TO_EPOCH;
}

/** Takes ${least} to ${most} digits from the front of ${text}. */
static bool take_number(struct span *text, size_t least, size_t most, int *out)
{
    size_t n = 0;
    int value = 0;
    while (n < most && n < text->n && text->p[n] >= '0' && text->p[n] <= '9') {
        value = value * 10 + (text->p[n] - '0');
        n++;
    }
    if (n < least) {
        return false;
    }
    text->p += n;
    text->n -= n;
    *out = value;
    return true;
}

static bool take_char(struct span *text, char c)
{
    if (text->n == 0 || text->p[0] != c) {
        return false;
    }
    text->p++;
    text->n--;
    return true;
}

static bool take_date(struct span *text, int64_t *day)
{
    int year, month, mday;
    if (!take_number(text, 4, 4, &year) || !take_char(text, '-') || !take_number(text, 1, 2, &month) ||
        !take_char(text, '-') || !take_number(text, 1, 2, &mday)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12 || mday < 1 || mday > 31) {
        return false;
    }
    int64_t candidate = day_from_date(year, month, mday);
    int same_year, same_month, same_mday;
    day_to_date(candidate, &same_year, &same_month, &same_mday);
    if (same_month != month) {
        return false; /* 31 April, 29 February of a common year */
    }
    *day = candidate;
    return true;
}

/** Seconds may be left out (ISO 8601); second 60 is the first of the next minute, as PostgreSQL has it. */
static bool take_clock(struct span *text, usec_t *since_midnight)
{
    int hour, minute, second = 0;
    int64_t usec = 0;
    if (!take_number(text, 2, 2, &hour) || !take_char(text, ':') || !take_number(text, 2, 2, &minute)) {
        return false;
    }
    if (take_char(text, ':')) {
        if (!take_number(text, 2, 2, &second)) {
            return false;
        }
        if (take_char(text, '.')) {
            size_t before = text->n;
            int fraction;
            if (!take_number(text, 1, 9, &fraction)) {
                return false;
            }
            static const int64_t to_nano[] = {0, 100000000, 10000000, 1000000, 100000, 10000, 1000, 100, 10, 1};
            usec = fraction * to_nano[before - text->n] / 1000;
        }
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    *since_midnight = ((int64_t)hour * 3600 + minute * 60 + second) * USEC_PER_SEC + usec;
    return true;
}

static bool take_zone(struct span *text, int64_t *east_seconds)
{
    if (take_char(text, 'Z') || take_char(text, 'z')) {
        *east_seconds = 0;
        return true;
    }
    int sign = take_char(text, '+') ? 1 : take_char(text, '-') ? -1 : 0;
    int hours, minutes = 0;
    if (sign == 0 || !take_number(text, 2, 2, &hours)) {
        return false;
    }
    if (take_char(text, ':')) {
        if (!take_number(text, 2, 2, &minutes)) {
            return false;
        }
    } else if (text->n != 0 && !take_number(text, 2, 2, &minutes)) {
        return false;
    }
    if (hours > 23 || minutes > 59) {
        return false;
    }
    *east_seconds = sign * ((int64_t)hours * 3600 + minutes * 60);
    return true;
}

bool time_parse(struct span text, usec_t *out)
{
    int64_t day;
    if (!take_date(&text, &day)) {
        return false;
    }
    usec_t since_midnight = 0;
    int64_t east_seconds = 0;
    if (text.n != 0) {
        if (!take_char(&text, 'T') && !take_char(&text, 't') && !take_char(&text, ' ')) {
            return false;
        }
        if (!take_clock(&text, &since_midnight) || !take_zone(&text, &east_seconds) || text.n != 0) {
            return false;
        }
    }
    usec_t t = day * USEC_PER_DAY + since_midnight - east_seconds * USEC_PER_SEC;
    if (t < TIME_MIN || t > TIME_MAX) {
        return false;
    }
    *out = t;
    return true;
}

bool day_parse(struct span text, int64_t *day)
{
    int64_t candidate;
    if (!take_date(&text, &candidate) || text.n != 0) {
        return false;
    }
    *day = candidate;
    return true;
}

/** Writes exactly ${digits} digits, for snprintf() is half of the cost of a reply's times. */
static char *put_number(char *p, int64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        p[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return p + digits;
}

size_t time_print(usec_t t, char out[TIME_TEXT])
{
    assert(t >= TIME_MIN && t <= TIME_MAX);
    int64_t day = t / USEC_PER_DAY;
    int64_t rest = t % USEC_PER_DAY;
    if (rest < 0) {
        day--;
        rest += USEC_PER_DAY;
    }
    int year, month, mday;
    day_to_date(day, &year, &month, &mday);
    int64_t second = rest / USEC_PER_SEC;
    int64_t usec = rest % USEC_PER_SEC;
    char *p = put_number(out, year, 4);
    *p++ = '-';
    p = put_number(p, month, 2);
    *p++ = '-';
    p = put_number(p, mday, 2);
    *p++ = 'T';
    p = put_number(p, second / 3600, 2);
    *p++ = ':';
    p = put_number(p, second / 60 % 60, 2);
    *p++ = ':';
    p = put_number(p, second % 60, 2);
    *p++ = '.';
    p = usec % 1000 == 0 ? put_number(p, usec / 1000, 3) : put_number(p, usec, 6);
    *p++ = 'Z';
    *p = '\0';
    return (size_t)(p - out);
}
