#include "app/people.h"
#include "app/privacy.h"
#include "handle.h"
#include "wire/cursor.h"

/** One document of an export; what is beyond it stands in the next. */
#define EXPORT_BYTES ((size_t)16 << 20)

static enum status read_query(const struct request *request, struct people_query *query, struct error *error)
{
    *query = (struct people_query){.shop = request->access.shop};
    return request_customer(request, &query->id, &query->by, error);
}

enum status get_customer_identities(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error)
{
    struct people_query query;
    struct identities_view view;
    enum status status = read_query(request, &query, error);
    if (status == STATUS_OK) {
        status = people_identities(session, &query, &view, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_char(&reply->body, '{');
    identities_print(&reply->body, "data", &view);
    buf_char(&reply->body, '}');
    return STATUS_OK;
}

/* --- joining, separating, erasing ------------------------------------------------------------------------- */

enum status merge_customers(struct session *session, const struct request *request, struct reply *reply,
                            struct error *error)
{
    struct people_query query;
    struct people_change change;
    enum status status = read_query(request, &query, error);
    if (status == STATUS_OK) {
        status = people_merge(session, &query, request->body, &change, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_text(&reply->body, "{\"customer\":");
    buf_json_string(&reply->body, change.customer);
    buf_text(&reply->body, ",\"merged\":");
    if (change.is_changed) {
        buf_json_string(&reply->body, change.other);
    } else {
        buf_text(&reply->body, "null");
    }
    buf_text(&reply->body, change.is_changed ? ",\"changed\":true}" : ",\"changed\":false}");
    return STATUS_OK;
}

enum status unmerge_customer(struct session *session, const struct request *request, struct reply *reply,
                             struct error *error)
{
    struct people_query query;
    struct people_change change;
    enum status status = read_query(request, &query, error);
    if (status == STATUS_OK) {
        status = people_unmerge(session, &query, request->body, &change, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_text(&reply->body, "{\"customer\":");
    buf_json_string(&reply->body, change.customer);
    buf_text(&reply->body, ",\"apart\":");
    buf_json_string(&reply->body, change.other);
    buf_char(&reply->body, '}');
    return STATUS_OK;
}

enum status erase_customer(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error)
{
    struct people_query query;
    struct erasure_line line;
    enum status status = read_query(request, &query, error);
    if (status == STATUS_OK) {
        status = people_erase(session, &query, &line, error);
    }
    if (status == STATUS_OK) {
        erasure_print(&reply->body, &line);
    }
    return status;
}

enum status export_customer(struct session *session, const struct request *request, struct reply *reply,
                            struct error *error)
{
    struct people_query query;
    struct span next;
    enum status status = read_query(request, &query, error);
    if (status == STATUS_OK) {
        status = people_export(session, &query, query_text(request, "cursor"), EXPORT_BYTES, &reply->body, &next,
                               error);
    }
    if (status == STATUS_OK) {
        reply_next(reply, next);
    }
    return status;
}

/* --- receipts and requests -------------------------------------------------------------------------------- */

static void end_list(struct reply *reply, struct span next)
{
    buf_text(&reply->body, "],");
    page_print(&reply->body, next);
    buf_char(&reply->body, '}');
    reply_next(reply, next);
}

enum status list_erasures(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct erasure_page page;
    size_t limit;
    enum status status = query_limit(request, PAGE_DEFAULT, PAGE_MOST, &limit, error);
    if (status == STATUS_OK) {
        status = people_erasures(session, request->access.shop, query_text(request, "cursor"), limit, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_text(&reply->body, "{\"data\":[");
    for (size_t i = 0; i < page.n; i++) {
        reply_separate(reply);
        erasure_print(&reply->body, &page.lines[i]);
    }
    end_list(reply, page.next);
    return STATUS_OK;
}

enum status get_erasure(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error)
{
    struct erasure_line line;
    struct uuid id;
    enum status status = request_id(request, "erasure", &id, error);
    if (status == STATUS_OK) {
        status = people_erasure(session, request->access.shop, &id, &line, error);
    }
    if (status == STATUS_OK) {
        erasure_print(&reply->body, &line);
    }
    return status;
}

enum status list_privacy_requests(struct session *session, const struct request *request, struct reply *reply,
                                  struct error *error)
{
    struct privacy_page page;
    size_t limit;
    enum status status = query_limit(request, PAGE_DEFAULT, PAGE_MOST, &limit, error);
    if (status == STATUS_OK) {
        status = privacy_requests(session, request->access.shop, query_text(request, "cursor"), limit, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buf_text(&reply->body, "{\"data\":[");
    for (size_t i = 0; i < page.n; i++) {
        reply_separate(reply);
        privacy_print(&reply->body, &page.lines[i]);
    }
    end_list(reply, page.next);
    return STATUS_OK;
}
