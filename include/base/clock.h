#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/types.h"

/**
 * The seam of time: everything that needs "now" asks a struct clock that it was given.
 * A clock runs on from the instant at which it was set, at the speed of the real one.
 */
struct clock {
    int64_t shift; /* added to the system's clock, microseconds */
    bool shifted;  /* set by LIFECYCLED_CLOCK: tests and demos */
};

usec_t clock_now(const struct clock *clock);
/** Make ${clock} start at ${at} (NONE: the system's time). */
void clock_set(struct clock *clock, usec_t at);
/** Monotonic microseconds, for durations and timeouts only. */
usec_t clock_monotonic(void);

#endif
