#ifndef SRC_HTTP_STREAM_H
#define SRC_HTTP_STREAM_H

#include "core/change.h"
#include "flow.h"

/** Server-sent events: connections that follow a shop's feed. A thread of their own keeps them alive; readers fill them. */
struct streams;

/** NULL: no memory, or no thread. */
struct streams *streams_new(struct service *service);
/** After service_drain(): nobody works on any any more. */
void streams_free(struct streams *streams);

#define STREAMS_MAX 1000

/**
 * stream_begin(streams, reply, shop, filter, after, error):
 * The body of ${reply} are the changes after number ${after} that match, for as long as the client stays.
 * Errors   QUEUE_FULL over STREAMS_MAX, NO_MEMORY.
 */
enum status stream_begin(struct streams *streams, struct reply *reply, const struct shop *shop,
                         const struct change_filter *filter, int64_t after, struct error *error) MUST_CHECK;

#endif
