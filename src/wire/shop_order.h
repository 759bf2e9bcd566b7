#ifndef SRC_WIRE_SHOP_ORDER_H
#define SRC_WIRE_SHOP_ORDER_H

#include "translating.h"

/**
 * An order as a shop system tells it: its whole state, whatever made the system tell it. What it says is told
 * in messages whose ids depend on the state alone, so that two deliveries of one state are one:
 *
 *   Order Completed   once for an order, at its own time
 *   Order Updated     at ${updated_at}, the values as they are, and that it is not cancelled (any more): the
 *                     latest wins, in whatever order they arrive
 *   Order Refunded    once for a refund, naming the order and nobody: the same by whatever message it comes
 *   Order Cancelled   once for a time of cancellation
 */
struct shop_order {
    const char *system; /* "shopify": begins the ids of messages */
    struct span id;     /* with the source's prefix */
    struct who who;
    struct origin origin;
    struct span currency;
    bool is_counted;      /* it is paid for, so that it is an order at all */
    usec_t completed_at;  /* when it was made */
    usec_t updated_at;    /* of this state */
    usec_t cancelled_at;  /* NONE: it is not cancelled */
    struct span reason;   /* of the cancellation; n = 0: not told */
    struct decimal value; /* without tax and shipping; told when it is counted */
    bool has_discount;
    struct decimal discount;
    struct span coupon;
    struct span country; /* ISO 3166 code of where it is sent or billed to; n = 0: not told */
    size_t items; /* token of the array of line items, or 0 */
};

struct shop_refund {
    struct span id;
    struct decimal amount; /* not negative */
    bool is_whole;         /* all that is left; no amount */
    struct span currency;
    bool has_rate; /* the amount is in another currency than the shop's, of which one is worth ${rate} */
    struct decimal rate;
    usec_t at;
};

/** ${id} in the source's own space of ids. */
struct span shop_prefixed(const struct translating *t, struct span id);

/** All but the refunds. Refused amounts are checked by the caller. */
void shop_order_put(struct translating *t, const struct shop_order *order);
void shop_refund_put(struct translating *t, const char *system, struct span order_id,
                     const struct shop_refund *refund);

/** Line items as the member `products`: as many as a message holds. */
void shop_products_put(struct translating *t, size_t items);
/** The members of one of them; false, and nothing written, when it has neither product id nor SKU. */
bool shop_product_put(struct translating *t, size_t item);

#endif
