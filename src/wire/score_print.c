#include "wire/score.h"

#include "core/money.h"
#include "crypto/digest.h"
#include "number.h"
#include "scores_parts.h"
#include "wire/scores.h"
#include "wire/value.h"

/* --- pieces ----------------------------------------------------------------------------------------------------- */

static void print_member(struct buf *buf, const char *name, double n)
{
    buf_printf(buf, ",\"%s\":", name);
    number_print(buf, n);
}

/* A member of ${document} as it is kept, else ${fallback}. */
static void print_kept(struct buf *buf, struct arena *arena, struct span document, const char *name,
                       const char *fallback)
{
    struct span json = document.n ? scores_member(arena, document, span_of(name)) : document;
    buf_printf(buf, ",\"%s\":", name);
    buf_span(buf, json.n ? json : span_of(fallback));
}

static void print_version(struct buf *buf, const struct scores *scores)
{
    buf_printf(buf, "{\"version\":%d,\"source\":\"%s\",\"applies_from\":", scores->version,
               scores->is_fitted ? "fit" : "prior");
    buf_json_time(buf, scores->applies_from);
}

/* --- parameters ------------------------------------------------------------------------------------------------- */

static void print_last_fit(struct buf *buf, const struct fit_trace *fit)
{
    if (fit->at == NONE) {
        buf_text(buf, "null");
        return;
    }
    buf_text(buf, "{\"at\":");
    buf_json_time(buf, fit->at);
    buf_printf(buf, ",\"verdict\":\"%s\",\"reason\":", fit->verdict);
    if (fit->reason.n)
        buf_json_string(buf, fit->reason);
    else
        buf_text(buf, "null");
    buf_char(buf, '}');
}

static void print_rfm(struct buf *buf, const struct scores_view *view)
{
    if (view->rfm == NULL) {
        buf_text(buf, "null");
        return;
    }
    buf_printf(buf, "{\"version\":%d,\"applies_from\":", view->rfm->version);
    buf_json_time(buf, view->rfm->applies_from);
    buf_char(buf, ',');
    buf_span(buf, (struct span){view->rfm_document.p + 1, view->rfm_document.n - 1}); /* its members and the brace */
}

void scores_reply_print(struct buf *buf, struct arena *arena, const struct scores_view *view)
{
    print_version(buf, view->scores);
    print_kept(buf, arena, view->document, "cadence", "\"default\"");
    print_kept(buf, arena, view->found, "fitted_at", "null");
    print_kept(buf, arena, view->found, "until", "null");
    buf_text(buf, ",\"currency\":");
    buf_json_string(buf, span_of(view->shop->currency));
    scores_members(buf, view->scores, view->shop->exponent);
    print_kept(buf, arena, view->found, "diagnostics", "null");
    buf_text(buf, ",\"last_fit\":");
    print_last_fit(buf, &view->last_fit);
    buf_text(buf, ",\"rfm\":");
    print_rfm(buf, view);
    buf_char(buf, '}');
}

/* --- accuracy --------------------------------------------------------------------------------------------------- */

#define NO_FIT "the parameters in force are the prior of a cadence: nothing was fitted yet that could be tested"
#define NO_HISTORY "the history was too short to set a part of it aside for a test"

void scores_accuracy_print(struct buf *buf, struct arena *arena, const struct scores_view *view)
{
    struct span holdout = view->found;
    if (holdout.n)
        holdout = scores_member(arena, view->found, span_of("holdout"));
    print_version(buf, view->scores);
    buf_text(buf, ",\"holdout\":");
    buf_span(buf, holdout.n ? holdout : span_of("null"));
    buf_text(buf, ",\"reason\":");
    if (holdout.n)
        buf_text(buf, "null");
    else
        buf_json_string(buf, span_of(view->scores->is_fitted ? NO_HISTORY : NO_FIT));
    buf_char(buf, '}');
}

/* --- one customer ----------------------------------------------------------------------------------------------- */

static const enum fact shown[] = {
    FACT_p_active_30d,      FACT_p_active_90d,         FACT_churn_risk,           FACT_expected_orders_90d,
    FACT_expected_orders_365d, FACT_expected_order_value, FACT_clv_365d,          FACT_clv_historic,
    FACT_next_order_at,     FACT_next_order_at_low,    FACT_next_order_at_high,   FACT_rfm_r,
    FACT_rfm_f,             FACT_rfm_m,                FACT_rfm_code,             FACT_rfm_segment,
};

