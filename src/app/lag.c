#include "lag.h"

void lag_begin(struct lag *lag, usec_t monotonic)
{
    lag_look(lag, NONE, monotonic);
}

void lag_look(struct lag *lag, usec_t since, usec_t monotonic)
{
    atomic_store(&lag->since, since);
    atomic_store(&lag->looked_at, monotonic);
}

usec_t lag_read(struct lag *lag, usec_t now, usec_t monotonic)
{
    usec_t since = atomic_load(&lag->since), unseen = monotonic - atomic_load(&lag->looked_at);
    usec_t waits = since != NONE && now > since ? now - since : 0;
    return unseen > LAG_UNSEEN && unseen > waits ? unseen : waits;
}
