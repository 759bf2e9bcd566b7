#include "core/btyd.h"
#include "special.h"

#include <math.h>

bool gamma_gamma_is_valid(const struct gamma_gamma *g)
{
    return g->p > 0 && isfinite(g->p) && g->q > 1 && isfinite(g->q) && g->v > 0 && isfinite(g->v);
}

/* FH 2013, eq. 5: p (v + x zbar) / (p x + q - 1). */
double gamma_gamma_expected(const struct gamma_gamma *g, double x, double value)
{
    double sum = g->p * x + (g->q - 1);
    return g->p * (g->v / sum) + value * (g->p * x / sum);
}

/* FH 2013, eq. 1a, with powers put together: (v / (v + x zbar))^q (x zbar / (v + x zbar))^px / (zbar B(px,
 * q)). */
double gamma_gamma_log_likelihood(const struct gamma_gamma *g, double x, double value, double gradient[3])
{
    double px = g->p * x, sum = x * value, ln_v = log1p(sum / g->v), ln_sum = log1p(g->v / sum);
    if (gradient != NULL) {
        gradient[0] = x * (ln_rising_by_z(px, g->q) - ln_sum);
        gradient[1] = ln_rising_by_z(g->q, px) - ln_v;
        gradient[2] = (g->q * sum / g->v - px) / (g->v + sum);
    }
    return -ln_beta(px, g->q) - g->q * ln_v - px * ln_sum - log(value);
}
