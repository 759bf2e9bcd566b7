#ifndef SRC_WIRE_ADDRESS_H
#define SRC_WIRE_ADDRESS_H

#include "base/arena.h"

/** Percent-encoded text, as it stands in web addresses and in headers. */

/** Is this UTF-8 without control characters? */
bool address_is_text(struct span text);

/**
 * address_undo(arena, raw, plus_is_space, out):
 * Undo one round of percent-encoding; a '%' without two digits stays. False when that is no text
 * (address_is_text).
 */
bool address_undo(struct arena *arena, struct span raw, bool plus_is_space, struct span *out) MUST_CHECK;

/** What the query of a page's address tells of the campaign that led to it; n = 0: nothing. */
struct utm {
    struct span campaign;
    struct span source;
    struct span medium;
};

/**
 * address_utm(arena, address):
 * Of an address with a query, or of a query that begins with '?'. Of repeated parameters the first that says
 * something counts; one that is no text says nothing.
 */
struct utm address_utm(struct arena *arena, struct span address);

#endif
