/*
 * How long the scores of a customer take, from their statistics in memory: run with the number of rounds
 * (default 200). A round is 1,000 customers of all kinds; parameters are those of usual shops.
 */
#include "core/scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define CUSTOMERS 1000

static struct purchases customers[CUSTOMERS];
static const struct btyd *model;
static struct scores scores;

static double alive(const struct purchases *c)
{
    return btyd_alive(model, c);
}

static double active(const struct purchases *c)
{
    return btyd_active(model, c, 90 / DAYS_PER_WEEK);
}

static double expected(const struct purchases *c)
{
    return btyd_expected(model, c, 90 / DAYS_PER_WEEK);
}

static double next(const struct purchases *c)
{
    return btyd_next_within(model, c, 0.5);
}

static double likelihood(const struct purchases *c)
{
    double gradient[4];
    return btyd_log_likelihood(model, c, gradient) + gradient[0];
}

static double value(const struct purchases *c)
{
    return scores_lifetime_value(&scores, c, c->value);
}

/* What a customer's page has that is computed: the others are read or subtracted. */
static double all_facts(const struct purchases *c)
{
    double sum = 0;
    for (int i = 0; i < HORIZON_COUNT; i++) {
        sum += scores_active(&scores, c, (enum score_horizon)i);
    }
    sum += scores_expected_orders(&scores, c, 90) + scores_expected_orders(&scores, c, 365);
    sum += scores_expected_value(&scores, c, c->value) + scores_lifetime_value(&scores, c, c->value);
    return sum + btyd_next_within(model, c, 0.1) + btyd_next_within(model, c, 0.5) +
           btyd_next_within(model, c, 0.9);
}

static void make_customers(void)
{
    unsigned state = 1;
    for (int i = 0; i < CUSTOMERS; i++) {
        struct purchases *c = &customers[i];
        state = state * 1664525 + 1013904223;
        c->x = i % 3 == 0 ? 0 : (state >> 8) % (i % 5 == 0 ? 60 : 8);
        state = state * 1664525 + 1013904223;
        c->T = ((state >> 8) % 728) / DAYS_PER_WEEK;
        state = state * 1664525 + 1013904223;
        c->t_x = c->x > 0 ? floor(c->T * ((state >> 8) % 1000) / 1000.0 * DAYS_PER_WEEK) / DAYS_PER_WEEK : 0;
        c->value = c->x > 0 ? 3000 + (state >> 8) % 2000 : 0;
    }
}

static void measure(const char *name, double function(const struct purchases *c), long rounds)
{
    double sum = 0;
    clock_t start = clock(); /* of this process: others may be at work */
    for (long i = 0; i < rounds; i++) {
        for (int k = 0; k < CUSTOMERS; k++) {
            sum += function(&customers[k]);
        }
    }
    double spent = (double)(clock() - start) * 1e9 / CLOCKS_PER_SEC;
    printf("k %d  %-28s %7.0f ns  (mean %.4g)\n", model->k, name, spent / (double)(rounds * CUSTOMERS),
           sum / (double)(rounds * CUSTOMERS));
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 200;
    static const struct btyd models[] = {{.k = 1, .r = 0.525, .alpha = 6.183, .a = 0.891, .b = 1.614},
                                         {.k = 2, .r = 0.91, .alpha = 4.49, .a = 0.0882, .b = 2.104},
                                         {.k = 4, .r = 0.91, .alpha = 2.2, .a = 0.3, .b = 2.1}};
    make_customers();
    for (size_t i = 0; i < COUNT_OF(models); i++) {
        model = &models[i];
        scores_prior(span_of("default"), &scores);
        scores.model = *model;
        scores.basis.exponential = models[0];
        scores.basis.regular = *model;
        scores.basis.usual_value = 3500;
        scores.has_spend = true;
        scores.spend = (struct gamma_gamma){6.25, 3.74, 1544};
        measure("alive", alive, rounds);
        measure("active", active, rounds);
        measure("expected", expected, rounds);
        measure("next purchase", next, rounds);
        measure("likelihood and slope", likelihood, rounds);
        measure("value of 12 months", value, rounds);
        measure("all scores", all_facts, rounds);
        for (int k = 0; k < HORIZON_COUNT; k++) {
            scores.blends[k] = (struct blend){.is_used = true, .weight = {[BLEND_model_exponential] = 1}};
        }
        measure("all scores, blended", all_facts, rounds);
    }
    return EXIT_SUCCESS;
}
