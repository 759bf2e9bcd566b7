#ifndef SRC_WIRE_SCORES_PARTS_H
#define SRC_WIRE_SCORES_PARTS_H

#include "base/buf.h"
#include "core/accuracy.h"

#define SCORES_MINOR (-1)

/**
 * The members from "model" to "discount_rate", each after a comma. ${exponent} of the currency: amounts are decimal
 * strings; SCORES_MINOR: they are numbers of minor units, exact.
 */
void scores_members(struct buf *buf, const struct scores *scores, int exponent);

/** "diagnostics" and "holdout", each after a comma: what is said about a fit. */
void scores_found(struct buf *buf, const struct fit_report *report);

#endif
