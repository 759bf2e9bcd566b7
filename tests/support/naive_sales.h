#ifndef TESTS_SUPPORT_NAIVE_SALES_H
#define TESTS_SUPPORT_NAIVE_SALES_H

#include "naive_tallies.h"

/* What naive_tallies.c and naive_sales.c share. */

/** A completed order. */
struct naive_sale {
    size_t i; /* of the event that completed it first */
    usec_t at;
    int64_t value, net, discount;
    bool has_coupon, is_cancelled, is_void; /* void: it came back wholly */
    uint64_t channel, campaign, country;
    const struct order_line *lines;
    size_t n_lines;
};

struct naive_ledger {
    const struct event **events;
    size_t n;
    int64_t *day; /* local, of each */
    size_t seen;  /* the first event that saw the customer; n: none did */
    struct naive_sale *sales; /* counted orders in timeline order, as the whole ledger tells them */
    size_t n_sales;
};

/** Fills ${ledger}->sales and adds the cubes of orders. */
void naive_sales(struct naive_tallies *t, struct naive_ledger *ledger);

int64_t *naive_row(struct naive_tallies *t, enum cube cube, int64_t day, int64_t a, int64_t b, int64_t c);

#endif
