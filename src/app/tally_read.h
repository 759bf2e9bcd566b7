#ifndef APP_TALLY_READ_H
#define APP_TALLY_READ_H

#include "app/session.h"
#include "core/tally.h"

/** Rows of one cube: of the days from ${from} up to but without ${to}. No row may lie in two ranges of one call. */
struct tally_range {
    enum cube cube;
    int64_t from, to; /* cubes without a day: 0, 1 */
    bool has_a;       /* only rows whose a is ${a} */
    int64_t a;
    bool sums_days;   /* all days as one row of day ${from} */
};

/** How fresh what was read is. */
struct tally_state {
    int64_t head;  /* of the journal: all that metrics read is as of this entry ... */
    usec_t behind; /* ... or, where the journal is longer than a reader goes through, as of this instant; NONE: it is not */
};

/**
 * tallies_read(session, shop, ranges, n, out, state, error):
 * The sums of ${n} ranges into ${out}, in the session's arena, sorted: those that are stored and what the journal has yet
 * to add to them, in one statement, so that they are of one instant.
 * Without ranges only ${state} is read. What was queued with db_send() before runs in the same round.
 * Errors   those of db_sync(); DATABASE_AWAY: this session has no connection.
 */
enum status tallies_read(struct session *session, const struct shop *shop, const struct tally_range *ranges, size_t n,
                         struct tallies *out, struct tally_state *state, struct error *error) MUST_CHECK;

/**
 * terms_read(session, shop, hashes, n, out, error):
 * The texts of ${n} hashes (in any order, with repeats) into ${out}, ${n} of them, in the session's arena; of 0 and of one that is not
 * known n = 0.
 */
enum status terms_read(struct session *session, const struct shop *shop, const int64_t *hashes, size_t n,
                       struct term *out, struct error *error) MUST_CHECK;

#endif
