#ifndef TESTS_SUPPORT_MUTATE_H
#define TESTS_SUPPORT_MUTATE_H

#include "base/arena.h"
#include "chance.h"

/**
 * What careless and hostile senders make of a good JSON document: a value of another type, a member missing,
 * null or twice, huge numbers, deep nesting, long strings, bytes that are no UTF-8, odd escapes, times long
 * ago, a document cut short. The same chance gives the same damage.
 */

/** ${sample} with from one to four things wrong, in ${arena}. Needs no valid sample: any bytes will do. */
struct span mutate_json(struct arena *arena, struct chance *chance, struct span sample);

#endif
