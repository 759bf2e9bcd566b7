#ifndef APP_PUBLISH_H
#define APP_PUBLISH_H

#include "app/session.h"
#include "app/version.h"

enum definition_kind { KIND_MODEL = 1, KIND_SEGMENT = 2, KIND_SCORES = 3, KIND_RFM = 4 };

/** The keys of the kinds of which a shop has one. */
#define SCORES_KEY "scores"
#define RFM_KEY "rfm"

struct publication {
    enum definition_kind kind;
    struct span key;
    struct span document; /* complete JSON; ignored when withdrawn */
    int64_t if_match;     /* version that the caller has read, or one of app/version.h */
    bool is_withdrawn;
    bool restate;         /* apply to the past too: all histories are folded anew */
    bool notify;          /* deliver the moves that this causes */
};

/**
 * definition_publish(session, shop, publication, version, error):
 * Check a definition and put a new version of it in force at once: waits for the batches in flight, and the
 * next ones are folded by it. A crawl then re-decides every customer. A document that says what is in force already
 * changes nothing. ${version} is the version in force afterwards.
 * Errors   INVALID_MODEL, INVALID_RULE, MALFORMED_JSON, INVALID_VALUE (key), TOO_MANY_DEFINITIONS,
 *          PRECONDITION_REQUIRED (something is in force and if_match is VERSION_ABSENT), PRECONDITION_FAILED,
 *          NOT_FOUND (withdrawing what is not there).
 */
enum status definition_publish(struct session *session, const struct shop *shop, const struct publication *publication,
                               int *version, struct error *error) MUST_CHECK;

/** How far re-deciding all customers has come. */
struct crawl_progress {
    int revision;
    int64_t done;
    int64_t total;
    usec_t started_at;
    usec_t finished_at; /* NONE: still going */
};
/** Errors   NOT_FOUND: nothing was ever published. */
enum status crawl_progress(struct session *session, const struct shop *shop, struct crawl_progress *out,
                           struct error *error) MUST_CHECK;

/** The document of the version in force, as published, in the session's arena. Errors NOT_FOUND. */
enum status definition_document(struct session *session, const struct shop *shop, enum definition_kind kind,
                                struct span key, struct span *out, int *version, struct error *error) MUST_CHECK;

#endif
