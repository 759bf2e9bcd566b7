#include "base/clock.h"

#include <time.h>

static usec_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (usec_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000;
}

usec_t clock_now(const struct clock *clock)
{
    return read_clock(CLOCK_REALTIME) + clock->shift;
}

void clock_set(struct clock *clock, usec_t at)
{
    clock->shifted = at != NONE;
    clock->shift = clock->shifted ? at - read_clock(CLOCK_REALTIME) : 0;
}

usec_t clock_monotonic(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
