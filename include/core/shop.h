#ifndef CORE_SHOP_H
#define CORE_SHOP_H

#include "base/time.h"
#include "base/types.h"

#define SHOP_KEY_MAX 63

/** What a fold must know of a shop; immutable once the shop has events. */
struct shop {
    int id;
    char key[SHOP_KEY_MAX + 1];
    struct uuid space; /* name space of its customer and order keys */
    char currency[4];
    int exponent;
    char timezone[64];
    struct calendar *calendar;
    usec_t created_at;
};

#endif
