#include "app/feed.h"
#include "app/ticket.h"
#include "base/clock.h"
#include "handle.h"
#include "header.h"
#include "loop.h"
#include "stream.h"
#include "uri.h"
#include "wire/change.h"

#define CHANGES_DEFAULT 100
#define WAIT_MOST       60

/** What to read of which feed. */
struct question {
    const struct shop *shop;
    struct change_filter filter;
    int64_t after; /* < 0: from now on */
};

/** A sequence number, `latest`, or (n = 0) ${fallback}. */
static enum status decode_after(struct span text, int64_t fallback, int64_t *out, struct error *error)
{
    int64_t n = digits_parse(text, INT64_MAX - 1);
    if (text.n == 0 || span_is(text, "latest")) {
        *out = text.n ? -1 : fallback;
        return STATUS_OK;
    }
    if (n < 0) {
        return error_set(error, STATUS_INVALID_CURSOR, "", "after is the sequence number of a change, or latest");
    }
    *out = n;
    return STATUS_OK;
}

static enum status decode_filter(struct session *session, const struct request *request, bool is_fresh,
                                 struct question *out, struct error *error)
{
    const struct definitions *definitions;
    enum status status = session_definitions(session, out->shop, is_fresh, &definitions, error);
    if (status == STATUS_OK) {
        status = change_filter_decode(definitions, query_text(request, "types"), query_text(request, "model"),
                                      query_text(request, "segment"), query_text(request, "stage"), &out->filter,
                                      error);
        error->pointer[0] = '\0'; /* it is a parameter, not a member */
    }
    return status;
}

/** What this process does not know another one may have published just now. */
static enum status decode_question(struct session *session, const struct request *request, struct question *out,
                                   struct error *error)
{
    bool has_silent;
    enum status status = decode_filter(session, request, false, out, error);
    if (status == STATUS_INVALID_PARAMETER) {
        status = decode_filter(session, request, true, out, error);
    }
    if (status == STATUS_OK) {
        status = request_query_bool(request, "silent", true, &has_silent, error);
    }
    if (status == STATUS_OK) {
        out->filter.has_silent = has_silent;
    }
    return status;
}

static void print_page(struct reply *reply, const struct feed_page *page)
{
    struct buf *out = &reply->body;
    buf_text(out, "{\"data\":[");
    for (size_t i = 0; i < page->n; i++) {
        reply_separate(reply);
        change_print(out, page->definitions, &page->lines[i]);
    }
    buf_printf(out, "],\"has_more\":%s,\"next_cursor\":\"%lld\",\"head\":%lld,\"oldest\":%lld}",
               page->next < page->head ? "true" : "false", (long long)page->next, (long long)page->head,
               (long long)page->oldest);
}

/** `Link: <...>; rel="next"`: the same question after the last number that was looked at. */
static void link_next(struct reply *reply, int64_t next)
{
    const struct request *request = reply->request;
    struct buf link;
    buf_init(&link, 0);
    buf_char(&link, '<');
    buf_span(&link, request->path);
    buf_printf(&link, "?after=%lld", (long long)next);
    for (size_t i = 0; i < request->n_query; i++) {
        if (span_is(request->query[i].name, "after")) {
            continue;
        }
        buf_char(&link, '&');
        uri_encode(&link, request->query[i].name);
        buf_char(&link, '=');
        uri_encode(&link, request->query[i].value);
    }
    buf_text(&link, ">; rel=\"next\"");
    reply_header(reply, "Link", arena_text(request->arena, (struct span){link.p, link.n}));
    buf_done(&link);
}

