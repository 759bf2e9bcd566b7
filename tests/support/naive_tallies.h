#ifndef TESTS_SUPPORT_NAIVE_TALLIES_H
#define TESTS_SUPPORT_NAIVE_TALLIES_H

#include "core/fold.h"
#include "core/tally.h"

/**
 * What one customer contributes a second time (core/contribution.h), so plainly that it can be read against the words in
 * core/tally.h: each cube is computed from the whole list of events, and nothing is remembered between them. Days are
 * told by the C library.
 */
struct naive_tallies {
    struct arena *arena;
    int shop_id;
    struct tally *rows; /* in no order until naive_tallies_sort() */
    size_t n, capacity;
};

/**
 * naive_tallies(out, zone, events, n):
 * The cubes of events (FUNNEL, SALES to CROSSED) of one customer. ${events} are sorted. Sets TZ.
 * Needs    events of years 1970 to 2100; arena and shop_id of ${out}.
 */
void naive_tallies(struct naive_tallies *out, const char *zone, const struct event **events, size_t n);

/** SPELL, OPEN and MOVES of transitions in the order in which a fold made them, from nowhere. */
void naive_stays(struct naive_tallies *out, const char *zone, const struct transition *transitions, size_t n);

/** By key, without rows of nothing but 0. */
void naive_tallies_sort(struct naive_tallies *tallies);

/** Days, weeks from Monday and months as people count them: from one day to the one before, or after. */
int64_t naive_period(enum grain grain, int64_t day);
int64_t naive_next_period(enum grain grain, int64_t day);

#endif
