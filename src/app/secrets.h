#ifndef APP_SECRETS_H
#define APP_SECRETS_H

#include "app/session.h"
#include "db/db.h"
#include "wire/secret.h"

/** Private to app/: secrets of sources and of webhook endpoints, their owners: made, sealed, rotated. */

enum secret_form {
    SECRET_SIGNING, /* "whsec_" and base64, as Standard Webhooks has it */
    SECRET_WORD,    /* letters and digits */
    SECRET_KEY,     /* "lcs_" and letters and digits; only its SHA-256 is kept */
};

/** The statements of a table of secrets; $1 is the owner's id. */
struct secret_table {
    enum sql_id insert; /* $2 secret's id, $3 shop, $4 sealed, $5 now; $6 hash, if it has keys */
    enum sql_id expire; /* $2 until when the present one is valid */
    enum sql_id trim;   /* one that is on its way out goes */
    bool has_keys;
};

/** Errors   SECRET_KEY_MISSING: nothing can be sealed. */
enum status secrets_check_key(const struct session *session, struct error *error) MUST_CHECK;

/** The next secret: the one that the caller dictates, or one of ours, which ${made} then shows. In the session's arena. */
struct span secret_next(struct session *session, enum secret_form form, struct span dictated, struct span *made);

/** Sealed for its owner, in the session's arena; n = 0 stays null. */
enum status secret_seal(struct session *session, const struct uuid *owner, struct span secret, struct span *out,
                        struct error *error) MUST_CHECK;

/** Send what stores a secret; it is valid until it is rotated. */
enum status secret_send(struct session *session, const struct secret_table *table, const struct shop *shop,
                        const struct uuid *owner, enum secret_form form, struct span secret,
                        struct error *error) MUST_CHECK;

/** The same; the present one goes on for ${hours}, the one before it ends. */
enum status secret_send_next(struct session *session, const struct secret_table *table, const struct shop *shop,
                             const struct uuid *owner, enum secret_form form, struct span secret, int hours,
                             struct error *error) MUST_CHECK;

/** Those of an owner in rows of (owner, created_at, expires_at), the newest first. */
struct secret_lives secret_lives_of(const struct db_result *rows, const struct uuid *owner);

#endif
