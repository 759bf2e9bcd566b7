#include "wire/accuracy.h"

#include "base/time.h"
#include "number.h"

static const char *method_of(const struct holdout *holdout)
{
    if (holdout->verdict != FIT_OK)
        return "prior";
    return holdout->is_blend ? "blend" : "purchase_model";
}

static void print_member(struct buf *buf, const char *name, double n)
{
    buf_printf(buf, ",\"%s\":", name);
    number_print(buf, n);
}

/* --- JSON ------------------------------------------------------------------------------------------------------- */

static void print_figures(struct buf *buf, const struct accuracy *accuracy)
{
    buf_text(buf, "\"auc\":");
    number_print(buf, accuracy->auc);
    print_member(buf, "log_loss", accuracy->log_loss);
    print_member(buf, "accuracy", accuracy->accuracy);
    print_member(buf, "brier", accuracy->brier);
    print_member(buf, "mae", accuracy->mae);
    print_member(buf, "rmse", accuracy->rmse);
    print_member(buf, "bias", accuracy->bias);
    print_member(buf, "expected", accuracy->expected);
    print_member(buf, "actual", accuracy->actual);
    print_member(buf, "top_capture", accuracy->top_capture);
}

static void print_groups(struct buf *buf, const struct accuracy *accuracy)
{
    buf_text(buf, ",\"calibration\":[");
    for (int i = 0; i < ACCURACY_GROUPS; i++) {
        const struct accuracy_group *group = &accuracy->groups[i];
        buf_printf(buf, "%s{\"decile\":%d,\"customers\":%zu", i ? "," : "", i + 1, group->n);
        print_member(buf, "predicted", group->predicted);
        print_member(buf, "bought", group->bought);
        print_member(buf, "lift", group->lift);
        buf_char(buf, '}');
    }
    buf_char(buf, ']');
}

static void print_baselines(struct buf *buf, const struct holdout *holdout)
{
    buf_text(buf, ",\"baselines\":{");
    for (int i = 0; i < BASELINES; i++) {
        buf_printf(buf, "%s\"%s\":{", i ? "," : "", baselines[i].key);
        if (i == BASELINE_hiatus)
            buf_printf(buf, "\"days\":%d,", holdout->hiatus_days);
        print_figures(buf, &holdout->baseline[i]);
        buf_char(buf, '}');
    }
    buf_char(buf, '}');
}

void holdout_members(struct buf *buf, const struct holdout *holdout)
{
    buf_text(buf, "\"calibrated_to\":");
    day_print(buf, holdout->calibrated_to);
    buf_printf(buf, ",\"horizon_days\":%d,\"is_short\":%s,\"verdict\":\"%s\",\"method\":\"%s\",\"k\":%d,\"customers\":%zu,"
                    "\"buyers\":%zu,",
               holdout->horizon_days, holdout->is_short ? "true" : "false", fit_verdict_name(holdout->verdict),
               method_of(holdout), holdout->k, holdout->ours.customers, holdout->ours.buyers);
    print_figures(buf, &holdout->ours);
    print_groups(buf, &holdout->ours);
    print_baselines(buf, holdout);
}

/* --- text ------------------------------------------------------------------------------------------------------- */

static void text_row(struct buf *buf, const char *name, const struct accuracy *a)
{
    buf_printf(buf, "%-18s %6.3f %9.3f %9.3f %8.3f %8.3f %8.1f\n", name, a->auc, a->log_loss, a->accuracy, a->mae,
               a->rmse, a->bias);
}

void holdout_text(struct buf *buf, const struct holdout *holdout)
{
    int year, month, mday;
    const struct accuracy *ours = &holdout->ours;
    day_to_date(holdout->calibrated_to, &year, &month, &mday);
    buf_printf(buf, "Calibrated on orders up to %04d-%02d-%02d, compared with the %d days after it%s.\n", year, month, mday,
               holdout->horizon_days, holdout->is_short ? " (the history ends before they are over)" : "");
    buf_printf(buf, "%zu customers, of whom %zu (%.1f %%) ordered. Method: %s, k = %d.\n\n", ours->customers, ours->buyers,
               ours->customers ? 100.0 * (double)ours->buyers / (double)ours->customers : 0.0, method_of(holdout),
               holdout->k);
    buf_printf(buf, "%-18s %6s %9s %9s %8s %8s %8s\n", "", "AUC", "log-loss", "accuracy", "MAE", "RMSE", "bias %");
    text_row(buf, "ours", ours);
    for (int i = 0; i < BASELINES; i++)
        text_row(buf, baselines[i].en, &holdout->baseline[i]);
    buf_printf(buf, "\nThe hiatus rule calls a customer lost after %d days without an order.\n\n", holdout->hiatus_days);
    buf_printf(buf, "%-7s %10s %10s %10s %6s\n", "decile", "customers", "predicted", "ordered", "lift");
    for (int i = 0; i < ACCURACY_GROUPS; i++) {
        const struct accuracy_group *group = &ours->groups[i];
        buf_printf(buf, "%-7d %10zu %9.1f%% %9.1f%% %6.2f\n", i + 1, group->n, 100 * group->predicted, 100 * group->bought,
                   group->lift);
    }
    buf_printf(buf, "\nThe first decile holds %.1f %% of all who ordered.\n", 100 * ours->top_capture);
}
