#ifndef APP_OWNED_H
#define APP_OWNED_H

#include "app/session.h"
#include "app/version.h"
#include "db/db.h"

/** Private to app/: what a shop has some of, by ids, each with a version: sources, webhook endpoints. */

/** (id): parameter $1. */
struct db_args *owned_args(struct session *session, const struct uuid *id);
/** (id, shop): parameters $1 and $2. */
struct db_args *owned_args_of_shop(struct session *session, const struct shop *shop, const struct uuid *id);
/** (shop, id), id null: all of them; room for ${most} parameters. */
struct db_args *owned_args_of_read(struct session *session, const struct shop *shop, const struct uuid *id, size_t most);

/**
 * owned_begin_new(session, shop, count, most, what, error):
 * Begin a transaction that holds the shop's row, and see whether there may be one more.
 * Errors   TOO_MANY_DEFINITIONS: SQL ${count} counts ${most} of ${what} already.
 */
enum status owned_begin_new(struct session *session, const struct shop *shop, enum sql_id count, int most,
                            const char *what, struct error *error) MUST_CHECK;

/** Errors   PRECONDITION_REQUIRED, PRECONDITION_FAILED: the caller has read another version than the present one. */
enum status owned_check_match(int version, int64_t if_match, bool must_match, struct error *error) MUST_CHECK;

/** Commit what was sent, unless ${status} says otherwise; it is the result then. */
enum status owned_end(struct session *session, enum status status, struct error *error) MUST_CHECK;

#endif
