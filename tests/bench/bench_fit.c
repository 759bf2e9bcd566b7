/*
 * How long it takes to fit the full CDNOW set (../shared/data; skipped where it is absent) and to score a
 * million customers from statistics in memory, in seconds of one core. First argument: the number of
 * customers to score (default 1,000,000).
 */
#include "app/fit.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../support/chance.h"
#include "../support/real_data.h"

static double since(clock_t start)
{
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static void time_models(const struct purchase_log *log, int32_t until)
{
    struct arena *arena = arena_new(1 << 20);
    struct fit_sample sample;
    struct fit_of_model by_k[BTYD_K_MAX];
    clock_t start = clock();
    fit_sample_of(arena, log, until, &sample);
    fit_models(arena, &sample, by_k);
    printf("MBG/CNBD-k of %zu customers, all k: %.3f s;", sample.n, since(start));
    for (int k = 1; k <= BTYD_K_MAX; k++)
        printf(" k = %d in %d evaluations%s", k, by_k[k - 1].evaluations, k < BTYD_K_MAX ? "," : "\n");
    struct gamma_gamma spend;
    double log_likelihood;
    size_t n;
    start = clock();
    const char *fault = fit_spend(arena, &sample, &spend, &log_likelihood, &n);
    printf("Gamma-Gamma of %zu customers: %.3f s%s\n", n, since(start), fault ? fault : "");
    arena_free(arena);
}

static void time_scores(const struct purchase_log *log, int32_t until, struct scores *out)
{
    struct fit_options options = {
        .cadence = span_of("default"), .margin = 1, .discount = .1, .without_holdout = true};
    struct fit fit;
    clock_t start = clock();
    fit_scores(log, until, &options, &fit);
    printf("the whole fit without its holdout: %.3f s\n", since(start));
    options.without_holdout = false;
    start = clock();
    fit_scores(log, until, &options, &fit);
    printf("the whole fit: %.3f s\n", since(start));
    *out = fit.scores;
}

/** All score facts of a customer that a model makes. */
static double score(const struct scores *scores, const struct purchases *c)
{
    double value = c->x > 0 ? c->value : scores->basis.usual_value;
    return scores_active(scores, c, HORIZON_30D) + scores_active(scores, c, HORIZON_90D) +
           scores_expected_orders(scores, c, 90) + scores_expected_orders(scores, c, 365) +
           scores_expected_value(scores, c, value) + scores_lifetime_value(scores, c, value) +
           btyd_next_within(&scores->model, c, .1) + btyd_next_within(&scores->model, c, .5) +
           btyd_next_within(&scores->model, c, .9);
}

static void time_customers(const struct scores *scores, size_t n)
{
    struct chance chance = {1};
    struct purchases *customers = malloc(n * sizeof(*customers));
    double sum = 0;
    if (customers == NULL)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < n; i++) {
        double x = (double)(chance_of(&chance, 2) * chance_of(&chance, 30)),
               T = (double)chance_of(&chance, 700) / 7;
        double t_x = x > 0 ? (double)chance_of(&chance, (int64_t)(T * 7) + 1) / 7 : 0;
        customers[i] = (struct purchases){x, t_x, T, 0, x > 0 ? (double)(1 + chance_of(&chance, 10000)) : 0};
    }
    clock_t start = clock();
    for (size_t i = 0; i < n; i++)
        sum += score(scores, &customers[i]);
    double seconds = since(start);
    printf("%zu customers scored in %.2f s: %.0f a second (sum %g)\n", n, seconds, (double)n / seconds, sum);
    free(customers);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtol(argv[1], NULL, 10) : 1000000;
    struct purchase_log log;
    struct scores scores;
    if (!real_data_load(CDNOW_FULL, &log))
        return EXIT_SUCCESS;
    time_models(&log, real_day("1997-09-30"));
    time_scores(&log, real_day("1998-06-30"), &scores);
    time_customers(&scores, n);
    purchase_log_done(&log);
    return EXIT_SUCCESS;
}
