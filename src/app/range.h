#ifndef APP_RANGE_H
#define APP_RANGE_H

#include "base/status.h"
#include "core/shop.h"

/** Private to app/: the dates and instants of a query. A date is the midnight with which it begins in the shop. */

struct range {
    bool is_given;
    bool is_exact;    /* both ends are midnights of the shop */
    int64_t from_day; /* the day on which ${from} lies */
    int64_t to_day;   /* the first day that begins at or after ${to} */
    usec_t from;
    usec_t to;
};

/** False: neither a date nor a time with a zone. */
bool instant_read(const struct shop *shop, struct span text, usec_t *out) MUST_CHECK;

/**
 * range_read(shop, from, to, now, out, error):
 * What lies from ${from} up to but without ${to}; n = 0: not given. Without ${to} it ends with the day of ${now}.
 * Errors   INVALID_PARAMETER.
 */
enum status range_read(const struct shop *shop, struct span from, struct span to, usec_t now, struct range *out,
                       struct error *error) MUST_CHECK;

#endif
