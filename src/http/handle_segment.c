#include "app/customer_list.h"
#include "app/definition_view.h"
#include "handle.h"
#include "header.h"

/** Lines of a CSV in one reply; a longer one goes on at the Link. */
#define CSV_MOST 100000

enum status list_segments(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct segment_line *lines;
    size_t n;
    enum status status = segments_list(session, request->access.shop, &lines, &n, error);
    if (status != STATUS_OK) {
        return status;
    }
    segment_list_print(&reply->body, lines, n, request->language);
    return STATUS_OK;
}

static enum status tell(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error)
{
    struct segment_reply segment;
    enum status status =
        segment_get(session, request->access.shop, request_param(request, "key"), &segment, error);
    if (status != STATUS_OK) {
        return status;
    }
    reply_etag_version(reply, segment.line.segment->version);
    segment_reply_print(&reply->body, &segment.line, &segment.progress, segment.as_of, request->language);
    return STATUS_OK;
}

enum status get_segment(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error)
{
    return tell(session, request, reply, error);
}

enum status put_segment(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error)
{
    struct publication publication = {
        .kind = KIND_SEGMENT,
        .key = request_param(request, "key"),
        .document = request->body,
        .if_match = request_publish_match(request),
    };
    int version;
    bool is_created;
    enum status status = request_query_bool(request, "notify", false, &publication.notify, error);
    if (status == STATUS_OK) {
        status = request_query_bool(request, "restate", false, &publication.restate, error);
    }
    if (status == STATUS_OK) {
        status = definition_put(session, request->access.shop, &publication, &version, &is_created, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    reply->status = is_created ? 201 : 200;
    return tell(session, request, reply, error);
}

enum status delete_segment(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error)
{
    struct publication publication = {
        .kind = KIND_SEGMENT,
        .key = request_param(request, "key"),
        .if_match = request_publish_match(request),
        .is_withdrawn = true,
    };
    int version;
    reply->status = 204;
    reply->content_type = NULL;
    return definition_publish(session, request->access.shop, &publication, &version, error);
}

/* --- members ---------------------------------------------------------------------------------------------- */

static void print_line(void *context, const struct customer_line *line)
{
    struct reply *reply = context;
    reply_separate(reply);
    customer_row_print(&reply->body, &line->view, line->entered_at, NULL);
}

static void print_csv_line(void *context, const struct customer_line *line)
{
    struct reply *reply = context;
    customer_csv_row(&reply->body, &line->view, line->entered_at);
}

static enum status wants_csv(const struct request *request, bool *out, struct error *error)
{
    struct span format = query_text(request, "format");
    struct span accept = request_header(request, "Accept");
    *out = format.n ? span_is(format, "csv")
                    : accept.n && accept_quality(accept, "text/csv") > accept_quality(accept, "application/json");
    if (format.n && !*out && !span_is(format, "json")) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "format is json or csv");
    }
    return STATUS_OK;
}

enum status list_segment_customers(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error)
{
    struct customer_page page;
    struct customer_query query = {
        .shop = request->access.shop,
        .segment = request_param(request, "key"),
        .cursor = query_text(request, "cursor"),
        .is_membership = true,
    };
    bool is_csv;
    enum status status = wants_csv(request, &is_csv, error);
    if (status == STATUS_OK) {
        status = query_limit(request, is_csv ? CSV_MOST : PAGE_DEFAULT, is_csv ? CSV_MOST : PAGE_MOST, &query.limit,
                             error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    reply_header(reply, "Vary", "Accept");
    if (is_csv) {
        customer_csv_head(&reply->body);
        status = customers_list(session, &query, print_csv_line, reply, &page, error);
    } else {
        buf_text(&reply->body, "{\"data\":[");
        status = customers_list(session, &query, print_line, reply, &page, error);
    }
    if (status == STATUS_OK && is_csv) {
        reply->content_type = "text/csv; charset=utf-8; header=present";
        reply_header(reply, "Content-Disposition", "attachment; filename=\"customers.csv\"");
        reply_next(reply, page.next);
    } else if (status == STATUS_OK) {
        reply_page_end(reply, page.next, page.as_of);
    }
    return status;
}

enum status preview_segment(struct session *session, const struct request *request, struct reply *reply,
                            struct error *error)
{
    struct preview preview;
    enum status status = segment_preview(session, request->access.shop, request->body, &preview, error);
    if (status != STATUS_OK) {
        return status;
    }
    preview_print(&reply->body, preview.count, preview.sample, preview.n_sample, preview.as_of);
    return STATUS_OK;
}
