#ifndef APP_SOURCE_H
#define APP_SOURCE_H

#include "app/session.h"
#include "app/version.h"
#include "wire/source.h"
#include "wire/translate.h"

/**
 * Sources of a shop: what sends messages, by what it proves itself, and what became of what it sent.
 * A struct source is a snapshot: immutable, and there until the service is freed.
 */

#define SOURCES_MAX     100 /* of a shop */
#define SOURCE_LOG_KEPT 200 /* of a source */

struct source_meter; /* counts what the source sent; one for all snapshots of a source */

struct source_proof {
    struct span
        secret; /* of signatures; n = 0: it is a key, or was sealed with another LIFECYCLED_SECRET_KEY */
    usec_t expires_at; /* NONE: never */
};

struct source {
    struct uuid id;
    const struct shop *shop;
    enum source_type type;
    int version;
    struct translate_settings settings;
    struct source_proof proofs[SECRETS_VALID]; /* the newest first */
    size_t n_proofs;
    struct source_meter *meter;
};

/* --- who sends: thread-safe, in memory
 * ---------------------------------------------------------------------- */

/** NULL: not known here; it may have just been made elsewhere: access_refresh() and look again. */
const struct source *source_find(struct service *service, const struct uuid *id);

/**
 * source_secrets(source, now, out):
 * The secrets that are valid at ${now}: their number, at most SECRETS_VALID. 0: none could be opened, which
 * is ours to mend (LIFECYCLED_SECRET_KEY is not the one that sealed them).
 */
size_t source_secrets(const struct source *source, usec_t now, struct span out[SECRETS_VALID]);

/* --- what became of it: thread-safe, never blocks on the database
 * --------------------------------------------- */

/** A message as it was answered. Nothing is kept of what it points to. */
struct source_note {
    enum source_result result;
    usec_t received_at;
    const struct error *error;     /* of REFUSED */
    const char *reason;            /* of IGNORED */
    struct span subject;           /* topic, type or event name; n = 0: not told */
    struct span body;              /* JSON as it arrived */
    const struct message *message; /* what it was understood as; NULL: it was not */
    struct span outcome;           /* JSON; n = 0: none */
};

/**
 * source_count(source, result, status, now):
 * Count a message (${status} of a refusal) and when it came. True when there is room for it in the log, which
 * takes so many a second: then make a note and call source_log().
 */
bool source_count(const struct source *source, enum source_result result, enum status status, usec_t now);
void source_log(struct service *service, const struct source *source, const struct source_note *note);

/* --- changing and reading: on a session
 * --------------------------------------------------------------------------- */

/**
 * source_create(session, shop, json, id, secret, error):
 * ${secret} (in the session's arena) is what the caller must show now or never: a key, or a secret of ours; n
 * = 0 when the shop system dictated it. Errors   INVALID_SOURCE, TOO_MANY_DEFINITIONS over SOURCES_MAX,
 * SECRET_KEY_MISSING.
 */
enum status source_create(struct session *session, const struct shop *shop, struct span json, struct uuid *id,
                          struct span *secret, struct error *error) MUST_CHECK;
/**
 * source_change(...): merge-patch name and settings; a `secret` in them takes the present one's place as by
 * rotating. source_rotate(...): a new secret or key, in ${secret} as above; the present one stays valid for
 * settings.rotation_hours, the one before it no longer.
 * ${if_match}: the version that the caller has read, or one of app/version.h.
 * Errors   NOT_FOUND, INVALID_SOURCE, PRECONDITION_FAILED, PRECONDITION_REQUIRED (not of rotate),
 * SECRET_KEY_MISSING.
 */
enum status source_change(struct session *session, const struct shop *shop, const struct uuid *id,
                          struct span patch, int64_t if_match, struct error *error) MUST_CHECK;
enum status source_rotate(struct session *session, const struct shop *shop, const struct uuid *id,
                          struct span json, int64_t if_match, struct span *secret,
                          struct error *error) MUST_CHECK;
enum status source_delete(struct session *session, const struct shop *shop, const struct uuid *id,
                          int64_t if_match, struct error *error) MUST_CHECK;

/** One source (${id}), or (NULL) all of a shop in the order in which they were made. Errors NOT_FOUND. */
enum status sources_read(struct session *session, const struct shop *shop, const struct uuid *id,
                         struct source_line **lines, size_t *n, struct error *error) MUST_CHECK;

struct source_page {
    struct source_entry *entries; /* newest first; spans live until the session's next statement */
    size_t n;
    struct span next; /* a cursor; n = 0: that was all */
};
/** The log of a source. Errors NOT_FOUND, INVALID_CURSOR. */
enum status source_recent(struct session *session, const struct shop *shop, const struct uuid *id,
                          enum source_result result, struct span cursor, size_t limit,
                          struct source_page *out, struct error *error) MUST_CHECK;

/**
 * privacy_request_keep(session, source, translation, now, error):
 * Store what a shop system asks for, to be carried out by a worker.
 */
enum status privacy_request_keep(struct session *session, const struct source *source,
                                 const struct translation *translation, usec_t now,
                                 struct error *error) MUST_CHECK;

#endif
