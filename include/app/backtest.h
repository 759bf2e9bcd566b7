#ifndef APP_BACKTEST_H
#define APP_BACKTEST_H

#include "app/fit.h"

/**
 * backtest_run(log, calibrate_to, horizon_days, options, out):
 * Fit to the purchases up to the end of day ${calibrate_to}, predict who buys and how often in the
 * ${horizon_days} days after it, and compare with what came, against rules of thumb and plain BG/NBD. Nothing
 * after ${calibrate_to} is seen by what predicts.
 *
 * Probability: of the blend where it beat the plain model before ${calibrate_to}, else of the purchase model.
 * Number of orders: of the purchase model.
 */
void backtest_run(const struct purchase_log *log, int32_t calibrate_to, int horizon_days,
                  const struct fit_options *options, struct holdout *out);

#endif
