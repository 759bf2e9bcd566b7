#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "core/condition.h"
#include "core/way.h"

/** How many moves by time alone are told of each model. */
#define EXPLAIN_MOVES_MAX 4

/** A move by time alone. */
struct stage_move {
    usec_t at;
    const struct stage *stage; /* of the version that is in force then */
};

struct stage_reason {
    const struct stage *stage;
    bool is_current;
    bool is_overruled; /* its rule holds, but an earlier stage or a hold rule comes before it */
    struct verdict rule;
    struct verdict hold; /* .rule = NULL: the stage has none */
};

struct model_reason {
    const struct model *model;
    const struct stage *stage; /* where the customer stands */
    usec_t since;
    bool is_held; /* the hold rule of the stage decided */
    bool has_no_condition; /* the stage takes whom no earlier one takes */
    struct stage_reason *stages;
    size_t n_stages;
    struct stage_move moves[EXPLAIN_MOVES_MAX]; /* in order */
    size_t n_moves;
    struct ways ways; /* by stage, then the quickest first */
};

struct segment_reason {
    const struct segment *segment;
    bool is_member;
    struct verdict rule;
    usec_t flips_at; /* when it is entered or left by time alone; NONE: never */
    struct ways ways; /* out of it for a member, else into it */
};

/** Why a customer stands where they do, and what would move them. */
struct explanation {
    const struct shop *shop;
    const struct state *state;
    usec_t now;
    int64_t usual_value; /* that was taken for an order without a value of its own, minor units */
    struct model_reason *models;
    size_t n_models;
    struct segment_reason *segments;
    size_t n_segments;
};

struct explain_question {
    usec_t now;
    const struct model *model; /* NULL: all models and segments; else this one alone */
    int64_t typical_value;     /* of an order of this shop, for those who have not ordered; minor units */
    const struct order *order; /* that can be cancelled and refunded: the latest, if a message can name it; or NULL */
};

/**
 * explain_customer(arena, definitions, state, question, out):
 * Explain ${state}, which has its second row and all orders and is folded to the question's now.
 * By time: each move is where a copy that is folded forward goes. By event: see ways_find().
 * Owns     ${out} lives in ${arena} and borrows from ${definitions} and ${state}.
 * Cost     some hundreds of folds of one event: about a millisecond with one model.
 */
void explain_customer(struct arena *arena, const struct definitions *definitions, const struct state *state,
                      const struct explain_question *question, struct explanation *out);

struct buf;

/** "Loyal, because orders is at least 4 and ..."; "Churned, because no earlier stage's rule holds". */
void explain_stage_text(const struct model_reason *reason, enum language language, struct buf *out);
/** "11 days from Churned if nothing happens". */
void explain_move_text(const struct stage_move *move, usec_t now, enum language language, struct buf *out);
/** "11 days from leaving VIP if nothing happens". */
void explain_flip_text(const struct segment_reason *reason, usec_t now, enum language language, struct buf *out);
/** "One more order makes this customer Loyal": where a way leads to a stage. */
void explain_way_text(const struct explanation *explanation, const struct way *way, const struct stage *stage,
                      enum language language, struct buf *out);
/** "One more order brings this customer into VIP". */
void explain_entry_text(const struct explanation *explanation, const struct way *way,
                        const struct segment_reason *reason, enum language language, struct buf *out);

#endif
