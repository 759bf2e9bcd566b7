#ifndef SRC_CORE_SPECIAL_H
#define SRC_CORE_SPECIAL_H

/**
 * Special functions as the models of prediction need them: differences of gamma functions, which keep their
 * digits where two gamma functions would lose them. z > 0, n >= 0.
 */

/** ln of the rising factorial: ln gamma(z + n) - ln gamma(z). */
double ln_rising(double z, double n);
/** Its derivative by z: psi(z + n) - psi(z), psi the digamma function. */
double ln_rising_by_z(double z, double n);
/** ln of the beta function. */
double ln_beta(double p, double q);

/**
 * negative_binomial_tail(s, odds, m):
 * P(N >= m) of the negative binomial N of shape ${s}: the number of points in (0, t] of a Poisson process
 * whose rate is gamma of shape s and rate alpha, ${odds} = t / alpha. Small tails are sums of positive terms,
 * not 1 - ... .
 */
double negative_binomial_tail(double s, double odds, int m);
/** P(N = m). */
double negative_binomial(double s, double odds, int m);

#endif
