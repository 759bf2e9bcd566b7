/*
 * The purchase models and the model of spend by maximum likelihood, in logarithms of the parameters.
 */
#include "app/fit.h"
#include "fit_minimum.h"

#include <math.h>
#include <stdlib.h>

/** |ln| of a scaled parameter is at most this; who gets there was looking for the infinite. */
#define LN_MAX 8.5
/** The part of purchases after which customers leave, below which no leaving was found. */
#define DROPOUT_MIN 1e-3

/** Customers of the same x, t_x and T as one: the likelihood is linear in ln_gaps, whose mean they have. */
struct rows {
    size_t n;
    struct purchases *at;
    double *weight;
    double customers;
    double scale; /* weeks: the longest T */
    int k;
    bool is_bg;
};

static int compare_statistics(const void *left, const void *right)
{
    const struct purchases *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    if (a->t_x != b->t_x)
        return a->t_x < b->t_x ? -1 : 1;
    if (a->T != b->T)
        return a->T < b->T ? -1 : 1;
    return (a->ln_gaps > b->ln_gaps) - (a->ln_gaps < b->ln_gaps);
}

static struct rows join_equals(struct arena *arena, const struct fit_sample *sample)
{
    struct rows rows = {.at = ARENA_ARRAY(arena, struct purchases, sample->n),
                        .weight = ARENA_ARRAY(arena, double, sample->n),
                        .customers = (double)sample->n};
    if (sample->n)
        memcpy(rows.at, sample->customers, sample->n * sizeof(*rows.at));
    qsort(rows.at, sample->n, sizeof(*rows.at), compare_statistics);
    for (size_t i = 0; i < sample->n; i++) {
        struct purchases *last = rows.n ? &rows.at[rows.n - 1] : NULL, next = rows.at[i];
        rows.scale = fmax(rows.scale, next.T);
        if (last && last->x == next.x && last->t_x == next.t_x && last->T == next.T) {
            last->ln_gaps += next.ln_gaps;
            rows.weight[rows.n - 1]++;
        } else {
            rows.weight[rows.n] = 1;
            rows.at[rows.n++] = next;
        }
    }
    for (size_t i = 0; i < rows.n; i++)
        rows.at[i].ln_gaps /= rows.weight[i];
    return rows;
}

/** Logarithms of r, alpha by the longest T, a, b. */
static struct btyd model_of(const struct rows *rows, const double ln[4])
{
    return (struct btyd){.k = rows->k,
                         .is_bg = rows->is_bg,
                         .r = exp(ln[0]),
                         .alpha = exp(ln[1]) * rows->scale,
                         .a = exp(ln[2]),
                         .b = exp(ln[3])};
}

/** The mean negative log-likelihood of a customer. */
static double model_loss(unsigned n, const double *ln, double *gradient, void *data)
{
    const struct rows *rows = data;
    struct btyd model = model_of(rows, ln);
    double sum = 0, by[4] = {0}, parameter[] = {model.r, model.alpha, model.a, model.b};
    for (size_t i = 0; i < rows->n; i++) {
        double one[4];
        sum += rows->weight[i] * btyd_log_likelihood(&model, &rows->at[i], one);
        for (int j = 0; j < 4; j++)
            by[j] += rows->weight[i] * one[j];
    }
    for (unsigned j = 0; j < n; j++)
        gradient[j] = -by[j] * parameter[j] / rows->customers;
    return -sum / rows->customers;
}

static bool is_at_bound(double ln)
{
    return fabs(ln) > LN_MAX - .01;
}

/** Why parameters are no description of customers; NULL: they are one. */
static const char *find_fault(const struct fit_of_model *fit, const double ln[4])
{
    if (is_at_bound(ln[0]) || is_at_bound(ln[1]))
        return "the customers' rates of purchase could not be told apart";
    if (is_at_bound(ln[2]) || is_at_bound(ln[3]) ||
        fit->model.a < DROPOUT_MIN * (fit->model.a + fit->model.b))
        return "no customer was seen to leave";
    if (!isfinite(fit->log_likelihood))
        return "no likelihood";
    if (isinf(fit->condition))
        return "the likelihood has no peak";
    return NULL;
}

static void place_start(const struct rows *rows, const struct btyd *from, double ln[4])
{
    double start[] = {1, 3, 1, 3};
    if (from->r > 0) {
        start[0] = from->r;
        start[1] = from->alpha / rows->scale;
        start[2] = from->a;
        start[3] = from->b;
    }
    for (int i = 0; i < 4; i++)
        ln[i] = fmin(fmax(log(start[i]), -LN_MAX), LN_MAX);
}

