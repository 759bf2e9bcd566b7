#ifndef APP_PAIRS_H
#define APP_PAIRS_H

#include "app/session.h"
#include "core/basket.h"

/**
 * What is bought together: pairs of products and of categories of a shop's counted orders, counted by a worker every now and
 * then (core/basket.h) and read by their keys. How old a count is, is told with everything that is made of it.
 */

enum pair_kind { PAIR_PRODUCTS = 1, PAIR_CATEGORIES = 2 }; /* stored */

/** So many pairs of a kind are kept at most: those in the most orders. */
#define PAIRS_MOST 200000

/** A shop's latest count of a kind. */
struct pair_count {
    usec_t counted_at; /* NONE: nothing has been counted */
    int64_t orders;    /* counted orders with a product (a category) */
    int64_t least;     /* pairs in fewer orders are left out */
    int64_t cut;       /* pairs in two orders and more that were left out, since there are too many */
    bool is_current;   /* nothing has changed since */
};

/** Errors   those of db_sync(). */
enum status pair_count_read(struct session *session, const struct shop *shop, enum pair_kind kind,
                            struct pair_count *out, struct error *error) MUST_CHECK;

/** In which order pairs are told; of equals those in more orders first. */
enum pair_sort { PAIRS_BY_ORDERS, PAIRS_BY_CONFIDENCE, PAIRS_BY_LIFT };

struct pair_query {
    const struct shop *shop;
    enum pair_kind kind;
    int64_t of;    /* only pairs with this item, which is then their a; 0: all */
    int64_t least; /* only of so many orders and more */
    enum pair_sort sort;
    size_t limit;
};

/**
 * pairs_read(session, query, out, n, total, error):
 * The first pairs, in the session's arena, and how many there are. Without ${query}->of each is told once: with the greater
 * confidence, from the rarer item to the other.
 * Errors   those of db_sync().
 */
enum status pairs_read(struct session *session, const struct pair_query *query, struct basket_pair **out, size_t *n,
                       int64_t *total, struct error *error) MUST_CHECK;

/**
 * pairs_of_some(session, shop, kind, items, n_items, most, out, n, error):
 * Of each of some items its ${most} most frequent pairs, with the item as their a; in the session's arena.
 * Cost     two looks into indexes for each item, whatever the number of orders.
 */
enum status pairs_of_some(struct session *session, const struct shop *shop, enum pair_kind kind, const int64_t *items,
                          size_t n_items, size_t most, struct basket_pair **out, size_t *n,
                          struct error *error) MUST_CHECK;

/**
 * pairing_step(session, shop, state, error):
 * Count the pairs of ${shop} when that is due: its orders may have changed since they were counted, and that is long enough ago:
 * LIFECYCLED_PAIRS_AGE_MS for a shop of few orders, an hour for others, and fifty times what it took.
 * Errors   those of db_sync(); DRAINING. CONFLICT (another process is at it) is none: it is asked again after a while.
 */
struct pairing_shop {
    usec_t took;    /* of the latest count in this process */
    usec_t look_at; /* monotonic: not to be asked before */
    bool is_full;   /* its orders have more lines than there is room for: that has been logged */
};
enum status pairing_step(struct session *session, const struct shop *shop, struct pairing_shop *state,
                         struct error *error) MUST_CHECK;

#endif
