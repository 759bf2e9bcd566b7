/*
 * The models of prediction against their definitions: the mixtures over the purchase rate and the dropout
 * probability are integrated numerically in long double, by none of the formulas of src/core. Parameters and
 * purchases are random from a printed seed, and edges.
 */
#include "../support/chance.h"
#include "core/btyd.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

typedef long double real;

#define NEGLIGIBLE 1e-21L
#define AGREED     1e-10

/* ---- means over gamma and beta ---- */

typedef real function(real at, const void *of);

/* Over a gamma distribution of shape s and rate 1; below 1 its long tail towards 0 is compressed. */
static real gamma_mean(real s, function *f, const void *of)
{
    real weights = 0, sum = 0, step = s < 1 ? 1 / 96.0L : fminl(0.15L, 0.4L / sqrtl(s));
    for (int side = -1; side <= 1; side += 2) {
        for (real i = side < 0 ? 0 : 1;; i++) {
            real y = side * i * step, e = expl(-y);
            real at = s < 1 ? expl(y - e) : s * expl(y);
            real weight = s < 1 ? expl(s * (y - e) - at) * (1 + e) : expl(s * (y - expm1l(y)));
            real value = weight > 0 ? weight * f(at, of) : 0;
            weights += weight;
            sum += value;
            if (weight <= weights * NEGLIGIBLE && value <= sum * NEGLIGIBLE && i > (s < 1 ? 400 : 60)) {
                break;
            }
        }
    }
    return sum / weights;
}

struct probability {
    real p, q; /* q = 1 - p */
};

typedef real chance_function(struct probability at, const void *of);

/* Over a beta distribution, over logit p: stretched when a tail is long. */
static real beta_mean(real a, real b, chance_function *f, const void *of)
{
    bool is_long = a < 1 || b < 1;
    real center = is_long ? 0 : logl(a / b),
         step = is_long ? 1 / 64.0L : fminl(0.15L, 0.4L * sqrtl(1 / a + 1 / b));
    real weights = 0, sum = 0, top = is_long ? 0 : -a * log1pl(b / a) - b * log1pl(a / b);
    for (int side = -1; side <= 1; side += 2) {
        for (real i = side < 0 ? 0 : 1;; i++) {
            real w = side * i * step, y = is_long ? sinhl(w) : center + w;
            real ln_p = y > 0 ? -log1pl(expl(-y)) : y - log1pl(expl(y));
            real ln_q = y > 0 ? -y - log1pl(expl(-y)) : -log1pl(expl(y));
            real weight = expl(a * ln_p + b * ln_q - top) * (is_long ? coshl(w) : 1);
            real value = weight > 0 ? weight * f((struct probability){expl(ln_p), expl(ln_q)}, of) : 0;
            weights += weight;
            sum += value;
            if (weight <= weights * NEGLIGIBLE && value <= sum * NEGLIGIBLE && i > (is_long ? 300 : 40)) {
                break;
            }
        }
    }
    return sum / weights;
}

/* ---- what is defined ---- */

struct future {
    int k;
    real s;       /* shape of the rate */
    real silence; /* since the last purchase, and the time to come, over alpha + T */
    real coming;
};

static real phases_so_far(real rate, const void *of)
{
    const struct future *f = of;
    real sum = 0, term = 1;
    for (int j = 0; j < f->k; term *= rate * f->silence / ++j) {
        sum += term;
    }
    return sum;
}

/* P(Poisson >= m) */
static real poisson_tail(real mean, int m)
{
    real sum = 0, term = expl(-mean);
    if (mean > 1) {
        for (int i = 0; i < m; term *= mean / ++i) {
            sum += term;
        }
        return 1 - sum;
    }
    for (int i = 0; i < m + 40; term *= mean / ++i) {
        sum += i >= m ? term : 0;
    }
    return sum;
}

static real phases_to_come(real rate, const void *of)
{
    const struct future *f = of;
    real sum = 0, term = 1;
    for (int j = 0; j < f->k; term *= rate * f->silence / ++j) {
        sum += term * poisson_tail(rate * f->coming, f->k - j);
    }
    return sum;
}

static real stays(struct probability at, const void *of)
{
    (void)of;
    return at.q;
}

static real leaves(struct probability at, const void *of)
{
    (void)of;
    return at.p;
}

