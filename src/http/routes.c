#include "http/route.h"

#include "own.h"
#include "wire/message.h"

/*
 * Every operation of the API. The handler's name is the operationId of openapi.yaml in snake_case.
 *
 * INLINE   answered at once, on the loop          READ     a handler on a reader thread
 * MESSAGE  one message of this type               GROUP    the same for all calls that wait, together
 * BATCH    many messages
 */
#define INLINE(handler)                                                                                      \
#handler, ROUTE_INLINE,                                                                                  \
    {                                                                                                        \
        .on_loop = (handler)                                                                                 \
    }
#define READ(handler)                                                                                        \
#handler, ROUTE_READ,                                                                                    \
    {                                                                                                        \
        .on_reader = (handler)                                                                               \
    }
#define GROUP(handler)                                                                                       \
#handler, ROUTE_GROUP,                                                                                   \
    {                                                                                                        \
        .together = (handler)                                                                                \
    }
#define MESSAGE(type)                                                                                        \
#type, ROUTE_INGEST,                                                                                     \
    {                                                                                                        \
        .message_type = #type                                                                                \
    }
#define BATCH(name)                                                                                          \
#name, ROUTE_INGEST,                                                                                     \
    {                                                                                                        \
        .message_type = NULL                                                                                 \
    }

#define GET    METHOD_GET
#define POST   METHOD_POST
#define PUT    METHOD_PUT
#define PATCH  METHOD_PATCH
#define DELETE METHOD_DELETE

/* who may call */
#define NONE_  CALLER_ANYBODY
#define WRITE  CALLER_WRITE
#define READER CALLER_READ
#define ADMIN  CALLER_ADMIN

/* bodies and queries */
#define ONE      MESSAGE_BYTES_MAX
#define MANY     BATCH_BYTES_MAX
#define NO_BODY  0
#define ANY      NULL
#define NO_QUERY ""

/* clang-format off */
const struct route routes[] = {
    /* method, path, handler, who may call, largest body, query parameters */

    /* --- send --- */
    {POST, "/v1/track",                 MESSAGE(track),         WRITE,  ONE,     ANY},
    {POST, "/v1/identify",              MESSAGE(identify),      WRITE,  ONE,     ANY},
    {POST, "/v1/page",                  MESSAGE(page),          WRITE,  ONE,     ANY},
    {POST, "/v1/screen",                MESSAGE(screen),        WRITE,  ONE,     ANY},
    {POST, "/v1/group",                 MESSAGE(group),         WRITE,  ONE,     ANY},
    {POST, "/v1/alias",                 MESSAGE(alias),         WRITE,  ONE,     ANY},
    {POST, "/v1/batch",                 BATCH(batch),           WRITE,  MANY,    ANY},
    {POST, "/v1/import",                BATCH(import),          WRITE,  MANY,    ANY},

    /* --- the service itself --- */
    {GET,  "/healthz",                  INLINE(get_healthz),    NONE_,  NO_BODY, ANY},
    {GET,  "/readyz",                   INLINE(get_readyz),     NONE_,  NO_BODY, ANY},
    {GET,  "/metrics",                  INLINE(get_metrics),    NONE_,  NO_BODY, ANY},
    {GET,  "/openapi.yaml",             INLINE(get_openapi),    NONE_,  NO_BODY, ANY},
    {GET,  "/problems/{code}",          INLINE(get_problem),    NONE_,  NO_BODY, ANY},
};
/* clang-format on */

const size_t n_routes = COUNT_OF(routes);
