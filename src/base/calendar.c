#include "base/time.h"
#include "memory.h"
#include "zone.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * The zone's file (TZif, RFC 8536) is read, not asked of libc: libc knows one zone a process, by the
 * environment, which other threads read. The table goes on by the file's last rule up to RULES_UNTIL;
 * later times are looked up 400 years earlier, for the calendar and its weekdays repeat after 400 years.
 */
#define ZONE_DIRECTORY "/usr/share/zoneinfo"
#define RULES_UNTIL 2500
#define FIRST_RULE_YEAR 1900 /* of a zone without listed changes */
#define DAYS_PER_CYCLE 146097
#define USEC_PER_CYCLE (DAYS_PER_CYCLE * USEC_PER_DAY)
#define LARGEST_FILE 65536
#define HEADER 44

struct change {
    int64_t at; /* seconds since 1970; the offset is valid from then on */
    int32_t offset; /* seconds east of Greenwich */
};

struct calendar {
    struct change *changes; /* sorted; the first one is at INT64_MIN */
    size_t n;
    size_t capacity;
    usec_t end; /* of the table */
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void append_change(struct calendar *calendar, int64_t at, int32_t offset)
{
    if (calendar->n > 0 && at <= calendar->changes[calendar->n - 1].at) {
        calendar->changes[calendar->n - 1].offset = offset; /* two at once: the later one holds */
        return;
    }
    if (calendar->n > 0 && calendar->changes[calendar->n - 1].offset == offset) {
        return;
    }
    if (calendar->n == calendar->capacity) {
        calendar->capacity = calendar->capacity ? calendar->capacity * 2 : 64;
        calendar->changes = memory_resize(calendar->changes, calendar->capacity * sizeof(struct change));
    }
    calendar->changes[calendar->n++] = (struct change){at, offset};
}

static bool is_zone_name(const char *zone)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t n = strlen(zone);
    return n > 0 && n < 100 && strspn(zone, allowed) == n && zone[0] != '/' && zone[n - 1] != '/';
}

/** The file's bytes and a NUL after them; NULL when there is no such file. */
static unsigned char *read_zone(const char *zone, size_t *n)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", ZONE_DIRECTORY, zone);
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return NULL;
    }
    unsigned char *bytes = memory_resize(NULL, LARGEST_FILE + 1);
    *n = fread(bytes, 1, LARGEST_FILE, file);
    bytes[*n] = '\0';
    bool is_read = !ferror(file);
    fclose(file);
    if (!is_read) { /* a directory, for one */
        free(bytes);
        return NULL;
    }
    return bytes;
}

static int64_t big_endian(const unsigned char *p, size_t n)
{
    uint64_t value = p[0] & 0x80 ? UINT64_MAX : 0;
    for (size_t i = 0; i < n; i++) {
        value = value << 8 | p[i];
    }
    return (int64_t)value;
}

/** The counts of a TZif header, in the file's order. */
struct header {
    size_t isut, isstd, leap, time, type, chars;
};

static bool header_read(const unsigned char *p, size_t n, struct header *out)
{
    if (n < HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2') {
        return false;
    }
    size_t counts[6];
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        counts[i] = (size_t)(big_endian(p + 20 + 4 * i, 4) & 0xffffffff);
        if (counts[i] > LARGEST_FILE) {
            return false;
        }
    }
    *out = (struct header){counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]};
    return out->type > 0;
}

static size_t body_size(const struct header *h, size_t time_size)
{
    return h->time * (time_size + 1) + h->type * 6 + h->chars + h->leap * (time_size + 4) + h->isstd + h->isut;
}

/** Goes on after ${last}, the file's last change, which need not be a row of the table: it may change a name only. */
static void append_rule(struct calendar *calendar, const struct zone_rule *rule, int64_t last)
{
    if (!rule->has_summer) {
        append_change(calendar, last, rule->standard);
        return;
    }
    int year = FIRST_RULE_YEAR, month, mday;
    if (last != INT64_MIN) {
        day_to_date(floor_div(last, 86400), &year, &month, &mday);
    }
    for (; year < RULES_UNTIL; year++) {
        int64_t begin, end;
        zone_rule_year(rule, year, &begin, &end);
        struct change first = begin < end ? (struct change){begin, rule->summer} : (struct change){end, rule->standard};
        struct change second = begin < end ? (struct change){end, rule->standard} : (struct change){begin, rule->summer};
        if (first.at > last) {
            append_change(calendar, first.at, first.offset);
        }
        if (second.at > last) {
            append_change(calendar, second.at, second.offset);
        }
    }
}

