#ifndef CORE_CONTRIBUTION_H
#define CORE_CONTRIBUTION_H

#include "core/fold.h"
#include "core/tally.h"

/**
 * What one customer contributes to the tallies (design 9.20). Three parts, each a function of what it names alone:
 *
 *   of events       each as it is applied, and the counted orders as they are then: contribute_event()
 *   of transitions  of each model, in order: contribute_stays()
 *   of the present  where the customer stands and is a member: contribute_standing()
 *
 * The sum of the contributions of a ledger does not depend on how it was cut into batches; whoever folds a ledger anew
 * takes the contributions of the old one away and adds those of the new one.
 */

/** Rows that an earlier version of the fold wrote have contributed moves and standing alone, without revenue. */
#define FOLD_VERSION_CONTRIBUTES 4

struct contributor {
    const struct shop *shop;
    struct tallies *tallies;
    int64_t times;          /* 1, or -1 to take away */
    bool orders_are_out;    /* what the orders contribute is not in the sums until contribute_end(); at first: there are none */
};

/**
 * contribute_event(arena, by, state, event):
 * state_apply() of ${event}, with its contributions. The first event that tells of an order that the state has already takes
 * away what all orders contributed, until contribute_end(): orders can be cancelled, refunded and changed, and the first
 * one may then be another.
 * Needs    as state_apply().
 */
void contribute_event(struct arena *arena, struct contributor *by, struct state *state, const struct event *event);

/** After the last of some events: what the orders contribute then, if it is not in the sums. */
void contribute_end(struct arena *arena, struct contributor *by, const struct state *state);

/** Of a whole ledger, sorted here, without any definitions. */
void contribute_ledger(struct arena *arena, const struct contributor *by, const struct event **events, size_t n);

/**
 * contribute_stays(by, before, transitions, n):
 * Stays in stages (SPELL, OPEN): of a customer's transitions in the order in which a fold made them. ${before}: where the
 * customer stood before the first of them under each model (MODEL_SLOTS); NULL: nowhere, these are all that hold.
 */
void contribute_stays(const struct contributor *by, const struct standing *before, const struct transition *transitions,
                      size_t n);

/** One move (MOVES). */
void contribute_move(const struct contributor *by, const struct transition *transition);

/** STANDING and MEMBERS of a state. ${revenue}: net, of all orders that stand. */
void contribute_standing(const struct contributor *by, const struct standing *standing, const unsigned char *segments,
                         int64_t revenue);

#endif
