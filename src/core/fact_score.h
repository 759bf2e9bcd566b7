#ifndef SRC_CORE_FACT_SCORE_H
#define SRC_CORE_FACT_SCORE_H

#include "core/fact.h"

/** Private to core/: the facts of kinds SCORE, OUTLOOK and RFM. They depend on the time by whole local days. */

struct value score_read(const struct fact_view *view, enum fact fact);
/** Add the midnights > ${after} at which a SCORE fact reaches ${bound} and at which it passes it. */
void score_flips(const struct fact_view *view, enum fact fact, double bound, usec_t after, struct instants *out);

struct value rfm_read(const struct fact_view *view, enum fact fact);
/** Add the midnights > ${after} at which the recency score falls. */
void rfm_flips(const struct fact_view *view, usec_t after, struct instants *out);

#endif
