#ifndef CORE_FOLD_H
#define CORE_FOLD_H

#include "core/definition.h"
#include "core/state.h"

enum cause { CAUSE_EVENT = 1, CAUSE_TIME = 2, CAUSE_DEFINITION = 3, CAUSE_MERGE = 4 };
const char *cause_name(enum cause cause);

/** A fact and what it was when something was decided. */
struct told {
    struct fact_ref ref;
    struct value value;
};
#define TOLD_MAX 16 /* facts of one decision */

/** A move of a customer from one stage to another under one model. */
struct transition {
    int model;
    int version;      /* of the model, which decided */
    int from;         /* stage number, 0: nowhere */
    int to;           /* 0: nowhere (withdrawn) */
    usec_t at;
    enum cause cause;
    struct uuid event_id; /* of CAUSE_EVENT */
    const struct told *told; /* what the rules of both stages looked at; NULL: not asked for, or stored */
    size_t n_told;
};

/** A customer enters or leaves a segment. */
struct membership {
    int segment;
    int version;
    bool entered;
    usec_t at;
    enum cause cause;
    struct uuid event_id;
    const struct told *told; /* what the rule looked at; NULL: not asked for */
    size_t n_told;
};

/** What a fold did, in order. Lives in an arena. */
struct effects {
    struct arena *arena;
    bool has_told; /* the facts that mattered are asked for */
    struct contributor *contributor; /* who asks for the contributions of events (core/contribution.h); NULL: nobody */
    struct transition *transitions;
    size_t n_transitions;
    size_t transitions_capacity;
    struct membership *memberships;
    size_t n_memberships;
    size_t memberships_capacity;
};

/**
 * fold_advance(definitions, state, to, effects):
 * Move ${state} forward to ${to} inclusive, as if nothing happened: through each definition boundary and each
 * deadline in (position, to], in order, each at its own instant. Afterwards ${state} is decided at ${to}.
 * Leaves no trace when nothing moves. Sets ${state}->definitions.
 */
void fold_advance(const struct definitions *definitions, struct state *state, usec_t to, struct effects *effects);

/**
 * fold_event(definitions, state, event, effects):
 * Advance to just before the event, apply it, decide everything at its instant.
 * Needs    the event to come after ${state}->position (fold_is_late() is false), and the rows that
 *          state_apply() and the definitions need.
 */
void fold_event(const struct definitions *definitions, struct state *state, const struct event *event,
                struct effects *effects);

/** Has ${state} absorbed something that comes after ${event}? Then it must be folded anew from the ledger. */
bool fold_is_late(const struct state *state, const struct event *event);

/** Must ${state} be folded anew for these definitions, whatever the event? */
bool fold_is_stale(const struct definitions *definitions, const struct state *state);

/**
 * fold_ledger(definitions, state, events, n, to, effects):
 * Fold a whole ledger (sorted here) into a fresh ${state} and advance to ${to}; events after ${to} are left out.
 */
void fold_ledger(const struct definitions *definitions, struct state *state, const struct event **events, size_t n,
                 usec_t to, struct effects *effects);

/** What will happen under one model if nothing else does. */
struct next {
    usec_t at; /* NONE: never */
    int stage; /* number */
};

/**
 * fold_outlook(definitions, state, now, next):
 * The next move of ${state} (advanced to ${now}) under each model into ${next}[number - 1], MODEL_SLOTS of them or
 * NULL. Returns the deadline: the earliest instant after ${now} at which any model or segment moves if nothing
 * happens, or at which other definitions apply; NONE: never.
 */
usec_t fold_outlook(const struct definitions *definitions, const struct state *state, usec_t now, struct next *next);

/** A difference between two lists of transitions of one customer (design 9.12). */
struct refold_change {
    enum { REFOLD_MOVED, REFOLD_WITHDRAWN, REFOLD_ADDED, REFOLD_LATE, REFOLD_RESTATED } kind;
    const struct transition *before; /* the superseded one; NULL for added ones */
    const struct transition *after;  /* NULL for withdrawn ones */
};

/**
 * fold_compare(arena, before, n_before, after, n_after, out, n):
 * What a re-fold changed. Entries that are equal in everything are left out; with the same (model, at, to) and
 * another origin they are RESTATED: rewritten, but no news to anybody. A removed and an added entry of one model
 * with the same ${to} are one MOVED; another added one is LATE when it is the current entry of its model, else ADDED.
 * Both lists are in the order in which a fold made them.
 */
void fold_compare(struct arena *arena, const struct transition *before, size_t n_before,
                  const struct transition *after, size_t n_after, struct refold_change **out, size_t *n);

#endif
