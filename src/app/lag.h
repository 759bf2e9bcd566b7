#ifndef APP_LAG_H
#define APP_LAG_H

#include "base/types.h"

#include <stdatomic.h>

/**
 * How far a worker is behind, for whoever asks at any time: it goes on growing while the worker is busy or in trouble.
 * One worker tells, any thread reads.
 */
struct lag {
    _Atomic usec_t since;     /* the instant of the oldest that waits; NONE: nothing does */
    _Atomic usec_t looked_at; /* monotonic */
};

/** Without a look for so long the worker is in trouble: what it saw last no longer counts. */
#define LAG_UNSEEN (5 * USEC_PER_SEC)

/** A worker begins: nothing is known to wait. */
void lag_begin(struct lag *lag, usec_t monotonic);
/** A worker has looked, and this is since when the oldest waits; NONE: nothing does. */
void lag_look(struct lag *lag, usec_t since, usec_t monotonic);
/** For how long the oldest has been waiting, or how long ago the last look was, when that is trouble and longer. */
usec_t lag_read(struct lag *lag, usec_t now, usec_t monotonic);

#endif