static real true_alive(const struct btyd *p, const struct purchases *c)
{
    if (p->is_bg && c->x <= 0) {
        return 1;
    }
    real s = (real)p->r + p->k * (real)c->x, before = p->b + (real)c->x + (p->is_bg ? -1 : 0);
    real since = (real)p->alpha + c->T;
    struct future f = {.k = p->k, .silence = ((real)c->T - c->t_x) / since};
    real odds = beta_mean(p->a, before, leaves, NULL) / beta_mean(p->a, before, stays, NULL);
    real fall = expl(s * log1pl(((real)c->T - c->t_x) / ((real)p->alpha + c->t_x)));
    return 1 / (1 + odds * fall / gamma_mean(s, phases_so_far, &f));
}

static real true_active(const struct btyd *p, const struct purchases *c, double t)
{
    real s = (real)p->r + p->k * (real)c->x, since = (real)p->alpha + c->T;
    struct future f = {.k = p->k, .silence = ((real)c->T - c->t_x) / since, .coming = t / since};
    return true_alive(p, c) * gamma_mean(s, phases_to_come, &f) / gamma_mean(s, phases_so_far, &f);
}

struct one {
    real p, coming;
};

/* (1 - exp(-rate p t)) / p: the purchases until the dropout */
static real until_dropout(real rate, const void *of)
{
    const struct one *one = of;
    return -expm1l(-rate * one->p * one->coming) / one->p;
}

static real over_rates(struct probability at, const void *of)
{
    const struct future *f = of;
    return gamma_mean(f->s, until_dropout, &(struct one){at.p, f->coming});
}

/* The same with the mean over the rate, whose integral is that of a power. */
static real over_rates_quickly(struct probability at, const void *of)
{
    const struct future *f = of;
    return at.p * f->coming > 1e-22L ? -expm1l(-f->s * log1pl(at.p * f->coming)) / at.p : f->s * f->coming;
}

static real true_expected(const struct btyd *p, const struct purchases *c, double t, bool is_twofold)
{
    struct future f = {.s = (real)p->r + c->x, .coming = t / (p->k * (real)p->alpha + c->T)};
    real after = p->b + (real)c->x + (p->is_bg ? 0 : 1);
    return true_alive(p, c) * beta_mean(p->a, after, is_twofold ? over_rates : over_rates_quickly, &f);
}

/* ---- cases ---- */

static struct chance chance;

static double unit(void)
{
    return (double)(chance_next(&chance) >> 11) * 0x1p-53;
}

static double between(double least, double most)
{
    return least * exp(unit() * log(most / least));
}

static struct btyd any_model(void)
{
    static const double edges[] = {1, 2, 0.5, 1 - 1e-13, 1 + 1e-9};
    struct btyd p = {.k = one_in(&chance, 2) ? 1 : 1 + (int)chance_of(&chance, BTYD_K_MAX),
                     .r = between(1e-5, 1e4),
                     .alpha = between(1e-3, 1e4),
                     .a = between(1e-4, 1e4),
                     .b = between(1e-4, 1e5)};
    p.is_bg = p.k == 1 && one_in(&chance, 3);
    if (one_in(&chance, 4)) {
        p.a = ONE_OF(&chance, edges);
    }
    if (one_in(&chance, 8) && p.a < 1) {
        p.b = fmax(1 - p.a, BTYD_LEAST);
    }
    return p;
}

static struct purchases any_purchases(void)
{
    static const double counts[] = {0, 0, 1, 2, 3, 7, 30, 200, 1000}, ages[] = {0, 1 / 7.0, 4, 39, 104, 520};
    struct purchases c = {.x = ONE_OF(&chance, counts), .T = ONE_OF(&chance, ages)};
    c.t_x = c.x > 0 ? one_in(&chance, 3) ? c.T : c.T * unit() : 0;
    c.ln_gaps = c.x > 0 && c.t_x > 0 ? c.x * log(c.t_x / c.x) : 0;
    return c;
}

static double any_time(void)
{
    static const double times[] = {1 / 7.0, 30 / 7.0, 39, 365 / 7.0, 520};
    return one_in(&chance, 2) ? ONE_OF(&chance, times) : between(1e-3, 1e3);
}

#define CASE_FORMAT "k %d%s r %.17g alpha %.17g a %.17g b %.17g; x %g t_x %.17g T %.17g; t %.17g"
#define CASE(p, c, t)                                                                                        \
    (p)->k, (p)->is_bg ? " bg" : "", (p)->r, (p)->alpha, (p)->a, (p)->b, (c)->x, (c)->t_x, (c)->T, (t)

static void assert_agrees(const char *what, double made, real truth, const struct btyd *p,
                          const struct purchases *c, double t)
{
    if (truth < 1e-290L ? made >= 0 && made < 1e-280 : fabsl(made - truth) <= AGREED * truth) {
        return;
    }
    fail_msg("%s is %.17g, not %.17Lg (%.2Lg)\n" CASE_FORMAT, what, made, truth, made / truth - 1,
             CASE(p, c, t));
}

