#include "app/explain.h"
#include "handle.h"
#include "wire/explain.h"

enum status get_customer_explanation(struct session *session, const struct request *request, struct reply *reply,
                                     struct error *error)
{
    struct explanation explanation;
    struct explain_query query = {.shop = request->access.shop,
                                  .model = query_text(request, "model")};
    enum status status = request_query_time(request, "as_of", &query.as_of, error);
    if (status == STATUS_OK) {
        status = request_customer(request, &query.id, &query.by, error);
    }
    if (status == STATUS_OK) {
        status = customer_explain(session, &query, &explanation, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t hash = explain_print(&reply->body, &explanation, request->language);
    reply_etag_of(reply, (struct span){(const char *)&hash, sizeof(hash)});
    reply_header(reply, "Vary", "Accept-Language");
    return STATUS_OK;
}
