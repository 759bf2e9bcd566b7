#include "app/metric_view.h"
#include "app/refusal_view.h"
#include "app/rfm_view.h"
#include "handle.h"
#include "wire/fact.h"

static struct metric_query read_query(const struct request *request)
{
    return (struct metric_query){
        .shop = request->access.shop,
        .model = query_text(request, "model"),
        .from = query_text(request, "from"),
        .to = query_text(request, "to"),
    };
}

enum status get_stage_metrics(struct session *session, const struct request *request, struct reply *reply,
                              struct error *error)
{
    struct stage_metrics metrics;
    struct metric_query query = read_query(request);
    enum status status = stages_count(session, &query, &metrics, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t hash = stage_metrics_print(&reply->body, &metrics.head, metrics.rows, metrics.n);
    reply_etag_of(reply, (struct span){(const char *)&hash, sizeof(hash)});
    return STATUS_OK;
}

enum status get_transition_metrics(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error)
{
    struct transition_metrics metrics;
    struct metric_query query = read_query(request);
    enum status status = transitions_count(session, &query, &metrics, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t hash = transition_metrics_print(&reply->body, &metrics.head, metrics.rows, metrics.n);
    reply_etag_of(reply, (struct span){(const char *)&hash, sizeof(hash)});
    return STATUS_OK;
}

enum status get_rfm_metrics(struct session *session, const struct request *request, struct reply *reply,
                            struct error *error)
{
    struct rfm_metrics metrics;
    struct rfm_query query = {
        .shop = request->access.shop,
        .at = query_text(request, "at"),
        .from = query_text(request, "from"),
        .to = query_text(request, "to"),
    };
    enum status status = rfm_count(session, &query, &metrics, error);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t hash = rfm_metrics_print(&reply->body, &metrics);
    reply_etag_of(reply, (struct span){(const char *)&hash, sizeof(hash)});
    return STATUS_OK;
}

enum status list_facts(const struct request *request, struct reply *reply, struct error *error)
{
    (void)error;
    fact_list_print(&reply->body, request->language);
    reply_header(reply, "Vary", "Accept-Language");
    reply_etag_of(reply, (struct span){reply->body.p, reply->body.n});
    return STATUS_OK;
}

enum status list_refusals(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct refusal_line *lines;
    size_t n;
    size_t limit;
    enum status status = query_limit(request, PAGE_DEFAULT, PAGE_MOST, &limit, error);
    if (status == STATUS_OK) {
        status = refusals_list(session, request->access.shop, limit, &lines, &n, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    refusal_list_print(&reply->body, lines, n);
    return STATUS_OK;
}
