#ifndef SRC_HTTP_POLL_H
#define SRC_HTTP_POLL_H

#include "exchange.h"

/** Requests that wait for the feed to grow (long poll), on the loop. No thread is held meanwhile. */

/** The reply is not yet to be sent: wait as it says, then ${again}. The exchange is suspended. */
void poll_begin(struct exchange *exchange, void (*again)(struct exchange *exchange));
/** Let those go on whose time is over; all of them once the server drains. Returns when the next one's is; NONE: no one waits. */
usec_t polls_check(struct server *server, usec_t now);

#endif
