#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/types.h"
#include "http/handler.h"

/**
 * Who may call: a write key may only send, a read key may only read, an admin key may do all. NAMED: the path's {key}
 * is one that may send; any other is not found. TICKET: a read key, or a ticket in the query, which the handler takes.
 */
enum caller { CALLER_ANYBODY, CALLER_NAMED, CALLER_WRITE, CALLER_READ, CALLER_ADMIN, CALLER_TICKET };

enum route_kind {
    ROUTE_INLINE, /* answered on the loop */
    ROUTE_INGEST, /* messages for the committer */
    ROUTE_READ,   /* a task for a reader thread */
    ROUTE_LONG,   /* a task that may take minutes, for a thread that makes exports */
    ROUTE_GROUP   /* a task; those that wait are answered together */
};

struct door; /* src/http/door.h */

/** One row of the route table (src/http/routes.c). */
struct route {
    enum method method;
    const char *path;      /* "/v1/customers/{id}/events" */
    const char *operation; /* the handler's name: the operationId of openapi.yaml in snake_case */
    enum route_kind kind;
    bool is_for_pages; /* of other origins: browsers' SDKs call it from the shop's pages */
    bool is_once;      /* READ: an Idempotency-Key is understood, so that it can be sent again */
    union {
        inline_handler *on_loop;
        struct {
            read_handler *run;
            kept_handler *kept; /* may know the answer already; NULL: there is none that does */
        } on_reader;
        group_handler *together;
        const struct door *door; /* INGEST */
    } handler;
    enum caller caller;
    size_t body_limit; /* bytes; 0: a body is refused */
    const char *query; /* the parameters that it knows, separated by commas; NULL: all are ignored */
};

extern const struct route routes[];
extern const size_t n_routes;

const char *caller_name(enum caller caller);
/** "get_customer" to "getCustomer"; ${out} is cut to ${size}. */
void route_operation_id(const struct route *route, char *out, size_t size);

#endif
