#include "router.h"

#include "uri.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SEGMENTS_MAX 12

/** A segment of the tree: a literal, or a parameter (whose name only the routes know). */
struct node {
    struct span literal;
    struct node **children; /* sorted by literal */
    size_t n_children;
    struct node *parameter;
    const struct route *routes[METHOD_COUNT];
    unsigned methods;
};

struct router {
    struct arena *arena;
    struct node *root;
};

static const char *const method_names[METHOD_COUNT] = {
    [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS", [METHOD_OTHER] = "other",
};

const char *method_name(enum method method)
{
    return method_names[method];
}

enum method method_of(const char *name)
{
    for (int m = 0; m < METHOD_OTHER; m++) {
        if (strcmp(method_names[m], name) == 0) {
            return (enum method)m;
        }
    }
    return METHOD_OTHER;
}

void methods_print(unsigned methods, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (int m = 0; m < METHOD_OTHER && n < size; m++) {
        if (methods & 1U << m) {
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "", method_names[m]);
        }
    }
}

const char *caller_name(enum caller caller)
{
    switch (caller) {
    case CALLER_ANYBODY: return "anybody";
    case CALLER_NAMED: return "write (in the path)";
    case CALLER_WRITE: return "write";
    case CALLER_TICKET:
    case CALLER_READ: return "read";
    case CALLER_ADMIN: return "admin";
    }
    return "";
}

void route_operation_id(const struct route *route, char *out, size_t size)
{
    size_t n = 0;
    bool is_start = false;
    for (const char *p = route->operation; *p != '\0' && n + 1 < size; p++) {
        if (*p == '_') {
            is_start = true;
            continue;
        }
        out[n++] = (char)(is_start && *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
        is_start = false;
    }
    out[n] = '\0';
}

/** The segments of "/a/b": 2. False when the path does not begin with '/' or has too many. */
static bool path_split(struct span path, struct span *segments, size_t *n)
{
    *n = 0;
    if (path.n == 0 || path.p[0] != '/') {
        return false;
    }
    const char *end = path.p + path.n;
    for (const char *p = path.p + 1; p <= end;) {
        const char *slash = memchr(p, '/', (size_t)(end - p));
        const char *stop = slash ? slash : end;
        if (*n == SEGMENTS_MAX) {
            return false;
        }
        segments[(*n)++] = (struct span){p, (size_t)(stop - p)};
        p = stop + 1;
    }
    return true;
}

/** Where ${literal} is among the children, or would be. */
static size_t child_place(const struct node *node, struct span literal, bool *found)
{
    size_t low = 0;
    size_t high = node->n_children;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = span_compare(node->children[middle]->literal, literal);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

static struct node *child_for(struct arena *arena, struct node *node, struct span literal)
{
    bool found;
    size_t place = child_place(node, literal, &found);
    if (!found) {
        struct node **children = ARENA_ARRAY(arena, struct node *, node->n_children + 1);
        for (size_t i = 0; i <= node->n_children; i++) {
            children[i] = i < place    ? node->children[i]
                          : i == place ? ARENA_NEW(arena, struct node)
                                       : node->children[i - 1];
        }
        children[place]->literal = literal;
        node->children = children;
        node->n_children++;
    }
    return node->children[place];
}

static void router_add(struct router *router, const struct route *route)
{
    struct span segments[SEGMENTS_MAX];
    size_t n;
    size_t n_params = 0;
    bool is_path = path_split(span_of(route->path), segments, &n);
    assert(is_path);
    (void)is_path;
    struct node *node = router->root;
    for (size_t i = 0; i < n; i++) {
        if (segments[i].n > 0 && segments[i].p[0] == '{') {
            n_params++;
            if (node->parameter == NULL) {
                node->parameter = ARENA_NEW(router->arena, struct node);
            }
            node = node->parameter;
        } else {
            node = child_for(router->arena, node, segments[i]);
        }
    }
    assert(n_params <= REQUEST_PARAMS_MAX);
    assert(route->method < METHOD_OTHER && route->method != METHOD_HEAD);
    assert(node->routes[route->method] == NULL);
    node->routes[route->method] = route;
    node->methods |= 1U << route->method;
    if (route->method == METHOD_GET) {
        node->methods |= 1U << METHOD_HEAD;
    }
}

struct router *router_new(const struct route *rows, size_t n)
{
    struct arena *arena = arena_new(8192);
    struct router *router = ARENA_NEW(arena, struct router);
    router->arena = arena;
    router->root = ARENA_NEW(arena, struct node);
    for (size_t i = 0; i < n; i++) {
        router_add(router, &rows[i]);
    }
    return router;
}

void router_free(struct router *router)
{
    if (router != NULL) {
        arena_free(router->arena);
    }
}

/** The node of ${segments}; the values on the way there go into ${params}. */
static const struct node *find(const struct node *node, const struct span *segments, size_t n,
                               struct span *params, size_t n_params)
{
    if (n == 0) {
        return node->methods ? node : NULL;
    }
    bool found;
    size_t place = child_place(node, segments[0], &found);
    if (found) {
        const struct node *end = find(node->children[place], segments + 1, n - 1, params, n_params);
        if (end != NULL) {
            return end;
        }
    }
    if (node->parameter == NULL || segments[0].n == 0) {
        return NULL;
    }
    params[n_params] = segments[0];
    return find(node->parameter, segments + 1, n - 1, params, n_params + 1);
}

enum status router_match(const struct router *router, struct arena *arena, enum method method,
                         struct span path, struct route_match *out)
{
    struct span segments[SEGMENTS_MAX];
    size_t n;
    if (!path_split(path, segments, &n)) {
        return STATUS_NOT_FOUND;
    }
    for (size_t i = 0; i < n; i++) {
        if (!percent_decode(arena, segments[i], false, &segments[i])) {
            return STATUS_BAD_REQUEST;
        }
    }
    *out = (struct route_match){0};
    const struct node *node = find(router->root, segments, n, out->params, 0);
    if (node == NULL) {
        return STATUS_NOT_FOUND;
    }
    out->methods = node->methods;
    out->route = node->routes[method == METHOD_HEAD ? METHOD_GET : method];
    return out->route ? STATUS_OK : STATUS_METHOD_NOT_ALLOWED;
}
