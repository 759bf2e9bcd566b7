#include "app/publish.h"
#include "app/settings.h"
#include "base/buf.h"
#include "db/db.h"
#include "registry.h"
#include "score_private.h"
#include "wire/rfm.h"
#include "wire/scores.h"

#define FITS_KEPT 20

/* --- what is to be in force ------------------------------------------------------------------------------------ */

static bool same_model(const struct btyd *a, const struct btyd *b)
{
    return a->k == b->k && a->is_bg == b->is_bg && a->r == b->r && a->alpha == b->alpha && a->a == b->a && a->b == b->b;
}

static bool same_blend(const struct blend *a, const struct blend *b)
{
    bool is_same = a->is_used == b->is_used && a->intercept == b->intercept;
    for (int i = 0; i < BLEND_FEATURES && is_same; i++)
        is_same = a->weight[i] == b->weight[i];
    return is_same;
}

bool scores_differ(const struct scores *a, const struct scores *b)
{
    bool is_same = a->is_fitted == b->is_fitted && a->margin == b->margin && a->discount == b->discount &&
                   same_model(&a->model, &b->model) && same_model(&a->basis.exponential, &b->basis.exponential) &&
                   same_model(&a->basis.regular, &b->basis.regular) && a->basis.usual_gap == b->basis.usual_gap &&
                   a->basis.usual_value == b->basis.usual_value && a->has_spend == b->has_spend;
    if (is_same && a->has_spend)
        is_same = a->spend.p == b->spend.p && a->spend.q == b->spend.q && a->spend.v == b->spend.v;
    for (int i = 0; i < HORIZON_COUNT && is_same; i++)
        is_same = same_blend(&a->blends[i], &b->blends[i]);
    return !is_same;
}

void score_adjust(const struct scores *in_force, const struct settings *settings, struct scores *out)
{
    if (in_force->is_fitted)
        *out = *in_force;
    else
        scores_prior(span_of(settings->cadence), out);
    out->margin = settings->margin;
    out->discount = settings->discount;
}

/* --- publishing ------------------------------------------------------------------------------------------------ */

static struct span print_scores(struct arena *arena, const struct scores *scores, const struct scores_note *note)
{
    struct buf text;
    buf_init(&text, 0);
    scores_print(&text, scores, note);
    struct span document = arena_span(arena, (struct span){text.p, text.n});
    buf_done(&text);
    return document;
}

/* A new version in place of ${in_force} (0: none is), unless somebody else was quicker. */
static enum status put_in_force(struct session *session, const struct shop *shop, enum definition_kind kind,
                                struct span document, int in_force, int *version, struct error *error)
{
    struct publication publication = {.kind = kind,
                                      .key = span_of(kind == KIND_SCORES ? SCORES_KEY : RFM_KEY),
                                      .document = document,
                                      .if_match = in_force ? in_force : VERSION_ABSENT};
    enum status status = definition_publish(session, shop, &publication, version, error);
    if (status == STATUS_PRECONDITION_REQUIRED)
        return error_set(error, STATUS_PRECONDITION_FAILED, "", "another version was published meanwhile");
    return status;
}

static enum status keep_note(struct session *session, const struct shop *shop, const struct score_fitting *fitting,
                             struct span document, struct error *error)
{
    struct db *db = session->db;
    struct db_args *args = db_args(session->arena, 6);
    arg_int(args, DB_INT4, shop->id);
    arg_time(args, fitting->fitted_at);
    arg_int(args, DB_INT2, fitting->fit.report.verdict);
    arg_int(args, DB_INT4, fitting->is_published ? fitting->version : 0);
    arg_int(args, DB_INT8, fitting->purchase_days);
    arg_span(args, DB_JSON, document);
    db_send(db, SQL_SCORE_FIT_INSERT, args);
    args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT4, FITS_KEPT);
    db_send(db, SQL_SCORE_FIT_TRIM, args);
    return db_sync(db, error);
}

/* --- fitting --------------------------------------------------------------------------------------------------- */

static enum status fit_to_orders(struct session *session, const struct shop *shop, const struct settings *settings,
                                 struct score_fitting *out, struct error *error)
{
    struct purchase_log log;
    struct fit_options options = {.cadence = span_of(settings->cadence),
                                  .margin = settings->margin,
                                  .discount = settings->discount,
                                  .gives_up = session->gives_up};
    int64_t today = calendar_day_begun(shop->calendar, out->fitted_at);
    enum status status = score_read_log(session, shop, &log, error);
    if (status == STATUS_OK) {
        fit_scores(&log, (int32_t)(today - 1), &options, &out->fit);
        out->purchase_days = (int64_t)log.n_days;
    }
    purchase_log_done(&log);
    return status == STATUS_OK ? session_goes_on(session, error) : status;
}

