#ifndef CORE_DEFINITION_H
#define CORE_DEFINITION_H

#include "core/model.h"

/** All versions of one model, in order of publication: the latest one that applies at an instant is in force. */
struct model_history {
    const struct model **versions;
    size_t n;
};

struct segment_history {
    const struct segment **versions;
    size_t n;
};

/** Versions of the parameters of scores, in order of publication; before the first one the prior serves. */
struct scores_history {
    const struct scores **versions;
    size_t n;
    struct scores prior; /* of the default cadence */
};

/** Versions of the bounds of RFM scores. */
struct rfm_history {
    const struct rfm **versions;
    size_t n;
};

/** The definitions of a shop as of one revision: immutable and shared; lives as long as the process. */
struct definitions {
    const struct shop *shop;
    int revision;
    int decisive; /* the latest revision that rules can notice: a state that has met it needs no other */
    struct model_history *models;     /* n_models of them, by number - 1; n = 0: never defined */
    struct segment_history *segments; /* n_segments of them */
    int n_models;                     /* highest number in use */
    int n_segments;
    struct scores_history scores;
    struct rfm_history rfm;
    usec_t *boundaries; /* applies_from of all later versions that a rule can notice, sorted, without repeats */
    size_t n_boundaries;
    bool needs_scores;  /* some rule mentions a score */
    bool needs_rfm;     /* some rule mentions an RFM score */
    bool needs_orders;  /* some live rule mentions a windowed fact */
    bool needs_profile; /* some live rule mentions a trait, a counter, the churn reason */
};

/** The version in force at ${at}, NULL before the first. A withdrawn one is returned as such. */
const struct model *model_at(const struct model_history *history, usec_t at);
const struct segment *segment_at(const struct segment_history *history, usec_t at);

/** The parameters in force at ${at}; never NULL. */
const struct scores *scores_at(const struct definitions *definitions, usec_t at);
/** The bounds in force at ${at}; NULL before the first version. */
const struct rfm *rfm_at(const struct definitions *definitions, usec_t at);

/** The versions that were published last, whether they apply yet or not. */
const struct scores *scores_latest(const struct definitions *definitions);
const struct rfm *rfm_latest(const struct definitions *definitions);

/** What rules read of ${state} at ${at} under the parameters that are in force then. */
struct fact_view definitions_view(const struct definitions *definitions, const struct state *state, usec_t at);

/**
 * definitions_seal(arena, definitions):
 * Compute boundaries and needs after the histories were filled in.
 */
void definitions_seal(struct arena *arena, struct definitions *definitions);

/**
 * definitions_restart(definitions, revision, position):
 * Must a state at instant ${position} that has met ${revision} be folded anew from the ledger, because a version
 * that applies to its past (a key's first, a restated one) was published since?
 */
bool definitions_restart(const struct definitions *definitions, int revision, usec_t position);

/** Did a version that was published after ${revision} ask that the moves it causes be delivered? */
bool definitions_notify(const struct definitions *definitions, int revision);

const struct model *definitions_model(const struct definitions *definitions, struct span key, usec_t at);
const struct segment *definitions_segment(const struct definitions *definitions, struct span key, usec_t at);

#endif
