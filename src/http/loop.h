#ifndef SRC_HTTP_LOOP_H
#define SRC_HTTP_LOOP_H

#include "exchange.h"
#include "gate.h"
#include "http/server.h"
#include "metrics.h"
#include "router.h"

#include <stdatomic.h>

#define IDLE_TIMEOUT (75 * USEC_PER_SEC)
/** Besides IDLE_TIMEOUT a client has a second for each of so many bytes of the reply. */
#define REPLY_BYTES_PER_SEC 16384

struct MHD_Daemon;

/** What is kept for an open connection, idle or not. */
struct connection {
    struct server *server;
    struct MHD_Connection *mhd;
    struct exchange *exchange; /* NULL between requests */
    struct connection *previous;
    struct connection *next;
    usec_t deadline; /* monotonic, of what it is doing now; NONE: it waits for us */
    int fd;
};

struct server {
    struct service *service;
    const struct config *config;
    struct MHD_Daemon *daemon;
    struct router *router;
    struct metrics *metrics;
    int listen_fd; /* -1: the daemon's */
    int epoll_fd;  /* libmicrohttpd's */
    int event_fd;  /* says that ${done} or ${is_stopping} changed */
    int port;
    atomic_bool is_stopping;
    _Atomic(struct exchange *) done; /* a stack: other threads push, the loop takes all */
    /* the loop's own */
    bool is_draining;
    bool is_over; /* the time to drain has passed: what flows is broken off */
    struct connection *connections;
    size_t n_connections;
    uint64_t n_closed;
    /* A connection was closed: libmicrohttpd takes those that wait only at the start of the next round. */
    bool must_run_again;
    usec_t next_check; /* of the deadlines */
    struct poll *polls; /* requests that wait for the feed */
    usec_t next_poll;   /* the first one's end; NONE: nobody waits */
    struct streams *streams;
    size_t n_exchanges;
    struct exchange *pool;
    size_t n_pool;
    struct gate gates[GATE_COUNT];
    struct limiter *limiter;
    double lookups; /* of unknown keys that may be asked of the database now */
    usec_t lookups_at;
    uint64_t id_prefix;
    uint64_t id_count;
};


/* --- connection.c --------------------------------------------------------------------------------------- */

struct connection *connection_new(struct server *server, struct MHD_Connection *mhd, int fd);
void connection_free(struct connection *connection);
void connection_deadline(struct connection *connection, usec_t deadline);
/** Cut off the connections whose deadline has passed. Returns when to look again; NONE: never. */
usec_t connections_check(struct server *server, usec_t now);

/* --- auth.c --------------------------------------------------------------------------------------------- */

void auth_init(struct server *server);

/* --- listen.c ------------------------------------------------------------------------------------------- */

enum status listen_open(const char *listen, int *fd, int *port, struct error *error) MUST_CHECK;

#endif
