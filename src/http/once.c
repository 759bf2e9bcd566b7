#include "app/idempotency.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "exchange.h"
#include "header.h"

#include <stdio.h>

/*
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the request is carried out once, and its reply is given again
 * to those who repeat it. What is kept of a reply is written like a reply of HTTP: the status, a line for each header, an
 * empty line, the body.
 */

/** Seconds after which a request that is being carried out may have its reply. */
#define STILL_RUNNING 1

enum status once_head(struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    struct span value = request_header(request, "Idempotency-Key");
    if (!request->route->is_once || value.n == 0) {
        return STATUS_OK;
    }
    if (!idempotency_key_parse(request->arena, value, &exchange->once_key)) {
        return error_set(&exchange->error, STATUS_BAD_REQUEST, "",
                         "an Idempotency-Key is a string in quotes, or a bare token, of 1 to %d characters", ONCE_KEY_MAX);
    }
    return STATUS_OK;
}

/** Method, path, query and body, so that none can be taken for a part of another. */
static void fingerprint(const struct exchange *exchange, unsigned char out[32])
{
    const struct request *request = &exchange->call.request;
    const struct span parts[] = {
        span_of(method_name(request->method)), request->path, exchange->raw_query, request->body};
    unsigned char hashes[COUNT_OF(parts)][32];
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        digest_sha256(parts[i].n ? parts[i].p : "", parts[i].n, hashes[i]);
    }
    digest_sha256(hashes, sizeof(hashes), out);
}

/* --- a reply as it is kept -------------------------------------------------------------------------------- */

static void write_header(struct buf *out, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        buf_printf(out, "%s: %s\n", name, value);
    }
}

static void write_reply(struct buf *out, const struct reply *reply)
{
    buf_printf(out, "%d\n", reply->status);
    write_header(out, "Content-Type", reply->content_type);
    write_header(out, "ETag", reply->etag);
    write_header(out, "Cache-Control", reply->cache_control);
    for (size_t i = 0; i < reply->n_headers; i++) {
        write_header(out, reply->headers[i].name, reply->headers[i].value);
    }
    buf_char(out, '\n');
    buf_append(out, reply->body.p, reply->body.n);
}

static struct span next_line(struct span *rest)
{
    const char *end = memchr(rest->p, '\n', rest->n);
    size_t n = end != NULL ? (size_t)(end - rest->p) : rest->n;
    struct span line = {rest->p, n};
    rest->p += n + (end != NULL);
    rest->n -= n + (end != NULL);
    return line;
}

static void read_header(struct reply *reply, struct span line)
{
    struct arena *arena = reply->request->arena;
    const char *colon = memchr(line.p, ':', line.n);
    size_t n = colon != NULL ? (size_t)(colon - line.p) : line.n;
    const char *name = arena_text(arena, (struct span){line.p, n});
    const char *value = n + 2 <= line.n ? arena_text(arena, (struct span){line.p + n + 2, line.n - n - 2}) : "";
    if (strcmp(name, "Content-Type") == 0) {
        reply->content_type = value;
    } else if (strcmp(name, "ETag") == 0) {
        snprintf(reply->etag, sizeof(reply->etag), "%s", value);
    } else if (strcmp(name, "Cache-Control") == 0) {
        reply->cache_control = value;
    } else {
        reply_header(reply, name, value);
    }
}

static void replay(struct reply *reply, struct span kept)
{
    reply->status = (int)digits_parse(next_line(&kept), 999);
    reply->content_type = NULL;
    for (struct span line = next_line(&kept); line.n != 0; line = next_line(&kept)) {
        read_header(reply, line);
    }
    reply_header(reply, "Idempotent-Replayed", "true");
    buf_append(&reply->body, kept.p, kept.n);
}

/* --- on a reader thread ------------------------------------------------------------------------------------ */

static enum status keep(struct session *session, const struct once *once, const struct reply *reply,
                        struct error *error)
{
    struct buf kept;
    buf_init(&kept, 0);
    write_reply(&kept, reply);
    enum status status = once_keep(session, once, (struct span){kept.p, kept.n}, error);
    buf_done(&kept);
    return status;
}

/** What becomes of the key, now that the request was carried out, or was not. */
static void settle(struct session *session, const struct once *once, const struct reply *reply, bool is_done)
{
    struct error error = {0};
    enum status status = is_done && !reply->body.overflow ? keep(session, once, reply, &error)
                                                          : once_forget(session, once, &error);
    if (status != STATUS_OK) {
        LOG(LOG_WARN, "a reply could not be kept for who sends the request again", LOG_TEXT("code", status_code(status)),
            LOG_TEXT("sqlstate", error.sqlstate), LOG_TEXT("request_id", reply->request->id));
    }
}

enum status once_run(struct exchange *exchange, struct session *session, struct error *error)
{
    const struct request *request = &exchange->call.request;
    struct reply *reply = &exchange->call.reply;
    struct once once = {.shop = request->access.shop, .api_key = exchange->key, .key = exchange->once_key};
    struct span kept;
    fingerprint(exchange, once.fingerprint);
    enum status status = once_begin(session, &once, &kept, error);
    if (status == STATUS_CONFLICT) {
        reply_problem(reply, error);
        reply->retry_after = STILL_RUNNING;
        return STATUS_OK;
    }
    if (status != STATUS_OK) {
        return status;
    }
    if (kept.n != 0) {
        replay(reply, kept);
        return STATUS_OK;
    }
    status = request->route->handler.on_reader.run(session, request, reply, error);
    bool is_done = status == STATUS_OK || status_http(status) < 500;
    if (status != STATUS_OK && is_done) {
        reply_problem(reply, error);
        status = STATUS_OK;
    }
    settle(session, &once, reply, is_done);
    return status;
}
