#ifndef APP_RECOMMEND_H
#define APP_RECOMMEND_H

#include "app/session.h"
#include "core/identity.h"
#include "wire/recommend.h"

struct recommend_query {
    const struct shop *shop;
    struct span id;
    enum identity_kind by;
    size_t limit; /* of products, and of categories */
};

/** Best sellers are counted in the present month and the two before. */
#define BEST_SELLER_MONTHS 3

/**
 * customer_recommendations(session, query, out, error):
 * What is bought together with what the customer has bought (core/recommend.h), and best sellers where that is not enough;
 * nothing that they have bought before. In the session's arena.
 * Errors   NOT_FOUND.
 * Cost     the customer's own rows, pairs of what they bought by their keys; for best sellers the sums of some months.
 */
enum status customer_recommendations(struct session *session, const struct recommend_query *query,
                                     struct recommendations *out, struct error *error) MUST_CHECK;

#endif
