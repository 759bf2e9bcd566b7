#include "exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/trace.h"
#include "flow.h"
#include "loop.h"

#include <stdlib.h>

/** Memory that an exchange keeps for the next request; larger pieces go back to the system. */
#define ARENA_BLOCK 8192
#define KEEP_BYTES  8192
#define POOL_MAX    256

static struct exchange *exchange_new(void)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    if (exchange == NULL) {
        return NULL;
    }
    exchange->call.request.arena = arena_new(ARENA_BLOCK);
    buf_init(&exchange->body, 0);
    buf_init(&exchange->inflated, 0);
    buf_init(&exchange->call.reply.body, 0);
    return exchange;
}

static void exchange_free(struct exchange *exchange)
{
    arena_free(exchange->call.request.arena);
    shared_release(exchange->call.reply.rest);
    buf_done(&exchange->body);
    buf_done(&exchange->inflated);
    buf_done(&exchange->call.reply.body);
    free(exchange);
}

static void buf_recycle(struct buf *buf)
{
    if (buf->capacity > KEEP_BYTES) {
        buf_done(buf);
    }
    buf_reset(buf);
}

/** Everything back to zero but the memory that can serve again. */
static void exchange_clear(struct exchange *exchange)
{
    struct arena *arena = exchange->call.request.arena;
    arena_reset(arena);
    shared_release(exchange->call.reply.rest);
    buf_recycle(&exchange->body);
    buf_recycle(&exchange->inflated);
    buf_recycle(&exchange->call.reply.body);
    struct buf body = exchange->body;
    struct buf inflated = exchange->inflated;
    struct buf reply = exchange->call.reply.body;
    memset(exchange, 0, sizeof(*exchange));
    exchange->call.request.arena = arena;
    exchange->body = body;
    exchange->inflated = inflated;
    exchange->call.reply.body = reply;
}

static struct exchange *pool_take(struct server *server)
{
    struct exchange *exchange = server->pool;
    if (exchange == NULL) {
        return exchange_new();
    }
    server->pool = exchange->next;
    server->n_pool--;
    exchange->next = NULL;
    return exchange;
}

static void pool_give(struct server *server, struct exchange *exchange)
{
    if (server->n_pool == POOL_MAX) {
        exchange_free(exchange);
        return;
    }
    exchange_clear(exchange);
    exchange->next = server->pool;
    server->pool = exchange;
    server->n_pool++;
}

void exchange_pool_free(struct server *server)
{
    while (server->pool != NULL) {
        struct exchange *next = server->pool->next;
        exchange_free(server->pool);
        server->pool = next;
    }
    server->n_pool = 0;
}

struct exchange *exchange_begin(struct server *server, struct connection *connection,
                                struct MHD_Connection *mhd, const char *uri)
{
    struct exchange *exchange = pool_take(server);
    if (exchange == NULL) {
        return NULL;
    }
    struct request *request = &exchange->call.request;
    exchange->server = server;
    exchange->connection = connection;
    exchange->mhd = mhd;
    exchange->began_at = clock_monotonic();
    request->service = server->service;
    request->began_at = exchange->began_at;
    request->path =
        arena_span(request->arena, span_of(uri)); /* the whole target, until the headers are there */
    reply_init(&exchange->call.reply, request);
    connection->exchange = exchange;
    connection_deadline(connection, exchange->began_at + server->config->request_timeout_ms * 1000);
    server->n_exchanges++;
    return exchange;
}

/**
 * Successes that come by the thousand, or every few seconds for ever, are not worth a line at the usual
 * level.
 */
static enum log_level access_level(const struct route *route, int status)
{
    if (status >= 500) {
        return LOG_WARN;
    }
    bool is_frequent = route != NULL && (route->kind == ROUTE_INGEST || route->kind == ROUTE_INLINE);
    return is_frequent && status < 400 ? LOG_DEBUG : LOG_INFO;
}

static int64_t bytes_out(const struct exchange *exchange)
{
    const struct reply *reply = &exchange->call.reply;
    size_t n = reply->constant.n ? reply->constant.n : reply->body.n + (reply->rest ? reply->rest->n : 0);
    return reply->flow ? exchange->flow_sent : (int64_t)n;
}

static void access_log(const struct exchange *exchange, int status, usec_t duration)
{
    const struct request *request = &exchange->call.request;
    char trace[TRACE_TEXT];
    trace_print(&request->trace_id, trace);
    LOG(access_level(request->route, status), "request", LOG_TEXT("method", method_name(request->method)),
        LOG_TEXT("route", request->route ? request->route->path : ""), LOG_NUMBER("status", status),
        LOG_NUMBER("duration_us", duration), LOG_NUMBER("bytes_in", exchange->body_seen),
        LOG_NUMBER("bytes_out", bytes_out(exchange)), LOG_TEXT("request_id", request->id),
        LOG_TEXT("trace_id", trace),
        LOG_TEXT("shop", request->access.shop ? request->access.shop->key : ""));
}

void exchange_end(struct exchange *exchange, bool is_complete)
{
    struct server *server = exchange->server;
    usec_t now = clock_monotonic();
    usec_t duration = now - exchange->began_at;
    /* 499: the client went away before the reply could be sent. */
    int status = is_complete && exchange->phase == PHASE_SENDING ? exchange->call.reply.status : 499;
    if (exchange->call.reply.flow != NULL) {
        status = flow_was_broken(exchange->call.reply.flow) ? 500 : status; /* it was broken off, by us */
        flow_leave(exchange->call.reply.flow);
    }
    if (exchange->phase != PHASE_HEAD) {
        metrics_count(server->metrics, exchange->call.request.route, exchange->call.request.method, status,
                      duration);
        access_log(exchange, status, duration);
    }
    gate_leave(&server->gates[GATE_BODY], exchange);
    gate_leave(&server->gates[GATE_STRANGER], exchange);
    gate_leave(&server->gates[GATE_WORK], exchange);
    exchange->connection->exchange = NULL;
    connection_deadline(exchange->connection, now + IDLE_TIMEOUT);
    server->n_exchanges--;
    pool_give(server, exchange);
}
