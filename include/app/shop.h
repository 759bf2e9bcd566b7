#ifndef APP_SHOP_H
#define APP_SHOP_H

#include "app/session.h"

/** Making shops and keys. */

/**
 * shop_create(session, key, currency, timezone, out, error):
 * A new shop with the model `purchase` active.
 * Errors   INVALID_VALUE (key [a-z0-9_-]{1,63}, unknown currency or time zone), CONFLICT: the key is taken.
 */
enum status shop_create(struct session *session, const char *key, const char *currency, const char *timezone,
                        const struct shop **out, struct error *error) MUST_CHECK;

#define KEY_TEXT 64
/**
 * key_create(session, shop, scope, label, quota, out, error):
 * A new key, of which only the hash is kept; ${out} is what the caller must show now or never. ${quota} may be NULL: the
 * key has none of its own.
 */
enum status key_create(struct session *session, const struct shop *shop, enum scope scope, const char *label,
                       const struct quota *quota, char out[KEY_TEXT], struct error *error) MUST_CHECK;

struct key_info {
    struct uuid id;
    int shop_id;
    enum scope scope;
    const char *label;
    usec_t created_at;
    usec_t revoked_at; /* NONE: valid */
    bool has_quota;    /* of its own */
    struct quota quota;
};
/** All keys of ${shop} (NULL: of all shops), in the session's arena. */
enum status key_list(struct session *session, const struct shop *shop, struct key_info **out, size_t *n,
                     struct error *error) MUST_CHECK;
/** Errors   NOT_FOUND: no valid key has this id. */
enum status key_revoke(struct session *session, const struct shop *shop, const struct uuid *id,
                       struct error *error) MUST_CHECK;
const char *scope_name(enum scope scope);
bool scope_of(struct span name, enum scope *out) MUST_CHECK;

#endif
