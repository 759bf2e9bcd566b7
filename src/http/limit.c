#include "base/clock.h"
#include "loop.h"

/* Keys with a quota, and what their callers are told of it (draft-ietf-httpapi-ratelimit-headers-10). */

void limit_take(struct exchange *exchange)
{
    const struct access *access = &exchange->call.request.access;
    exchange->is_limited = access->quota.requests != 0;
    if (exchange->is_limited && !limiter_take(exchange->server->limiter, &access->key_id, &access->quota,
                                              clock_monotonic(), &exchange->left)) {
        (void)error_set(&exchange->error, STATUS_RATE_LIMITED, "", "the key may send %d requests in %d seconds",
                        access->quota.requests, access->quota.window_s);
    }
}

void limit_tell(struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    struct reply *reply = &exchange->call.reply;
    if (!exchange->is_limited) {
        return;
    }
    reply_header(reply, "RateLimit-Policy",
                 arena_printf(request->arena, "\"default\";q=%d;w=%d", request->access.quota.requests,
                              request->access.quota.window_s));
    reply_header(reply, "RateLimit",
                 arena_printf(request->arena, "\"default\";r=%d;t=%d", exchange->left.remaining,
                              exchange->left.reset_s));
    if (reply->status != status_http(STATUS_RATE_LIMITED)) {
        return;
    }
    reply->retry_after = exchange->left.reset_s;
    if (request->route->kind == ROUTE_INGEST) {
        reply_header(reply, "X-RateLimit-Reset", arena_printf(request->arena, "%d", exchange->left.reset_s));
    }
}
