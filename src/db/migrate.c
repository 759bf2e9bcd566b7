#include "db/migrate.h"
#include "base/buf.h"
#include "gen/assets.h"

#include <stdlib.h>

/* Migrations are numbered by their file names, from 0001, without gaps. */

/* Two migrators at once: the second waits, then finds nothing to do. */
#define MIGRATION_LOCK "SELECT pg_advisory_xact_lock(6061771)"

static int newest(void)
{
    int n = 0;
    while (asset_migrations[n].name)
        n++;
    return n;
}

static enum status current(struct db *db, int *version, struct error *error)
{
    const struct db_result *result;
    *version = 0;
    enum status status = db_run(db, SQL_MIGRATION_TABLE, NULL, &result, error);
    if (status != STATUS_OK || !db_bool(result, 0, 0))
        return status;
    status = db_run(db, SQL_MIGRATION_VERSION, NULL, &result, error);
    if (status == STATUS_OK)
        *version = db_int(result, 0, 0);
    return status;
}

static enum status too_new(int version, struct error *error)
{
    return error_set(error, STATUS_BAD_SCHEMA, "",
                     "the database has schema version %d, newer than this binary's %d: install the newer lifecycled",
                     version, newest());
}

enum status migrate_check(struct db *db, struct error *error)
{
    int version;
    enum status status = current(db, &version, error);
    if (status != STATUS_OK)
        return status;
    if (version > newest())
        return too_new(version, error);
    if (version == 0)
        return error_set(error, STATUS_BAD_SCHEMA, "", "the database has no schema: run `lifecycled migrate`");
    if (version < newest())
        return error_set(error, STATUS_BAD_SCHEMA, "",
                         "the database has schema version %d, older than this binary's %d: run `lifecycled migrate`",
                         version, newest());
    return STATUS_OK;
}

static enum status run_one(struct db *db, int version, struct error *error)
{
    const struct asset *migration = &asset_migrations[version - 1];
    struct buf script;
    buf_init(&script, 0);
    buf_text(&script, "BEGIN;\n" MIGRATION_LOCK ";\n"
                      "CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, "
                      "name text NOT NULL, applied_at timestamptz NOT NULL);\n");
    buf_append(&script, migration->data, migration->size);
    buf_printf(&script, "\nINSERT INTO schema_migration VALUES (%d, '%s', clock_timestamp());\nCOMMIT;\n", version,
               migration->name);
    buf_append(&script, "", 1);
    enum status status = db_script(db, script.p, error);
    buf_done(&script);
    if (status != STATUS_OK && db_script(db, "ROLLBACK", NULL) != STATUS_OK)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the connection to the database was lost");
    return status;
}

enum status migrate_run(struct db *db, int *n, struct error *error)
{
    int version;
    enum status status = current(db, &version, error);
    if (status != STATUS_OK)
        return status;
    if (version > newest())
        return too_new(version, error);
    int first = version;
    for (; version < newest(); version++) {
        status = run_one(db, version + 1, error);
        if (status == STATUS_RETRY) /* somebody else ran it meanwhile: its row is there */
            status = current(db, &version, error);
        if (status != STATUS_OK)
            return status;
    }
    *n = version - first;
    return STATUS_OK;
}
