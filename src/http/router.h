#ifndef SRC_HTTP_ROUTER_H
#define SRC_HTTP_ROUTER_H

#include "base/arena.h"
#include "base/status.h"
#include "http/route.h"

/** The route table as a tree of path segments: a lookup costs a binary search for each segment. */
struct router;

struct route_match {
    const struct route *route;
    unsigned methods; /* of the path: one bit (1 << enum method) each */
    struct span params[REQUEST_PARAMS_MAX];
};

/**
 * router_new(routes, n):
 * Two routes with the same method and path are a programming error.
 */
struct router *router_new(const struct route *rows, size_t n);
void router_free(struct router *router);

/**
 * router_match(router, arena, method, path, out):
 * Find the route of ${path} (without its query); parameters are decoded into ${arena}. A literal segment
 * wins over a parameter. HEAD finds the route of GET.
 * Errors   NOT_FOUND; METHOD_NOT_ALLOWED: ${out}->methods is filled in; BAD_REQUEST: an escape is broken.
 */
enum status router_match(const struct router *router, struct arena *arena, enum method method,
                         struct span path, struct route_match *out) MUST_CHECK;

/** "GET, HEAD, PUT": the Allow header for ${methods}. */
void methods_print(unsigned methods, char *out, size_t size);

/** The method that HTTP names so; METHOD_OTHER when it is none of ours. */
enum method method_of(const char *name);

#endif
