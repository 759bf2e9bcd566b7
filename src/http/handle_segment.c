#include "app/definition_view.h"
#include "handle.h"
#include "handle_export.h"

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
        .if_match = request_version(request),
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
        .if_match = request_version(request),
        .is_withdrawn = true,
    };
    int version;
    reply->status = 204;
    reply->content_type = NULL;
    return definition_publish(session, request->access.shop, &publication, &version, error);
}

/* --- members ---------------------------------------------------------------------------------------------- */

enum status list_segment_customers(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error)
{
    struct customer_query query = {
        .shop = request->access.shop,
        .segment = request_param(request, "key"),
        .cursor = query_text(request, "cursor"),
        .is_membership = true,
    };
    const char *name = arena_printf(request->arena, "customers-%.*s", (int)query.segment.n, query.segment.p);
    return reply_customers(session, request, &query, name, reply, error);
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
