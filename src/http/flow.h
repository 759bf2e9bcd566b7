#ifndef SRC_HTTP_FLOW_H
#define SRC_HTTP_FLOW_H

#include "http/handler.h"

/**
 * A body that another thread makes while it is being sent: a ring of bytes between that thread (the producer) and the
 * loop. Memory does not grow with the body. Both sides hold it; it is freed when both have let go.
 *
 *     enum status handler(session, request, reply, error)
 *     {
 *         struct flow *flow;
 *         enum status status = reply_stream(reply, FLOW_WHOLE, FLOW_SIZE, &flow, error);
 *         ... give ${flow} to a thread, which calls flow_write() until it is false or the work is done, and then
 *         flow_end() or flow_abort(), once. When no thread takes it, the handler calls flow_abort() itself.
 *     }
 *
 * The status and the headers are the reply's, and are sent when the handler returns. Of the request nothing may be used
 * by the producer: it may be gone. Over HTTP/1.1 the body is chunked; over HTTP/1.0 it ends with the connection. A body
 * that was broken off has no last chunk, or ends with a reset.
 *
 * A client that takes too few bytes while there are some is cut off; one for whom there are none may wait for ever.
 * That such a client has gone away is noticed only when something is written: what has nothing to say for long must
 * write something now and then.
 */
struct flow;

enum flow_kind {
    FLOW_WHOLE, /* it has an end: a shutdown waits for it, at most ${drain_timeout}, and then breaks it off */
    FLOW_ENDLESS /* it lasts until one of both leaves: a shutdown ends it */
};

#define FLOW_SIZE 262144

/** The body of ${reply} comes from ${out}. Errors NO_MEMORY. */
enum status reply_stream(struct reply *reply, enum flow_kind kind, size_t size, struct flow **out,
                         struct error *error) MUST_CHECK;

/* --- the producer's side: one thread at a time --------------------------------------------------------- */

/**
 * Wait until all of it fits piece by piece, and put it there. False: nobody takes it any more, the client has gone
 * away, was too slow or the service stops; the producer then has nothing more to do than to let go.
 */
bool flow_write(struct flow *flow, struct span bytes) MUST_CHECK;
/** Put all of it there at once and do not wait. False: it does not fit now, or nobody takes it any more. */
bool flow_try_write(struct flow *flow, struct span bytes) MUST_CHECK;
/** Does nobody take it any more? */
bool flow_is_gone(struct flow *flow);
/** That was all. The producer lets go. */
void flow_end(struct flow *flow);
/** It will never be whole: the client is to see that. The producer lets go. */
void flow_abort(struct flow *flow);

/* --- the loop's side ------------------------------------------------------------------------------------ */

enum flow_reading {
    FLOW_BYTES, /* some were read */
    FLOW_EMPTY, /* none are there: ${wake} will be called, once, when that has changed */
    FLOW_ENDED,
    FLOW_BROKEN
};

/** Both sides' holds, the producer's and the reply's. NULL: no memory. */
struct flow *flow_new(enum flow_kind kind, size_t size, usec_t patience);
/** What to call when bytes come again; on the producer's thread. Before the first flow_read(). */
void flow_attach(struct flow *flow, void (*wake)(void *context), void *context);
enum flow_reading flow_read(struct flow *flow, char *out, size_t most, size_t *n);
/** The service stops: an endless one ends with what is in it; with ${is_over} each other one breaks off. */
void flow_stop(struct flow *flow, bool is_over);
/** Was it broken off by us, not by the client? */
bool flow_was_broken(struct flow *flow);
/** Nobody reads any more. The reply lets go. */
void flow_leave(struct flow *flow);

#endif
