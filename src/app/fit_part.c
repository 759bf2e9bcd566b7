/*
 * A history up to one day: is there enough of it, which model describes it, does a blend say more.
 */
#include "fit_part.h"
#include "fit_blend.h"

#define ARENA_BLOCK (1 << 20)
/** Time splits by which a blend is judged. */
#define TRIALS 2

void fit_sample_of(struct arena *arena, const struct purchase_log *log, int32_t day, struct fit_sample *out)
{
    *out = (struct fit_sample){.customers = ARENA_ARRAY(arena, struct purchases, log->n_customers)};
    for (size_t i = 0; i < log->n_customers; i++)
        out->n += purchase_log_look(log, i, day, &out->customers[out->n]);
}

/** The mean gap between purchase days and the mean value of one, over all of them up to the end of ${until}.
 */
static void tell_usual(const struct purchase_log *log, const struct fit_sample *sample, int32_t until,
                       struct blend_basis *out)
{
    double weeks = 0, gaps = 0, value = 0, days = 0;
    for (size_t i = 0; i < sample->n; i++) {
        weeks += sample->customers[i].t_x;
        gaps += sample->customers[i].x;
    }
    for (size_t i = 0; i < log->n_days; i++) {
        if (log->days[i] <= until) {
            value += (double)log->values[i];
            days++;
        }
    }
    out->usual_gap = gaps > 0 ? weeks / gaps : 0;
    out->usual_value = value > 0 ? value / days : 0;
}

static void judge(struct fit_part *part, const struct fit_sample *sample)
{
    for (size_t i = 0; i < sample->n; i++)
        part->repeat_customers += sample->customers[i].x > 0;
    part->verdict = FIT_TOO_FEW;
    if (sample->n < FIT_CUSTOMERS_MIN)
        part->reason = "fewer than 100 customers have bought";
    else if (part->repeat_customers < FIT_REPEAT_CUSTOMERS_MIN)
        part->reason = "fewer than 30 customers have bought again";
    else
        part->verdict = FIT_OK;
}

void fit_part(struct arena *arena, const struct purchase_log *log, int32_t until, struct span cadence,
              struct fit_part *out)
{
    int32_t first, last;
    struct scores prior;
    scores_prior(cadence, &prior);
    *out = (struct fit_part){.until = until, .first = until, .model = prior.model, .basis = prior.basis};
    if (purchase_log_span(log, &first, &last) && first <= until)
        out->first = first;
    fit_sample_of(arena, log, until, &out->sample);
    judge(out, &out->sample);
    if (out->verdict != FIT_OK)
        return;
    fit_models(arena, &out->sample, out->by_k);
    int k = fit_choose(out->by_k);
    if (k == 0) {
        out->verdict = FIT_DEGENERATE;
        out->reason = out->by_k[0].reason;
        return;
    }
    out->model = out->basis.regular = out->by_k[k - 1].model;
    out->basis.exponential = out->by_k[0].model;
    tell_usual(log, &out->sample, until, &out->basis);
}

/** The basis of the same kind as of an earlier day. */
static void refit_basis(struct arena *arena, const struct purchase_log *log, const struct blend_basis *basis,
                        int32_t until, struct blend_basis *out)
{
    struct fit_sample sample;
    struct fit_of_model fit;
    fit_sample_of(arena, log, until, &sample);
    tell_usual(log, &sample, until, out);
    fit_model(arena, &sample, &basis->exponential, &fit);
    out->exponential = fit.model.k ? fit.model : basis->exponential;
    out->regular = out->exponential;
    if (basis->regular.k > 1) {
        fit_model(arena, &sample, &basis->regular, &fit);
        out->regular = fit.model.k ? fit.model : basis->regular;
    }
}

/** The log-loss of the plain model and of a blend in the days after ${from}. */
static struct blend_trial compare(struct arena *arena, const struct purchase_log *log,
                                  const struct blend_basis *basis, const struct blend *blend, int32_t from,
                                  int days)
{
    size_t n = 0, max = log->n_customers;
    double *plain = ARENA_ARRAY(arena, double, max), *blended = ARENA_ARRAY(arena, double, max);
    double *actual = ARENA_ARRAY(arena, double, max), horizon = days / DAYS_PER_WEEK;
    for (size_t i = 0; i < max; i++) {
        struct purchases c;
        double features[BLEND_FEATURES];
        if (!purchase_log_look(log, i, from, &c))
            continue;
        blend_look(basis, &c, horizon, features);
        plain[n] = btyd_active(&basis->regular, &c, horizon);
        blended[n] = blend_probability(blend, features);
        actual[n++] = (double)purchase_log_between(log, i, from, from + days, NULL);
    }
    struct accuracy of_plain, of_blended;
    accuracy_of(arena, n, plain, plain, actual, &of_plain);
    accuracy_of(arena, n, blended, blended, actual, &of_blended);
    return (struct blend_trial){n > 0, n, of_plain.log_loss, of_blended.log_loss};
}

/** Calibrated up to the end of ${until}, tested on the ${days} days after it. */
static struct blend_trial try_once(const struct purchase_log *log, const struct blend_basis *kind,
                                   int32_t until, int days)
{
    struct arena *arena = arena_new(ARENA_BLOCK);
    struct blend_basis basis;
    struct blend blend;
    struct blend_trial trial = {0};
    refit_basis(arena, log, kind, until, &basis);
    if (fit_blend(arena, log, &basis, until, days, &blend))
        trial = compare(arena, log, &basis, &blend, until, days);
    arena_free(arena);
    return trial;
}

static struct blend_trial add_trials(struct blend_trial a, struct blend_trial b)
{
    double n = (double)(a.customers + b.customers), part = n > 0 ? (double)b.customers / n : 0;
    return (struct blend_trial){true, a.customers + b.customers, a.plain + (b.plain - a.plain) * part,
                                a.blended + (b.blended - a.blended) * part};
}

/** One window tells of one season: so two, each at the end of what is known by then. */
static struct blend_trial try_blend(const struct purchase_log *log, const struct fit_part *part, int days)
{
    struct blend_trial sum = {0};
    int32_t until = part->until;
    for (int i = 0; i < TRIALS; i++) {
        int held_back = fit_trial_days(part->first, until, days);
        if (held_back == 0)
            break;
        until -= held_back;
        struct blend_trial one = try_once(log, &part->basis, until, held_back);
        if (!one.is_tried)
            break;
        sum = add_trials(sum, one);
    }
    return sum;
}

void fit_part_blend(struct arena *arena, const struct purchase_log *log, const struct fit_part *part,
                    int days, struct blend *out, struct blend_trial *trial)
{
    *out = (struct blend){0};
    *trial = (struct blend_trial){0};
    if (part->verdict != FIT_OK)
        return;
    *trial = try_blend(log, part, days);
    if (trial->is_tried && trial->blended < trial->plain &&
        !fit_blend(arena, log, &part->basis, part->until, days, out))
        *out = (struct blend){0};
}