static void probabilities_are_those_of_the_mixture(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(400); n > 0; n--) {
        struct btyd p = any_model();
        struct purchases c = any_purchases();
        double t = any_time();
        assert_agrees("alive", btyd_alive(&p, &c), true_alive(&p, &c), &p, &c, t);
        assert_agrees("active", btyd_active_exact(&p, &c, t), true_active(&p, &c, t), &p, &c, t);
    }
}

static void expectations_are_those_of_the_mixture(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(600); n > 0; n--) {
        struct btyd p = any_model();
        struct purchases c = any_purchases();
        double t = any_time();
        assert_agrees("expected", btyd_expected(&p, &c, t), true_expected(&p, &c, t, false), &p, &c, t);
    }
}

static void the_integral_over_both_distributions_agrees_too(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(16); n > 0; n--) {
        struct btyd p = {.k = 1,
                         .r = between(0.1, 20),
                         .alpha = between(1, 20),
                         .a = between(0.3, 20),
                         .b = between(0.3, 20)};
        struct purchases c = any_purchases();
        double t = any_time();
        assert_agrees("expected", btyd_expected(&p, &c, t), true_expected(&p, &c, t, true), &p, &c, t);
    }
}

/* ---- whatever the parameters ---- */

static struct btyd wild_model(void)
{
    static const double edges[] = {BTYD_LEAST, BTYD_MOST, 1, 1e-4, 1e4};
    struct btyd p = {.k = 1 + (int)chance_of(&chance, BTYD_K_MAX)};
    double *values[] = {&p.r, &p.alpha, &p.a, &p.b};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        *values[i] = one_in(&chance, 3) ? ONE_OF(&chance, edges) : between(BTYD_LEAST, BTYD_MOST);
    }
    p.is_bg = p.k == 1 && one_in(&chance, 2);
    return p;
}

static void assert_is_finite(const char *what, double value, double least, double most, const struct btyd *p,
                             const struct purchases *c, double t)
{
    if (!(value >= least && value <= most)) {
        fail_msg("%s is %.17g\n" CASE_FORMAT, what, value, CASE(p, c, t));
    }
}

static void nothing_is_ever_infinite(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(4000); n > 0; n--) {
        struct btyd p = wild_model();
        struct purchases c = any_purchases();
        double t = any_time(), gradient[4], most = (p.r + c.x) * t / (p.alpha + c.T);
        double q = unit(), least = -p.alpha - 1;
        assert_true(btyd_is_valid(&p));
        assert_is_finite("alive", btyd_alive(&p, &c), 0, 1, &p, &c, t);
        assert_is_finite("active", btyd_active(&p, &c, t), 0, 1, &p, &c, t);
        assert_is_finite("active exactly", btyd_active_exact(&p, &c, t), 0, btyd_alive(&p, &c), &p, &c, t);
        assert_is_finite("expected", btyd_expected(&p, &c, t), 0, most * (1 + AGREED), &p, &c, t);
        assert_is_finite("expected of a new one", btyd_expected_new(&p, t), 0,
                         p.r * t / p.alpha * (1 + AGREED), &p, &c, t);
        assert_is_finite("no purchase", btyd_probability_new(&p, 0, t), 0, 1 + AGREED, &p, &c, t);
        assert_is_finite("seven purchases", btyd_probability_new(&p, 7, t), 0, 1 + AGREED, &p, &c, t);
        assert_is_finite("alive until", btyd_alive_until(&p, &c, q), least, INFINITY, &p, &c, q);
        assert_is_finite("next within", btyd_next_within(&p, &c, q), 0, 1e12, &p, &c, q);
        assert_is_finite("value", btyd_lifetime_value(&p, &c, 2000, 12, 30, 0.01), 0, 1e30, &p, &c, t);
        assert_is_finite("likelihood", btyd_log_likelihood(&p, &c, gradient), -1e30, 1e30, &p, &c, t);
        for (int i = 0; i < 4; i++) {
            assert_is_finite("gradient", gradient[i], -1e30, 1e30, &p, &c, t);
        }
    }
}

/* ---- silence ---- */

