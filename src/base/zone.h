#ifndef SRC_BASE_ZONE_H
#define SRC_BASE_ZONE_H

#include "base/types.h"

/**
 * The rule by which a time zone goes on after the last change that its file lists: the POSIX TZ string at the
 * end of a TZif file, such as "CET-1CEST,M3.5.0,M10.5.0/3" or "<+0330>-3:30". Source: RFC 8536, section 3.3.
 */
struct zone_day {
    enum { ZONE_JULIAN, ZONE_ORDINAL, ZONE_WEEKDAY } kind; /* Jn (no leap day), n (from 0), Mm.w.d */
    int month, week, day;
    int32_t seconds; /* local time of the change, since midnight; may be negative or above a day */
};

struct zone_rule {
    int32_t standard; /* offsets, seconds east of Greenwich */
    int32_t summer;
    bool has_summer;
    struct zone_day begin, end; /* of summer time */
};

bool zone_rule_parse(const char *text, struct zone_rule *out) MUST_CHECK;

/** The instants (seconds since 1970) at which summer time begins and ends in ${year}. */
void zone_rule_year(const struct zone_rule *rule, int year, int64_t *begin, int64_t *end);

#endif
