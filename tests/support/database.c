#include "database.h"
#include "db/migrate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char template_name[64];

const char *database_server(void)
{
    const char *url = getenv("LIFECYCLED_TEST_DATABASE_URL");
    if (url == NULL || *url == 0) {
        puts("LIFECYCLED_TEST_DATABASE_URL is not set");
        exit(77);
    }
    return url;
}

void database_url(const char *url, const char *name, char out[1024])
{
    const char *path = strstr(url, "://");
    path = path ? strchr(path + 3, '/') : NULL;
    const char *rest = path ? strchr(path, '?') : NULL;
    if (path == NULL)
        fail_msg("%s is not a URL with a database", url);
    snprintf(out, 1024, "%.*s/%s%s", (int)(path - url), url, name, rest ? rest : "");
}

static struct db *open_database(const char *url)
{
    struct db *db;
    struct error error = {0};
    if (db_open(url, &(struct db_options){.prepared = false}, &db, &error) != STATUS_OK)
        fail_msg("%s: %s", url, error.detail);
    return db;
}

static void run_on_server(const char *text)
{
    struct error error = {0};
    struct db *db = open_database(database_server());
    if (db_script(db, text, &error) != STATUS_OK)
        fail_msg("%s: %s", text, error.detail);
    db_close(db);
}

static void make_template(void)
{
    char text[256], url[1024];
    struct error error = {0};
    int n;
    snprintf(template_name, sizeof(template_name), "test_template_%d", (int)getpid());
    snprintf(text, sizeof(text), "CREATE DATABASE %s TEMPLATE template0", template_name);
    run_on_server(text);
    database_url(database_server(), template_name, url);
    struct db *db = open_database(url);
    if (migrate_run(db, &n, &error) != STATUS_OK)
        fail_msg("the template cannot be migrated: %s", error.detail);
    db_close(db);
}

static void make(struct database *out, const char *origin)
{
    static int number;
    char text[256], setting[1100];
    struct error error = {0};
    *out = (struct database){0};
    snprintf(out->name, sizeof(out->name), "test_%d_%d", (int)getpid(), ++number);
    snprintf(text, sizeof(text), "CREATE DATABASE %s TEMPLATE %s", out->name, origin);
    run_on_server(text);
    database_url(database_server(), out->name, out->url);
    snprintf(setting, sizeof(setting), "LIFECYCLED_DATABASE_URL=%s", out->url);
    char *environment[] = {setting, NULL};
    if (config_load(&out->config, NULL, environment, &error) != STATUS_OK)
        fail_msg("%s", error.detail);
    out->db = open_database(out->url);
}

void database_make(struct database *out)
{
    if (template_name[0] == 0)
        make_template();
    make(out, template_name);
}

void database_make_empty(struct database *out)
{
    make(out, "template0");
}

void database_clear(struct database *database)
{
    database_run(
        database,
        "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables "
        "WHERE schemaname = 'public' AND tablename NOT IN ('schema_migration', 'registry')); END $$");
}

static void drop(const char *name)
{
    char text[256];
    struct error error = {0};
    struct db *db = open_database(database_server());
    /* without FORCE an autovacuum that is at work there is told to stop; with it, it may not be ours to stop */
    snprintf(text, sizeof(text), "DROP DATABASE IF EXISTS %s", name);
    enum status status = db_script(db, text, &error);
    db_close(db);
    if (status == STATUS_OK)
        return;
    snprintf(text, sizeof(text), "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    run_on_server(text);
}

void database_drop(struct database *database)
{
    db_close(database->db);
    drop(database->name);
    *database = (struct database){0};
}

void database_done(void)
{
    if (template_name[0])
        drop(template_name);
    template_name[0] = 0;
}

struct session *database_session(const struct database *database, const struct clock *clock)
{
    struct session *session;
    struct error error = {0};
    if (session_open(&database->config, clock, &session, &error) != STATUS_OK)
        fail_msg("%s: %s", database->url, error.detail);
    return session;
}

static char *print(const char *format, va_list list)
{
    char *text = NULL;
    if (vasprintf(&text, format, list) < 0)
        abort();
    return text;
}

void database_run(struct database *database, const char *format, ...)
{
    struct error error = {0};
    va_list list;
    va_start(list, format);
    char *text = print(format, list);
    va_end(list);
    if (db_script(database->db, text, &error) != STATUS_OK)
        fail_msg("%s: %s %s", text, error.sqlstate, error.detail);
    free(text);
}

enum status database_try(struct database *database, struct error *error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = print(format, list);
    va_end(list);
    enum status status = db_script(database->db, text, error);
    free(text);
    return status;
}

static const struct db_result *ask(struct database *database, const char *text)
{
    struct error error = {0};
    size_t n = db_send_text(database->db, text, NULL);
    if (db_sync(database->db, &error) != STATUS_OK)
        fail_msg("%s: %s", text, error.detail);
    return db_result(database->db, n);
}

const struct db_result *database_rows(struct database *database, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = print(format, list);
    va_end(list);
    const struct db_result *rows = ask(database, text);
    free(text);
    return rows;
}

int64_t database_number(struct database *database, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = print(format, list);
    va_end(list);
    const struct db_result *rows = ask(database, text);
    free(text);
    return db_rows(rows) ? db_int8(rows, 0, 0) : NONE;
}
