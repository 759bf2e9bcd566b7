#ifndef CORE_ACCURACY_H
#define CORE_ACCURACY_H

#include "core/scores.h"

/**
 * How right predictions were: of whom an order was expected and who gave one, how many were expected and how
 * many came. All figures are finite for all input; of nobody they are 0.
 */
#define ACCURACY_GROUPS 10

/** A tenth of the customers by predicted probability. Customers of one probability share what they did
 * evenly. */
struct accuracy_group {
    size_t n;
    double predicted; /* mean probability */
    double bought;    /* share that did; 0 to 1 */
    double lift;      /* bought / the share of all; 0: nobody bought */
};

struct accuracy {
    size_t customers;
    size_t buyers;
    double auc;      /* ties count one half; .5 when all or none bought */
    double log_loss; /* natural; probabilities no nearer to 0 and 1 than 1e-15 */
    double accuracy; /* share of those of whom p >= .5 told what they did */
    double brier;
    struct accuracy_group groups[ACCURACY_GROUPS]; /* the likeliest first */
    double top_capture;                            /* share of all buyers who are in the first group */
    double mae, rmse;                              /* of the number of purchase days */
    double bias;             /* percent: 100 (sum predicted / sum actual - 1); 0 when nothing came */
    double expected, actual; /* the sums */
};

/**
 * accuracy_of(arena, n, p, expected, actual, out):
 * Compare predictions for ${n} customers with the purchase days that came, ${actual}; bought: at least one.
 *
 * Cost     n log n; scratch memory of ${arena}.
 */
void accuracy_of(struct arena *arena, size_t n, const double *p, const double *expected, const double *actual,
                 struct accuracy *out);

/** What prediction is measured against. Rows: key, label zh, label en. */
#define BASELINE_TABLE(X)                                                                                    \
    /* churned when silent for more than N days, N learnt from the past */                                   \
    X(hiatus, "沉默天数规则", "hiatus rule")                                                                 \
    /* as many purchases as in the time of the same length before */                                         \
    X(naive_same, "与上期相同", "same as before")                                                            \
    X(zero, "无人购买", "nobody buys")                                                                       \
    X(bg_nbd, "BG/NBD 模型", "BG/NBD")

enum baseline {
#define X(key, zh, en) BASELINE_##key,
    BASELINE_TABLE(X)
#undef X
        BASELINES
};
struct baseline_info {
    const char *key;
    const char *zh;
    const char *en;
};
extern const struct baseline_info baselines[BASELINES];

enum fit_verdict {
    FIT_OK,
    FIT_TOO_FEW,    /* customers or repeat customers: the prior of the cadence serves */
    FIT_DEGENERATE, /* no model could be told from the orders: not used */
};
/** "ok", "too_few", "degenerate". */
const char *fit_verdict_name(enum fit_verdict verdict);

/** Calibrated on purchases up to a day and compared with what came in (day, day + horizon]. */
struct holdout {
    bool is_known; /* false: no history to calibrate on or to compare with; the rest is 0 */
    int32_t calibrated_to;
    int horizon_days;         /* of the comparison; shorter than asked when is_short */
    bool is_short;            /* the log ends before the horizon that was asked for does */
    enum fit_verdict verdict; /* of the calibration; not FIT_OK: ours is by the prior */
    int k;                    /* of the model that served */
    bool is_blend;            /* the probabilities are of the blend */
    int hiatus_days;          /* N of the hiatus rule */
    struct accuracy ours;
    struct accuracy baseline[BASELINES];
};

/** How the parameters of one model were found. */
struct fit_of_model {
    struct btyd model;     /* k = 0: it was not tried */
    double log_likelihood; /* time in weeks */
    int evaluations;
    double condition; /* of the Hessian in log parameters at the optimum; INFINITY: not a maximum */
    bool is_degenerate;
    const char *reason; /* why it is degenerate; else NULL; a constant text */
};

/**
 * What time splits said about a blend: calibrated on what lay before, tested on the latest window, and the
 * same again with what lay before that window where the history is long enough.
 */
struct blend_trial {
    bool is_tried;    /* false: the history is too short, or too few bought */
    size_t customers; /* in the tests */
    double plain;     /* log-loss of the purchase model alone */
    double blended;   /* and of the blend: used when it is lower */
};

/** What is said about a fit. */
struct fit_report {
    enum fit_verdict verdict;
    const char *reason; /* of a verdict that is not FIT_OK; else NULL; a constant text */
    int32_t until;      /* the last day that was looked at */
    size_t customers;
    size_t repeat_customers;
    struct fit_of_model by_k[BTYD_K_MAX]; /* MBG/CNBD-k, k - 1 */
    double spend_log_likelihood;
    size_t spenders;          /* repeat customers of positive mean value */
    const char *spend_reason; /* why there is no model of spend; NULL when there is */
    struct blend_trial trials[HORIZON_COUNT];
    struct holdout
        holdout; /* the same procedure 90 days before the end, or fewer when the history is short */
};

#endif
