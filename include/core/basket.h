#ifndef CORE_BASKET_H
#define CORE_BASKET_H

#include "base/arena.h"

/**
 * Which items are bought together: exact counts of pairs over all orders (market basket analysis). An item that is in fewer
 * orders than a pair must be is in no pair that counts (Agrawal and Srikant 1994, "Fast Algorithms for Mining Association
 * Rules": the a-priori property), and is left out before any pair is counted.
 */

/** Two items of one order, a < b, with how many orders have both, and each. */
struct basket_pair {
    int64_t a, b;
    int64_t orders;
    int64_t a_orders, b_orders;
};

/** The share of all orders that have both. */
double basket_support(const struct basket_pair *pair, int64_t orders);
/** The share of the orders with a that have b too. */
double basket_confidence(const struct basket_pair *pair);
/** How many times as often as if it had nothing to do with a: the confidence over the share of all orders that have b. */
double basket_lift(const struct basket_pair *pair, int64_t orders);
/** The same pair, seen from b. */
struct basket_pair basket_turned(const struct basket_pair *pair);

/** The orders, with their items numbered in the order in which they were met. Memory of its own. */
struct baskets {
    struct arena *arena;
    int64_t orders;   /* that have an item */
    int64_t *items;   /* by number */
    int32_t *with;    /* orders with that item */
    uint32_t n_items;
    uint32_t *places; /* of items, by hash; 0: free, else number + 1 */
    size_t n_places;
    uint32_t *members; /* of orders with two items and more, one order after another: numbers, the last one marked */
    size_t n_members;
    size_t items_capacity, with_capacity, members_capacity;
};

/** So many lines of orders with two items and more: a gigabyte. */
#define BASKETS_ROOM ((size_t)1 << 26)

void baskets_init(struct baskets *baskets);
void baskets_done(struct baskets *baskets);

/**
 * baskets_add(baskets, items, n):
 * One more order. ${items} may repeat, 0 is none; they are sorted here.
 * Errors   false when there is no room.
 */
bool baskets_add(struct baskets *baskets, int64_t *items, size_t n) MUST_CHECK;

struct basket_count {
    const struct basket_pair *pairs; /* by a, b; in the memory of the baskets */
    size_t n;
    int64_t orders; /* that have an item */
    int64_t least;  /* pairs in fewer orders are left out */
    int64_t cut;    /* pairs in at least two orders that are left out, since there are too many */
};

/**
 * baskets_count(baskets, most, out):
 * The pairs that are in at least two orders; of more than ${most} those in the most orders, and of equals those with the
 * greatest lift. Once, after all orders.
 * Cost     a step for each pair of each order; memory of 4 bytes for each line, 4 for each item, and ${most} pairs.
 */
void baskets_count(struct baskets *baskets, size_t most, struct basket_count *out);

#endif
