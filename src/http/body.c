#include "door.h"
#include "header.h"
#include "loop.h"
#include "wire/inflate.h"
#include "wire/message.h"

/** What gzip may add to a body that it cannot make smaller. */
#define GZIP_SLACK 1024

/* --- by its headers ------------------------------------------------------------------------------------- */

size_t exchange_length(const struct request *request)
{
    if (request_header(request, "Transfer-Encoding").n != 0) {
        return SIZE_MAX;
    }
    struct span length = request_header(request, "Content-Length");
    if (length.n == 0) {
        return 0;
    }
    int64_t n = digits_parse(length, INT64_MAX - 1);
    return n >= 0 ? (size_t)n : SIZE_MAX - 1; /* beyond all limits */
}

static enum status too_large(struct exchange *exchange)
{
    const struct route *route = exchange->call.request.route;
    if (route->body_limit == 0) {
        return error_set(&exchange->error, STATUS_BAD_REQUEST, "", "no body is taken here");
    }
    enum status status = route->kind == ROUTE_INGEST ? door_of(exchange)->too_large : STATUS_BODY_TOO_LARGE;
    return error_set(&exchange->error, status, "", "the body is larger than %zu bytes", exchange->body_limit);
}

/** A shop's webhook is as large as its order: it may be more than what we let clients send. */
size_t exchange_limit(const struct exchange *exchange)
{
    size_t limit = exchange->call.request.route->body_limit;
    size_t most = (size_t)exchange->server->config->max_body_bytes;
    return limit > BATCH_BYTES_MAX || limit < most ? limit : most;
}

enum status exchange_check_body(struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    if (request->route->body_limit == 0) {
        return exchange->body_expected == 0 ? STATUS_OK : too_large(exchange);
    }
    struct span encoding = trim(request_header(request, "Content-Encoding"));
    exchange->is_gzip = same_word(encoding, "gzip") || same_word(encoding, "x-gzip");
    if (encoding.n != 0 && !exchange->is_gzip && !same_word(encoding, "identity")) {
        return error_set(&exchange->error, STATUS_UNSUPPORTED_MEDIA_TYPE, "",
                         "the only Content-Encoding is gzip");
    }
    /* SDKs send JSON under any type, gzip as application/x-www-form-urlencoded: messages are never told by
     * it. */
    struct span type = request_header(request, "Content-Type");
    if (request->method == METHOD_PATCH && !media_type_is_patch(type)) {
        return error_set(&exchange->error, STATUS_UNSUPPORTED_MEDIA_TYPE, "",
                         "the body is a merge patch: application/merge-patch+json");
    }
    bool is_of_sdk = request->route->kind == ROUTE_INGEST || request->route->is_for_pages;
    if (!is_of_sdk && exchange->body_expected != 0 && !media_type_is_json(type)) {
        return error_set(&exchange->error, STATUS_UNSUPPORTED_MEDIA_TYPE, "",
                         "the body is JSON: application/json");
    }
    exchange->body_limit = exchange_limit(exchange);
    if (exchange->is_gzip) {
        exchange->body_limit += GZIP_SLACK;
    }
    if (exchange->body_expected != SIZE_MAX && exchange->body_expected > exchange->body_limit) {
        return too_large(exchange);
    }
    return STATUS_OK;
}

/* --- as it arrives -------------------------------------------------------------------------------------- */

/** The gate is open: libmicrohttpd offers the same bytes again. */
static void go_on_reading(struct exchange *exchange)
{
    usec_t now = clock_monotonic();
    connection_deadline(exchange->connection, now + exchange->server->config->request_timeout_ms * 1000);
}

/** Large bodies of callers whose key is not known from a header do not stand in the way of the others. */
static struct gate *body_gate(const struct exchange *exchange)
{
    return &exchange->server->gates[exchange->key_state == KEY_IN_BODY ? GATE_STRANGER : GATE_BODY];
}

/** A body that is too large to be let in beside any number of others needs room first. */
static bool may_keep(struct exchange *exchange, size_t n)
{
    if (exchange->held[body_gate(exchange)->name] != 0 || exchange->body.n + n <= GATE_FREE) {
        return true;
    }
    size_t cost = exchange->body_expected == SIZE_MAX ? exchange->body_limit : exchange->body_expected;
    if (gate_enter(body_gate(exchange), exchange, cost, go_on_reading)) {
        return true;
    }
    connection_deadline(exchange->connection, NONE);
    return false;
}

bool exchange_take(struct exchange *exchange, const char *bytes, size_t *n)
{
    if (exchange->error.status == STATUS_OK) {
        if (exchange->body.n + *n > exchange->body_limit) {
            (void)too_large(exchange);
        } else if (may_keep(exchange, *n)) {
            buf_append(&exchange->body, bytes, *n);
        } else {
            *n = 0;
        }
    }
    if (exchange->error.status != STATUS_OK && exchange->body.capacity != 0) {
        buf_done(&exchange->body);
        gate_leave(body_gate(exchange), exchange);
    }
    exchange->body_seen += *n;
    return exchange->body_seen <= DROP_MAX;
}

enum status exchange_body(struct exchange *exchange, size_t limit, struct span *out, struct error *error)
{
    struct span body = {exchange->body.p, exchange->body.n};
    if (exchange->is_gzip && body.n != 0) {
        enum status status = inflate_gzip(body, limit, &exchange->inflated, error);
        if (status != STATUS_OK) {
            return status;
        }
        body = (struct span){exchange->inflated.p, exchange->inflated.n};
    }
    *out = body.n ? body : (struct span){"", 0};
    return STATUS_OK;
}
