#ifndef APP_IDEMPOTENCY_H
#define APP_IDEMPOTENCY_H

#include "app/session.h"

/**
 * Requests that are carried out once however often they are sent (Idempotency-Key): the reply is kept for a day, and given
 * again to who sends the same request with the same keys. It is sealed with the API key, of which only the hash is
 * stored: a copy of the database does not tell what the reply showed once.
 */

#define ONCE_KEPT  USEC_PER_DAY
#define ONCE_MOST  10000             /* replies of a shop: older ones are dropped */
#define ONCE_GRACE (60 * USEC_PER_SEC) /* see once_begin() */

struct once {
    const struct shop *shop;
    struct span api_key;           /* as it was sent */
    struct span key;               /* the Idempotency-Key */
    unsigned char fingerprint[32]; /* of the request */
    usec_t patience;               /* how long it may take at most; 0: as long as a read and a commit */
    /* filled in by once_begin() */
    unsigned char hash[32];
    struct uuid attempt;
};

/**
 * once_begin(session, once, kept, error):
 * May this request be carried out? ${kept} (in the session's arena) is the reply that it has had already; n = 0: it is to be
 * carried out now, and once_keep() or once_forget() must follow. When neither does, because the process died, the key is
 * free again ONCE_GRACE after the longest that it may take (${once}->patience); whether the request was carried out
 * is then not known, and it is carried out again.
 * Errors   KEY_REUSED: another request had this key; CONFLICT: the request is being carried out.
 */
enum status once_begin(struct session *session, struct once *once, struct span *kept, struct error *error) MUST_CHECK;
/** Keep ${reply}. */
enum status once_keep(struct session *session, const struct once *once, struct span reply,
                      struct error *error) MUST_CHECK;
/** It was not carried out: the key is free. */
enum status once_forget(struct session *session, const struct once *once, struct error *error) MUST_CHECK;

/** Drop what is older than ONCE_KEPT, and what a shop has beyond ONCE_MOST. */
enum status once_trim(struct session *session, struct error *error) MUST_CHECK;

#endif
