#ifndef WIRE_DURATION_H
#define WIRE_DURATION_H

#include "base/types.h"

/** ISO 8601, in the units that have one length: weeks, days, hours, minutes, seconds (P7D, PT12H). False: it is none. */
bool duration_parse(struct span text, usec_t *out) MUST_CHECK;
/** The same, or a number and one unit: 2w, 7d, 12h, 30m, 90s. */
bool duration_parse_short(struct span text, usec_t *out) MUST_CHECK;

#endif
