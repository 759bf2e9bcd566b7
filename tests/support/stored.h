#ifndef TESTS_SUPPORT_STORED_H
#define TESTS_SUPPORT_STORED_H

#include "app/session.h"
#include "core/fold.h"
#include "database.h"
#include "db/store.h"

/** All that is stored of all customers, and its comparison with what the fold of a ledger in memory says. */

struct stored_order {
    struct order order;
    int64_t refunded;
    bool is_counted;
};

struct stored_membership {
    int segment;
    usec_t entered_at;
};

struct stored_customer {
    struct uuid key;
    struct customer_row row;
    bool has_row;
    struct span traits, counters, categories, products, channels, churn_reason;
#define X(name, member, which) struct span name;
    TOUCH_TABLE(X)
#undef X
    bool has_profile;
    struct stored_order *orders;
    size_t n_orders, orders_capacity;
    struct transition_row *moves; /* that hold, in order of (at, seq) */
    size_t n_moves, moves_capacity;
    int n_transition_rows;
    struct stored_membership *memberships;
    size_t n_memberships, memberships_capacity;
};

struct stored {
    struct arena *arena;
    struct stored_customer *customers; /* by key */
    size_t n, capacity;
};

void stored_read(struct arena *arena, struct database *database, struct stored *out);
struct stored_customer *stored_customer(const struct stored *stored, const struct uuid *key);

/**
 * stored_difference(arena, stored, definitions, implied, effects):
 * The first difference between what is stored of a customer (NULL: nothing) and a fold, in words; NULL: none.
 */
const char *stored_difference(struct arena *arena, const struct stored_customer *stored,
                              const struct definitions *definitions, const struct state *implied,
                              const struct effects *effects);

/**
 * stored_keep_feed(session, shop):
 * Keep every change of ${shop} for as long as a shop can: a test whose clock runs over months, beside a janitor that
 * looks every ten seconds, would else lose the beginning of its feed. Before services are started.
 */
void stored_keep_feed(struct session *session, const struct shop *shop);

/**
 * stored_feed_difference(arena, database, stored):
 * A follower who applies the feed from its first change on must know the transitions that hold. The first
 * difference, in words; NULL: none. Customers that were taken in silently are left out. A feed of which the beginning
 * is gone cannot be judged, and is a difference: a correction may be of what was told there.
 */
const char *stored_feed_difference(struct arena *arena, struct database *database,
                                   const struct stored *stored);

/** The sums over lanes against what is stored of the customers. */
const char *stored_tally_difference(struct arena *arena, struct database *database,
                                    const struct stored *stored, const struct shop *const *shops,
                                    size_t n_shops);

const char *transition_text(struct arena *arena, const struct transition *transition);

#endif
