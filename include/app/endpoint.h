#ifndef APP_ENDPOINT_H
#define APP_ENDPOINT_H

#include "app/session.h"
#include "core/endpoint.h"

/** Webhook endpoints of a shop: making and changing them, and what became of deliveries. On a session. */

struct endpoint_secret {
    struct span secret; /* "whsec_..."; n = 0: sealed with another LIFECYCLED_SECRET_KEY */
    usec_t expires_at;  /* NONE: never */
};

/** An endpoint and what is known of its deliveries. */
struct endpoint_line {
    struct endpoint endpoint;
    bool has_authorization;
    int64_t position;  /* of webhook_progress */
    int64_t head;      /* of the feed */
    int64_t n_pending; /* deliveries that wait for another attempt */
    usec_t failing_since, last_success_at; /* NONE */
};

/**
 * endpoint_create(session, shop, json, id, secret, error):
 * ${secret} (whsec_..., in the session's arena) is shown now or never. Follows the feed from its present head.
 * Errors   INVALID_ENDPOINT with the pointer, TOO_MANY_DEFINITIONS over ENDPOINTS_MAX, SECRET_KEY_MISSING.
 */
enum status endpoint_create(struct session *session, const struct shop *shop, struct span json, struct uuid *id,
                            struct span *secret, struct error *error) MUST_CHECK;
/** Merge-patch (RFC 7396); `"status":"enabled"|"paused"` too. ${if_match} as in app/source.h. */
enum status endpoint_change(struct session *session, const struct shop *shop, const struct uuid *id, struct span patch,
                            int64_t if_match, struct error *error) MUST_CHECK;
enum status endpoint_rotate(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                            struct span *secret, struct error *error) MUST_CHECK;
/** STATUS_OK too when there is none (any more). */
enum status endpoint_delete(struct session *session, const struct shop *shop, const struct uuid *id,
                            struct error *error) MUST_CHECK;
/** One endpoint (${id}) or (NULL) all of a shop, in the order in which they were made. Errors NOT_FOUND. */
enum status endpoints_read(struct session *session, const struct shop *shop, const struct uuid *id,
                           struct endpoint_line **lines, size_t *n, struct error *error) MUST_CHECK;

/* --- for whoever delivers ----------------------------------------------------------------------------------- */

/** An endpoint with what it takes to deliver; spans in an arena of its own. */
struct endpoint_post {
    struct endpoint endpoint;
    struct endpoint_secret secrets[ENDPOINT_SECRETS]; /* the newest first */
    size_t n_secrets;
    struct span authorization; /* n = 0: none */
    int64_t position;
    usec_t failing_since;
    struct arena *arena;
};

/**
 * endpoints_lease(session, owner, arena_of_each, posts, n, error): see src/app/dispatcher.c
 */

#endif
