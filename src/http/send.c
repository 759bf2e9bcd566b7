#include "base/clock.h"
#include "loop.h"

#include <microhttpd.h>

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    /* It fails for want of memory only, or for a value with a line break: then the reply goes without it. */
    (void)MHD_add_response_header(response, name, value);
}

static void add_headers(struct exchange *exchange, struct MHD_Response *response)
{
    const struct request *request = &exchange->call.request;
    struct reply *reply = &exchange->call.reply;
    if (reply->content_type != NULL && reply->status != 304) {
        add(response, "Content-Type", reply->content_type);
    }
    add(response, "X-Request-Id", request->id);
    add(response, "X-Content-Type-Options", "nosniff");
    add(response, "Content-Security-Policy", "default-src 'none'");
    add(response, "Referrer-Policy", "no-referrer");
    if (reply->etag[0] != '\0') {
        add(response, "ETag", reply->etag);
    }
    if (reply->cache_control != NULL) {
        add(response, "Cache-Control", reply->cache_control);
    } else if (request->method == METHOD_GET) {
        add(response, "Cache-Control", "private, no-cache");
    }
    if (reply->retry_after != 0) {
        add(response, "Retry-After", arena_printf(request->arena, "%d", reply->retry_after));
    }
    for (size_t i = 0; i < reply->n_headers; i++) {
        add(response, reply->headers[i].name, reply->headers[i].value);
    }
    if (exchange->must_close || exchange->server->is_draining) {
        add(response, "Connection", "close");
    }
}

/** Of ${n} bytes, which stay where they are until exchange_end(): libmicrohttpd only reads them. */
static struct MHD_Response *whole_response(const struct reply *reply, size_t *n)
{
    struct span body = reply->constant.n ? reply->constant : (struct span){reply->body.p, reply->body.n};
    if (reply->rest == NULL) {
        *n = body.n;
        return MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_PERSISTENT);
    }
    struct MHD_IoVec parts[] = {{body.p, body.n}, {reply->rest->p, reply->rest->n}};
    *n = body.n + reply->rest->n;
    return MHD_create_response_from_iovec(parts, COUNT_OF(parts), NULL, NULL);
}

bool exchange_send(struct exchange *exchange)
{
    struct reply *reply = &exchange->call.reply;
    cors_allow(exchange);
    limit_tell(exchange);
    size_t n = 0;
    struct MHD_Response *response = reply->flow ? flowing_response(exchange) : whole_response(reply, &n);
    if (response == NULL) {
        return false;
    }
    add_headers(exchange, response);
    usec_t time = IDLE_TIMEOUT + (usec_t)(n / REPLY_BYTES_PER_SEC) * USEC_PER_SEC;
    connection_deadline(exchange->connection, clock_monotonic() + time);
    exchange->phase = PHASE_SENDING;
    bool is_queued = MHD_queue_response(exchange->mhd, (unsigned)reply->status, response) == MHD_YES;
    MHD_destroy_response(response);
    return is_queued;
}
