#ifndef SRC_HTTP_WEBHOOK_H
#define SRC_HTTP_WEBHOOK_H

#include "door.h"
#include "loop.h"

/** Doors whose path names a source, which proves itself by a signature over the body as it came. */

/** `settle` of such a door. Errors NOT_FOUND, BAD_SIGNATURE, SECRET_KEY_MISSING. */
bool webhook_settle(struct exchange *exchange, void (*resume)(struct exchange *exchange));
/** `act`: what is asked for in the name of a person is stored before it is answered. */
void webhook_act(struct exchange *exchange, const struct translation *translation);

/** `is_signed`: does ${secret} make the signature of the request? In constant time. */
bool shopify_signed(const struct exchange *exchange, struct span secret);
bool woocommerce_signed(const struct exchange *exchange, struct span secret);
/** Standard Webhooks: also not older, and not further ahead, than 300 s. */
bool standard_signed(const struct exchange *exchange, struct span secret);
/** `pings`: what WooCommerce sends when a webhook is made, which it does not sign. */
bool woocommerce_pings(const struct exchange *exchange);

#endif
