#ifndef WIRE_SPEND_H
#define WIRE_SPEND_H

#include "base/buf.h"
#include "base/status.h"
#include "core/event.h"
#include "core/shop.h"

/** What a shop paid for a campaign on a day, and what its ads were shown. */
struct spend {
    int64_t day;          /* local days of the shop since 1970-01-01 */
    struct term channel;  /* as events' are read: in lower case; hash 0: none told */
    struct term campaign; /* trimmed; hash 0: none told */
    int64_t amount;       /* minor units, not negative */
    int64_t impressions, clicks;
    usec_t recorded_at;   /* when it was told; NONE: just now */
};
#define SPEND_ROWS_MAX 1000

/**
 * spend_parse(arena, shop, today, json, out, n, error):
 * Read the body of POST /v1/spend: one row, or {"data":[...]} of at most SPEND_ROWS_MAX. A row without a channel or
 * campaign is of what has none.
 * Errors   INVALID_VALUE (also of a day after the one that follows ${today}, and of one day, channel and campaign twice),
 *          CURRENCY_MISMATCH, TOO_MANY, and those of the scanner; the pointer names the member.
 */
enum status spend_parse(struct arena *arena, const struct shop *shop, int64_t today, struct span json, struct spend **out,
                        size_t *n, struct error *error) MUST_CHECK;

void spend_print(struct buf *buf, const struct shop *shop, const struct spend *spend);

#endif
