#ifndef SRC_CORE_BTYD_STATE_H
#define SRC_CORE_BTYD_STATE_H

#include "core/btyd.h"

/* What a customer's purchases make of the two prior distributions. */

/** The shape of the purchase rate: each purchase is k phases. */
static inline double btyd_shape(const struct btyd *p, const struct purchases *c)
{
    return p->r + p->k * c->x;
}

/** The second parameter of the dropout probability of a customer who is alive: b' + x, b' = b or b + 1. */
static inline double btyd_staying(const struct btyd *p, const struct purchases *c)
{
    return p->b + c->x + (p->is_bg ? 0 : 1);
}

/** Dropped out against alive at the instant of the last purchase: a / (b' + x - 1). Not of BG/NBD with x = 0.
 */
static inline double btyd_odds(const struct btyd *p, const struct purchases *c)
{
    return p->a / (p->b + (p->is_bg ? c->x - 1 : c->x));
}

#endif
