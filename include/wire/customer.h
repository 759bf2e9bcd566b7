#ifndef WIRE_CUSTOMER_H
#define WIRE_CUSTOMER_H

#include "base/buf.h"
#include "core/definition.h"
#include "core/fold.h"

/** A customer as they are (or were, or will be) at one instant. */
struct customer_view {
    const struct definitions *definitions;
    struct state state; /* folded to ${as_of} */
    usec_t as_of;
    struct next next[MODEL_SLOTS]; /* by model number - 1 */
};

/**
 * customer_print(buf, view):
 * The reply of getCustomer. Returns a hash of what it says apart from what moves with every tick of the clock: as_of
 * and silence_ratio.
 */
uint64_t customer_print(struct buf *buf, const struct customer_view *view);

/** The next move by time alone under one model. */
struct move {
    int model; /* 0: none */
    int stage;
    usec_t at;
};

/** A line of a list: the same, but compact. ${entered_at} (of a segment) and ${move} may be NONE and NULL. */
void customer_row_print(struct buf *buf, const struct customer_view *view, usec_t entered_at, const struct move *move);

/** The key of a stage of any version, quoted; null for number 0. */
void stage_key_print(struct buf *buf, const struct model_history *history, int number);
/** The stage with this number in the newest version that has it, or NULL. */
const struct stage *history_stage(const struct model_history *history, int number);
/** {"zh":"...","en":"..."} */
void names_print(struct buf *buf, const char *zh, const char *en);
/** The rule in short, quoted; null for NULL. */
void formula_print(struct buf *buf, const struct rule *rule);
/** The rule in words, quoted. */
void words_print(struct buf *buf, const struct rule *rule, enum language language);

#endif
