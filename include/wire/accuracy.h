#ifndef WIRE_ACCURACY_H
#define WIRE_ACCURACY_H

#include "base/buf.h"
#include "core/accuracy.h"
#include "core/rule.h"

/**
 * holdout_members(buf, holdout):
 * What a back-test found, as members of an object that the caller opens and closes:
 *
 *     "calibrated_to": "2026-08-23", "horizon_days": 90, "is_short": false, "verdict": "ok",
 *     "method": "blend" | "purchase_model" | "prior", "k": 2, "customers": 5000, "buyers": 1100,
 *     "auc": 0.78, "log_loss": 0.41, "accuracy": 0.83, "brier": 0.13, "mae": 0.7, "rmse": 1.5, "bias": -6.1,
 *     "expected": 2010.4, "actual": 2141, "top_capture": 0.31,
 *     "calibration": [{"decile": 1, "customers": 500, "predicted": 0.81, "bought": 0.8, "lift": 3.6}, ...],
 *     "baselines": {"hiatus": {"days": 65, "auc": ..., ...}, "naive_same": {...}, "zero": {...}, "bg_nbd": {...}}
 *
 * Decile 1 are the likeliest. ${holdout}->is_known.
 */
void holdout_members(struct buf *buf, const struct holdout *holdout);

/** The same for a terminal: figures beside those of the baselines, then the deciles. */
void holdout_text(struct buf *buf, const struct holdout *holdout);

#endif
