#ifndef SRC_HTTP_HEADER_H
#define SRC_HTTP_HEADER_H

#include "base/arena.h"
#include "core/rule.h"
#include "http/handler.h"

/** Values of headers: pure functions of (bytes, length). */

/**
 * key_of_basic(arena, value, out): key_of_bearer(value, out):
 * The key in the Authorization value `Basic base64(key[:anything])`, or `Bearer key`. False when it is of another scheme,
 * or the key is empty; ${out} is then undefined.
 */
bool key_of_basic(struct arena *arena, struct span value, struct span *out) MUST_CHECK;
bool key_of_bearer(struct span value, struct span *out) MUST_CHECK;

/** `X-Write-Key: key` or `key:secret`: the key. */
struct span key_of_write_key(struct span value);

/** `[A-Za-z0-9._-]{1,128}`. */
bool request_id_is_valid(struct span id);

/** The better of zh and en in an Accept-Language value; English when it names neither. */
enum language language_choose(struct span accept_language);

#define ONCE_KEY_MAX 255

/**
 * idempotency_key_parse(arena, value, out):
 * The key in an Idempotency-Key value: a string of RFC 9651 ("..." with \\" and \\\\) without parameters, or a bare
 * token of visible characters. False: it is neither, or not of 1 to ONCE_KEY_MAX characters.
 */
bool idempotency_key_parse(struct arena *arena, struct span value, struct span *out) MUST_CHECK;

/**
 * accept_quality(accept, type):
 * How much (0 to 1000) an Accept value wants the media type ${type} ("text/plain"), by its most specific
 * range. An empty value wants everything.
 */
int accept_quality(struct span accept, const char *type);

/** If-None-Match: does ${list} hold ${etag} (quoted), by the weak comparison, or is it `*`? */
bool etag_list_has(struct span list, struct span etag);

/**
 * If-Match: the first strong tag in ${list} that is a version number ("7"), or IF_MATCH_ANY, or
 * IF_MATCH_NONE.
 */
int64_t etag_list_version(struct span list);

/** Decimal digits alone, up to ${most}; -1 for anything else. */
int64_t digits_parse(struct span s, int64_t most);

/** ${s} without blanks at its ends. */
struct span trim(struct span s);

/** Equal, ASCII letter case aside. */
bool same_word(struct span s, const char *word);

/** What PATCH takes: application/merge-patch+json or application/json. */
bool media_type_is_patch(struct span content_type);

/**
 * JSON, or what clients send that do not say what they send: curl -d, fetch() with a string, no type at
 * all.
 */
bool media_type_is_json(struct span content_type);

#endif
