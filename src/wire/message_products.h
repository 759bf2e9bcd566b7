#ifndef SRC_WIRE_MESSAGE_PRODUCTS_H
#define SRC_WIRE_MESSAGE_PRODUCTS_H

#include "reading.h"

/** The products of an order, as its event tells them. */

enum product_field { PRODUCT_ID, SKU, ID, CATEGORY, PRICE, QUANTITY, PRODUCT_NAME, PRODUCT_FIELD_COUNT };

struct product {
    size_t fields[PRODUCT_FIELD_COUNT]; /* tokens */
};

/** How the money of an event becomes the shop's. */
struct exchange {
    bool is_foreign;
    struct decimal rate; /* of a foreign currency */
};

/** Errors: WRONG_TYPE, TOO_MANY. */
enum status message_products_read(const struct reading *r, struct product **out, size_t *n) MUST_CHECK;

/** What was bought, as two sets of hashes. */
void message_sets_read(const struct reading *r, const struct product *products, size_t n, struct event *event);

/**
 * message_lines_read(r, products, n, exchange, event):
 * The lines, and the terms of their products and categories: one a product and category, sorted by these. What cannot be
 * read is not told: nothing is refused for it. ${exchange}: NULL when the money is of no known rate; then lines have no value.
 */
void message_lines_read(const struct reading *r, const struct product *products, size_t n,
                        const struct exchange *exchange, struct event *event);

#endif
