#include "zone.h"

#include "base/time.h"

#define SECONDS_PER_DAY 86400

static bool take(const char **p, char c)
{
    if (**p != c) {
        return false;
    }
    (*p)++;
    return true;
}

static bool take_number(const char **p, int most, int *out)
{
    if (**p < '0' || **p > '9') {
        return false;
    }
    int value = 0;
    while (**p >= '0' && **p <= '9') {
        value = value * 10 + (**p - '0');
        if (value > most) {
            return false;
        }
        (*p)++;
    }
    *out = value;
    return true;
}

/** An abbreviation: at least three letters, or anything in <>. */
static bool take_name(const char **p)
{
    if (take(p, '<')) {
        while (**p != '\0' && **p != '>') {
            (*p)++;
        }
        return take(p, '>');
    }
    int n = 0;
    for (; (**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'); n++) {
        (*p)++;
    }
    return n >= 3;
}

/** [+-]hh[:mm[:ss]]; up to 167 hours, as RFC 8536 extends it. */
static bool take_time(const char **p, int32_t *seconds)
{
    int sign = take(p, '-') ? -1 : 1;
    if (sign == 1) {
        (void)take(p, '+');
    }
    int hours, minutes = 0, rest = 0;
    if (!take_number(p, 167, &hours)) {
        return false;
    }
    if (take(p, ':') && !take_number(p, 59, &minutes)) {
        return false;
    }
    if (take(p, ':') && !take_number(p, 59, &rest)) {
        return false;
    }
    *seconds = sign * (hours * 3600 + minutes * 60 + rest);
    return true;
}

static bool take_day(const char **p, struct zone_day *out)
{
    *out = (struct zone_day){.seconds = 2 * 3600};
    if (take(p, 'M')) {
        out->kind = ZONE_WEEKDAY;
        if (!take_number(p, 12, &out->month) || !take(p, '.') || !take_number(p, 5, &out->week) || !take(p, '.') ||
            !take_number(p, 6, &out->day) || out->month == 0 || out->week == 0) {
            return false;
        }
    } else {
        out->kind = take(p, 'J') ? ZONE_JULIAN : ZONE_ORDINAL;
        if (!take_number(p, 365, &out->day) || (out->kind == ZONE_JULIAN && out->day == 0)) {
            return false;
        }
    }
    return !take(p, '/') || take_time(p, &out->seconds);
}

bool zone_rule_parse(const char *text, struct zone_rule *out)
{
    const char *p = text;
    struct zone_rule rule = {0};
    int32_t west;
    if (!take_name(&p) || !take_time(&p, &west)) {
        return false;
    }
    rule.standard = -west;
    if (*p != '\0') {
        rule.has_summer = true;
        rule.summer = rule.standard + 3600;
        if (!take_name(&p)) {
            return false;
        }
        if (*p != ',') {
            if (!take_time(&p, &west)) {
                return false;
            }
            rule.summer = -west;
        }
        if (!take(&p, ',') || !take_day(&p, &rule.begin) || !take(&p, ',') || !take_day(&p, &rule.end) || *p != '\0') {
            return false;
        }
    }
    *out = rule;
    return true;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/** Seconds since 1970 of the change, as if local time were UTC. */
static int64_t local_seconds(const struct zone_day *rule, int year)
{
    int64_t day = day_from_date(year, 1, 1);
    switch (rule->kind) {
    case ZONE_JULIAN: day += rule->day - 1 + (is_leap(year) && rule->day > 59); break;
    case ZONE_ORDINAL: day += rule->day; break;
    case ZONE_WEEKDAY: {
        int64_t first = day_from_date(year, rule->month, 1);
        int64_t next = rule->month == 12 ? day_from_date(year + 1, 1, 1) : day_from_date(year, rule->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
        day = first + (rule->day - weekday + 7) % 7 + 7 * (rule->week - 1);
        while (day >= next) {
            day -= 7; /* week 5 is the last one of the month */
        }
        break;
    }
    }
    return day * SECONDS_PER_DAY + rule->seconds;
}

void zone_rule_year(const struct zone_rule *rule, int year, int64_t *begin, int64_t *end)
{
    *begin = local_seconds(&rule->begin, year) - rule->standard;
    *end = local_seconds(&rule->end, year) - rule->summer;
}
