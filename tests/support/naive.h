#ifndef TESTS_SUPPORT_NAIVE_H
#define TESTS_SUPPORT_NAIVE_H

#include "core/fact.h"
#include "core/fold.h"

/**
 * The fold a second time, so plainly that it can be read against the documentation: facts are computed from
 * the whole list of events again and again, and everything is decided at every instant at which any fact
 * might change, whether it does or not.
 */

struct naive_move {
    int number; /* of the model, or of the segment */
    int version;
    int from, to; /* of a segment: 0 and 1 */
    usec_t at;
    enum cause cause;
    struct uuid event_id;
};

struct naive {
    struct arena *arena;
    const struct definitions *definitions;
    const struct event **events; /* sorted */
    size_t n_events;
    size_t n_past;                 /* of them have happened */
    struct accumulators facts;     /* of those */
    const struct profile *profile; /* of those: traits and counters are read of it */
    int stages[MODEL_SLOTS];
    bool members[SEGMENT_SLOTS];
    struct naive_move *moves, *memberships;
    size_t n_moves, moves_capacity, n_memberships, memberships_capacity;
};

/** The facts after the first ${n} events. */
void naive_facts(const struct event **events, size_t n, struct accumulators *out);
/** Traits and counters after the first ${n} events. */
void naive_profile(struct arena *arena, const struct event **events, size_t n, struct profile *out);

/** Decide at every instant from the first event to ${to}. ${events} are sorted. */
void naive_fold(struct arena *arena, const struct definitions *definitions, const struct event **events,
                size_t n, usec_t to, struct naive *out);
/** Go on to ${to}. */
void naive_advance(struct naive *naive, usec_t from, usec_t to);

#endif
