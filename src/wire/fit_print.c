#include "number.h"
#include "scores_parts.h"
#include "wire/accuracy.h"
#include "wire/score.h"

#include <inttypes.h>

static const char *segment_key(const struct segment_history *segment)
{
    return segment->versions[0]->key;
}

/* --- JSON ------------------------------------------------------------------------------------------------------- */

static void print_moves(struct buf *buf, const struct fit_outcome *outcome)
{
    buf_printf(buf, ",\"moves\":{\"customers\":%" PRId64 ",\"models\":[", outcome->n_looked_at);
    for (size_t i = 0; i < outcome->n_moves; i++) {
        const struct fit_move *move = &outcome->moves[i];
        buf_text(buf, i ? ",{\"model\":" : "{\"model\":");
        buf_json_string(buf, span_of(move->model->versions[0]->key));
        buf_text(buf, ",\"from\":");
        stage_key_print(buf, move->model, move->from);
        buf_text(buf, ",\"to\":");
        stage_key_print(buf, move->model, move->to);
        buf_printf(buf, ",\"customers\":%" PRId64 "}", move->customers);
    }
    buf_text(buf, "],\"segments\":[");
    for (size_t i = 0; i < outcome->n_crossings; i++) {
        const struct fit_crossing *crossing = &outcome->crossings[i];
        buf_text(buf, i ? ",{\"segment\":" : "{\"segment\":");
        buf_json_string(buf, span_of(segment_key(crossing->segment)));
        buf_printf(buf, ",\"entered\":%" PRId64 ",\"left\":%" PRId64 "}", crossing->entered, crossing->left);
    }
    buf_text(buf, "]}");
}

void fit_outcome_print(struct buf *buf, const struct fit_outcome *outcome)
{
    buf_printf(buf, "{\"dry_run\":%s,\"verdict\":\"%s\",\"reason\":", outcome->is_dry ? "true" : "false", outcome->verdict);
    if (outcome->report->reason)
        buf_json_string(buf, span_of(outcome->report->reason));
    else
        buf_text(buf, "null");
    buf_printf(buf, ",\"version\":%d", outcome->version);
    scores_found(buf, outcome->report);
    print_moves(buf, outcome);
    buf_char(buf, '}');
}

/* --- text ------------------------------------------------------------------------------------------------------- */

static const char *stage_name(const struct model_history *model, int number)
{
    const struct stage *stage = history_stage(model, number);
    return stage ? stage->key : "(none)";
}

static void text_models(struct buf *buf, const struct fit_report *report)
{
    buf_printf(buf, "\n%-3s %10s %10s %10s %10s %14s\n", "k", "r", "alpha", "a", "b", "log-likelihood");
    for (int i = 0; i < BTYD_K_MAX; i++) {
        const struct fit_of_model *fit = &report->by_k[i];
        if (fit->model.k == 0)
            continue;
        buf_printf(buf, "%-3d %10.4f %10.4f %10.4f %10.4f %14.1f%s%s\n", fit->model.k, fit->model.r, fit->model.alpha,
                   fit->model.a, fit->model.b, fit->log_likelihood, fit->is_degenerate ? "  not used: " : "",
                   fit->is_degenerate && fit->reason ? fit->reason : "");
    }
}

static void text_used(struct buf *buf, const struct fit_outcome *outcome)
{
    const struct scores *scores = outcome->scores;
    buf_printf(buf, "\nUsed: k = %d", scores->model.k);
    for (int h = 0; h < HORIZON_COUNT; h++)
        buf_printf(buf, "; %d days: %s", score_horizon_days((enum score_horizon)h),
                   scores->blends[h].is_used ? "the blend" : "the purchase model alone");
    if (outcome->report->spend_reason)
        buf_printf(buf, "; no model of spend: %s", outcome->report->spend_reason);
    buf_text(buf, ".\n");
}

static void text_moves(struct buf *buf, const struct fit_outcome *outcome)
{
    if (outcome->n_looked_at == 0) {
        buf_text(buf, "\nNo rule mentions a score: nobody moves.\n");
        return;
    }
    buf_printf(buf, "\nOf %" PRId64 " customers %s:\n", outcome->n_looked_at, outcome->is_dry ? "would move" : "move");
    for (size_t i = 0; i < outcome->n_moves; i++) {
        const struct fit_move *move = &outcome->moves[i];
        buf_printf(buf, "  %s: %s -> %s\t%" PRId64 "\n", move->model->versions[0]->key, stage_name(move->model, move->from),
                   stage_name(move->model, move->to), move->customers);
    }
    for (size_t i = 0; i < outcome->n_crossings; i++) {
        const struct fit_crossing *crossing = &outcome->crossings[i];
        buf_printf(buf, "  %s: %" PRId64 " enter, %" PRId64 " leave\n", segment_key(crossing->segment), crossing->entered,
                   crossing->left);
    }
    if (outcome->n_moves + outcome->n_crossings == 0)
        buf_text(buf, "  nobody\n");
}

void fit_outcome_text(struct buf *buf, const struct fit_outcome *outcome)
{
    const struct fit_report *report = outcome->report;
    buf_printf(buf, "Verdict: %s%s%s. Version %d is in force.\n", outcome->verdict, report->reason ? ": " : "",
               report->reason ? report->reason : "", outcome->version);
    buf_printf(buf, "%zu customers, %zu of them came back.\n", report->customers, report->repeat_customers);
    if (report->verdict != FIT_TOO_FEW)
        text_models(buf, report);
    if (report->verdict == FIT_OK)
        text_used(buf, outcome);
    text_moves(buf, outcome);
    if (report->holdout.is_known) {
        buf_text(buf, "\nHow right it would have been:\n");
        holdout_text(buf, &report->holdout);
    }
}
