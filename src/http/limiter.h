#ifndef SRC_HTTP_LIMITER_H
#define SRC_HTTP_LIMITER_H

#include "base/quota.h"

/**
 * Counts the requests of each key in windows of time. A window begins with the first request after the last one has
 * ended. Used by one thread; each process counts for itself.
 */
struct limiter;

struct limiter *limiter_new(void);
void limiter_free(struct limiter *limiter);

/** What is left of a window. */
struct allowance {
    int remaining;
    int reset_s; /* whole seconds, rounded up, until the window has ended */
};

/**
 * limiter_take(limiter, key, quota, now, out):
 * Count a request of ${key}. False: it is one too many.
 *
 * Units    ${now} is monotonic.
 * Cost     a look into a hash table, which grows with the keys that are in a window.
 */
bool limiter_take(struct limiter *limiter, const struct uuid *key, const struct quota *quota, usec_t now,
                  struct allowance *out) MUST_CHECK;

#endif
