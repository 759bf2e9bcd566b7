#ifndef SRC_WIRE_SHOPIFY_H
#define SRC_WIRE_SHOPIFY_H

#include "translating.h"

/** The parts of shopify_translate(), a file each: the body is in ${t}; they write messages, or none and say
 * why. */

/** The person of an order or checkout: their customer record, else the contact that they left. */
enum status shopify_who(const struct translating *t, struct who *out) MUST_CHECK;

/** The state of an order: orders/create, paid, updated, fulfilled, partially_fulfilled, cancelled. */
enum status shopify_order(struct translating *t, const char **reason) MUST_CHECK;
/** refunds/create. */
enum status shopify_refund(struct translating *t, const char **reason) MUST_CHECK;
/** customers/create, update, enable, disable. */
enum status shopify_customer(struct translating *t, const char **reason) MUST_CHECK;
enum status shopify_new_customer(struct translating *t, const char **reason) MUST_CHECK;
/** checkouts/create and update, carts/create and update. */
enum status shopify_checkout(struct translating *t, const char **reason) MUST_CHECK;
enum status shopify_cart(struct translating *t, const char **reason) MUST_CHECK;

#endif
