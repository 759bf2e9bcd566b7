#ifndef BASE_SHARED_H
#define BASE_SHARED_H

#include "base/types.h"

#include <stdatomic.h>

/** Bytes that several threads hold, none of which changes them: freed with the last who lets go. */
struct shared {
    atomic_int holders;
    size_t n;
    char p[];
};

/** A copy of ${bytes}, held once. */
struct shared *shared_new(struct span bytes);
struct shared *shared_hold(struct shared *shared);
/** NULL: nothing to let go. */
void shared_release(struct shared *shared);

#endif