static void silence_never_raises_a_score(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(600); n > 0; n--) {
        struct btyd p = one_in(&chance, 2) ? wild_model() : any_model();
        struct purchases c = any_purchases();
        double t = any_time(), step = one_in(&chance, 2) ? 1 / 7.0 : 5, alive = 2, active = 2,
               expected = 1e300;
        c.T = c.t_x;
        for (int day = 0; day < 60; day++, c.T = c.t_x + day * step) {
            double now_alive = btyd_alive(&p, &c), now_active = btyd_active(&p, &c, t),
                   now_expected = btyd_expected(&p, &c, t);
            assert_is_finite("alive", now_alive, 0, alive * (1 + 1e-15), &p, &c, t);
            assert_is_finite("active", now_active, 0, active * (1 + (p.k == 1 ? 1e-15 : 1e-13)), &p, &c, t);
            assert_is_finite("expected", now_expected, 0, expected * (1 + 1e-11), &p, &c, t);
            alive = now_alive;
            active = now_active;
            expected = now_expected;
        }
    }
}

static void a_regular_customer_becomes_due(void **state)
{
    (void)state;
    struct btyd p = {.k = 3, .r = 2, .alpha = 2, .a = 0.2, .b = 3};
    struct purchases c = {.x = 10, .t_x = 20, .T = 20};
    double at_once = btyd_active_exact(&p, &c, 1);
    c.T = 21;
    assert_true(btyd_active_exact(&p, &c, 1) > at_once);
    assert_true(btyd_active(&p, &c, 1) == at_once);
    c.T = 40;
    assert_true(btyd_active(&p, &c, 1) == btyd_active_exact(&p, &c, 1));
}

/* ---- inverses ---- */

static void the_age_at_a_threshold_gives_it_back(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(1000); n > 0; n--) {
        struct btyd p = any_model();
        struct purchases c = any_purchases(), then = c;
        double theta = 0.02 + 0.96 * unit(), age = btyd_alive_until(&p, &c, theta);
        then.T = c.t_x;
        if (age < c.t_x) {
            assert_is_finite("alive at best", btyd_alive(&p, &then), 0, theta, &p, &c, theta);
            continue;
        }
        then.T = fmin(age, 1e12);
        real alive = true_alive(&p, &then);
        if (isinf(age)) {
            assert_true(alive >= theta - 1e-12);
        } else if (age < 1e6 && fabs((double)alive - theta) > 1e-8) {
            fail_msg("alive is %.17Lg at %g\n" CASE_FORMAT, alive, age, CASE(&p, &c, theta));
        }
    }
}

static void the_time_of_the_next_purchase_gives_its_chance_back(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(400); n > 0; n--) {
        struct btyd p = any_model();
        struct purchases c = any_purchases();
        double q = 0.02 + 0.96 * unit(), t = btyd_next_within(&p, &c, q);
        if (t >= 1e11) {
            continue;
        }
        real chance_then = true_active(&p, &c, t) / true_alive(&p, &c);
        if (true_alive(&p, &c) > 1e-290L && fabsl(chance_then - q) > 1e-9L) {
            fail_msg("the chance is %.17Lg after %.17g weeks\n" CASE_FORMAT, chance_then, t, CASE(&p, &c, q));
        }
    }
}

/* ---- likelihood ---- */

static real true_log_likelihood(const struct btyd *p, const struct purchases *c)
{
    real s = (real)p->r + p->k * (real)c->x, stayed = c->x + (p->is_bg ? 0 : 1), k = p->k;
    real since = (real)p->alpha + c->T;
    struct future f = {.k = p->k, .silence = ((real)c->T - c->t_x) / since};
    real rates = lgammal(s) - lgammal(p->r) + p->r * logl(p->alpha) - s * logl(since) +
                 logl(gamma_mean(s, phases_so_far, &f));
    real stay = lgammal(p->b + stayed) - lgammal(p->b) + lgammal((real)p->a + p->b) -
                lgammal((real)p->a + p->b + stayed);
    return rates + stay - logl(true_alive(p, c)) + (k - 1) * c->ln_gaps - c->x * lgammal(k);
}

static double likelihood_beside(struct btyd p, const struct purchases *c, int parameter, double by)
{
    double *const values[] = {&p.r, &p.alpha, &p.a, &p.b};
    *values[parameter] *= 1 + by;
    return btyd_log_likelihood(&p, c, NULL);
}