static void print_facts(struct buf *buf, const struct customer_view *customer)
{
    struct fact_view view = definitions_view(customer->definitions, &customer->state, customer->as_of);
    buf_char(buf, '{');
    for (size_t i = 0; i < COUNT_OF(shown); i++) {
        struct value value = fact_read(&view, &(struct fact_ref){.fact = (int)shown[i]});
        buf_printf(buf, "%s\"%s\":", i ? "," : "", fact_info(shown[i])->name);
        value_print(buf, &value, customer->definitions->shop->exponent);
    }
    buf_char(buf, '}');
}

static void print_purchases(struct buf *buf, const struct purchases *c, int exponent)
{
    struct value value = c->x > 0 ? value_money(c->value) : value_null();
    buf_text(buf, "{\"repeat_days\":");
    number_print(buf, c->x);
    print_member(buf, "recency_weeks", c->t_x);
    print_member(buf, "age_weeks", c->T);
    buf_text(buf, ",\"repeat_value\":");
    value_print(buf, &value, exponent);
    buf_char(buf, '}');
}

static void print_driver(struct buf *buf, const struct driver *driver)
{
    buf_printf(buf, "{\"feature\":\"%s\",\"label\":", driver->key);
    buf_json_string(buf, span_of(driver->label));
    print_member(buf, "value", driver->value);
    print_member(buf, "reference", driver->reference);
    if (driver->has_weight)
        print_member(buf, "weight", driver->weight);
    else
        buf_text(buf, ",\"weight\":null");
    print_member(buf, "contribution", driver->contribution);
    buf_char(buf, '}');
}

static void print_drivers(struct buf *buf, enum score_horizon horizon, const struct drivers *drivers)
{
    buf_printf(buf, "{\"days\":%d,\"method\":\"%s\",\"probability\":", score_horizon_days(horizon),
               drivers->is_blend ? "blend" : "purchase_model");
    number_print(buf, drivers->probability);
    print_member(buf, "base", drivers->base);
    buf_text(buf, ",\"drivers\":[");
    for (int i = 0; i < drivers->n; i++) {
        buf_text(buf, i ? "," : "");
        print_driver(buf, &drivers->items[i]);
    }
    buf_text(buf, "]}");
}

/* The headline of the holdout: what a page that shows a score shows beside it. */
static void print_headline(struct buf *buf, struct arena *arena, const struct scores_view *view)
{
    static const char *const names[] = {"horizon_days", "customers", "auc", "log_loss"};
    struct span holdout = view->found;
    if (holdout.n)
        holdout = scores_member(arena, view->found, span_of("holdout"));
    buf_text(buf, ",\"accuracy\":");
    if (holdout.n == 0) {
        buf_text(buf, "null");
        return;
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        buf_printf(buf, "%s\"%s\":", i ? "," : "{", names[i]);
        buf_span(buf, scores_member(arena, holdout, span_of(names[i])));
    }
    buf_char(buf, '}');
}

uint64_t customer_scores_print(struct buf *buf, struct arena *arena, const struct customer_scores *scores)
{
    const struct customer_view *customer = scores->customer;
    const struct scores *parameters = scores->parameters->scores;
    size_t start = buf->n;
    buf_text(buf, "{\"id\":");
    buf_json_string(buf, customer->state.external_id);
    buf_text(buf, ",\"currency\":");
    buf_json_string(buf, span_of(customer->definitions->shop->currency));
    buf_text(buf, ",\"facts\":");
    print_facts(buf, customer);
    buf_text(buf, ",\"purchases\":");
    if (scores->has_bought)
        print_purchases(buf, &scores->purchases, customer->definitions->shop->exponent);
    else
        buf_text(buf, "null");
    buf_text(buf, ",\"horizons\":[");
    for (int h = 0; h < HORIZON_COUNT && scores->has_bought; h++) {
        buf_text(buf, h ? "," : "");
        print_drivers(buf, (enum score_horizon)h, &scores->drivers[h]);
    }
    buf_text(buf, "],\"parameters\":");
    print_version(buf, parameters);
    buf_printf(buf, ",\"model\":\"%s\",\"k\":%d", parameters->model.is_bg ? "bg_nbd" : "mbg_cnbd_k", parameters->model.k);
    print_headline(buf, arena, scores->parameters);
    buf_char(buf, '}');
    uint64_t hash = hash64((struct span){buf->p + start, buf->n - start});
    buf_text(buf, ",\"as_of\":");
    buf_json_time(buf, customer->as_of);
    buf_char(buf, '}');
    return hash;
}
