#include "app/score_view.h"

#include "app/customer.h"
#include "app/publish.h"
#include "app/score.h"
#include "db/db.h"
#include "gen/sql.h"
#include "view.h"
#include "wire/scores.h"

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
    size_t found = db_send(db, SQL_READ_FIT, document_args(arena, shop, KIND_SCORES, out->scores->version));
    size_t rfm =
        db_send(db, SQL_READ_DEFINITION, document_args(arena, shop, KIND_RFM, out->rfm ? out->rfm->version : 0));
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    out->document = document_of(arena, db_result(db, scores));
    out->rfm_document = document_of(arena, db_result(db, rfm));
    if (out->scores->is_fitted)
        out->found = document_of(arena, db_result(db, found));
    return STATUS_OK;
}

static const char *verdict_of(const struct score_fit_note *note)
{
    if (note->verdict != FIT_OK)
        return fit_verdict_name(note->verdict);
    return note->version ? "published" : "unchanged";
}

/* A text of the diagnostics, without its quotes: reasons are constant texts of ours. */
static struct span reason_in(struct arena *arena, struct span document)
{
    struct span diagnostics = scores_member(arena, document, span_of("diagnostics"));
    struct span reason = diagnostics.n ? scores_member(arena, diagnostics, span_of("reason")) : diagnostics;
    return reason.n > 2 ? (struct span){reason.p + 1, reason.n - 2} : (struct span){NULL, 0};
}

static enum status read_last_fit(struct session *session, const struct shop *shop, struct fit_trace *out,
                                 struct error *error)
{
    struct score_fit_note note;
    enum status status = score_last_fit(session, shop, &note, error);
    *out = (struct fit_trace){.at = NONE};
    if (status == STATUS_OK)
        *out = (struct fit_trace){
            .at = note.fitted_at, .verdict = verdict_of(&note), .reason = reason_in(session->arena, note.document)};
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
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
    return status == STATUS_OK ? read_last_fit(session, shop, &out->last_fit, error) : status;
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
