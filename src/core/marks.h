#ifndef SRC_CORE_MARKS_H
#define SRC_CORE_MARKS_H

#include "core/state.h"

/** What state_apply() keeps for metrics alone: one function a kind of mark. */

/** What brought the customer, if ${event} tells it; before the event changes orders. */
void mark_touch(struct arena *arena, struct state *state, const struct event *event);

/** Products and categories of an order completed that were bought before; before they are put into the sets. */
void mark_bought_again(struct arena *arena, struct state *state, const struct event *event);

/** Is ${hash} in a sorted set? */
bool hash_is_in(const uint64_t *set, size_t n, uint64_t hash);

void open_inquiry(struct arena *arena, struct state *state, const struct event *event);
void settle_inquiry(struct arena *arena, struct state *state, const struct event *event);

#endif
