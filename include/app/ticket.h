#ifndef APP_TICKET_H
#define APP_TICKET_H

#include "app/session.h"

/** A ticket opens one stream of changes within a minute: for browsers, whose EventSource can send no key. */

#define TICKET_TIME (60 * USEC_PER_SEC)

/** ${text} is in the session's arena. Errors DATABASE_AWAY. */
enum status ticket_make(struct session *session, const struct shop *shop, struct span *text, usec_t *expires_at,
                        struct error *error) MUST_CHECK;
/** Whose stream it opens; the ticket is used up. Errors UNAUTHORIZED, DATABASE_AWAY. */
enum status ticket_take(struct session *session, struct span text, const struct shop **shop,
                        struct error *error) MUST_CHECK;

#endif