/** Fills the table from the 64-bit part of the file, which follows the 32-bit part, and from the footer. */
static bool fill(struct calendar *calendar, const unsigned char *p, size_t n)
{
    struct header h;
    if (!header_read(p, n, &h) || n - HEADER < body_size(&h, 4)) {
        return false;
    }
    size_t skip = HEADER + body_size(&h, 4);
    p += skip;
    n -= skip;
    if (!header_read(p, n, &h) || n - HEADER < body_size(&h, 8)) {
        return false;
    }
    const unsigned char *times = p + HEADER;
    const unsigned char *indexes = times + 8 * h.time;
    const unsigned char *types = indexes + h.time;
    append_change(calendar, INT64_MIN, (int32_t)big_endian(types, 4));
    for (size_t i = 0; i < h.time; i++) {
        if (indexes[i] >= h.type) {
            return false;
        }
        append_change(calendar, big_endian(times + 8 * i, 8), (int32_t)big_endian(types + 6 * indexes[i], 4));
    }
    char *footer = (char *)p + HEADER + body_size(&h, 8);
    if (footer[0] != '\n') {
        return false;
    }
    footer++;
    footer[strcspn(footer, "\n")] = '\0';
    if (footer[0] == '\0') {
        return true; /* the last change holds for ever */
    }
    struct zone_rule rule;
    if (!zone_rule_parse(footer, &rule)) {
        return false;
    }
    append_rule(calendar, &rule, h.time == 0 ? INT64_MIN : big_endian(times + 8 * (h.time - 1), 8));
    return true;
}

struct calendar *calendar_new(const char *zone)
{
    if (!is_zone_name(zone)) {
        return NULL;
    }
    size_t n;
    unsigned char *bytes = read_zone(zone, &n);
    if (bytes == NULL) {
        return NULL;
    }
    struct calendar *calendar = memory_resize(NULL, sizeof(*calendar));
    *calendar = (struct calendar){.end = day_from_date(RULES_UNTIL - 1, 1, 1) * USEC_PER_DAY};
    bool is_filled = fill(calendar, bytes, n);
    free(bytes);
    if (!is_filled) {
        calendar_free(calendar);
        return NULL;
    }
    return calendar;
}

void calendar_free(struct calendar *calendar)
{
    if (calendar != NULL) {
        free(calendar->changes);
        free(calendar);
    }
}

/** The index of the change that holds at ${second}. */
static size_t change_at(const struct calendar *calendar, int64_t second)
{
    size_t low = 0;
    size_t high = calendar->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (calendar->changes[middle].at <= second) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/** How many cycles of 400 years ${t} lies beyond the table. */
static int64_t cycles_beyond(const struct calendar *calendar, usec_t t)
{
    return t < calendar->end ? 0 : (t - calendar->end) / USEC_PER_CYCLE + 1;
}

int64_t calendar_day(const struct calendar *calendar, usec_t t)
{
    if (calendar == NULL)
        return floor_div(t, USEC_PER_DAY);
    int64_t cycles = cycles_beyond(calendar, t);
    int64_t second = floor_div(t - cycles * USEC_PER_CYCLE, USEC_PER_SEC);
    int32_t offset = calendar->changes[change_at(calendar, second)].offset;
    return floor_div(second + offset, 86400) + cycles * DAYS_PER_CYCLE;
}

/*
 * Where the clocks are set at midnight a day may begin at 01:00, begin twice, or be left out (Samoa, 30
 * December 2011): its first instant is the first at which the local date is that day or a later one.
 */
usec_t calendar_midnight(const struct calendar *calendar, int64_t day)
{
    if (calendar == NULL)
        return day * USEC_PER_DAY;
    int64_t cycles = cycles_beyond(calendar, day * USEC_PER_DAY);
    int64_t local = (day - cycles * DAYS_PER_CYCLE) * 86400;
    /* No offset reaches two days, so that the date two days earlier in UTC is an earlier one. */
    size_t i = change_at(calendar, local - 2 * 86400);
    for (;; i++) {
        const struct change *change = &calendar->changes[i];
        int64_t second = local - change->offset;
        if (second < change->at) {
            second = change->at;
        }
        if (i + 1 == calendar->n || second < calendar->changes[i + 1].at) {
            return second * USEC_PER_SEC + cycles * USEC_PER_CYCLE;
        }
    }
}

int64_t calendar_day_begun(const struct calendar *calendar, usec_t t)
{
    int64_t day = calendar_day(calendar, t);
    return calendar_midnight(calendar, day + 1) <= t ? day + 1 : day;
}
