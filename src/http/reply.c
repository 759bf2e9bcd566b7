#include "base/trace.h"
#include "crypto/digest.h"
#include "exchange.h"
#include "flow.h"
#include "header.h"
#include "http/route.h"

#include <assert.h>
#include <stdio.h>

void reply_init(struct reply *reply, const struct request *request)
{
    reply->request = request;
    reply->status = 200;
    reply->content_type = "application/json";
}

void reply_header(struct reply *reply, const char *name, const char *value)
{
    assert(reply->n_headers < REPLY_HEADERS_MAX);
    reply->headers[reply->n_headers].name = name;
    reply->headers[reply->n_headers].value = value;
    reply->n_headers++;
}

void reply_wait(struct reply *reply, int64_t after, usec_t until)
{
    reply->wait_after = after;
    reply->wait_until = until;
}

void reply_etag_version(struct reply *reply, int64_t version)
{
    snprintf(reply->etag, sizeof(reply->etag), "\"%lld\"", (long long)version);
}

void reply_etag_of(struct reply *reply, struct span what)
{
    snprintf(reply->etag, sizeof(reply->etag), "\"h%016llx\"", (unsigned long long)hash64(what));
}

/** A version says which definition the reply tells of, not that counts and progress are the same: no 304. */
static bool is_version(const char *etag)
{
    return etag[0] == '"' && etag[1] >= '0' && etag[1] <= '9';
}

static void drop_header(struct reply *reply, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < reply->n_headers; i++) {
        if (strcmp(reply->headers[i].name, name) != 0) {
            reply->headers[kept++] = reply->headers[i];
        }
    }
    reply->n_headers = kept;
}

/** Of whatever it was to be. */
static void drop_body(struct reply *reply)
{
    reply->constant.n = 0;
    buf_reset(&reply->body);
    shared_release(reply->rest);
    reply->rest = NULL;
}

void reply_seal(struct reply *reply)
{
    const struct request *request = reply->request;
    if (request->method != METHOD_GET || reply->status != 200 || reply->flow != NULL) {
        return;
    }
    if (reply->etag[0] == '\0') {
        if (request->route->kind == ROUTE_INLINE) {
            return; /* what the loop answers itself is different each time, or says what its tag is */
        }
        reply_etag_of(reply, (struct span){reply->body.p, reply->body.n});
    }
    struct span list = request_header(request, "If-None-Match");
    if (list.n != 0 && !is_version(reply->etag) && etag_list_has(list, span_of(reply->etag))) {
        reply->status = 304;
        drop_header(reply, "Link"); /* what the client keeps has these */
        drop_header(reply, "Content-Disposition");
        drop_body(reply);
    }
}

/* --- problems ------------------------------------------------------------------------------------------- */

/** Seconds after which it is worth to try again. */
static int retry_after(enum status status)
{
    if (status_http(status) != 503 && status_http(status) != 429) {
        return 0;
    }
    return status == STATUS_DATABASE_AWAY || status == STATUS_DRAINING ? 5 : 1;
}

/** What was sent may hold any bytes; what is not fit for a URI is left out. */
static void print_instance(struct buf *out, struct span path)
{
    if (path.n == 0 || path.n > 1024) {
        return;
    }
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] <= ' ' || path.p[i] > '~') {
            return;
        }
    }
    buf_text(out, ",\"instance\":");
    buf_json_string(out, path);
}

/** A JSON pointer as the fragment of a URI (RFC 6901, section 6). */
static void print_pointer(struct buf *out, const char *pointer)
{
    static const char plain[] = "-._~!$&'()*+,;=:@/?";
    buf_text(out, "\"#");
    for (const char *p = pointer; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (is_word || strchr(plain, c) != NULL) {
            buf_char(out, (char)c);
        } else {
            buf_printf(out, "%%%02X", c);
        }
    }
    buf_char(out, '"');
}

static void print_text(struct buf *out, const char *name, const char *text)
{
    buf_char(out, ',');
    buf_json_string(out, span_of(name));
    buf_char(out, ':');
    buf_json_string(out, span_of(text));
}

/** The type that draft-ietf-httpapi-ratelimit-headers registers. */
#define QUOTA_PROBLEM "https://iana.org/assignments/http-problem-types#quota-exceeded"

void reply_problem(struct reply *reply, const struct error *error)
{
    const struct request *request = reply->request;
    const char *code = status_code(error->status);
    if (reply->flow != NULL) {
        flow_leave(reply->flow);
        reply->flow = NULL;
    }
    reply->status = status_http(error->status);
    reply->content_type = "application/problem+json";
    reply->cache_control = "no-store";
    reply->retry_after = retry_after(error->status);
    reply->etag[0] = '\0';
    drop_body(reply);
    struct buf *out = &reply->body;
    buf_text(out, "{\"type\":\"");
    buf_text(out, error->status == STATUS_RATE_LIMITED ? QUOTA_PROBLEM : "/problems/");
    buf_text(out, error->status == STATUS_RATE_LIMITED ? "" : code);
    buf_char(out, '"');
    print_text(out, "title", status_title(error->status));
    buf_text(out, ",\"status\":");
    buf_int(out, reply->status);
    print_text(out, "detail", error->detail[0] ? error->detail : status_title(error->status));
    print_instance(out, request->path);
    print_text(out, "code", code);
    print_text(out, "request_id", request->id);
    if (error->status == STATUS_CURSOR_TOO_OLD) {
        buf_text(out, ",\"oldest\":");
        buf_int(out, error->oldest);
    }
    char trace[TRACE_TEXT];
    trace_print(&request->trace_id, trace);
    print_text(out, "trace_id", trace);
    if (error->pointer[0] != '\0') {
        buf_text(out, ",\"errors\":[{\"pointer\":");
        print_pointer(out, error->pointer);
        print_text(out, "detail", error->detail);
        buf_text(out, "}]");
    }
    if (error->status == STATUS_RATE_LIMITED) {
        buf_text(out, ",\"violated-policies\":[\"default\"]");
    }
    if (request->route != NULL && request->route->kind == ROUTE_INGEST) {
        buf_text(out, ",\"success\":false");
    }
    buf_char(out, '}');
}
