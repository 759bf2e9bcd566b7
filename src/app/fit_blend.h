#ifndef APP_FIT_BLEND_H
#define APP_FIT_BLEND_H

#include "core/accuracy.h"

/** Past days from which it is known who bought next: the origins of snapshots, and how many days were looked
 * ahead. */
#define FIT_SNAPSHOTS 5
struct fit_snapshot {
    int32_t origin; /* the last day that is seen */
    int days;       /* bought in (origin, origin + days]? */
};
/** Of a history from ${first} to ${until}, for a horizon of ${days} days; how many, the latest first. */
int fit_snapshots(int32_t first, int32_t until, int days, struct fit_snapshot out[FIT_SNAPSHOTS]);
/** The part of a history that is held back to see whether a blend is better, days; 0: it is too short. */
int fit_trial_days(int32_t first, int32_t until, int days);

/**
 * fit_blend(arena, log, basis, until, days, out):
 * Fit the weights for buying within ${days} days to what came after snapshots of the history up to ${until},
 * in which the models are ${basis}. False: the snapshots hold too few who bought or who did not.
 */
bool fit_blend(struct arena *arena, const struct purchase_log *log, const struct blend_basis *basis,
               int32_t until, int days, struct blend *out);

#endif
