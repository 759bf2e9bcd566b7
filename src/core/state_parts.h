#ifndef SRC_CORE_STATE_PARTS_H
#define SRC_CORE_STATE_PARTS_H

#include "core/state.h"

/** Private to core/: the parts of state_apply(). */

/** An event of an order: the order itself, and the accumulators that are counted from all of them. */
void apply_order(struct arena *arena, const struct calendar *calendar, struct state *state, const struct event *event);

/** Merge sorted ${added} into a sorted set, up to SET_MAX; true when something was new. */
bool set_merge(struct arena *arena, uint64_t **set, size_t *n, const uint64_t *added, size_t n_added);

void set_traits(struct arena *arena, struct profile *profile, const struct event *event);
void set_touches(struct arena *arena, struct profile *profile, const struct touch *touch);

/** Count an event that has no accumulator of its own under its name. */
void count_event(struct arena *arena, struct state *state, const struct event *event);

#endif
