#ifndef CORE_FLOW_H
#define CORE_FLOW_H

#include "core/state.h"
#include "core/tally.h"

/**
 * How customers move among stages over time, from the cubes STANDING and MOVES: who stands somewhere at the end of a
 * day is who stands there now less who has come since, and who has left it since besides.
 */

/** Stages of a model have numbers below this; 0: nowhere. */
#define STAGE_NUMBERS 256

/** Customers by model, less 1, and stage. */
struct headcount {
    int64_t n[MODEL_SLOTS][STAGE_NUMBERS];
};

struct flow {
    struct headcount standing; /* at the beginning of the next period, which is the end of the latest */
    const struct tally *moves; /* of the latest period, by day, model, from and to */
    size_t n_moves;
    size_t left;               /* moves after these */
};

/**
 * flow_begin(flow, tallies, n, day):
 * Stand at the beginning of ${day}. ${tallies}, borrowed and sorted, has all of STANDING and of MOVES all of that day and of later
 * ones; of other cubes and earlier days nothing is read.
 */
void flow_begin(struct flow *flow, const struct tally *tallies, size_t n, int64_t day);
/** Go on to the beginning of ${day}, which is not before the present one. */
void flow_advance(struct flow *flow, int64_t day);

#endif
