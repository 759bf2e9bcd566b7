#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include "db/db.h"

/**
 * migrate_run(db, n, error):
 * Bring the schema to this binary's version, one migration a transaction; ${n} is how many were run.
 * Errors   BAD_SCHEMA: the database is newer than this binary; INTERNAL with the server's message.
 */
enum status migrate_run(struct db *db, int *n, struct error *error) MUST_CHECK;

/** Errors   BAD_SCHEMA with a line that says what to do: older, newer, or no schema at all. */
enum status migrate_check(struct db *db, struct error *error) MUST_CHECK;

#endif
