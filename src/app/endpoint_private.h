#ifndef APP_ENDPOINT_PRIVATE_H
#define APP_ENDPOINT_PRIVATE_H

#include "app/endpoint.h"
#include "db/db.h"
#include "view.h"

/** Private to app/: what those who change endpoints share. */

/** Begin a transaction, and lock the endpoint. Errors NOT_FOUND. */
enum status endpoint_begin(struct session *session, const struct shop *shop, const struct uuid *id,
                           struct endpoint *out, struct error *error) MUST_CHECK;

/** Commit what was sent, unless ${status} says otherwise, and let whoever delivers look. */
enum status endpoint_end(struct session *session, enum status status, struct error *error) MUST_CHECK;

#endif