static void the_likelihood_is_that_of_the_mixture_and_its_slope_fits(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(400); n > 0; n--) {
        struct btyd p = any_model();
        struct purchases c = any_purchases();
        double gradient[4], made = btyd_log_likelihood(&p, &c, gradient), step = 1e-4;
        real truth = true_log_likelihood(&p, &c);
        if (fabsl(made - truth) > 1e-10L * (1 + fabsl(truth))) {
            fail_msg("the likelihood is %.17g, not %.17Lg\n" CASE_FORMAT, made, truth, CASE(&p, &c, 0.0));
        }
        double values[] = {p.r, p.alpha, p.a, p.b};
        for (int i = 0; i < 4; i++) {
            /* by the logarithm of the parameter, from five points */
            double near = likelihood_beside(p, &c, i, step) - likelihood_beside(p, &c, i, -step);
            double far = likelihood_beside(p, &c, i, 2 * step) - likelihood_beside(p, &c, i, -2 * step);
            double slope = (8 * near - far) / (12 * step),
                   slack = 1e-7 * (1 + fabs(slope)) + 1e-10 * fabs(made);
            if (fabs(slope - gradient[i] * values[i]) > slack) {
                fail_msg("slope %d is %.12g, not %.12g\n" CASE_FORMAT, i, gradient[i] * values[i], slope,
                         CASE(&p, &c, 0.0));
            }
        }
    }
}

static void the_chances_of_all_counts_sum_to_one_and_to_the_mean(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(100); n > 0; n--) {
        struct btyd p = {.k = 1,
                         .is_bg = one_in(&chance, 2),
                         .r = between(0.1, 10),
                         .alpha = between(1, 20),
                         .a = between(0.1, 10),
                         .b = between(0.1, 10)};
        double t = between(0.1, 20), sum = 0, mean = 0;
        for (int i = 0; i < 3000; i++) {
            double one = btyd_probability_new(&p, i, t);
            sum += one;
            mean += i * one;
        }
        assert_true(fabs(sum - 1) < 1e-10);
        assert_true(fabs(mean - btyd_expected_new(&p, t)) < 1e-9 * mean);
    }
}

static void spend_has_the_slope_of_its_likelihood(void **state)
{
    (void)state;
    for (int64_t n = chance_cases(1000); n > 0; n--) {
        struct gamma_gamma g = {between(1e-3, 1e3), 1 + between(1e-3, 1e3), between(1e-2, 1e6)};
        double x = 1 + (double)chance_of(&chance, 50), value = between(1, 1e6), gradient[3];
        double made = gamma_gamma_log_likelihood(&g, x, value, gradient), step = 1e-4;
        real px = (real)g.p * x, sum = (real)x * value;
        real truth = lgammal(px + g.q) - lgammal(px) - lgammal(g.q) + g.q * logl(g.v) +
                     (px - 1) * logl(value) + px * logl(x) - (px + g.q) * logl(sum + g.v);
        if (fabsl(made - truth) > 1e-10L * (1 + fabsl(truth))) {
            fail_msg("p %g q %g v %g, %g of %g: %.17g, not %.17Lg", g.p, g.q, g.v, x, value, made, truth);
        }
        double *const values[] = {&g.p, &g.q, &g.v};
        for (int i = 0; i < 3; i++) {
            double kept = *values[i], at[4];
            for (int k = 0; k < 4; k++) {
                *values[i] = kept * (1 + (k < 2 ? k - 2 : k - 1) * step);
                at[k] = gamma_gamma_log_likelihood(&g, x, value, NULL);
            }
            *values[i] = kept;
            double slope = (8 * (at[2] - at[1]) - (at[3] - at[0])) / (12 * step);
            if (fabs(slope - gradient[i] * kept) > 1e-7 * (1 + fabs(slope)) + 1e-10 * fabs(made)) {
                fail_msg("slope %d is %.12g, not %.12g: p %g q %g v %g, %g of %g", i, gradient[i] * kept,
                         slope, g.p, g.q, g.v, x, value);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probabilities_are_those_of_the_mixture),
        cmocka_unit_test(expectations_are_those_of_the_mixture),
        cmocka_unit_test(the_integral_over_both_distributions_agrees_too),
        cmocka_unit_test(nothing_is_ever_infinite),
        cmocka_unit_test(silence_never_raises_a_score),
        cmocka_unit_test(a_regular_customer_becomes_due),
        cmocka_unit_test(the_age_at_a_threshold_gives_it_back),
        cmocka_unit_test(the_time_of_the_next_purchase_gives_its_chance_back),
        cmocka_unit_test(the_likelihood_is_that_of_the_mixture_and_its_slope_fits),
        cmocka_unit_test(the_chances_of_all_counts_sum_to_one_and_to_the_mean),
        cmocka_unit_test(spend_has_the_slope_of_its_likelihood),
    };
    uint64_t seed = chance_seed();
    chance.state = seed;
    print_message("PROPERTY_SEED=%llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
