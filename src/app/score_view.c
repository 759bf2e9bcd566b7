#include "app/score_view.h"

#include "app/customer.h"
#include "app/publish.h"
#include "db/db.h"
#include "gen/sql.h"
#include "view.h"

static struct db_args *document_args(struct arena *arena, const struct shop *shop, enum definition_kind kind,
                                     int version)
{
    struct db_args *args = db_args(arena, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, kind);
    arg_int(args, DB_INT4, version);
    return args;
}

static struct span document_of(struct arena *arena, const struct db_result *rows)
{
    return db_rows(rows) ? arena_span(arena, db_span(rows, 0, 0)) : (struct span){NULL, 0};
}

/* What is in force at an instant, and its documents. */
static enum status read_view(struct session *session, const struct definitions *definitions, usec_t at,
                             struct scores_view *out, struct error *error)
{
    struct arena *arena = session->arena;
    struct db *db = session->db;
    const struct shop *shop = definitions->shop;
    *out = (struct scores_view){.shop = shop,
                                .scores = scores_at(definitions, at),
                                .rfm = rfm_at(definitions, at),
                                .last_fit = {.at = NONE},
                                .as_of = at};
    size_t scores = db_send(db, SQL_READ_DEFINITION, document_args(arena, shop, KIND_SCORES, out->scores->version));
    size_t rfm =
        db_send(db, SQL_READ_DEFINITION, document_args(arena, shop, KIND_RFM, out->rfm ? out->rfm->version : 0));
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    out->document = document_of(arena, db_result(db, scores));
    out->rfm_document = document_of(arena, db_result(db, rfm));
    return STATUS_OK;
}

enum status scores_view_read(struct session *session, const struct shop *shop, struct scores_view *out,
                             struct error *error)
{
    const struct definitions *definitions;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, false, &definitions, error);
    if (status == STATUS_OK)
        status = read_view(session, definitions, clock_now(session->clock), out, error);
    return status;
}

enum status customer_scores_read(struct session *session, const struct customer_scores_query *query,
                                 enum language language, struct customer_scores *out, struct error *error)
{
    struct customer_wish *wish = ARENA_NEW(session->arena, struct customer_wish);
    struct scores_view *parameters = ARENA_NEW(session->arena, struct scores_view);
    *wish = (struct customer_wish){.shop = query->shop, .id = query->id, .by = query->by, .as_of = query->as_of};
    customers_find(session, wish, 1);
    if (wish->status != STATUS_OK) {
        *error = wish->error;
        return wish->status;
    }
    const struct customer_view *view = &wish->view;
    enum status status = read_view(session, view->definitions, view->as_of, parameters, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct customer_scores){.customer = view, .parameters = parameters};
    out->has_bought = fact_purchases(&view->state, query->shop->calendar, view->as_of, &out->purchases);
    for (int h = 0; h < HORIZON_COUNT && out->has_bought; h++)
        drivers_of(parameters->scores, &out->purchases, (enum score_horizon)h, language, &out->drivers[h]);
    return STATUS_OK;
}
