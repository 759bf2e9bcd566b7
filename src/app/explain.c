#include "app/explain.h"

#include "app/customer.h"
#include "db/db.h"
#include "gen/sql.h"
#include "wire/explain.h"

/** What the order of somebody who has not ordered yet would be worth. */
static enum status find_typical_value(struct session *session, const struct shop *shop, int64_t *out,
                                      struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_EXPLAIN_TYPICAL_ORDER, args, &rows, error);
    if (status == STATUS_OK) {
        *out = db_int8(rows, 0, 0);
    }
    return status;
}

enum status customer_explain(struct session *session, const struct explain_query *query, struct explanation *out,
                             struct error *error)
{
    struct customer_wish *wish = ARENA_NEW(session->arena, struct customer_wish);
    *wish = (struct customer_wish){.shop = query->shop, .id = query->id, .by = query->by, .as_of = query->as_of};
    customers_find(session, wish, 1);
    if (wish->status != STATUS_OK) {
        *error = wish->error;
        return wish->status;
    }
    const struct customer_view *view = &wish->view;
    struct explain_question question = {.now = view->as_of, .order = explain_order(query->shop, &view->state)};
    if (query->model.n) {
        question.model = definitions_model(view->definitions, query->model, view->as_of);
        if (question.model == NULL) {
            return error_set(error, STATUS_NOT_FOUND, "", "no model has this key");
        }
    }
    if (view->state.a.orders_count == 0) {
        enum status status = find_typical_value(session, query->shop, &question.typical_value, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    explain_customer(session->arena, view->definitions, &view->state, &question, out);
    return STATUS_OK;
}
