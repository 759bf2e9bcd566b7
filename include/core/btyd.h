#ifndef CORE_BTYD_H
#define CORE_BTYD_H

#include "core/purchase.h"

/**
 * Buy-till-you-die models with beta-geometric dropout: how often a customer buys while alive, and whether they still
 * are. Sources: BG/NBD Fader, Hardie and Lee (2005); MBG/NBD Batislam, Denizel and Filiztekin (2007); MBG/CNBD-k
 * Platzer and Reutterer (2017), with Erlang-k gaps. Time in weeks. All functions are pure and finite for every
 * parameter set that btyd_is_valid() and all purchases with x >= 0 and 0 <= t_x <= T.
 */
#define BTYD_K_MAX 4

struct btyd {
    int k;           /* phases of the Erlang gaps, 1 to BTYD_K_MAX; 1: exponential */
    bool is_bg;      /* no dropout before the first repeat purchase (BG/NBD, k = 1 only) */
    double r, alpha; /* gamma of the purchase rate */
    double a, b;     /* beta of the dropout probability */
};

/** Finite and greater than 0, k in range. */
bool btyd_is_valid(const struct btyd *p);

/** The probability that the customer still is one. */
double btyd_alive(const struct btyd *p, const struct purchases *c);
/** The probability of at least one purchase in (T, T + t]. Falls as T rises. */
double btyd_active(const struct btyd *p, const struct purchases *c, double t);
/** The expected number of purchases in (T, T + t]; for k > 1 Platzer's approximation (alpha to k alpha). */
double btyd_expected(const struct btyd *p, const struct purchases *c, double t);
/** The expected number of repeat purchases of a new customer in (0, t]; as published for k = 1. */
double btyd_expected_new(const struct btyd *p, double t);
/** The probability of exactly ${n} repeat purchases of a new customer in (0, t]; k = 1. */
double btyd_probability_new(const struct btyd *p, int n, double t);
/**
 * The age T at which P(alive) falls to ${theta} if nothing is bought; less than t_x: it is below already; INFINITY: never
 * (BG/NBD with x = 0). Closed form for k = 1, bisection for others.
 */
double btyd_alive_until(const struct btyd *p, const struct purchases *c, double theta);
/**
 * The weeks from T within which the next purchase comes with probability ${q} (0 < q < 1), given that there is one.
 * Closed form for k = 1, bisection for others.
 */
double btyd_next_within(const struct btyd *p, const struct purchases *c, double q);

/**
 * The log-likelihood of one customer, and when ${gradient} is not NULL its derivatives by r, alpha, a, b.
 */
double btyd_log_likelihood(const struct btyd *p, const struct purchases *c, double gradient[4]);

/** Gamma-Gamma model of spend (Fader and Hardie 2013): the mean value of a purchase, apart from how often. */
struct gamma_gamma {
    double p, q, v; /* v in the unit of the values */
};
/** Finite, greater than 0, and q > 1: else there is no mean. */
bool gamma_gamma_is_valid(const struct gamma_gamma *g);
/** The expected value of a purchase of a customer with ${x} repeat purchases of mean ${value}. */
double gamma_gamma_expected(const struct gamma_gamma *g, double x, double value);
/** Of one customer with x > 0 and value > 0; ${gradient}: by p, q, v, or NULL. */
double gamma_gamma_log_likelihood(const struct gamma_gamma *g, double x, double value, double gradient[3]);

/**
 * Customer lifetime value: ${value} a purchase times the expected purchases of ${periods} periods of ${period} weeks
 * from T on, each discounted by ${rate} a period at its end.
 */
double btyd_lifetime_value(const struct btyd *p, const struct purchases *c, double value, int periods, double period,
                           double rate);

#endif
