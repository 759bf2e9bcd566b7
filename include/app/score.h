#ifndef APP_SCORE_H
#define APP_SCORE_H

#include "app/fit.h"
#include "app/session.h"

/** Fitting the parameters of a shop's scores to its orders, taking RFM bounds, and putting either in force. */

/**
 * score_read_log(session, shop, log, error):
 * The purchase days of all customers, from their counted orders as they are known now.
 * Owns     ${log}: the caller's to purchase_log_done(), whatever is returned.
 * Cost     one scan of the shop's orders; 12 bytes a purchase day, 8 a customer.
 */
enum status score_read_log(struct session *session, const struct shop *shop, struct purchase_log *log,
                           struct error *error) MUST_CHECK;

/** Customers whom other parameters would move at once. */
struct score_move {
    int model;   /* number; 0: a segment */
    int segment; /* number; 0: a model */
    int from;    /* stage number; of a segment 1: left it */
    int to;      /* stage number; of a segment 1: entered it */
    int64_t customers;
};

struct score_preview {
    struct score_move *moves; /* by model, segment, from, to; in the session's arena */
    size_t n;
    int64_t customers; /* that were looked at; 0: no rule mentions a score */
};

struct score_fitting {
    struct fit fit;
    usec_t fitted_at;
    int64_t purchase_days;
    int version;      /* in force afterwards; 0: the prior of the default cadence */
    bool is_published; /* a new version */
    struct score_preview preview;
};

struct score_fit_wish {
    bool is_dry;       /* publish nothing, keep no note */
    bool has_preview;  /* look at every customer: what would move */
};

/**
 * score_fit(session, shop, wish, out, error):
 * Fit to the orders up to the end of yesterday (local), look what the result would move, and publish it: a fit that is
 * OK; otherwise what is in force stays, with the settings' margin and discount, or the prior of the settings' cadence.
 * What came of it is kept (scores_last_fit()).
 * Errors   PRECONDITION_FAILED: somebody else published meanwhile.
 */
enum status score_fit(struct session *session, const struct shop *shop, const struct score_fit_wish *wish,
                      struct score_fitting *out, struct error *error) MUST_CHECK;

/** What came of the latest fit. */
struct score_fit_note {
    usec_t fitted_at;
    enum fit_verdict verdict;
    int version;          /* that was published of it; 0: none */
    int64_t purchase_days;
    struct span document; /* as scores_print() has it; in the session's arena */
};
/** Errors   NOT_FOUND: there was none. */
enum status score_last_fit(struct session *session, const struct shop *shop, struct score_fit_note *out,
                           struct error *error) MUST_CHECK;

/** Fewer customers with an order have no quintiles. */
#define RFM_CUSTOMERS_MIN 5

/**
 * rfm_refresh(session, shop, version, error):
 * Put the bounds in force that the settings name, or those of all customers with a counted order as of today (local).
 * ${version}: in force afterwards; 0: there are too few customers, or none.
 */
enum status rfm_refresh(struct session *session, const struct shop *shop, int *version, struct error *error) MUST_CHECK;

/**
 * scorer_step(session, shop, next_at, error):
 * What is due for one shop: settings that are not in force yet, a fit, bounds. ${next_at}: not to be asked about orders
 * before (monotonic); 0 at first.
 */
struct scorer_shop {
    usec_t look_at;       /* monotonic: when its orders are counted next */
    usec_t failed_at;     /* monotonic: of the last attempt that failed, or that another process overtook; 0: none */
    int settings_version; /* that was looked at last; another one is a reason to look at once */
    bool has_bounds_at;
    usec_t bounds_at;     /* when its bounds were taken last, though they may have been as before */
};
enum status scorer_step(struct session *session, const struct shop *shop, struct scorer_shop *state,
                        struct error *error) MUST_CHECK;

#endif
