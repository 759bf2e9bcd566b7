#ifndef APP_BATCH_WHO_H
#define APP_BATCH_WHO_H

#include "app/settings.h"
#include "batch.h"

/* Shared by batch_gather.c, batch_join.c and batch_settle.c: members by key, and the trees that they form. */

static inline bool same(const struct uuid *a, const struct uuid *b)
{
    return uuid_compare(a, b) == 0;
}

static inline bool is_nil(const struct uuid *key)
{
    static const struct uuid nil;
    return same(key, &nil);
}

#define PUSH(batch, list)                                                                                              \
    ((batch)->list = arena_grow((batch)->arena, (batch)->list, (batch)->n_##list, &(batch)->list##_capacity,           \
                                sizeof(*(batch)->list)),                                                               \
     &(batch)->list[(batch)->n_##list++])

/** The member with this key; NULL: none. */
struct member *find_member(const struct batch *batch, const struct uuid *key);
/** The place of the member by which a customer of several is known while a batch decides. */
size_t root(const struct batch *batch, const struct member *m);
void unite(struct batch *batch, const struct member *a, const struct member *b);
/** May messages join by this identity at all? */
bool may_join_by(const struct settings *settings, const struct identity *identity);

#endif
