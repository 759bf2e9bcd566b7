#ifndef WIRE_SCORE_H
#define WIRE_SCORE_H

#include "core/driver.h"
#include "wire/customer.h"

/** Scores as the API tells them. */

/** What came of the latest fit of a shop. */
struct fit_trace {
    usec_t at;           /* NONE: there was none */
    const char *verdict; /* "published", "unchanged", "too_few", "degenerate" */
    struct span reason;  /* n = 0: none is needed */
};

/** The parameters in force. */
struct scores_view {
    const struct shop *shop;
    const struct scores *scores;
    struct span document;     /* of that version; n = 0: the prior before the first one */
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

/**
 * score_fit_ask(arena, body, is_dry_run, error):
 * The body of a request for a fit: {"dry_run": true}, or nothing.
 * Errors   as scan_parse(); INVALID_VALUE: a member is unknown, there twice or of the wrong type.
 */
enum status score_fit_ask(struct arena *arena, struct span body, bool *is_dry_run, struct error *error) MUST_CHECK;

#endif
