#ifndef TESTS_SUPPORT_DEFINITIONS_H
#define TESTS_SUPPORT_DEFINITIONS_H

#include "base/buf.h"
#include "chance.h"
#include "core/definition.h"

/** Random definitions, as documents. */

/** What the rules may speak of. */
enum flavour {
    FLAVOUR_STORED = 1,  /* the customer row */
    FLAVOUR_PROFILE = 2, /* traits, counters, the reason of leaving */
    FLAVOUR_ELAPSED = 4, /* days since */
    FLAVOUR_RATIO = 8,   /* the silence ratio */
    FLAVOUR_WINDOW = 16, /* the last 30 and 90 days */
    FLAVOUR_SCORE = 32,  /* predictions and RFM scores */
    FLAVOUR_ALL = 63
};

/** Days after which the rules change their mind; ledgers have events this far apart. */
#define RULE_DAYS                                                                                            \
    {                                                                                                        \
        1, 2, 3, 7, 14, 30                                                                                   \
    }
/** What they compare the silence ratio with. */
#define RULE_RATIOS                                                                                          \
    {                                                                                                        \
        0.5, 1, 1.5, 2, 3                                                                                    \
    }

/** Append a rule as JSON. */
void some_rule(struct chance *chance, unsigned flavours, int depth, struct buf *out);
/** Append a model of 3 to 6 stages, total; it may have a dead stage, and then it is refused when it is
 * published. */
void some_model(struct chance *chance, unsigned flavours, struct buf *out);
void some_segment(struct chance *chance, unsigned flavours, struct buf *out);

/** Random parameters and bounds; versions and times are the caller's. */
void some_scores(struct chance *chance, struct scores *out);
void some_rfm(struct chance *chance, struct rfm *out);

#endif
