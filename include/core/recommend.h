#ifndef CORE_RECOMMEND_H
#define CORE_RECOMMEND_H

#include "core/basket.h"

/** What a customer may want next: what others bought together with what they bought. */

/** An item that the customer has, and when they bought it last. */
struct owned_item {
    int64_t item;
    usec_t at;
};

/** An item that they do not have. */
struct suggestion {
    struct basket_pair pair; /* from what they have (a) to this (b): the strongest reason */
    usec_t bought_at;        /* of a */
    double score;
};

/** After so many days what was bought says half as much about what is wanted next. */
#define RECOMMEND_HALF_LIFE 90.0

/**
 * recommend_score(pair, orders, age):
 * confidence x lift / (1 + lift) x 0.5 ^ (whole days / half-life): how likely it is bought with what was bought, less so when it
 * is bought as often with anything, and the longer ago that was.
 */
double recommend_score(const struct basket_pair *pair, int64_t orders, usec_t age);

/**
 * recommend(arena, owned, n_owned, pairs, n_pairs, orders, now, out):
 * The items b of ${pairs} that are not owned, whose a is: each once, with its best pair, in order of score. Returns how many.
 * Needs    ${owned} sorted by item, each once.
 */
size_t recommend(struct arena *arena, const struct owned_item *owned, size_t n_owned, const struct basket_pair *pairs,
                 size_t n_pairs, int64_t orders, usec_t now, struct suggestion **out);

/** The owned item, or NULL. */
const struct owned_item *recommend_owned(const struct owned_item *owned, size_t n, int64_t item);

#endif
