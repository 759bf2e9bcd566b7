#include "core/btyd.h"

#include "btyd_given.h"
#include "btyd_state.h"
#include "special.h"

#include <float.h>
#include <math.h>

#define FOREVER 1e12 /* weeks */

bool btyd_is_valid(const struct btyd *p)
{
    const double values[] = {p->r, p->alpha, p->a, p->b};
    for (size_t i = 0; i < COUNT_OF(values); i++)
        if (!(values[i] >= BTYD_LEAST && values[i] <= BTYD_MOST))
            return false;
    return p->k >= 1 && p->k <= BTYD_K_MAX && (!p->is_bg || p->k == 1);
}

/* Nobody drops out before the first repeat purchase. */
static bool is_safe(const struct btyd *p, const struct purchases *c)
{
    return p->is_bg && c->x <= 0;
}

/** The terms (s)_j / j! q^j of the Erlang gap's tail, j < k, by ${silence} = T - t_x and ${since} = alpha +
 * T; their sum. */
static double phases(int k, double s, double silence, double since, double term[BTYD_K_MAX])
{
    double q = silence / since, sum = term[0] = 1;
    for (int j = 1; j < k; j++)
        sum += term[j] = term[j - 1] * (s + (j - 1)) / j * q;
    return sum;
}

double btyd_alive(const struct btyd *p, const struct purchases *c)
{
    if (is_safe(p, c))
        return 1;
    double s = btyd_shape(p, c), silence = c->T - c->t_x, term[BTYD_K_MAX];
    double fall = s * log1p(silence / (p->alpha + c->t_x));
    if (p->k > 1)
        fall -= log(phases(p->k, s, silence, p->alpha + c->T, term));
    return 1 / (1 + btyd_odds(p, c) * exp(fall));
}

double btyd_active_exact(const struct btyd *p, const struct purchases *c, double t)
{
    double s = btyd_shape(p, c), since = p->alpha + c->T;
    if (!(t > 0))
        return 0;
    if (p->k == 1)
        return btyd_alive(p, c) * -expm1(-s * log1p(t / since));
    /* the chance of being in each phase of the gap, times that of the phases that are missing */
    double term[BTYD_K_MAX], sum = phases(p->k, s, c->T - c->t_x, since, term), active = 0;
    for (int j = 0; j < p->k; j++)
        if (term[j] > 0)
            active += term[j] / sum * negative_binomial_tail(s + j, t / since, p->k - j);
    return btyd_alive(p, c) * fmin(active, 1);
}

double btyd_active(const struct btyd *p, const struct purchases *c, double t)
{
    double now = btyd_active_exact(p, c, t);
    if (p->k == 1 || !(c->T > c->t_x))
        return now;
    struct purchases then = *c;
    then.T = c->t_x;
    return fmin(now, btyd_active_exact(p, &then, t));
}

/* The expected purchases of one who is alive, in ${n} times; for k > 1 Platzer's approximation. */
static void given_alive(const struct btyd *p, const struct purchases *c, const double *t, double *v, int n)
{
    double u[TIMES_MAX];
    for (int i = 0; i < n; i++)
        u[i] = t[i] / (p->k * p->alpha + c->T);
    expected_given_alive(p->r + c->x, p->a, btyd_staying(p, c), u, v, n);
}

double btyd_expected(const struct btyd *p, const struct purchases *c, double t)
{
    double v = 0;
    if (t > 0)
        given_alive(p, c, &t, &v, 1);
    return btyd_alive(p, c) * v;
}

double btyd_expected_new(const struct btyd *p, double t)
{
    return btyd_expected(p, &(struct purchases){0}, t);
}

/* FHL 2005, eq. 8, with k phases a purchase: still alive after n purchases, or dropped out at the n-th. */
double btyd_probability_new(const struct btyd *p, int n, double t)
{
    double odds = t > 0 ? t / p->alpha : 0;
    if (n < 0 || odds <= 0)
        return n == 0;
    int zero = p->is_bg ? 0 : 1; /* dropout at the first purchase */
    double exactly = 0;
    for (int j = 0; j < p->k; j++)
        exactly += negative_binomial(p->r, odds, n * p->k + j);
    double stay = ln_rising(p->b, n + zero) - ln_rising(p->a + p->b, n + zero);
    double result = exp(stay) * exactly;
    if (n + zero > 0)
        result += exp(stay) * p->a / (p->b + (n + zero - 1)) * negative_binomial_tail(p->r, odds, n * p->k);
    return result;
}

double btyd_alive_until(const struct btyd *p, const struct purchases *c, double theta)
{
    if (is_safe(p, c) || !(theta > 0))
        return INFINITY;
    /* T* = (alpha + t_x) [(1 / theta - 1) (b' + x - 1) / a]^(1 / (r + x)) - alpha */
    double s = btyd_shape(p, c), since = p->alpha + c->t_x;
    double least = c->t_x + since * expm1(log((1 / theta - 1) / btyd_odds(p, c)) / s);
    if (p->k == 1 || least < c->t_x)
        return least > FOREVER ? INFINITY : least;
    if (least > FOREVER)
        return INFINITY;
    struct purchases at = *c;
    double low, high = least;
    do {
        low = at.T = high;
        high = fmin(high * 2 + p->alpha, FOREVER);
    } while (btyd_alive(p, &at) > theta && low < FOREVER);
    if (btyd_alive(p, &at) > theta)
        return INFINITY;
    high = low;
    for (low = least; high - low > high * DBL_EPSILON * 2;) {
        double middle = at.T = low + (high - low) / 2;
        if (middle <= low || middle >= high)
            break;
        if (btyd_alive(p, &at) > theta)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double btyd_next_within(const struct btyd *p, const struct purchases *c, double q)
{
    double s = btyd_shape(p, c), since = p->alpha + c->T, term[BTYD_K_MAX], rising[BTYD_K_MAX];
    double need = -log1p(-q), low = 0, high = FOREVER;
    if (p->k == 1)
        return fmin(since * expm1(need / s), FOREVER);
    /* -ln of the chance to wait longer: s ln((since + t) / since) - ln(phases then / phases now) */
    double now = log(phases(p->k, s, c->T - c->t_x, since, term)), t = fmin(since * expm1(need / s), FOREVER);
    for (int i = 0; i < 100; i++) {
        double silence = c->T - c->t_x + t, sum = phases(p->k, s, silence, since + t, rising);
        double over = s * log1p(t / since) - (log(sum) - now) - need;
        double slope = rising[p->k - 1] / sum * (s + (p->k - 1)) / (since + t);
        *(over > 0 ? &high : &low) = t;
        double next = t - over / slope;
        if (fabs(next - t) <= t * 1e-8) /* the digits double with each step */
            return fmin(next, FOREVER);
        if (!(next > low && next < high))
            next = high > 4 * low + since ? 2 * low + since / 64 : low + (high - low) / 2;
        t = next;
    }
    return t;
}

double btyd_lifetime_value(const struct btyd *p, const struct purchases *c, double value, int periods,
                           double period, double rate)
{
    double sum = 0, before = 0, discount = 1, t[TIMES_MAX], v[TIMES_MAX];
    for (int done = 0; done < periods && period > 0;) {
        int n = periods - done < TIMES_MAX ? periods - done : TIMES_MAX;
        for (int i = 0; i < n; i++)
            t[i] = ++done * period;
        given_alive(p, c, t, v, n);
        for (int i = 0; i < n; i++) {
            discount /= 1 + rate;
            sum += (v[i] - before) * discount;
            before = v[i];
        }
    }
    return btyd_alive(p, c) * value * sum;
}
