#ifndef APP_DEMO_H
#define APP_DEMO_H

#include "app/shop.h"

#define DEMO_SHOP "demo"
/** Who slips from `first_purchase` to `churned` this long after the demo was made. */
#define DEMO_SLIPPING "customer-slipping"
#define DEMO_SLIPS_AFTER (3 * 60 * USEC_PER_SEC)

struct demo {
    const struct shop *shop;
    int64_t customers;
    int64_t events;
    char write_key[KEY_TEXT];
    char read_key[KEY_TEXT];
    char admin_key[KEY_TEXT];
};

/**
 * demo_make(session, out, error):
 * Make the shop DEMO_SHOP (EUR, Europe/Berlin) with the models `purchase` and `journey`, the segments `vip` and
 * `second_order_due`, keys, and about 200 made-up customers whose history ends now: the same people and the same
 * baskets each time, told by their distance from now.
 * Errors   CONFLICT: the shop is there.
 */
enum status demo_make(struct session *session, struct demo *out, struct error *error) MUST_CHECK;

#endif