enum status score_fit(struct session *session, const struct shop *shop, const struct score_fit_wish *wish,
                      struct score_fitting *out, struct error *error)
{
    const struct definitions *definitions;
    const struct settings *settings = settings_known(session->registry, shop);
    *out = (struct score_fitting){.fitted_at = clock_now(session->clock)};
    enum status status = session_definitions(session, shop, true, &definitions, error);
    if (status == STATUS_OK)
        status = fit_to_orders(session, shop, settings, out, error);
    if (status != STATUS_OK)
        return status;
    const struct scores *in_force = scores_latest(definitions);
    struct scores wanted = out->fit.scores;
    if (out->fit.report.verdict != FIT_OK)
        score_adjust(in_force, settings, &wanted);
    out->version = in_force->version;
    if (wish->has_preview)
        status = score_look_ahead(session, shop, &wanted, &out->preview, error);
    if (status != STATUS_OK || wish->is_dry)
        return status;
    struct scores_note note = {
        .cadence = span_of(settings->cadence), .fitted_at = out->fitted_at, .report = &out->fit.report};
    struct span document = print_scores(session->arena, &wanted, &note);
    if (scores_differ(in_force, &wanted)) {
        status = put_in_force(session, shop, KIND_SCORES, document, in_force->version, &out->version, error);
        out->is_published = status == STATUS_OK;
    }
    return status == STATUS_OK ? keep_note(session, shop, out, document, error) : status;
}

enum status score_last_fit(struct session *session, const struct shop *shop, struct score_fit_note *out,
                           struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_SCORE_FIT_LAST, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    if (db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "nothing was fitted yet");
    *out = (struct score_fit_note){.fitted_at = db_time(rows, 0, 0),
                                   .verdict = (enum fit_verdict)db_int(rows, 0, 1),
                                   .version = db_int(rows, 0, 2),
                                   .purchase_days = db_int8(rows, 0, 3),
                                   .document = arena_span(session->arena, db_span(rows, 0, 4))};
    return STATUS_OK;
}

/* --- without a fit --------------------------------------------------------------------------------------------- */

/* What the settings say, as new as the database has them: publishing by older ones would undo what others have published. */
static enum status newest_settings(struct session *session, const struct shop *shop, const struct settings **out,
                                   struct error *error)
{
    enum status status = registry_load(session->registry, session->db, false, error);
    *out = settings_known(session->registry, shop);
    return status;
}

enum status score_follow_settings(struct session *session, const struct shop *shop, struct error *error)
{
    const struct definitions *definitions;
    const struct settings *settings = settings_known(session->registry, shop);
    struct scores wanted;
    enum status status = session_definitions(session, shop, false, &definitions, error);
    if (status != STATUS_OK)
        return status;
    score_adjust(scores_latest(definitions), settings, &wanted);
    if (!scores_differ(scores_latest(definitions), &wanted))
        return STATUS_OK;
    status = newest_settings(session, shop, &settings, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, true, &definitions, error);
    if (status != STATUS_OK)
        return status;
    const struct scores *in_force = scores_latest(definitions);
    score_adjust(in_force, settings, &wanted);
    if (!scores_differ(in_force, &wanted))
        return STATUS_OK;
    int version;
    struct scores_note note = {.cadence = span_of(settings->cadence), .fitted_at = NONE};
    return put_in_force(session, shop, KIND_SCORES, print_scores(session->arena, &wanted, &note), in_force->version,
                        &version, error);
}

/* --- bounds ---------------------------------------------------------------------------------------------------- */

static void owners_bounds(const struct settings *settings, struct rfm *out)
{
    *out = (struct rfm){.is_fixed = true, .as_of = NONE};
    memcpy(out->recency, settings->rfm_recency, sizeof(out->recency));
    memcpy(out->frequency, settings->rfm_frequency, sizeof(out->frequency));
    memcpy(out->monetary, settings->rfm_monetary, sizeof(out->monetary));
}

static bool rfm_differs(const struct rfm *a, const struct rfm *b)
{
    return a == NULL || a->is_fixed != b->is_fixed || memcmp(a->recency, b->recency, sizeof(a->recency)) != 0 ||
           memcmp(a->frequency, b->frequency, sizeof(a->frequency)) != 0 ||
           memcmp(a->monetary, b->monetary, sizeof(a->monetary)) != 0;
}

bool rfm_wants_owners(const struct rfm *in_force, const struct settings *settings)
{
    struct rfm wanted;
    if (!settings->has_rfm_bounds)
        return false;
    owners_bounds(settings, &wanted);
    return rfm_differs(in_force, &wanted);
}

enum status rfm_refresh(struct session *session, const struct shop *shop, int *version, struct error *error)
{
    const struct definitions *definitions;
    const struct settings *settings;
    struct rfm wanted;
    enum status status = newest_settings(session, shop, &settings, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, true, &definitions, error);
    if (status != STATUS_OK)
        return status;
    const struct rfm *in_force = rfm_latest(definitions);
    *version = in_force ? in_force->version : 0;
    if (settings->has_rfm_bounds)
        owners_bounds(settings, &wanted);
    else
        status = score_read_bounds(session, shop, &wanted, error);
    if (status != STATUS_OK || (!wanted.is_fixed && wanted.customers == 0) || !rfm_differs(in_force, &wanted))
        return status;
    struct buf text;
    buf_init(&text, 0);
    rfm_print(&text, &wanted, shop->exponent);
    struct span document = arena_span(session->arena, (struct span){text.p, text.n});
    buf_done(&text);
    return put_in_force(session, shop, KIND_RFM, document, *version, version, error);
}
