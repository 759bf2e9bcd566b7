#include "app/recommend.h"
#include "handle.h"

#define RECOMMENDED_DEFAULT 10
#define RECOMMENDED_MOST    100

enum status list_customer_recommendations(struct session *session, const struct request *request, struct reply *reply,
                                          struct error *error)
{
    struct recommend_query query = {.shop = request->access.shop};
    struct recommendations recommendations;
    enum status status = request_customer(request, &query.id, &query.by, error);
    if (status == STATUS_OK) {
        status = query_limit(request, RECOMMENDED_DEFAULT, RECOMMENDED_MOST, &query.limit, error);
    }
    if (status == STATUS_OK) {
        status = customer_recommendations(session, &query, &recommendations, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t hash = recommendations_print(&reply->body, &recommendations);
    reply_etag_of(reply, (struct span){(const char *)&hash, sizeof(hash)});
    return STATUS_OK;
}
