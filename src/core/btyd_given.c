#include "btyd_given.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

/*
 * Three ways, each where it keeps its digits. The textbook form with 2F1(s, beta; C; z) has poles at a = 1
 * and C = 0 and overflows; none of these do.
 */

#define SERIES_TERMS 300
#define DIGITS_TO_LOSE                                                                                       \
    1e3 /* a result that is this much smaller than what it is the difference of is not taken */

/*
 * Euler's transform with the poles taken out: S = B z sum (a)_m (B + 1)_m / ((C + 1)_m (m + 1)!) z^m,
 * V = -expm1(eps L) / eps (C + eps S) - S. Of ${n} times in ascending order at once, as their coefficients
 * are the same; NAN: it converges too slowly or loses its digits.
 */
static void by_euler(double s, double a, double beta, const double *u, double *v, int n)
{
    double eps = a - 1, c = a + beta - 1, b = c - s;
    double z[TIMES_MAX], term[TIMES_MAX], sum[TIMES_MAX],
        size[TIMES_MAX]; /* the sum of the terms, and of their sizes */
    for (int i = 0; i < n; i++) {
        z[i] = u[i] / (1 + u[i]);
        sum[i] = term[i] = b * z[i];
        size[i] = fabs(sum[i]);
    }
    double close = DBL_EPSILON * (1 - z[n - 1]);
    int m = 0;
    do {
        m++;
        double factor = (a + (m - 1)) * (a + beta - s + (m - 1)) / ((a + beta + (m - 1)) * (m + 1));
        for (int i = 0; i < n; i++) {
            term[i] *= factor * z[i];
            sum[i] += term[i];
            size[i] += fabs(term[i]);
        }
    } while (m < SERIES_TERMS && fabs(term[n - 1]) > size[n - 1] * close && fabs(term[n - 1]) > DBL_MIN);
    bool is_done = m < SERIES_TERMS && isfinite(size[n - 1]);
    for (int i = 0; i < n; i++) {
        double l = -log1p(u[i]), power = expm1(eps * l), factor = fabs(eps) > DBL_MIN ? -power / eps : -l;
        /* factor (c + eps sum) - sum, with the sum's two parts put together */
        double result = factor * c - (1 + power) * sum[i];
        double lost = fmax(fabs(factor * c), fmax(1, 1 + power) * size[i]);
        v[i] = is_done && result > 0 && lost < result * DIGITS_TO_LOSE ? result : NAN;
    }
}

/* The sum over n of P(N >= n) E[(1 - p)^(n - 1)], N negative binomial: all terms are positive. NAN: too many.
 */
static double by_counting(double s, double a, double beta, double u)
{
    double z = u / (1 + u), l = log1p(u);
    double at = exp(-s * l), beyond = -expm1(-s * l), alive = 1, sum = 0;
    if (s * l > 700 || s * u > 1000 || u > 30)
        return NAN;
    for (int m = 0; m < 10 * SERIES_TERMS && beyond > 0; m++) {
        sum += alive * beyond;
        alive *= (beta + m) / (a + beta + m);
        at *= (s + m) / (m + 1) * z;
        beyond -= at;
        /* the rest falls faster than the squared sum of a geometric series */
        double left = 1 - (s > 1 ? (s + m + 1) / (m + 2) * z : z);
        if (left > 0 && at < sum * left * left * (DBL_EPSILON / 8))
            return sum;
    }
    return beyond > 0 ? NAN : sum;
}

/* (1 - (1 + p u)^-s) / p */
static double purchases_of(double p, double s, double u)
{
    double l = log1p(p * u);
    return p * u > DBL_EPSILON ? -expm1(-s * l) / p : s * u;
}

/*
 * Its mean over p, by the trapezoidal rule over y = logit p, where the integrand is analytic and falls off
 * exponentially on both sides: it converges exponentially. Where a or beta is so small that it falls slowly,
 * what the function is at that end is taken out, and what remains has the factor p or 1 - p.
 */
struct trapezoid {
    double s, a, beta, u;
    double at_0, at_1;         /* the function at the ends */
    bool is_from_0, is_from_1; /* what remains is the distance from these, over p, 1 - p or both */
    double weights, sum;
};

static double remains(const struct trapezoid *t, double p, double q)
{
    double value = p > 0 ? purchases_of(p, t->s, t->u) : t->at_0;
    if (!t->is_from_0 && !t->is_from_1)
        return value;
    if (p <= 0 || q <= 0)
        return 0;
    if (t->is_from_0 && t->is_from_1)
        return (t->at_0 * q + t->at_1 * p - value) / p / q;
    return t->is_from_0 ? (t->at_0 - value) / p : (value - t->at_1) / q;
}

/* Add the point ${delta} from the mean of p on the scale of y; its weight. */
static double trapezoid_add(struct trapezoid *t, double delta)
{
    double p0 = t->a / (t->a + t->beta), q0 = t->beta / (t->a + t->beta);
    double down = q0 * expm1(-delta), up = p0 * expm1(delta);
    double weight = exp(-t->a * log1p(down) - t->beta * log1p(up));
    t->weights += weight;
    t->sum += weight * remains(t, p0 / (1 + down), q0 / (1 + up));
    return weight;
}

static double trapezoid_mean(struct trapezoid *t)
{
    double step = fmin(0.2, 0.4 * sqrt(1 / t->a + 1 / t->beta)), flat = DBL_EPSILON / 64, s = t->s;
    /* towards p = 0 what remains rises to ${most}, and its product with the weight may have a second hump
     * there */
    double most = !t->is_from_0  ? t->at_0
                  : t->is_from_1 ? s * (s + 1) * (s + 2) * pow(t->u, 3) / 6
                                 : s * (s + 1) * pow(t->u, 2) / 2;
    trapezoid_add(t, 0);
    for (double i = 1; trapezoid_add(t, -i * step) * most > flat * t->sum && i * step < 700; i++)
        ;
    for (double i = 1; trapezoid_add(t, i * step) > flat * t->weights && i * step < 700; i++)
        ;
    return t->sum / t->weights;
}

static double by_integral(double s, double a, double beta, double u)
{
    struct trapezoid t = {.s = s, .a = a, .beta = beta, .u = u, .at_0 = s * u, .at_1 = -expm1(-s * log1p(u))};
    double n = a + beta;
    t.is_from_0 = a < 0.5;
    t.is_from_1 = beta < 0.5;
    t.a += t.is_from_0;
    t.beta += t.is_from_1;
    double mean = trapezoid_mean(&t);
    if (t.is_from_0 && t.is_from_1)
        return t.at_0 * (beta / n) + t.at_1 * (a / n) - a * beta / n / (n + 1) * mean;
    if (t.is_from_0)
        return t.at_0 - a / n * mean;
    return t.is_from_1 ? t.at_1 + beta / n * mean : mean;
}

void expected_given_alive(double s, double a, double beta, const double *u, double *v, int n)
{
    assert(n > 0 && n <= TIMES_MAX);
    by_euler(s, a, beta, u, v, n);
    for (int i = 0; i < n; i++) {
        if (isnan(v[i]) && n > 1)
            by_euler(s, a, beta, &u[i], &v[i], 1); /* a later time may be what it failed for */
        if (isnan(v[i]))
            v[i] = by_counting(s, a, beta, u[i]);
        if (isnan(v[i]))
            v[i] = by_integral(s, a, beta, u[i]);
    }
}
