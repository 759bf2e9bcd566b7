#ifndef WIRE_SCORE_H
#define WIRE_SCORE_H

#include "core/accuracy.h"
#include "core/driver.h"
#include "wire/customer.h"

/** Scores as the API tells them. */

/** What came of the latest fit of a shop. */
struct fit_trace {
    usec_t at;           /* NONE: there was none */
    const char *verdict; /* as struct fit_outcome has it, but "ok" */
    struct span reason;  /* n = 0: none is needed */
};

/** The parameters in force. */
struct scores_view {
    const struct shop *shop;
    const struct scores *scores;
    struct span document;     /* of that version; n = 0: the prior before the first one */
    struct span found;        /* the document of the fit whose parameters they are; n = 0: they were not fitted */
    const struct rfm *rfm;    /* NULL: no bounds yet */
    struct span rfm_document; /* of that version */
    struct fit_trace last_fit;
    usec_t as_of;
};

/**
 * {"version","source","applies_from","cadence","fitted_at","until","model",...,"diagnostics","last_fit","rfm"}: what wire/scores.h
 * keeps, money as decimal strings of the shop's currency. Without holdout.
 */
void scores_reply_print(struct buf *buf, struct arena *arena, const struct scores_view *view);

/** {"version","source","applies_from","holdout","reason"}: how right the version in force was. */
void scores_accuracy_print(struct buf *buf, struct arena *arena, const struct scores_view *view);

/** The scores of one customer. */
struct customer_scores {
    const struct customer_view *customer;
    const struct scores_view *parameters;
    bool has_bought;
    struct purchases purchases; /* when they have */
    struct drivers drivers[HORIZON_COUNT];
};
/** Returns a hash of what it says apart from as_of. */
uint64_t customer_scores_print(struct buf *buf, struct arena *arena, const struct customer_scores *scores);

/** Customers whom other parameters move at once: between stages, and over the border of a segment. */
struct fit_move {
    const struct model_history *model;
    int from; /* stage numbers; 0: none */
    int to;
    int64_t customers;
};
struct fit_crossing {
    const struct segment_history *segment;
    int64_t entered;
    int64_t left;
};

/** What came of a fit that somebody asked for. */
struct fit_outcome {
    bool is_dry;
    const char *verdict; /* "published"; dry: "ok"; "unchanged": the same as is in force; "too_few", "degenerate" */
    int version;         /* in force afterwards */
    const struct fit_report *report;
    const struct scores *scores; /* that were found */
    int64_t n_looked_at;         /* customers; 0: no rule mentions a score */
    const struct fit_move *moves;
    size_t n_moves;
    const struct fit_crossing *crossings;
    size_t n_crossings;
};
/** {"dry_run","verdict","reason","version","diagnostics","holdout","moves":{"customers","models":[...],"segments":[...]}} */
void fit_outcome_print(struct buf *buf, const struct fit_outcome *outcome);
/** The same for a terminal. */
void fit_outcome_text(struct buf *buf, const struct fit_outcome *outcome);

/**
 * score_fit_ask(arena, body, is_dry_run, error):
 * The body of a request for a fit: {"dry_run": true}, or nothing.
 * Errors   as scan_parse(); INVALID_VALUE: a member is unknown, there twice or of the wrong type.
 */
enum status score_fit_ask(struct arena *arena, struct span body, bool *is_dry_run, struct error *error) MUST_CHECK;

#endif
