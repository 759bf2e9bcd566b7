#ifndef SRC_WIRE_WOOCOMMERCE_H
#define SRC_WIRE_WOOCOMMERCE_H

#include "translating.h"

/** The parts of woocommerce_translate(): the body is in ${t}; they write messages, or none and say why. */

/** The state of an order: order.created, updated, restored, and orders of an export. */
enum status woocommerce_order_put(struct translating *t, const char **reason) MUST_CHECK;
/** order.deleted: it is in the trash, and all that is told is its id. */
enum status woocommerce_deleted_put(struct translating *t, const char **reason) MUST_CHECK;

/** A `*_gmt` time: it says no zone, and means UTC. As translating_time(). */
enum status woocommerce_time(const struct translating *t, size_t token, const char *pointer, usec_t if_absent,
                             usec_t *out) MUST_CHECK;

/** The customer ${id} of this source ("0": a guest). Ids of two shops are not the same people: they bear its
 * prefix. */
struct who woocommerce_who(const struct translating *t, struct span id, size_t email, size_t phone);

#endif
