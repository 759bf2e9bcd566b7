#ifndef APP_PRIVACY_H
#define APP_PRIVACY_H

#include "app/session.h"
#include "wire/people.h"

/** What shop systems ask for in the name of their customers: kept when it comes, carried out by a worker. */

struct privacy_page {
    const struct privacy_line *lines; /* newest first; spans live until the session's next task */
    size_t n;
    struct span next; /* a cursor; n = 0: that was all */
};
/** Errors   INVALID_CURSOR. */
enum status privacy_requests(struct session *session, const struct shop *shop, struct span cursor, size_t limit,
                             struct privacy_page *out, struct error *error) MUST_CHECK;

/**
 * privacy_once(session, failed, n_failed, request, is_busy, error):
 * Carry out a piece of the oldest request that is open but for the ${failed} ones: one page of customers, each in a
 * transaction of its own; progress is kept after each. ${request}: which it was; ${is_busy}: there was one.
 * Two services never work at the same request; one that was interrupted goes on where it was.
 */
enum status privacy_once(struct session *session, const struct uuid *failed, size_t n_failed, struct uuid *request,
                         bool *is_busy, struct error *error) MUST_CHECK;

#endif
