#include "number.h"
#include "scores_parts.h"
#include "wire/accuracy.h"
#include "wire/scores.h"
#include "wire/value.h"

#include <math.h>

static void print_member(struct buf *buf, const char *name, double n)
{
    buf_printf(buf, ",\"%s\":", name);
    number_print(buf, n);
}

static void print_text(struct buf *buf, const char *name, const char *text)
{
    buf_printf(buf, ",\"%s\":", name);
    if (text)
        buf_json_string(buf, span_of(text));
    else
        buf_text(buf, "null");
}

static void print_parameters(struct buf *buf, const struct btyd *model)
{
    print_member(buf, "r", model->r);
    print_member(buf, "alpha", model->alpha);
    print_member(buf, "a", model->a);
    print_member(buf, "b", model->b);
}

static void print_model(struct buf *buf, const char *name, const struct btyd *model)
{
    buf_printf(buf, ",\"%s\":{\"name\":\"%s\",\"k\":%d", name, model->is_bg ? "bg_nbd" : "mbg_cnbd_k", model->k);
    print_parameters(buf, model);
    buf_char(buf, '}');
}

static void print_blend(struct buf *buf, const struct blend *blend)
{
    buf_text(buf, "{\"intercept\":");
    number_print(buf, blend->intercept);
    buf_text(buf, ",\"weights\":{");
    for (int i = 0; i < BLEND_FEATURES; i++) {
        buf_printf(buf, "%s\"%s\":", i ? "," : "", blend_features[i].name);
        number_print(buf, blend->weight[i]);
    }
    buf_text(buf, "}}");
}

static void print_blends(struct buf *buf, const struct scores *scores)
{
    buf_text(buf, ",\"blends\":{");
    for (int h = 0; h < HORIZON_COUNT; h++) {
        buf_printf(buf, "%s\"%s\":", h ? "," : "", scores_horizon_name((enum score_horizon)h));
        if (scores->blends[h].is_used)
            print_blend(buf, &scores->blends[h]);
        else
            buf_text(buf, "null");
    }
    buf_char(buf, '}');
}

static void print_amount(struct buf *buf, const char *name, double minor, int exponent)
{
    buf_printf(buf, ",\"%s\":", name);
    if (exponent == SCORES_MINOR) {
        number_print(buf, minor);
        return;
    }
    struct value amount = value_money(minor);
    value_print(buf, &amount, exponent);
}

/* A scale, not an amount that somebody pays: it is told whole, else it could not be computed with. */
static void print_scale(struct buf *buf, const char *name, double minor, int exponent)
{
    buf_printf(buf, ",\"%s\":", name);
    if (exponent == SCORES_MINOR) {
        number_print(buf, minor);
        return;
    }
    buf_char(buf, '"');
    number_print(buf, minor / pow(10, exponent));
    buf_char(buf, '"');
}

static void print_spend(struct buf *buf, const struct scores *scores, int exponent)
{
    buf_text(buf, ",\"spend\":");
    if (!scores->has_spend) {
        buf_text(buf, "null");
        return;
    }
    buf_text(buf, "{\"p\":");
    number_print(buf, scores->spend.p);
    print_member(buf, "q", scores->spend.q);
    print_scale(buf, "v", scores->spend.v, exponent);
    buf_char(buf, '}');
}

void scores_members(struct buf *buf, const struct scores *scores, int exponent)
{
    print_model(buf, "model", &scores->model);
    print_model(buf, "exponential", &scores->basis.exponential);
    print_model(buf, "regular", &scores->basis.regular);
    print_member(buf, "usual_gap_weeks", scores->basis.usual_gap);
    print_amount(buf, "usual_value", scores->basis.usual_value, exponent);
    print_blends(buf, scores);
    print_spend(buf, scores, exponent);
    print_member(buf, "margin", scores->margin);
    print_member(buf, "discount_rate", scores->discount);
}

/* --- how it was found ------------------------------------------------------------------------------------------- */

static void print_by_k(struct buf *buf, const struct fit_report *report)
{
    bool is_first = true;
    buf_text(buf, ",\"by_k\":[");
    for (int i = 0; i < BTYD_K_MAX; i++) {
        const struct fit_of_model *fit = &report->by_k[i];
        if (fit->model.k == 0)
            continue;
        buf_printf(buf, "%s{\"k\":%d", is_first ? "" : ",", fit->model.k);
        is_first = false;
        print_parameters(buf, &fit->model);
        print_member(buf, "log_likelihood", fit->log_likelihood);
        buf_printf(buf, ",\"evaluations\":%d", fit->evaluations);
        print_member(buf, "condition", fit->condition);
        buf_printf(buf, ",\"degenerate\":%s", fit->is_degenerate ? "true" : "false");
        print_text(buf, "reason", fit->reason);
        buf_char(buf, '}');
    }
    buf_char(buf, ']');
}

static void print_trials(struct buf *buf, const struct fit_report *report)
{
    buf_text(buf, ",\"blends\":{");
    for (int h = 0; h < HORIZON_COUNT; h++) {
        const struct blend_trial *trial = &report->trials[h];
        buf_printf(buf, "%s\"%s\":", h ? "," : "", scores_horizon_name((enum score_horizon)h));
        if (!trial->is_tried) {
            buf_text(buf, "null");
            continue;
        }
        buf_printf(buf, "{\"customers\":%zu", trial->customers);
        print_member(buf, "log_loss_plain", trial->plain);
        print_member(buf, "log_loss_blended", trial->blended);
        buf_char(buf, '}');
    }
    buf_char(buf, '}');
}

void scores_found(struct buf *buf, const struct fit_report *report)
{
    buf_printf(buf, ",\"diagnostics\":{\"verdict\":\"%s\"", fit_verdict_name(report->verdict));
    print_text(buf, "reason", report->reason);
    buf_printf(buf, ",\"customers\":%zu,\"repeat_customers\":%zu", report->customers, report->repeat_customers);
    print_by_k(buf, report);
    buf_printf(buf, ",\"spend\":{\"customers\":%zu", report->spenders);
    print_member(buf, "log_likelihood", report->spend_log_likelihood);
    print_text(buf, "reason", report->spend_reason);
    buf_char(buf, '}');
    print_trials(buf, report);
    buf_text(buf, "},\"holdout\":");
    if (report->holdout.is_known) {
        buf_char(buf, '{');
        holdout_members(buf, &report->holdout);
        buf_char(buf, '}');
    } else {
        buf_text(buf, "null");
    }
}

void scores_print(struct buf *buf, const struct scores *scores, const struct scores_note *note)
{
    buf_printf(buf, "{\"source\":\"%s\",\"cadence\":", scores->is_fitted ? "fit" : "prior");
    buf_json_string(buf, note->cadence);
    buf_text(buf, ",\"fitted_at\":");
    buf_json_time(buf, note->fitted_at);
    buf_text(buf, ",\"until\":");
    if (note->report)
        day_print(buf, note->report->until);
    else
        buf_text(buf, "null");
    scores_members(buf, scores, SCORES_MINOR);
    if (note->report)
        scores_found(buf, note->report);
    else
        buf_text(buf, ",\"diagnostics\":null,\"holdout\":null");
    buf_char(buf, '}');
}
