#ifndef SRC_HTTP_EXCHANGE_H
#define SRC_HTTP_EXCHANGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "http/handler.h"
#include "http/route.h"
#include "limiter.h"

struct MHD_Connection;
struct connection;
struct ingest;
struct poll;
struct server;

enum phase {
    PHASE_HEAD,     /* the request line has arrived */
    PHASE_BODY,     /* the headers have arrived, the body arrives */
    PHASE_WORK,     /* all has arrived; somebody works on it */
    PHASE_ANSWERED, /* the reply is complete */
    PHASE_SENDING   /* libmicrohttpd has it */
};

enum key_state {
    KEY_SETTLED, /* the caller is known, or nobody needs to be, or the request is refused */
    KEY_IN_BODY, /* no header had a key: an ingest body may, or its signature says who it is */
    KEY_UNKNOWN  /* asked of the database before the request is refused */
};

/** The bounds on memory of all requests together: bodies, bodies of callers not yet known, decoded work. */
enum gate_name { GATE_BODY, GATE_STRANGER, GATE_WORK, GATE_COUNT };

/**
 * A request and its reply on their way through the loop. Taken from the server's pool when the request line
 * has arrived, given back when the reply was sent or the client went away: an idle connection has none.
 * Only the loop thread touches it, except between exchange_wait() and exchange_wake().
 */
struct exchange {
    struct call call; /* first: see exchange_of() */
    struct server *server;
    struct connection *connection;
    struct MHD_Connection *mhd;
    enum phase phase;
    bool is_suspended;
    bool must_close;    /* the connection ends with this reply */
    bool takes_chunks;  /* HTTP/1.1 */
    unsigned allowed;   /* methods of the path */
    usec_t began_at;    /* monotonic */
    struct error error; /* status other than OK: the request is refused, its body is dropped */
    /* the body */
    struct buf body;
    struct buf inflated;
    size_t body_limit;
    size_t body_seen;     /* bytes that have arrived, dropped ones included */
    size_t body_expected; /* Content-Length; SIZE_MAX: chunked */
    bool is_gzip;
    size_t held[GATE_COUNT]; /* of the server's gates */
    /* the caller */
    struct span key;
    enum key_state key_state;
    bool is_limited; /* the key has a quota: what is left of it is told */
    struct allowance left;
    void (*settled)(struct exchange *exchange); /* called when the database was asked for the key */
    struct span raw_query;
    struct span once_key; /* the Idempotency-Key; n = 0: none */
    /* waiting for another thread, or for a gate */
    void (*resume)(struct exchange *exchange);
    usec_t waits_since; /* at a gate; monotonic */
    struct exchange *next;
    struct task task;
    struct poll *poll; /* waits for the feed */
    struct ingest *ingest;
    /* a body that flows */
    int64_t flow_sent; /* bytes */
    int64_t flow_goal; /* ${flow_sent} that gives the client more time */
};

static inline struct exchange *exchange_of(const struct request *request)
{
    return (struct exchange *)(void *)request;
}

/* --- exchange.c: from the pool and back ----------------------------------------------------------------- */

struct exchange *exchange_begin(struct server *server, struct connection *connection,
                                struct MHD_Connection *mhd, const char *uri);
/** ${is_complete}: the reply was sent; else the client went away or broke the protocol. */
void exchange_end(struct exchange *exchange, bool is_complete);
void exchange_pool_free(struct server *server);

/* --- body.c: what is sent along ------------------------------------------------------------------------- */

/** A body that nobody wants is read and dropped up to this size, so that the client hears the reply. */
#define DROP_MAX (4U << 20)

/** What the headers say of its length; SIZE_MAX: it is not told. */
size_t exchange_length(const struct request *request);
/** Its type, encoding and length before it comes. Errors UNSUPPORTED_MEDIA_TYPE; those of too much. */
enum status exchange_check_body(struct exchange *exchange) MUST_CHECK;
/** Some of the body has arrived. Returns how much was used; false: end the connection. */
bool exchange_take(struct exchange *exchange, const char *bytes, size_t *n);
/** The largest body that the route takes. */
size_t exchange_limit(const struct exchange *exchange);
/** The body, inflated if need be. Errors MALFORMED_GZIP, TOO_LARGE. */
enum status exchange_body(struct exchange *exchange, size_t limit, struct span *out,
                          struct error *error) MUST_CHECK;

