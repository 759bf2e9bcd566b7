#include "customers.h"

#include <math.h>

double customers_uniform(struct chance *chance)
{
    return ((double)(chance_next(chance) >> 11) + .5) * 0x1p-53;
}

static double normal(struct chance *chance)
{
    double u = customers_uniform(chance), v = customers_uniform(chance);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/** Marsaglia and Tsang (2000). */
double customers_gamma(struct chance *chance, double shape, double rate)
{
    if (shape < 1)
        return customers_gamma(chance, shape + 1, rate) * pow(customers_uniform(chance), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = normal(chance), v = 1 + c * x;
        v = v * v * v;
        if (v > 0 && log(customers_uniform(chance)) < x * x / 2 + d - d * v + d * log(v))
            return d * v / rate;
    }
}

double customers_beta(struct chance *chance, double a, double b)
{
    double x = customers_gamma(chance, a, 1), y = customers_gamma(chance, b, 1);
    return x / (x + y);
}

/** The time until the next purchase of one who has just bought; INFINITY: they leave. */
static double next_gap(struct chance *chance, int k, double rate, double dropout)
{
    return customers_uniform(chance) < dropout ? INFINITY : customers_gamma(chance, k, rate);
}

void customers_draw(struct chance *chance, const struct btyd *truth, double T, struct purchases *out)
{
    double rate = customers_gamma(chance, truth->r, truth->alpha),
           dropout = customers_beta(chance, truth->a, truth->b);
    *out = (struct purchases){.T = T};
    for (;;) {
        double gap = next_gap(chance, truth->k, rate, dropout);
        if (out->t_x + gap > T)
            break;
        out->t_x += gap;
        out->ln_gaps += log(gap);
        out->x++;
    }
}

double customers_draw_spend(struct chance *chance, const struct gamma_gamma *truth, double x)
{
    double v = customers_gamma(chance, truth->q, truth->v);
    return customers_gamma(chance, truth->p * x, v * x);
}

void customers_fill(struct chance *chance, const struct btyd *truth, size_t n, int32_t first, int days,
                    struct purchase_log *log)
{
    for (size_t i = 0; i < n; i++) {
        double rate = customers_gamma(chance, truth->r, truth->alpha);
        double dropout = customers_beta(chance, truth->a, truth->b), value = customers_gamma(chance, 4, .002);
        double week = customers_uniform(chance) * days / DAYS_PER_WEEK, end = days / DAYS_PER_WEEK;
        purchase_log_begin(log);
        for (; week < end; week += next_gap(chance, truth->k, rate, dropout))
            purchase_log_add(log, first + (int32_t)(week * DAYS_PER_WEEK),
                             (int64_t)(value * customers_gamma(chance, 4, 4)));
    }
}
