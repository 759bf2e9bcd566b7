#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

#include "core/fold.h"

/** What one message changed under one model. */
struct outcome_model {
    int model;
    int version;   /* that decided */
    int from;      /* stage number before; 0: nowhere */
    int to;
    bool is_held;  /* the hold rule decided */
    usec_t since;  /* when the customer came into ${to} */
    int next_stage;
    usec_t next_at; /* NONE: nothing will happen by time alone */
};

/** What one message changed: the content of its reply, stored with the event so that a repeat is answered alike. */
struct outcome {
    struct outcome_model *models;
    size_t n_models;
    int *entered; /* segment numbers */
    size_t n_entered;
    int *left;
    size_t n_left;
};

/** A compact, versioned encoding, and back. Lives in ${arena}. */
struct span outcome_encode(struct arena *arena, const struct outcome *outcome);
/** False when the bytes are not an encoding of ours. */
bool outcome_decode(struct arena *arena, struct span bytes, struct outcome *out) MUST_CHECK;

#endif
