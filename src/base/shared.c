#include "base/shared.h"

#include <stdlib.h>
#include <string.h>

struct shared *shared_new(struct span bytes)
{
    struct shared *shared = malloc(sizeof(*shared) + bytes.n);
    if (shared == NULL)
        abort();
    atomic_init(&shared->holders, 1);
    shared->n = bytes.n;
    if (bytes.n)
        memcpy(shared->p, bytes.p, bytes.n);
    return shared;
}

struct shared *shared_hold(struct shared *shared)
{
    atomic_fetch_add_explicit(&shared->holders, 1, memory_order_relaxed);
    return shared;
}

void shared_release(struct shared *shared)
{
    if (shared && atomic_fetch_sub_explicit(&shared->holders, 1, memory_order_acq_rel) == 1)
        free(shared);
}
