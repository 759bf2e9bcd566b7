#ifndef APP_ENDPOINT_H
#define APP_ENDPOINT_H

#include "app/session.h"
#include "app/version.h"
#include "wire/endpoint.h"

/** Webhook endpoints of a shop: making and changing them, and what became of deliveries. On a session. */

/**
 * endpoint_create(session, shop, json, id, secret, error):
 * ${secret} (whsec_..., in the session's arena) is shown now or never; n = 0: the caller dictated it. Follows the feed from
 * its present head.
 * Errors   INVALID_ENDPOINT with the pointer, TOO_MANY_DEFINITIONS over ENDPOINTS_MAX, SECRET_KEY_MISSING.
 * Cost     may wait GUARD_RESOLVE_MS for the host's addresses.
 */
enum status endpoint_create(struct session *session, const struct shop *shop, struct span json, struct uuid *id,
                            struct span *secret, struct error *error) MUST_CHECK;
/**
 * endpoint_change(session, shop, id, patch, if_match, error):
 * Merge-patch (RFC 7396). ${if_match}: the version that the caller has read, or one of app/version.h.
 * Errors   NOT_FOUND, INVALID_ENDPOINT, PRECONDITION_FAILED, PRECONDITION_REQUIRED, SECRET_KEY_MISSING (an authorization).
 */
enum status endpoint_change(struct session *session, const struct shop *shop, const struct uuid *id, struct span patch,
                            int64_t if_match, struct error *error) MUST_CHECK;
/** Pause it, or let it go on, from whatever state it is in. Errors NOT_FOUND. */
enum status endpoint_switch(struct session *session, const struct shop *shop, const struct uuid *id, bool is_on,
                            struct error *error) MUST_CHECK;
/** A new secret, in ${secret} as above; the present one is valid for some hours, one before it no longer. */
enum status endpoint_rotate(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                            int64_t if_match, struct span *secret, struct error *error) MUST_CHECK;
/** STATUS_OK too when there is none (any more). What waits for another attempt is cancelled. Errors PRECONDITION_FAILED. */
enum status endpoint_delete(struct session *session, const struct shop *shop, const struct uuid *id, int64_t if_match,
                            struct error *error) MUST_CHECK;
/** One endpoint (${id}) or (NULL) all of a shop, in the order in which they were made. Errors NOT_FOUND. */
enum status endpoints_read(struct session *session, const struct shop *shop, const struct uuid *id,
                           struct endpoint_line **lines, size_t *n, struct error *error) MUST_CHECK;

/* --- asking for deliveries: src/app/endpoint_ask.c ---------------------------------------------------------- */

/**
 * endpoint_test(session, shop, id, json, seq, error):
 * Ask that an example be delivered; its deliveries have the number ${seq}, which is below 0.
 * Errors   NOT_FOUND, INVALID_ENDPOINT: no such type, or none that its format tells of.
 */
enum status endpoint_test(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                          int64_t *seq, struct error *error) MUST_CHECK;

/** A part of the feed that is to be delivered again. */
struct endpoint_replay {
    struct uuid id;
    int64_t since, until; /* both are in it; since = until + 1: nothing is */
    bool is_all;
    usec_t created_at;
};
#define ENDPOINT_REPLAYS_MAX 10 /* of an endpoint at a time */
/** Errors   NOT_FOUND, INVALID_ENDPOINT, CURSOR_TOO_OLD, CONFLICT over ENDPOINT_REPLAYS_MAX. */
enum status endpoint_recover(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                             struct endpoint_replay *out, struct error *error) MUST_CHECK;

#endif
