#ifndef SRC_HTTP_GATE_H
#define SRC_HTTP_GATE_H

#include "exchange.h"

/** Requests up to this size pass every gate: their number is bounded by the connections. */
#define GATE_FREE 16384

/**
 * A bound on the memory of all large requests together: who does not fit waits, suspended, in order of
 * arrival, and is refused when that takes too long. Used by the loop thread only.
 */
struct gate {
    int name; /* index into exchange.held */
    size_t limit;
    size_t used;
    struct exchange *first;
    struct exchange *last;
};

/**
 * gate_enter(gate, exchange, cost, resume):
 * Hold ${cost} bytes until gate_leave(). Returns false when there is no room now: ${resume} is called
 * when there is.
 */
bool gate_enter(struct gate *gate, struct exchange *exchange, size_t cost,
                void (*resume)(struct exchange *exchange));

/** Give back what ${exchange} holds, if anything, and let others in. */
void gate_leave(struct gate *gate, struct exchange *exchange);

/** Since when the first one waits; NONE: nobody does. */
usec_t gate_waits_since(const struct gate *gate);

/** Refuse those that wait since ${before} or longer (QUEUE_FULL, in exchange.error), and wake them. */
void gate_expire(struct gate *gate, usec_t before);

#endif
