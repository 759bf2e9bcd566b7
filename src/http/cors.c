#include "app/settings.h"
#include "exchange.h"
#include "loop.h"

/*
 * Browsers' SDKs send messages from the shop's pages. A write key can only send, is public in such a page,
 * and no cookie counts here: so any origin may send unless the shop's settings name those that may. All else
 * is for servers, and for pages of our own origin. Where the shop is not known, as in a preflight, which
 * carries no key, an origin will do that some shop allows.
 */
static bool is_for_pages(const struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    if (request->method != METHOD_OPTIONS) {
        return request->route != NULL && request->route->is_for_pages;
    }
    static const enum method methods[] = {METHOD_POST, METHOD_GET};
    struct route_match match;
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (router_match(exchange->server->router, request->arena, methods[i], request->path, &match) ==
            STATUS_OK) {
            return match.route->is_for_pages;
        }
    }
    return false;
}

void cors_allow(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct span origin = request_header(request, "Origin");
    if (origin.n == 0 || !is_for_pages(exchange)) {
        return;
    }
    struct reply *reply = &exchange->call.reply;
    reply_header(reply, "Vary", "Origin");
    if (!settings_allow_origin(exchange->server->service, request->access.shop, origin)) {
        return;
    }
    reply_header(reply, "Access-Control-Allow-Origin", arena_text(request->arena, origin));
    if (request->method != METHOD_OPTIONS) {
        reply_header(reply, "Access-Control-Expose-Headers", "ratelimit, ratelimit-policy, retry-after, x-ratelimit-reset, x-request-id");
        return;
    }
    reply_header(reply, "Access-Control-Allow-Methods", "POST, GET, OPTIONS");
    reply_header(reply, "Access-Control-Allow-Headers",
                 "authorization, content-type, content-encoding, x-retry-count, x-write-key, x-ip-policy, "
                 "x-enable-debug");
    reply_header(reply, "Access-Control-Max-Age", "600");
}

/** Those who send CloudEvents ask first whether they are wanted; whether they may is for the key to say. */
static void allow_webhooks(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct span origin = request_header(request, "WebHook-Request-Origin");
    struct route_match match;
    if (origin.n == 0 || router_match(exchange->server->router, request->arena, METHOD_POST, request->path,
                                      &match) != STATUS_OK ||
        match.route->kind != ROUTE_INGEST) {
        return;
    }
    reply_header(&exchange->call.reply, "WebHook-Allowed-Origin", arena_text(request->arena, origin));
    reply_header(&exchange->call.reply, "WebHook-Allowed-Rate", "*");
}

void cors_preflight(struct exchange *exchange)
{
    struct reply *reply = &exchange->call.reply;
    char *allow = arena_alloc(exchange->call.request.arena, 64);
    methods_print(exchange->allowed | 1U << METHOD_OPTIONS, allow, 64);
    reply->status = 204;
    reply->content_type = NULL;
    reply_header(reply, "Allow", allow);
    allow_webhooks(exchange);
    exchange_answer(exchange);
}
