#ifndef CORE_BTYD_H
#define CORE_BTYD_H

#include "core/purchase.h"

/**
 * Buy-till-you-die models with beta-geometric dropout: how often a customer buys while alive, and whether they still
 * are. Sources: BG/NBD Fader, Hardie and Lee (2005); MBG/NBD Batislam, Denizel and Filiztekin (2007); MBG/CNBD-k
 * Platzer and Reutterer (2017), with Erlang-k gaps. Time in weeks. All functions are pure; for every parameter set that
 * btyd_is_valid(), and purchases with 0 <= t_x <= T and x and times up to 1e6, they are finite unless they say so.
 *
 * Exact    all but btyd_expected() and btyd_expected_new() for k > 1, which are Platzer's approximation: alpha becomes
 *          k alpha in the expectation given that the customer is alive; P(alive) stays exact.
 * Error    at most 1e-10, relative; in all but degenerate parameter sets below 1e-12.
 */
#define BTYD_K_MAX 4
#define BTYD_LEAST 1e-9
#define BTYD_MOST  1e9

struct btyd {
    int k;           /* phases of the Erlang gaps, 1 to BTYD_K_MAX; 1: exponential */
    bool is_bg;      /* no dropout before the first repeat purchase (BG/NBD, k = 1 only) */
    double r, alpha; /* gamma of the purchase rate */
    double a, b;     /* beta of the dropout probability */
};

/** The parameters from BTYD_LEAST to BTYD_MOST, k in range. */
bool btyd_is_valid(const struct btyd *p);

/** The probability that the customer still is one. Falls as T rises. */
double btyd_alive(const struct btyd *p, const struct purchases *c);
/**
 * The probability of at least one purchase in (T, T + t]. For k = 1 it falls as T rises. For k > 1 it first rises with
 * the silence after a purchase, as the next one becomes due, and falls later.
 */
double btyd_active_exact(const struct btyd *p, const struct purchases *c, double t);
/**
 * The same, and never more than it was on the day of the last purchase: so it never rises with silence, whatever k.
 * This is what scores are made of.
 */
double btyd_active(const struct btyd *p, const struct purchases *c, double t);
/** The expected number of purchases in (T, T + t]. Falls as T rises. */
double btyd_expected(const struct btyd *p, const struct purchases *c, double t);
/** The expected number of repeat purchases of a new customer in (0, t]. */
double btyd_expected_new(const struct btyd *p, double t);
/** The probability of exactly ${n} repeat purchases of a new customer in (0, t]. */
double btyd_probability_new(const struct btyd *p, int n, double t);
/**
 * The age T at which P(alive) falls to ${theta} if nothing is bought; less than t_x: it is below already; INFINITY: never
 * (BG/NBD with x = 0) or beyond 1e12 weeks. Closed form for k = 1, bisection for others.
 */
double btyd_alive_until(const struct btyd *p, const struct purchases *c, double theta);
/**
 * The weeks from T within which the next purchase comes with probability ${q} (0 < q < 1), given that there is one; at
 * most 1e12. Closed form for k = 1, Newton's method for others.
 */
double btyd_next_within(const struct btyd *p, const struct purchases *c, double q);

/**
 * The log-likelihood of one customer, and when ${gradient} is not NULL its derivatives by r, alpha, a, b. Equal
 * statistics have equal likelihoods: weights over distinct ones are the caller's.
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
