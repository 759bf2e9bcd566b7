#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/types.h"

/** SHA-256 of ${n} bytes. */
void digest_sha256(const void *bytes, size_t n, unsigned char out[32]);

/**
 * digest_uuid5(space, name, out):
 * RFC 4122 version 5 UUID of ${name} in the name space ${space}. Thread-safe; about 0.3 us.
 */
void digest_uuid5(const struct uuid *space, struct span name, struct uuid *out);

/** A random (version 4) UUID, and random bytes, from the system's generator. */
void random_uuid(struct uuid *out);
void random_bytes(void *out, size_t n);

/** A fast 64-bit hash (XXH64-like, fixed for ever: it is stored) for sets of names. */
uint64_t hash64(struct span s);

/** hash64 of a text by which something is known and stored; never 0, which is no text, nor what NONE is. */
uint64_t hash_text(struct span s);

/** Constant-time comparison. */
bool digest_equal(const void *a, const void *b, size_t n);

#endif
