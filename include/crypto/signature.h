#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/types.h"

/** Signatures of webhooks, and the sealing of the secrets that make them. By OpenSSL. */

void hmac_sha256(struct span key, struct span first, struct span second, unsigned char out[32]);
void hmac_sha1(struct span key, struct span text, unsigned char out[20]);

/** base64 (RFC 4648, with padding) of ${bytes}, in the arena; and back: n = 0 and false when it is none. */
struct span base64_encode(struct arena *arena, struct span bytes);
bool base64_decode(struct arena *arena, struct span text, struct span *out);

/** Is ${text} the base64 of HMAC-SHA256(${secret}, ${body})? In constant time. Shopify, WooCommerce. */
bool signature_base64_matches(struct arena *arena, struct span secret, struct span body, struct span text);

/**
 * signature_standard_matches(arena, secret, id, timestamp, body, signatures):
 * Standard Webhooks 1.0: is one of the space-separated "v1,BASE64" of ${signatures} that of "{id}.{timestamp}.{body}"?
 * ${secret} is "whsec_BASE64", or any other text, taken as it is. The caller checks the timestamp's age.
 */
bool signature_standard_matches(struct arena *arena, struct span secret, struct span id, struct span timestamp,
                                struct span body, struct span signatures);
/** "v1,BASE64" in the arena. */
struct span signature_standard(struct arena *arena, struct span secret, struct span id, struct span timestamp,
                               struct span body);

/** Hexadecimal HMAC-SHA1 of ${body}, in the arena: X-Signature, which receivers of Segment check. ${secret} as it is. */
struct span signature_sha1(struct arena *arena, struct span secret, struct span body);

/**
 * seal(arena, key, name, secret, out, error): seal_open(...):
 * AES-256-GCM under SHA-256 of ${key} (LIFECYCLED_SECRET_KEY), bound to ${name} (the id of what it belongs to), as
 * version byte, 12 bytes nonce, ciphertext, 16 bytes tag.
 * Errors   SECRET_KEY_MISSING: ${key} is empty; INTERNAL: not sealed by this key, for this name.
 */
enum status seal(struct arena *arena, struct span key, struct span name, struct span secret, struct span *out,
                 struct error *error) MUST_CHECK;
enum status seal_open(struct arena *arena, struct span key, struct span name, struct span sealed, struct span *out,
                      struct error *error) MUST_CHECK;

#endif
