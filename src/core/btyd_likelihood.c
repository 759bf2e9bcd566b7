#include "btyd_state.h"
#include "special.h"

#include <math.h>

/*
 * FHL 2005, eq. 6, and Platzer and Reutterer 2017: two ways to what was seen, still alive or dropped out at
 * the last purchase. L = common x (alive + dropped), all in logarithms; powers of alpha are put together as
 * alpha^r / (alpha + t)^(r + k x) = (1 + t / alpha)^-r (alpha + t)^-kx, which keeps its digits when r is
 * large.
 */

/** ln of that, and its derivatives by r and alpha. */
static double waiting(const struct btyd *p, double kx, double t, double by[2])
{
    double since = p->alpha + t, l = log1p(t / p->alpha);
    by[0] = -l;
    by[1] = (p->r * t / p->alpha - kx) / since;
    return -p->r * l - kx * log(since);
}

/** Add the tail of the Erlang gap: ln sum over j < k of (s)_j / j! q^j, q = (T - t_x) / (alpha + T). */
static double tail(const struct btyd *p, const struct purchases *c, double by[2])
{
    double s = btyd_shape(p, c), q = (c->T - c->t_x) / (p->alpha + c->T);
    double term = 1, harmonic = 0, sum = 1, by_s = 0, by_q = 0;
    for (int j = 1; j < p->k; j++) {
        term *= (s + (j - 1)) / j * q;
        harmonic += 1 / (s + (j - 1));
        sum += term;
        by_s += term * harmonic;
        by_q += term * j; /* times 1 / q; q falls as 1 / (alpha + T) */
    }
    by[0] += by_s / sum;
    by[1] -= by_q / sum / (p->alpha + c->T);
    return log(sum);
}

double btyd_log_likelihood(const struct btyd *p, const struct purchases *c, double gradient[4])
{
    static const double ln_factorial[BTYD_K_MAX + 1] = {0, 0, 0, 0.69314718055994530942,
                                                        1.79175946922805500081};
    double kx = p->k * c->x, stays = p->is_bg ? c->x : c->x + 1; /* chances to drop out that were not taken */
    double by_alive[2], by_dropped[2] = {0, 0}, ratio = 0;
    double alive = waiting(p, kx, c->T, by_alive), sum = 0;
    if (p->k > 1)
        alive += tail(p, c, by_alive);
    sum = alive;
    if (!p->is_bg || c->x > 0) {
        double dropped = waiting(p, kx, c->t_x, by_dropped) + log(btyd_odds(p, c));
        double more = fmax(alive, dropped), apart = exp(-fabs(alive - dropped));
        sum = more + log1p(apart);
        ratio = dropped > alive ? 1 / (1 + apart) : apart / (1 + apart);
    }
    if (gradient != NULL) {
        double of_a_b = ln_rising_by_z(p->a + p->b, stays);
        gradient[0] = ln_rising_by_z(p->r, kx) + (1 - ratio) * by_alive[0] + ratio * by_dropped[0];
        gradient[1] = (1 - ratio) * by_alive[1] + ratio * by_dropped[1];
        gradient[2] = ratio / p->a - of_a_b;
        gradient[3] = ln_rising_by_z(p->b, stays) - of_a_b;
        if (ratio > 0)
            gradient[3] -= ratio * btyd_odds(p, c) / p->a;
    }
    return sum + ln_rising(p->r, kx) + ln_rising(p->b, stays) - ln_rising(p->a + p->b, stays) +
           (p->k - 1) * c->ln_gaps - c->x * ln_factorial[p->k];
}
