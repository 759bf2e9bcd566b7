#include "app/score_run.h"
#include "app/score_view.h"
#include "handle.h"

enum status get_score_parameters(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    struct scores_view view;
    enum status status = scores_view_read(session, request->access.shop, &view, error);
    if (status == STATUS_OK) {
        scores_reply_print(&reply->body, session->arena, &view);
    }
    return status;
}

enum status get_score_accuracy(struct session *session, const struct request *request, struct reply *reply,
                               struct error *error)
{
    struct scores_view view;
    enum status status = scores_view_read(session, request->access.shop, &view, error);
    if (status == STATUS_OK) {
        scores_accuracy_print(&reply->body, session->arena, &view);
    }
    return status;
}

enum status get_customer_scores(struct session *session, const struct request *request, struct reply *reply,
                                struct error *error)
{
    struct customer_scores scores;
    struct customer_scores_query query = {.shop = request->access.shop};
    enum status status = request_query_time(request, "as_of", &query.as_of, error);
    if (status == STATUS_OK) {
        status = request_customer(request, &query.id, &query.by, error);
    }
    if (status == STATUS_OK) {
        status = customer_scores_read(session, &query, request->language, &scores, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t hash = customer_scores_print(&reply->body, session->arena, &scores);
    reply_etag_of(reply, (struct span){(const char *)&hash, sizeof(hash)});
    reply_header(reply, "Vary", "Accept-Language");
    return STATUS_OK;
}

enum status run_score_fit(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct fit_outcome outcome;
    bool is_dry;
    enum status status = score_fit_ask(session->arena, request->body, &is_dry, error);
    if (status == STATUS_OK) {
        status = score_run(session, request->access.shop, is_dry, &outcome, error);
    }
    if (status == STATUS_OK) {
        fit_outcome_print(&reply->body, &outcome);
    }
    return status;
}
