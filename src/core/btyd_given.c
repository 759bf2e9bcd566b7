#include "btyd_given.h"

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
 * V = -expm1(eps L) / eps (C + eps S) - S. NAN: it converges too slowly or loses its digits.
 */
static double by_euler(double s, double a, double beta, double u)
{
    double z = u / (1 + u), l = -log1p(u), eps = a - 1, c = a + beta - 1, b = c - s;
    double term = b * z, sum = term, greatest = fabs(term);
    int m = 0;
    do {
        if (++m == SERIES_TERMS)
            return NAN;
        term *= (a + (m - 1)) * (a + beta - s + (m - 1)) / ((a + beta + (m - 1)) * (m + 1)) * z;
        sum += term;
        greatest = fmax(greatest, fabs(term));
    } while (fabs(term) > fabs(sum) * (DBL_EPSILON / 8) * (1 - z) && fabs(term) > DBL_MIN);
    double power = expm1(eps * l), factor = fabs(eps) > DBL_MIN ? -power / eps : -l;
    /* factor (c + eps sum) - sum, with the sum's two parts put together */
    double v = factor * c - (1 + power) * sum;
    double lost = fmax(fabs(factor * c), fmax(1, 1 + power) * greatest);
    return v > 0 && lost < v * DIGITS_TO_LOSE ? v : NAN;
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
 * the chord of the function from p = 0 to p = 1 is taken out, whose mean is known, and what remains has the
 * factor p (1 - p).
 */
struct trapezoid {
    double s, a, beta, u;
    bool is_bowed;     /* of the distance from the chord over p (1 - p), not of the function */
    double at_0, at_1; /* the function at the ends of the chord */
    double weights, sum;
};

/* Add the point ${delta} from the mean of p on the scale of y; its weight. */
static double trapezoid_add(struct trapezoid *t, double delta)
{
    double p0 = t->a / (t->a + t->beta), q0 = t->beta / (t->a + t->beta);
    double down = q0 * expm1(-delta), up = p0 * expm1(delta);
    double weight = exp(-t->a * log1p(down) - t->beta * log1p(up));
    double p = p0 / (1 + down), q = q0 / (1 + up);
    double value = p > 0 ? purchases_of(p, t->s, t->u) : t->at_0;
    if (t->is_bowed)
        value = p > 0 && q > 0 ? (t->at_0 * q + t->at_1 * p - value) / p / q : 0;
    t->weights += weight;
    t->sum += weight * value;
    return weight;
}

static double trapezoid_mean(struct trapezoid *t)
{
    double step = fmin(0.2, 0.4 * sqrt(1 / t->a + 1 / t->beta)), flat = DBL_EPSILON / 64;
    /* towards p = 0 the function rises to ${most}, and its product with the weight may have a second hump
     * there */
    double x = t->s, most = t->is_bowed ? x * (x + 1) * (x + 2) * pow(t->u, 3) / 6 : t->at_0;
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
    if (a > 0.5 && beta > 0.5)
        return trapezoid_mean(&t);
    double n = a + beta, bow = a * beta / n / (n + 1);
    t.is_bowed = true;
    t.a = a + 1;
    t.beta = beta + 1;
    return t.at_0 * (beta / n) + t.at_1 * (a / n) - bow * trapezoid_mean(&t);
}

double expected_given_alive(double s, double a, double beta, double u)
{
    double v = by_euler(s, a, beta, u);
    if (isnan(v))
        v = by_counting(s, a, beta, u);
    return isnan(v) ? by_integral(s, a, beta, u) : v;
}
