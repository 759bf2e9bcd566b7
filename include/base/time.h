#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/types.h"

/** The accepted range of any time: years 1 to 9999, inside what timestamptz holds. */
#define TIME_MIN INT64_C(-62135596800000000)
#define TIME_MAX INT64_C(253402300799999999)

/** Length of "2026-11-21T18:00:00.123456Z" and its NUL. */
#define TIME_TEXT 28

/**
 * time_parse(text, out):
 * Read ISO 8601 / RFC 3339: date and time with a zone (Z, +hh:mm, +hhmm, +hh), month and day also unpadded,
 * 'T' or space between them, up to 9 decimals (cut to microseconds); a bare date is its midnight in UTC.
 * Returns false when it is anything else or outside TIME_MIN..TIME_MAX.
 */
bool time_parse(struct span text, usec_t *out) MUST_CHECK;

/** Print RFC 3339 UTC into ${out}: milliseconds, or microseconds when they are not zero. Returns the length. */
size_t time_print(usec_t t, char out[TIME_TEXT]);

/** Civil date of a day number (days since 1970-01-01), and back. */
void day_to_date(int64_t day, int *year, int *month, int *mday);
int64_t day_from_date(int year, int month, int mday);
/** "2026-11-21" to a day number; false when it is no date. */
bool day_parse(struct span text, int64_t *day) MUST_CHECK;

/** A table of the offsets of one time zone: pure after it was loaded. */
struct calendar;

/**
 * calendar_new(zone):
 * Load the IANA ${zone} ("Europe/Berlin"); NULL when the system does not know it.
 * Owns     the result, calendar_free().
 */
struct calendar *calendar_new(const char *zone);
void calendar_free(struct calendar *calendar);
/** The local day (days since 1970-01-01) on which ${t} falls. A NULL calendar is that of UTC. */
int64_t calendar_day(const struct calendar *calendar, usec_t t);
/** The latest local day that has begun by ${t}: unlike calendar_day() it never falls where clocks are put back. */
int64_t calendar_day_begun(const struct calendar *calendar, usec_t t);
/** The first instant of a local day. */
usec_t calendar_midnight(const struct calendar *calendar, int64_t day);

#endif
