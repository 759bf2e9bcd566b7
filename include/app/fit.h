#ifndef APP_FIT_H
#define APP_FIT_H

#include "core/accuracy.h"

/**
 * Fitting of all that scores are made of, from the purchase days of a shop's customers. Pure: the same log
 * gives the same bits. Memory grows with the customers, not with their purchases.
 */

#define FIT_CUSTOMERS_MIN        100
#define FIT_REPEAT_CUSTOMERS_MIN 30
/** The days of the holdout of a report. */
#define FIT_HOLDOUT_DAYS 90

struct fit_options {
    struct span cadence; /* whose prior serves when there is too little to fit */
    double margin;       /* of revenue, 0 to 1 */
    double discount;     /* a year */
    bool without_holdout;
    const _Atomic bool *gives_up; /* NULL, or true: the searches end, and what was found is worth nothing */
};

struct fit {
    struct scores scores; /* version, revision and times are 0: the registry's to give */
    struct fit_report report;
};

/**
 * fit_scores(log, until, options, out):
 * Fit to the purchases of ${log} up to the end of day ${until}; later ones are not seen. With a verdict that
 * is not FIT_OK ${out}->scores is the prior of the cadence, with the margin and discount of ${options}.
 *
 * Cost     four seconds of one core for 20,000 customers, a minute and a half for a million; tests/bench/bench_fit.c.
 */
void fit_scores(const struct purchase_log *log, int32_t until, const struct fit_options *options,
                struct fit *out);

/** The statistics of many customers as of one day. */
struct fit_sample {
    size_t n;
    struct purchases *customers;
};
/** Of those who had bought by the end of ${day}. */
void fit_sample_of(struct arena *arena, const struct purchase_log *log, int32_t day, struct fit_sample *out);

/**
 * The model of the k and kind of ${from}, which the search starts from; of no r: from 1, 3, 1, 3 in units of
 * the longest T. ${arena}: for scratch memory, here and below.
 */
void fit_model(struct arena *arena, const struct fit_sample *sample, const struct btyd *from,
               struct fit_of_model *out);
/** MBG/CNBD-k of all k. */
void fit_models(struct arena *arena, const struct fit_sample *sample, struct fit_of_model by_k[BTYD_K_MAX]);
/** k of 1 to BTYD_K_MAX: the likeliest that is not degenerate, 0: there is none. */
int fit_choose(const struct fit_of_model by_k[BTYD_K_MAX]);
/** Gamma-Gamma of ${spenders} repeat customers of positive mean value; NULL, or why it could not be fitted.
 */
const char *fit_spend(struct arena *arena, const struct fit_sample *sample, struct gamma_gamma *out,
                      double *log_likelihood, size_t *spenders);

#endif
