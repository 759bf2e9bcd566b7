#ifndef HTTP_HANDLER_H
#define HTTP_HANDLER_H

#include "app/service.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/shared.h"
#include "base/status.h"
#include "core/rule.h"

/**
 * What a handler sees of HTTP: the request that was read, the reply that it fills in. A handler never
 * touches the socket, and it runs only after the caller was let in (the route says who may call) and after
 * the query was checked against the names that the route knows.
 *
 * A handler is decode, one call into app/, encode:
 *
 *     enum status get_thing(struct session *session, const struct request *request, struct reply *reply,
 *                           struct error *error)
 *     {
 *         struct thing thing;
 *         struct span key = request_param(request, "key");
 *         enum status status = thing_load(session, request->access.shop, key, &thing, error);
 *         if (status != STATUS_OK) {
 *             return status;
 *         }
 *         reply_etag_version(reply, thing.version);
 *         thing_print(&reply->body, &thing);
 *         return STATUS_OK;
 *     }
 *
 * A status other than STATUS_OK becomes a problem reply made from the error; what was printed is dropped.
 */

enum method {
    METHOD_GET,
    METHOD_HEAD,
    METHOD_POST,
    METHOD_PUT,
    METHOD_PATCH,
    METHOD_DELETE,
    METHOD_OPTIONS,
    METHOD_OTHER,
    METHOD_COUNT
};

const char *method_name(enum method method);

#define REQUEST_PARAMS_MAX 4
#define REQUEST_ID_MAX     128

struct flow;
struct route;

struct query_pair {
    struct span name;
    struct span value;
};

/** A request that has arrived as a whole. All spans live until the reply was sent. */
struct request {
    struct service *service;
    const struct route *route;              /* NULL: no route has this path and method */
    enum method method;                     /* HEAD reaches the handler of GET as METHOD_GET */
    bool is_head;                           /* nobody will read the body */
    struct access access;                   /* ${shop} is NULL on routes that anybody may call */
    struct span path;                       /* as sent, without the query */
    struct span params[REQUEST_PARAMS_MAX]; /* decoded, in the order of the template; text without NUL */
    struct query_pair *query; /* decoded; each name is one that the route knows, and comes once */
    size_t n_query;
    usec_t began_at; /* monotonic */
    struct span body;
    enum language language; /* ?lang=, else Accept-Language, else English */
    char id[REQUEST_ID_MAX + 1];
    bool has_waited;  /* the handler has asked for it: reply_wait() */
    int64_t seen;     /* the feed up to here was looked at in vain by then */
    bool must_answer; /* the time to wait is over */
    struct uuid trace_id; /* of the trace to which it belongs: the caller's, or one that begins with it */
    bool is_traced;       /* the caller named the trace, by `traceparent` */
    struct arena *arena; /* the handler may allocate what it needs until the reply was sent */
};

/** The path parameter {name}; the route must have it. */
struct span request_param(const struct request *request, const char *name);

/** The query parameter; false when it was not sent. */
bool request_query(const struct request *request, const char *name, struct span *out);

/**
 * request_query_int(request, name, least, most, fallback, out, error):
 * A whole number; ${fallback} when it was not sent.
 * Errors   INVALID_PARAMETER.
 */
enum status request_query_int(const struct request *request, const char *name, int64_t least, int64_t most,
                              int64_t fallback, int64_t *out, struct error *error) MUST_CHECK;
/**
 * An RFC 3339 time or a date (its midnight in UTC); NONE when it was not sent. Errors
 * INVALID_PARAMETER.
 */
enum status request_query_time(const struct request *request, const char *name, usec_t *out,
                               struct error *error) MUST_CHECK;
/** `true` or `false`. Errors INVALID_PARAMETER. */
enum status request_query_bool(const struct request *request, const char *name, bool fallback, bool *out,
                               struct error *error) MUST_CHECK;

/** A header by its name, letter case aside; n = 0 when it was not sent. */
struct span request_header(const struct request *request, const char *name);

#define IF_MATCH_ABSENT INT64_C(0)  /* no If-Match: the caller has read nothing */
#define IF_MATCH_ANY    INT64_C(-1) /* `*`: whatever version there is */
#define IF_MATCH_NONE   INT64_C(-2) /* an ETag that no version of ours has */

/** The version that the caller has read, from `If-Match: "7"`, or one of the constants above. */
int64_t request_if_match(const struct request *request);

#define REPLY_HEADERS_MAX 16

/** What will be sent. The frame starts it with status 200 and content type application/json. */
struct reply {
    const struct request *request;
    int status;
    const char *content_type; /* static, or in the request's arena */
    struct buf body;
    struct span constant;      /* n > 0: sent instead of the body; bytes that live as long as the process */
    struct shared *rest;       /* not NULL: sent after the body; held until the reply was sent */
    struct flow *flow;         /* not NULL: the body comes from there; made by reply_stream(), src/http/flow.h */
    char etag[40];             /* quoted; "": the frame makes one from the body of a GET */
    const char *cache_control; /* the frame starts every GET with "private, no-cache"; NULL: none */
    int retry_after;           /* seconds; 0: none */
    struct {
        const char *name;
        const char *value;
    } headers[REPLY_HEADERS_MAX];
    size_t n_headers;
    int64_t wait_after; /* see reply_wait() */
    usec_t wait_until;  /* monotonic; 0: do not wait */
};

/**
 * reply_wait(reply, after, until):
 * There is nothing to say yet: call the handler again once the shop's feed has grown beyond ${after}
 * (request->seen is then that number) or when ${until} (monotonic) has come (request->must_answer). What was
 * printed is dropped. No thread is held.
 */
void reply_wait(struct reply *reply, int64_t after, usec_t until);

/** Another header. Both texts are static or live in the request's arena; the value holds no line break. */
void reply_header(struct reply *reply, const char *name, const char *value);
/** `ETag: "7"`: the version of a definition, for If-Match. If-None-Match is then left alone: counts may have changed. */
void reply_etag_version(struct reply *reply, int64_t version);
/** An ETag from what the body says apart from its `as_of`: a hash of ${what}. */
void reply_etag_of(struct reply *reply, struct span what);
/** Drop what was printed and describe ${error} as application/problem+json (RFC 9457). */
void reply_problem(struct reply *reply, const struct error *error);

/** A request and its reply: what a handler of a group gets many of. */
struct call {
    struct request request;
    struct reply reply;
};

/** Runs on the loop: must not block, for anything. */
typedef enum status inline_handler(const struct request *request, struct reply *reply, struct error *error);
/** Runs on the loop, as that does, before a reader is asked: true when the reply is complete. */
typedef bool kept_handler(const struct request *request, struct reply *reply);
/** Runs on a reader thread. */
typedef enum status read_handler(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);
/**
 * Runs on a reader thread and answers all calls that wait (n >= 1), each with its reply or
 * reply_problem().
 */
typedef void group_handler(struct session *session, struct call **calls, size_t n);

#endif