/* --- dispatch.c: what happens when ---------------------------------------------------------------------- */

/** The headers have arrived: find the route, the caller, and what is wrong already. */
void exchange_head(struct exchange *exchange);
/** True when there is no use in reading the body: the reply can go out now. */
bool exchange_is_hopeless(const struct exchange *exchange);
/** All has arrived, and the caller is known if they must be: do what the route says. */
void exchange_run(struct exchange *exchange);
/** The reply is complete. */
void exchange_answer(struct exchange *exchange);
/** The reply is this problem. */
void exchange_refuse(struct exchange *exchange, const struct error *error);

/* --- request.c ------------------------------------------------------------------------------------------ */

/** False when the length of the body is told more than once: another server may see the end elsewhere. */
bool request_has_one_length(const struct request *request);

/* --- server.c: waiting ---------------------------------------------------------------------------------- */

/**
 * Suspend the connection. Afterwards another thread may be given the exchange; it ends with
 * exchange_wake(), and the loop then calls ${resume}, which answers or waits again.
 */
void exchange_wait(struct exchange *exchange, void (*resume)(struct exchange *exchange));
/** Thread-safe; once for each exchange_wait(). */
void exchange_wake(struct exchange *exchange);

/* --- auth.c --------------------------------------------------------------------------------------------- */

/**
 * Look for a key in the headers (Basic, X-Write-Key, Bearer) and check it; sets key_state, and the error when it is
 * refused.
 */
void auth_head(struct exchange *exchange);
/**
 * auth_key(exchange, key, resume):
 * Check a key, or KEY_UNKNOWN again. Returns true when it is settled: the caller is let in or
 * ${exchange}->error is set; false when the database is asked: ${resume} is called when it is settled.
 */
bool auth_key(struct exchange *exchange, struct span key, void (*resume)(struct exchange *exchange));
/** The same for KEY_IN_BODY, whose body held ${key} (n = 0: none): then the bearer's, then ?writeKey= counts. */
bool auth_body(struct exchange *exchange, struct span key, void (*resume)(struct exchange *exchange));

/** `settle` of doors that take a key in a header or, as CloudEvents have it, in ?access_token=. */
bool auth_token(struct exchange *exchange, void (*resume)(struct exchange *exchange));
/**
 * Ask the database what changed, then call ${resume}, with ${exchange}->error set if it could not be asked. False: too
 * much was asked lately.
 */
bool auth_ask(struct exchange *exchange, void (*resume)(struct exchange *exchange));

/* --- limit.c -------------------------------------------------------------------------------------------- */

/** The key is known: count the request. Sets the error when the key has used up its quota. */
void limit_take(struct exchange *exchange);
/** Tell in the reply what is left of the quota, if there is one. */
void limit_tell(struct exchange *exchange);

/* --- once.c ---------------------------------------------------------------------------------------------- */

/** Look for an Idempotency-Key where the route takes one. */
enum status once_head(struct exchange *exchange);
/** On a reader thread: let the handler run, or give the reply again that the request has had. */
enum status once_run(struct exchange *exchange, struct session *session, struct error *error) MUST_CHECK;

/* --- ingest.c ------------------------------------------------------------------------------------------- */

void ingest_run(struct exchange *exchange);

/* --- cors.c --------------------------------------------------------------------------------------------- */

/** Answer OPTIONS: what the path takes, and that pages of any origin may send messages. */
void cors_preflight(struct exchange *exchange);
/** Let the page that sent a message read the reply. */
void cors_allow(struct exchange *exchange);

/* --- send.c --------------------------------------------------------------------------------------------- */

/** Give the reply to libmicrohttpd. False when it does not take it. */
bool exchange_send(struct exchange *exchange) MUST_CHECK;

/* --- flowing.c ------------------------------------------------------------------------------------------ */

struct MHD_Response;
/** A response whose body is the reply's flow. NULL: no memory. */
struct MHD_Response *flowing_response(struct exchange *exchange);
/** The service stops: end or break off (${is_over}) what flows. */
void flowing_stop(struct server *server, bool is_over);

/* --- reply.c -------------------------------------------------------------------------------------------- */

void reply_init(struct reply *reply, const struct request *request);
/** Make the ETag of a GET and answer If-None-Match. On any thread. */
void reply_seal(struct reply *reply);

#endif
