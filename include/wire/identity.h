#ifndef WIRE_IDENTITY_H
#define WIRE_IDENTITY_H

#include "base/arena.h"
#include "core/identity.h"
#include "core/shop.h"

/**
 * identity_email(text, out): identity_phone(text, out):
 * Normalise (e-mail: trimmed, ASCII lower case, one '@' with something on both sides, at most 254 bytes; phone: its
 * digits without leading zeros, 7 to 16 of them) and hash: 64 hexadecimal digits of SHA-256.
 * False    when ${text} is none, or one that names nobody (test@test.com, 1111111): it identifies nobody.
 */
#define IDENTITY_HASH_TEXT 65
bool identity_email(struct span text, char out[IDENTITY_HASH_TEXT]);
bool identity_phone(struct span text, char out[IDENTITY_HASH_TEXT]);
/** The same of ${kind}, IDENTITY_EMAIL or IDENTITY_PHONE, in ${arena}; n = 0 where they are false. */
struct span identity_hashed(struct arena *arena, enum identity_kind kind, struct span text);

/** Is ${value} one of those that careless clients send for "nobody" ("null", "undefined", "0", "guest", ...)? */
bool identity_is_nobody(struct span value);

/** UUIDv5 of "WORD:VALUE" in the shop's space: the key of an identity, and of its customer while it is alone. */
void identity_key(const struct shop *shop, enum identity_kind kind, struct span value, struct uuid *out);

/** How customers are called in replies: the value itself of userId and anonymousId, else "WORD:VALUE". */
struct span identity_text(struct arena *arena, enum identity_kind kind, struct span value);

#endif
