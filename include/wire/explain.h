#ifndef WIRE_EXPLAIN_H
#define WIRE_EXPLAIN_H

#include "base/buf.h"
#include "core/explain.h"

/** The reply of getCustomerExplanation; sentences in ${language}. Returns a hash of what it says apart from as_of. */
uint64_t explain_print(struct buf *buf, const struct explanation *explanation, enum language language);

/** The latest counted order, unless it came without an id, so that no message can name it; or NULL. */
const struct order *explain_order(const struct shop *shop, const struct state *state);

/**
 * way_messages_print(buf, explanation, way):
 * What to send to make it so, as a list of messages without who and when: as many as the way has times, each once, or
 * one that is sent so often.
 */
void way_messages_print(struct buf *buf, const struct explanation *explanation, const struct way *way);

#endif
