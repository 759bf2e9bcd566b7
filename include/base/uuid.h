#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/types.h"

/** "550e8400-e29b-41d4-a716-446655440000" and its NUL. */
#define UUID_TEXT 37

void uuid_print(const struct uuid *uuid, char out[UUID_TEXT]);
bool uuid_parse(struct span text, struct uuid *out) MUST_CHECK;

/**
 * uuid_lane(key, lanes):
 * The lane of a customer key: the top bits of PostgreSQL's uuid_hash(), the token by which Citus shards.
 * ${lanes} is a power of two. Source: reference/postgres/lane.c (Jenkins' lookup3, public domain).
 */
unsigned uuid_lane(const struct uuid *key, unsigned lanes);

#endif
