#include "special.h"

#include <float.h>
#include <math.h>

#define STIRLING_FROM 12.0
#define PRODUCTS_TO   8     /* factors are multiplied, above their logarithms are added */
#define LN_MOST       700.0 /* whose exp() and its inverse are normal numbers */

/* Stirling's series: ln gamma(z) = (z - 1/2) ln z - z + ln(2 pi)/2 + series(z). */
static double stirling(double z)
{
    double i = 1 / z, q = i * i;
    return i * (1.0 / 12 - q * (1.0 / 360 -
                                q * (1.0 / 1260 - q * (1.0 / 1680 - q * (1.0 / 1188 - q * 691.0 / 360360)))));
}

/* Its counterpart for the digamma function: psi(z) = ln z - series(z). */
static double stirling_psi(double z)
{
    double i = 1 / z, q = i * i;
    return i * (0.5 + i * (1.0 / 12 -
                           q * (1.0 / 120 -
                                q * (1.0 / 252 - q * (1.0 / 240 - q * (1.0 / 132 - q * 691.0 / 32760))))));
}

double ln_rising(double z, double n)
{
    double shifted = 1, shift = 0;
    for (; z < STIRLING_FROM; z += 1) {
        shifted *= z / (z + n);
        if (shifted < DBL_MIN / DBL_EPSILON) {
            shift += log(shifted);
            shifted = 1;
        }
    }
    shift += log(shifted);
    return n * log(z + n) + ((z - 0.5) * log1p(n / z) - n) + (stirling(z + n) - stirling(z)) + shift;
}

double ln_rising_by_z(double z, double n)
{
    double shift = 0;
    for (; z < STIRLING_FROM; z += 1)
        shift += n / (z * (z + n));
    return log1p(n / z) - (stirling_psi(z + n) - stirling_psi(z)) + shift;
}

double ln_beta(double p, double q)
{
    int sign;
    double less = p < q ? p : q, more = p < q ? q : p;
    return lgamma_r(less, &sign) - ln_rising(more, less);
}

double negative_binomial(double s, double odds, int m)
{
    double l = log1p(odds);
    if (m <= PRODUCTS_TO && s * l < LN_MOST) {
        double product = exp(-s * l), z = odds / (1 + odds);
        for (int i = 0; i < m; i++)
            product *= (s + i) / (i + 1) * z;
        return product;
    }
    return exp(ln_rising(s, m) - ln_rising(1, m) + m * (log(odds) - l) - s * l);
}

/* P(N >= m) / P(N = m). */
static double tail_series(double s, double z, int m)
{
    double sum = 1, term = 1;
    for (double i = m; term > sum * DBL_EPSILON / 16; i++)
        sum += term *= (s + i) / (i + 1) * z;
    return sum;
}

/* P(N < m) / P(N = m - 1). */
static double head_series(double s, double z, int m)
{
    double sum = 1, term = 1;
    for (double i = m - 1; i > 0 && term > sum * DBL_EPSILON / 16; i--)
        sum += term *= i / ((s + (i - 1)) * z);
    return sum;
}

double negative_binomial_tail(double s, double odds, int m)
{
    if (m <= 0)
        return 1;
    double l = log1p(odds), z = odds / (1 + odds);
    if (s * l > LN_MOST) /* P(N = 0) is too small to begin with */
        return m > s * odds ? negative_binomial(s, odds, m) * tail_series(s, z, m)
                            : 1 - negative_binomial(s, odds, m - 1) * head_series(s, z, m);
    double term = exp(-s * l), some = term < 0.5 ? 1 - term : -expm1(-s * l), few = 0;
    for (int i = 1; i < m; i++)
        few += term *= (s + (i - 1)) / i * z;
    double tail = some - few;
    if (m == 1 || tail > some / 64)
        return tail;
    return negative_binomial(s, odds, m) * tail_series(s, z, m);
}
