#ifndef TESTS_SUPPORT_REAL_DATA_H
#define TESTS_SUPPORT_REAL_DATA_H

#include "core/purchase.h"

/**
 * The public data sets of ../shared/data, read by the conventions of the literature. LIFECYCLED_DATA names
 * another folder. They are not part of the tree: a test without them skips itself.
 */
enum real_data {
    CDNOW_SAMPLE, /* cents */
    CDNOW_FULL,   /* cents */
    /* Thousandths of a pound. Invoices that have a customer and are not cancellations; lines of a positive
     * quantity and price. */
    ONLINE_RETAIL
};
const char *real_data_name(enum real_data which);

struct real_order {
    int32_t customer; /* as the file numbers them */
    int32_t day;      /* since 1970-01-01 */
    int64_t number;   /* the invoice, or 0 */
    int64_t value;
};
struct real_orders {
    size_t n;
    struct real_order *orders; /* by customer, day and number */
};

/** Free ${out}->orders; false: the file is not there, which is printed. */
bool real_orders_load(enum real_data which, struct real_orders *out) MUST_CHECK;

/** The purchase days of all of them; purchase_log_done(). False as above. */
bool real_data_load(enum real_data which, struct purchase_log *out) MUST_CHECK;

/** Days since 1970-01-01 of a date "1997-09-30". */
int32_t real_day(const char *date);

#endif
