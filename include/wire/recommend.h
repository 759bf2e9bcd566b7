#ifndef WIRE_RECOMMEND_H
#define WIRE_RECOMMEND_H

#include "base/buf.h"
#include "core/event.h"
#include "core/recommend.h"

/** What is recommended to a customer, on its way out. */

struct recommended {
    struct term term;              /* the product or category */
    bool is_best_seller;           /* else it is bought with something that they have: */
    struct suggestion suggestion;
    struct term with;              /* the other one */
    int64_t orders;                /* of a best seller: counted orders with it */
};

struct recommended_list {
    const struct recommended *rows;
    size_t n;
    usec_t counted_at; /* of the pairs; NONE: nothing has been counted */
    int64_t orders;    /* all that were counted then */
};

struct recommendations {
    struct span customer; /* their id */
    usec_t as_of;
    int64_t since; /* the day since when best sellers are counted */
    struct recommended_list products, categories;
};

/** Returns a hash of what it says apart from as_of. */
uint64_t recommendations_print(struct buf *buf, const struct recommendations *recommendations);

#endif