static void search_model(struct rows *rows, const struct btyd *from, struct fit_of_model *out)
{
    double lower[4], upper[4], ln[4];
    rows->k = from->k;
    rows->is_bg = from->is_bg;
    for (int i = 0; i < 4; i++) {
        lower[i] = -LN_MAX;
        upper[i] = LN_MAX;
    }
    place_start(rows, from, ln);
    double loss = fit_minimum(model_loss, rows, 4, lower, upper, ln, &out->evaluations);
    out->model = model_of(rows, ln);
    out->log_likelihood = -loss * rows->customers;
    out->condition = fit_condition(model_loss, rows, 4, ln);
    out->reason = find_fault(out, ln);
    out->is_degenerate = out->reason != NULL;
}

static void fit_rows(struct rows *rows, const struct btyd *from, struct fit_of_model *out)
{
    bool has_repeaters = rows->n > 0 && rows->at[rows->n - 1].x > 0;
    *out = (struct fit_of_model){.is_degenerate = true, .reason = "nobody bought again"};
    if (has_repeaters)
        search_model(rows, from, out);
}

void fit_model(struct arena *arena, const struct fit_sample *sample, const struct btyd *from,
               struct fit_of_model *out)
{
    struct rows rows = join_equals(arena, sample);
    fit_rows(&rows, from, out);
}

void fit_models(struct arena *arena, const struct fit_sample *sample, struct fit_of_model by_k[BTYD_K_MAX])
{
    struct rows rows = join_equals(arena, sample);
    for (int k = 1; k <= BTYD_K_MAX; k++)
        fit_rows(&rows, &(struct btyd){.k = k}, &by_k[k - 1]);
}

int fit_choose(const struct fit_of_model by_k[BTYD_K_MAX])
{
    int best = 0;
    for (int k = 1; k <= BTYD_K_MAX; k++) {
        const struct fit_of_model *fit = &by_k[k - 1];
        if (!fit->is_degenerate && (best == 0 || fit->log_likelihood > by_k[best - 1].log_likelihood))
            best = k;
    }
    return best;
}

/** Repeat customers of positive mean value, which is in units of the mean over them. */
struct spenders {
    size_t n;
    double *x, *value;
};

static double spend_loss(unsigned n, const double *ln, double *gradient, void *data)
{
    const struct spenders *spenders = data;
    struct gamma_gamma g = {exp(ln[0]), exp(ln[1]), exp(ln[2])};
    double sum = 0, by[3] = {0}, parameter[] = {g.p, g.q, g.v};
    for (size_t i = 0; i < spenders->n; i++) {
        double one[3];
        sum += gamma_gamma_log_likelihood(&g, spenders->x[i], spenders->value[i], one);
        for (int j = 0; j < 3; j++)
            by[j] += one[j];
    }
    for (unsigned j = 0; j < n; j++)
        gradient[j] = -by[j] * parameter[j] / (double)spenders->n;
    return -sum / (double)spenders->n;
}

/** Who they are, and the mean of their values. */
static double find_spenders(struct arena *arena, const struct fit_sample *sample, struct spenders *out)
{
    double sum = 0;
    *out = (struct spenders){.x = ARENA_ARRAY(arena, double, sample->n),
                             .value = ARENA_ARRAY(arena, double, sample->n)};
    for (size_t i = 0; i < sample->n; i++) {
        const struct purchases *c = &sample->customers[i];
        if (c->x > 0 && c->value > 0) {
            out->x[out->n] = c->x;
            out->value[out->n++] = c->value;
            sum += c->value;
        }
    }
    double mean = out->n ? sum / (double)out->n : 0;
    for (size_t i = 0; i < out->n; i++)
        out->value[i] /= mean;
    return mean;
}

const char *fit_spend(struct arena *arena, const struct fit_sample *sample, struct gamma_gamma *out,
                      double *log_likelihood, size_t *n)
{
    struct spenders spenders;
    double mean = find_spenders(arena, sample, &spenders);
    double ln[] = {0, 0.6931471805599453, 0}, lower[] = {-LN_MAX, -LN_MAX, -LN_MAX},
           upper[] = {LN_MAX, LN_MAX, LN_MAX};
    int evaluations;
    *log_likelihood = 0;
    *n = spenders.n;
    if (spenders.n < FIT_REPEAT_CUSTOMERS_MIN)
        return "too few repeat customers of positive value";
    double loss = fit_minimum(spend_loss, &spenders, 3, lower, upper, ln, &evaluations);
    *out = (struct gamma_gamma){exp(ln[0]), exp(ln[1]), exp(ln[2]) * mean};
    /* Per customer the density of the value has the unit of 1 / value. */
    *log_likelihood = -(loss + log(mean)) * (double)spenders.n;
    if (is_at_bound(ln[0]) || is_at_bound(ln[1]) || is_at_bound(ln[2]))
        return "the customers' values of purchase could not be told apart";
    if (!gamma_gamma_is_valid(out))
        return "the mean value of a purchase is not finite";
    return NULL;
}
