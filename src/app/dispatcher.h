#ifndef APP_DISPATCHER_H
#define APP_DISPATCHER_H

#include "app/feed.h"
#include "core/endpoint.h"
#include "net/courier.h"
#include "service_private.h"
#include "wire/secret.h"

/**
 * Private to app/: whoever delivers webhooks. One thread with one courier serves all endpoints whose lease
 * this process holds. Each has an outlet: a window of deliveries that are not settled, filled from the feed,
 * from rows whose time has come and from ranges that are to be delivered again. The feed itself is the queue.
 */

#define OUTLET_WINDOW       1024  /* deliveries of an endpoint in memory */
#define OUTLET_QUEUE        256   /* of them those that wait for their first attempt */
#define OUTLET_PENDING_MOST 20000 /* that wait for another attempt; beyond, what is new only trickles */
#define OUTLET_FLYING_FIRST 16
#define OUTLET_FLYING_MOST  64
#define FLYING_MOST         1024 /* of all; an endpoint may always have one */
#define ATTEMPTS_LOGGED     20

/** One request on its way. */
struct delivery {
    struct outlet *outlet;
    struct delivery *next, *previous; /* of the outlet, in order of (seq, part) */
    struct delivery *next_result;
    int64_t seq;
    int part;
    enum change_type type;
    struct uuid customer;
    struct uuid trace_id;
    enum delivery_state state;
    int attempts;
    usec_t since;      /* its change was recorded, or the row was made */
    usec_t created_at; /* its first attempt; NONE: none yet */
    usec_t attempted_at;
    usec_t next_at;
    int status;
    int64_t duration_ms;
    enum courier_failure failure;
    bool is_stored; /* has a row */
    bool is_flying;
    bool is_result;  /* is to be written */
    struct buf log;  /* attempts that are not written: elements of a JSON array */
    struct buf body; /* n = 0: to be printed before the next attempt */
    usec_t printed_at; /* monotonic */
    struct buf head; /* url and headers of the attempt under way, each with its NUL */
    struct parcel parcel;
};

struct outlet {
    struct dispatcher *dispatcher;
    struct outlet *next;
    const struct shop *shop;
    struct uuid id;
    /* what its owner chose */
    struct arena *arena;
    struct endpoint endpoint;
    struct {
        struct span secret;
        usec_t expires_at; /* NONE: never */
    } secrets[SECRETS_VALID];
    size_t n_secrets;
    struct span authorization;
    struct change_filter filter;
    const struct definitions *filter_of; /* NULL: the filter is to be made */
    /* where it stands */
    int64_t position;   /* as it is written */
    int64_t read_after; /* all up to here is in the window, settled, or none of its business */
    int64_t rows_until; /* up to here changes may have rows already */
    bool is_behind;     /* there may be more to read */
    bool must_look;     /* for rows whose time has come, and ranges */
    bool has_replay;
    usec_t failing_since, last_success_at; /* NONE */
    bool has_moved;                        /* one of these two did */
    struct delivery *first, *last;
    size_t n_deliveries, n_queued, n_flying;
    int64_t n_pending; /* rows that wait for another attempt, as of the latest count */
    usec_t oldest_at;  /* the oldest of them; NONE */
    usec_t trickle_at; /* monotonic */
    double flying_most;
    usec_t slowed_at;  /* monotonic */
    usec_t held_until; /* it asked for a pause */
    usec_t leased_until;
    bool is_closing; /* nothing more is sent */
    bool is_lost;    /* somebody else has the lease */
    enum endpoint_reason disabled_for;
    bool is_listed; /* by the latest look */
};

/** Waits for the feed of a shop to grow. */
struct watch {
    struct watch *next;
    struct dispatcher *dispatcher;
    const struct shop *shop;
    struct feed_waiter waiter;
    int64_t head;
    bool is_waiting;
    _Atomic bool has_grown;
    _Atomic bool is_awake; /* the last thing that the waker does */
};

struct dispatcher {
    struct service *service;
    pthread_t thread;
    struct courier *courier;
    struct session session;
    struct uuid owner;
    struct outlet *outlets;
    struct watch *watches;
    size_t n_flying;
    struct delivery *results;
    size_t n_results;
    usec_t results_since; /* monotonic */
    _Atomic bool is_asked, must_stop;
};

/* --- outlet.c: what is sent when ------------------------------------------------------------------------ */

struct outlet *outlet_new(struct dispatcher *dispatcher, const struct shop *shop, const struct uuid *id);
/** Nothing of it may be under way. */
void outlet_free(struct outlet *outlet);
/** NULL: there is none in the window. */
struct delivery *outlet_find(const struct outlet *outlet, int64_t seq, int part);
/** A new one in its place in the window, without a body. */
struct delivery *outlet_add(struct outlet *outlet, int64_t seq, int part);
void outlet_drop(struct outlet *outlet, struct delivery *delivery);
/** Forget those that were not attempted, so that they are read again. */
void outlet_unread(struct outlet *outlet);
/** Forget those that wait long for another attempt, and hold nobody back. */
void outlet_evict(struct outlet *outlet, usec_t now);
/** Each change up to this one is settled, none of its business, or has a row once the results are written. */
int64_t outlet_position(const struct outlet *outlet);
/** Send what may be sent; the next time at which more may be, not after ${wake_at}. */
usec_t outlet_send(struct outlet *outlet, usec_t now, usec_t wake_at);
/** Settled without an attempt: what it told of is gone. */
void outlet_cancel(struct delivery *delivery);

/* --- outlet_fill.c: where deliveries come from ---------------------------------------------------------- */

/** Read the feed for all outlets that have room. */
enum status outlets_read(struct dispatcher *dispatcher, struct error *error) MUST_CHECK;
/** Rows whose time has come, for outlets that must look, or (all) for all; then the next piece of ranges. */
enum status outlets_look(struct dispatcher *dispatcher, bool all, struct error *error) MUST_CHECK;
/** Print the bodies of those that are due for another attempt. */
enum status outlets_print(struct dispatcher *dispatcher, struct error *error) MUST_CHECK;

/* --- feed_watch.c: when there is more to read ----------------------------------------------------------- */

/** The watch of a shop, made when there is none. */
struct watch *watch_of(struct dispatcher *dispatcher, const struct shop *shop);
/** Note which feeds have grown, and wait for those of which all was read. */
void watch_feeds(struct dispatcher *dispatcher);
void free_watches(struct dispatcher *dispatcher);

/* --- delivery_shelf.c: rows ----------------------------------------------------------------------------- */

/** Settings, secrets and place of an outlet, from its rows. Errors NOT_FOUND: it is not ours to deliver to.
 */
enum status outlet_load(struct outlet *outlet, struct error *error) MUST_CHECK;
/** Write results and positions in one transaction, and disable who is to be. */
enum status outlets_write(struct dispatcher *dispatcher, struct error *error) MUST_CHECK;
/** Count what waits for another attempt. */
enum status outlets_count(struct dispatcher *dispatcher, struct error *error) MUST_CHECK;

#endif
