#include "app/customer.h"
#include "app/customer_list.h"
#include "handle.h"
#include "handle_export.h"

static void answer(struct reply *reply, const struct customer_wish *wish)
{
    if (wish->status != STATUS_OK) {
        reply_problem(reply, &wish->error);
        return;
    }
    uint64_t hash = customer_print(&reply->body, &wish->view);
    reply_etag_of(reply, (struct span){(const char *)&hash, sizeof(hash)});
}

void get_customer(struct session *session, struct call **calls, size_t n)
{
    struct customer_wish *wishes = ARENA_ARRAY(session->arena, struct customer_wish, n);
    struct call **asking = ARENA_ARRAY(session->arena, struct call *, n);
    size_t n_wishes = 0;
    for (size_t i = 0; i < n; i++) {
        const struct request *request = &calls[i]->request;
        struct customer_wish *wish = &wishes[n_wishes];
        struct error error = {0};
        wish->shop = request->access.shop;
        enum status status = request_customer(request, &wish->id, &wish->by, &error);
        if (status == STATUS_OK) {
            status = request_query_time(request, "as_of", &wish->as_of, &error);
        }
        if (status != STATUS_OK) {
            reply_problem(&calls[i]->reply, &error);
            continue;
        }
        asking[n_wishes++] = calls[i];
    }
    customers_find(session, wishes, n_wishes);
    for (size_t i = 0; i < n_wishes; i++) {
        answer(&asking[i]->reply, &wishes[i]);
    }
}

/* --- lists ------------------------------------------------------------------------------------------------ */

static void print_line(void *context, const struct customer_line *line)
{
    struct reply *reply = context;
    reply_separate(reply);
    customer_row_print(&reply->body, &line->view, line->entered_at, &line->move);
}

enum status reply_customers(struct session *session, const struct request *request, struct customer_query *query,
                            const char *name, struct reply *reply, struct error *error)
{
    struct customer_page page;
    bool is_export;
    enum status status = export_is_wanted(request, &is_export, error);
    if (status == STATUS_OK && is_export) {
        return reply_export(session, request, query, name, reply, error);
    }
    reply_header(reply, "Vary", "Accept");
    buf_text(&reply->body, "{\"data\":[");
    if (status == STATUS_OK) {
        status = query_limit(request, PAGE_DEFAULT, PAGE_MOST, &query->limit, error);
    }
    if (status == STATUS_OK) {
        status = customers_list(session, query, print_line, reply, &page, error);
    }
    if (status == STATUS_OK) {
        reply_page_end(reply, page.next, page.as_of);
    }
    return status;
}

enum status list_customers(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error)
{
    struct customer_query query = {
        .shop = request->access.shop,
        .model = query_text(request, "model"),
        .stage = query_text(request, "stage"),
        .role = query_text(request, "role"),
        .segment = query_text(request, "segment"),
        .rule = query_text(request, "rule"),
        .sort = query_text(request, "sort"),
        .due_within = query_text(request, "due_within"),
        .cursor = query_text(request, "cursor"),
    };
    return reply_customers(session, request, &query, "customers", reply, error);
}

static enum status read_history(const struct request *request, struct history_query *query, struct error *error)
{
    *query = (struct history_query){.shop = request->access.shop, .cursor = query_text(request, "cursor")};
    enum status status = request_customer(request, &query->id, &query->by, error);
    return status == STATUS_OK ? query_limit(request, PAGE_DEFAULT, PAGE_MOST, &query->limit, error) : status;
}

enum status list_customer_events(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    struct history_query query;
    struct event_page page;
    enum status status = read_history(request, &query, error);
    if (status == STATUS_OK) {
        status = customer_events(session, &query, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    event_page_print(&reply->body, &page);
    reply_next(reply, page.next);
    return STATUS_OK;
}

enum status list_customer_orders(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error)
{
    struct history_query query;
    struct order_page page;
    enum status status = read_history(request, &query, error);
    if (status == STATUS_OK) {
        status = customer_orders(session, &query, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    order_page_print(&reply->body, &page);
    reply_next(reply, page.next);
    return STATUS_OK;
}

enum status list_customer_transitions(struct session *session, const struct request *request, struct reply *reply,
                                      struct error *error)
{
    struct history_query query;
    struct transition_page page;
    enum status status = read_history(request, &query, error);
    if (status == STATUS_OK) {
        status = request_query_bool(request, "superseded", false, &query.superseded, error);
    }
    if (status == STATUS_OK) {
        status = customer_transitions(session, &query, &page, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    transition_page_print(&reply->body, &page);
    reply_next(reply, page.next);
    return STATUS_OK;
}
