#ifndef SRC_WIRE_RFM_BOUNDS_H
#define SRC_WIRE_RFM_BOUNDS_H

#include "core/rfm.h"
#include "document.h"

/** The lists of bounds in a document: tokens, 0 when absent. */
struct rfm_lists {
    size_t recency;
    size_t frequency;
    size_t monetary;
};

/**
 * rfm_bounds_read(d, lists, pointer, exponent, rfm, error):
 * Read the bounds that stand at ${pointer} into ${rfm}, of which nothing else changes. Errors: a list is missing, has not
 * four entries, or they are of the wrong type or out of order.
 */
enum status rfm_bounds_read(const struct document *d, const struct rfm_lists *lists, const char *pointer, int exponent,
                            struct rfm *rfm) MUST_CHECK;

#endif
