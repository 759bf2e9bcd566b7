#include "sdk.h"

#include "header.h"

#define HOST_MOST 255

/** The host and port that the caller named, as a URL takes them; it is told again. */
static bool is_host(struct span host)
{
    for (size_t i = 0; i < host.n; i++) {
        char c = host.p[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && strchr("-._:[]", c) == NULL) {
            return false;
        }
    }
    return host.n >= 1 && host.n <= HOST_MOST;
}

/** Pages of https may not send to http: a proxy that ends TLS says how it was called. */
static const char *protocol_of(const struct request *request)
{
    struct span proto = request_header(request, "X-Forwarded-Proto");
    const char *comma = memchr(proto.p, ',', proto.n);
    struct span first = {proto.p, comma ? (size_t)(comma - proto.p) : proto.n};
    return same_word(trim(first), "https") ? "https" : "http";
}

enum status get_sdk_settings(const struct request *request, struct reply *reply, struct error *error)
{
    struct span host = request_header(request, "Host");
    if (!is_host(host)) {
        return error_set(error, STATUS_BAD_REQUEST, "", "the Host header names no host");
    }
    /* a second integration, or a rate above 0, would make the SDK load or send what is not ours */
    struct buf *out = &reply->body;
    buf_text(out, "{\"integrations\":{\"Segment.io\":{\"apiKey\":");
    buf_json_string(out, request_param(request, "key"));
    buf_text(out, ",\"apiHost\":\"");
    buf_span(out, host);
    buf_printf(out, "/v1\",\"protocol\":\"%s\"}},\"plan\":{},\"metrics\":{\"sampleRate\":0}}",
               protocol_of(request));
    return STATUS_OK;
}

enum status drop_sdk_metrics(const struct request *request, struct reply *reply, struct error *error)
{
    (void)request;
    (void)error;
    buf_text(&reply->body, "{\"success\":true}");
    return STATUS_OK;
}
