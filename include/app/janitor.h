#ifndef APP_JANITOR_H
#define APP_JANITOR_H

#include "app/session.h"

/**
 * janitor_once(session, is_busy, error):
 * Remove some of what is older than its shop keeps it: changes of the feed, tickets. ${is_busy}: there is more.
 */
enum status janitor_once(struct session *session, bool *is_busy, struct error *error) MUST_CHECK;

#endif
