#ifndef WIRE_SCORES_H
#define WIRE_SCORES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "core/accuracy.h"

/**
 * A version of a shop's score parameters as the document that is kept of it. Numbers read back bit for bit (but -0, which
 * is 0); money is in minor units: `usual_value`, and the unit of `spend`.
 *
 *     {"source": "fit", "cadence": "default", "fitted_at": "2026-11-22T03:10:00.000Z", "until": "2026-11-21",
 *      "model":       {"name": "mbg_cnbd_k", "k": 2, "r": 0.9, "alpha": 4.5, "a": 0.1, "b": 2.1},
 *      "exponential": {"name": "mbg_cnbd_k", "k": 1, ...}, "regular": {...},
 *      "usual_gap_weeks": 9.3, "usual_value": 4210.5,
 *      "blends": {"30d": null, "90d": {"intercept": -0.2, "weights": {"model_exponential": 0.4, ...}}},
 *      "spend": {"p": 6.25, "q": 3.74, "v": 1544}, "margin": 1, "discount_rate": 0.1,
 *      "diagnostics": {"verdict": "ok", "reason": null, "customers": 5000, "repeat_customers": 2400,
 *                      "by_k": [{"k": 1, "r": 0.5, ..., "log_likelihood": -9582.1, "evaluations": 43, "condition": 812.5,
 *                                "degenerate": false, "reason": null}, ...],
 *                      "spend": {"customers": 2398, "log_likelihood": -4055.9, "reason": null},
 *                      "blends": {"30d": {"customers": 4800, "log_loss_plain": 0.5, "log_loss_blended": 0.49}, "90d": null}},
 *      "holdout": {...} as wire/accuracy.h has it, or null}
 *
 * A fold reads all but `cadence`, `fitted_at`, `until`, `diagnostics` and `holdout`.
 */

/** What a document says besides the parameters. */
struct scores_note {
    struct span cadence;
    usec_t fitted_at;                /* NONE: never */
    const struct fit_report *report; /* NULL: of a prior */
};

/** ${scores} are valid as scores_parse() has it. Of an infinite condition null is told. */
void scores_print(struct buf *buf, const struct scores *scores, const struct scores_note *note);

/**
 * scores_parse(arena, document, out, error):
 * The parameters of a document. Version, revision and times are not in it: they stay as they are in ${out}.
 * Errors   as scan_parse(); INTERNAL: a member is unknown, there twice, missing, of the wrong type, not finite or out of
 *          its range: models and spend that are not valid, a blend whose weights have not their signs, a margin over 1.
 */
enum status scores_parse(struct arena *arena, struct span document, struct scores *out,
                         struct error *error) MUST_CHECK;

/**
 * scores_member(arena, document, name):
 * The JSON of a member of a document that scores_print() wrote, in ${arena}; n = 0: there is none, or it is null.
 */
struct span scores_member(struct arena *arena, struct span document, struct span name);

/** The horizon as documents name it: "30d". Lives as long as the process. */
const char *scores_horizon_name(enum score_horizon horizon);

#endif
