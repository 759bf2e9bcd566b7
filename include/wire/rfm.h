#ifndef WIRE_RFM_H
#define WIRE_RFM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "core/rfm.h"

/**
 * A version of a shop's RFM bounds as a JSON document:
 *
 *     {"mode":"auto","recency":[90,60,30,7],"frequency":[1,1,2,4],"monetary":["12.00","30.00","55.50","120.00"],
 *      "customers":1520,"as_of":"2026-11-22"}
 *
 * A score is 1 + the number of bounds that are strictly worse, so recency falls and the others rise; neighbours may be
 * equal. "fixed" bounds are the owner's: they have no "customers" and no "as_of".
 */

/**
 * rfm_parse(arena, json, exponent, out, error):
 * Read a document; ${exponent} is that of the shop's currency. The version, the revision, when it applies and whether it
 * is silent are for the caller to fill in.
 * Owns     ${out} lives in ${arena}.
 * Errors   as scan_parse(); INVALID_SETTINGS: a member that is unknown, there twice, missing, of the wrong type or
 *          out of order.
 */
enum status rfm_parse(struct arena *arena, struct span json, int exponent, struct rfm **out,
                      struct error *error) MUST_CHECK;

/** The document of ${rfm}. */
void rfm_print(struct buf *out, const struct rfm *rfm, int exponent);

/** Its three lists only, as members: "recency":[...],"frequency":[...],"monetary":[...]. */
void rfm_bounds_print(struct buf *out, const struct rfm *rfm, int exponent);

#endif
