#ifndef SRC_WIRE_ENVELOPE_H
#define SRC_WIRE_ENVELOPE_H

#include "scan.h"
#include "wire/message.h"

/** What a batch says once for all its items: a member of its `context` or `integrations`. */
struct shared_member {
    struct span name;
    size_t key; /* token of the name; the value follows */
};

/** An object of a batch that is merged into each item: its members by name, without repeats. */
struct shared {
    struct shared_member *members;
    size_t n;
    size_t size; /* of its bytes */
};

struct envelope {
    struct scan scan;
    const size_t *items; /* tokens of the messages */
    size_t n_items;
    bool is_batch;
    size_t sent_at; /* token of the batch's own sentAt, or 0 */
    struct span write_key;
    struct shared context;
    struct shared integrations;
};

/** Is there anything to merge into the items? */
static inline bool envelope_is_shared(const struct envelope *envelope)
{
    return envelope->context.n != 0 || envelope->integrations.n != 0;
}

/** The place of ${name} among the members, or n. */
size_t envelope_shared_find(const struct shared *shared, struct span name);

#endif
