#ifndef CORE_STAY_H
#define CORE_STAY_H

#include "core/survival.h"
#include "core/tally.h"

/** Stays of customers in stages, from the cubes SPELL and OPEN. */

/** What `c` of SPELL says. */
static inline int64_t spell_days(const struct tally *spell)
{
    return spell->key.c >> 8;
}
static inline int spell_to(const struct tally *spell)
{
    return (int)(spell->key.c & 255);
}

/** The stays in one stage of a model that began in one month. */
struct stay_group {
    int model;
    int stage;
    int64_t since; /* the first day of the month; NONE: months are not told apart */
    struct stays *stays; /* sorted */
    size_t n;
};

/**
 * stay_groups(arena, tallies, n, today, by_month, out):
 * Group the stays of ${tallies}, those of SPELL and OPEN alone, by month if asked, model and stage. A stay that goes on has
 * lasted up to ${today}; one that ended because the model was withdrawn is known to have lasted until then and no more.
 * Returns  how many groups there are in ${out}, which is in ${arena}.
 */
size_t stay_groups(struct arena *arena, const struct tally *tallies, size_t n, int64_t today, bool by_month,
                   struct stay_group **out);

#endif