/** A page, or, when there is none yet and the caller has time, nothing until there is. */
static enum status answer(struct session *session, const struct request *request, struct question *question,
                          struct reply *reply, struct error *error)
{
    struct feed_page page;
    int64_t wait;
    size_t limit;
    enum status status = query_limit(request, CHANGES_DEFAULT, FEED_PAGE_MOST, &limit, error);
    if (status == STATUS_OK) {
        status = request_query_int(request, "wait", 0, WAIT_MOST, 0, &wait, error);
    }
    if (status == STATUS_OK && request->has_waited) {
        question->after = request->seen;
    }
    if (status == STATUS_OK) {
        status = feed_read(session, question->shop, question->after, &question->filter, limit, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    usec_t until = request->began_at + wait * USEC_PER_SEC;
    if (page.n == 0 && wait > 0 && !request->must_answer && until > clock_monotonic()) {
        reply_wait(reply, page.next, until);
        return STATUS_OK;
    }
    print_page(reply, &page);
    link_next(reply, page.next);
    return STATUS_OK;
}

/** Where a page begins that says no `after`: with the oldest change that is kept. */
static enum status first_page(struct session *session, struct question *question, struct error *error)
{
    struct feed_page page;
    if (question->after != INT64_MAX) {
        return STATUS_OK;
    }
    enum status status = feed_read(session, question->shop, -1, &question->filter, 1, &page, error);
    if (status == STATUS_OK) {
        question->after = page.oldest - 1;
    }
    return status;
}

enum status list_changes(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error)
{
    struct question question = {.shop = request->access.shop};
    enum status status = decode_question(session, request, &question, error);
    if (status == STATUS_OK) {
        status = decode_after(query_text(request, "after"), INT64_MAX, &question.after, error);
    }
    if (status == STATUS_OK) {
        status = first_page(session, &question, error);
    }
    return status == STATUS_OK ? answer(session, request, &question, reply, error) : status;
}

enum status list_segment_changes(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    static const struct span none = {"", 0};
    const struct definitions *definitions;
    struct question question = {.shop = request->access.shop};
    struct span key = request_param(request, "key");
    enum status status = session_definitions(session, question.shop, true, &definitions, error);
    if (status == STATUS_OK && definitions_segment(definitions, key, TIME_MAX) == NULL) {
        return error_set(error, STATUS_NOT_FOUND, "", "there is no such segment");
    }
    if (status == STATUS_OK) {
        status = change_filter_decode(definitions, span_of("segment.entered,segment.left"), none, key, none,
                                      &question.filter, error);
    }
    if (status == STATUS_OK) {
        question.filter.has_silent = true;
        status = decode_after(query_text(request, "after"), INT64_MAX, &question.after, error);
    }
    if (status == STATUS_OK) {
        status = first_page(session, &question, error);
    }
    return status == STATUS_OK ? answer(session, request, &question, reply, error) : status;
}

/* --- live ----------------------------------------------------------------------------------------------- */

/** Where a client that comes again goes on: what it has seen last, else where it says it wants to begin. */
static enum status decode_place(const struct request *request, int64_t *out, struct error *error)
{
    struct span last = request_header(request, "Last-Event-ID");
    return decode_after(last.n ? last : query_text(request, "after"), -1, out, error);
}

enum status stream_changes(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error)
{
    struct question question = {.shop = request->access.shop};
    struct feed_page page;
    enum status status = STATUS_OK;
    if (question.shop == NULL) {
        status = ticket_take(session, query_text(request, "ticket"), &question.shop, error);
    }
    if (status == STATUS_OK) {
        status = decode_question(session, request, &question, error);
    }
    if (status == STATUS_OK) {
        status = decode_place(request, &question.after, error);
    }
    if (status == STATUS_OK) {
        status = feed_read(session, question.shop, question.after, &question.filter, 1, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    reply->content_type = "text/event-stream";
    reply->cache_control = "no-cache";
    reply_header(reply, "X-Accel-Buffering", "no");
    return stream_begin(exchange_of(request)->server->streams, reply, question.shop, &question.filter,
                        question.after < 0 ? page.next : question.after, error);
}

enum status create_stream_ticket(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    struct span ticket;
    usec_t expires_at;
    enum status status = ticket_make(session, request->access.shop, &ticket, &expires_at, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply->status = 201;
    reply->cache_control = "no-store";
    buf_text(&reply->body, "{\"ticket\":");
    buf_json_string(&reply->body, ticket);
    buf_text(&reply->body, ",\"expires_at\":");
    buf_json_time(&reply->body, expires_at);
    buf_char(&reply->body, '}');
    return STATUS_OK;
}
