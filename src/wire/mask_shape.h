#ifndef SRC_WIRE_MASK_SHAPE_H
#define SRC_WIRE_MASK_SHAPE_H

#include "base/types.h"

/** What a text looks like, under whatever name it stands. */

#define EMAIL "[email]"
#define PHONE "[phone]"
#define TOKEN "[token]"

/** What is put in the place of a text that looks personal; NULL: it does not. */
const char *shape_of(struct span text);
/** The same for an id, of which many are digits in groups, or long and random. */
const char *shape_of_id(struct span text);

bool shape_is_time(struct span text);
/** A decimal number of at most nine digits before the point, seven only with a point. */
bool shape_is_amount(struct span text);
/** Digits, and nothing else. */
bool shape_is_digits(struct span text);

#endif
