#include "connection.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECT_TIMEOUT "5"
#define LISTEN_PAUSE (USEC_PER_SEC / 10) /* how often one who may have to give up looks up */

/* Messages of the server may quote values: only the SQLSTATE leaves this file. */
static void drop_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

enum status db_open(const char *url, const struct db_options *options, struct db **out, struct error *error)
{
    const char *keywords[] = {"dbname", "connect_timeout", "fallback_application_name", "client_encoding", NULL};
    const char *values[] = {url, CONNECT_TIMEOUT, "lifecycled", "UTF8", NULL};
    PGconn *pg = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(pg) != CONNECTION_OK) {
        PQfinish(pg);
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    }
    PQsetNoticeReceiver(pg, drop_notice, NULL);
    if (options->index_only && options->prepared) {
        /* A cached plan that was made while a table was small must not scan it when it is large. */
        PGresult *result = PQexec(pg, "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off");
        bool ok = PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
        if (!ok) {
            PQfinish(pg);
            return error_set(error, STATUS_DATABASE_AWAY, "", "the database refused a setting");
        }
    }
    if (PQsetnonblocking(pg, 1) != 0 || !PQenterPipelineMode(pg)) {
        PQfinish(pg);
        return error_set(error, STATUS_DATABASE_AWAY, "", "the connection cannot be used");
    }
    struct db *db = must(calloc(1, sizeof(*db)));
    db->pg = pg;
    db->options = *options;
    db->url = must(strdup(url));
    *out = db;
    return STATUS_OK;
}

void db_close(struct db *db)
{
    if (db == NULL)
        return;
    db_forget(db);
    PQfinish(db->pg);
    free(db->url);
    free(db->calls);
    free(db->results);
    free(db);
}

bool db_is_broken(const struct db *db)
{
    return db->is_broken;
}

bool db_commit_is_unknown(const struct db *db)
{
    return db->commit_is_unknown;
}

void db_forget(struct db *db)
{
    for (size_t i = 0; i < db->n_calls; i++)
        PQclear(db->calls[i].result);
    db->n_calls = 0;
    db->n_results = 0;
}

static size_t add_call(struct db *db, int prepares, bool is_commit)
{
    if (db->n_calls == db->calls_capacity) {
        db->calls_capacity = db->calls_capacity ? db->calls_capacity * 2 : 32;
        db->calls = must(realloc(db->calls, db->calls_capacity * sizeof(*db->calls)));
    }
    db->calls[db->n_calls] = (struct call){.prepares = prepares, .is_commit = is_commit};
    return db->n_calls++;
}

/* A round begins with the first statement after a sync. */
static void begin_round(struct db *db)
{
    if (db->n_calls && db->calls[0].result)
        db_forget(db);
    if (db->n_calls == 0) {
        db->failed_to_send = false;
        db->commit_is_unknown = false;
    }
}

static size_t add_result(struct db *db, bool is_commit)
{
    if (db->n_results == db->results_capacity) {
        db->results_capacity = db->results_capacity ? db->results_capacity * 2 : 32;
        db->results = must(realloc(db->results, db->results_capacity * sizeof(*db->results)));
    }
    db->results[db->n_results] = add_call(db, -1, is_commit);
    return db->n_results++;
}

size_t db_send(struct db *db, enum sql_id sql, const struct db_args *args)
{
    if (db == NULL)
        return 0;
    static const struct db_args none;
    const struct db_args *a = args ? args : &none;
    begin_round(db);
    const struct sql_statement *statement = &sql_statements[sql];
    int sent;
    if (db->options.prepared && !db->is_prepared[sql]) {
        bool is_queued = false;
        for (size_t i = 0; i < db->n_calls; i++)
            is_queued = is_queued || db->calls[i].prepares == (int)sql;
        if (!is_queued) {
            if (!PQsendPrepare(db->pg, statement->name, statement->text, 0, NULL))
                db->failed_to_send = true;
            add_call(db, (int)sql, false);
        }
    }
    if (db->options.prepared)
        sent = PQsendQueryPrepared(db->pg, statement->name, (int)a->n, a->values, a->lengths, a->formats, 1);
    else
        sent = PQsendQueryParams(db->pg, statement->text, (int)a->n, NULL, a->values, a->lengths, a->formats, 1);
    if (!sent)
        db->failed_to_send = true;
    return add_result(db, sql == SQL_COMMIT);
}

size_t db_send_text(struct db *db, const char *text, const struct db_args *args)
{
    if (db == NULL)
        return 0;
    static const struct db_args none;
    const struct db_args *a = args ? args : &none;
    begin_round(db);
    if (!PQsendQueryParams(db->pg, text, (int)a->n, NULL, a->values, a->lengths, a->formats, 1))
        db->failed_to_send = true;
    return add_result(db, false);
}

/* --- running a round -------------------------------------------------------------------------------------- */

static bool begins(const char *state, const char *class)
{
    return strncmp(state, class, 2) == 0;
}

/* What a failed statement means for its transaction, by SQLSTATE. */
static enum status classify(const char *state)
{
    static const char *const again[] = {"40001", "40P01", "23505", "55P03", "25006", "55000"};
    if (state == NULL)
        return STATUS_DATABASE_AWAY;
    for (size_t i = 0; i < COUNT_OF(again); i++)
        if (strcmp(state, again[i]) == 0)
            return STATUS_RETRY;
    if (begins(state, "08") || begins(state, "57"))
        return strcmp(state, "57014") == 0 ? STATUS_TIMED_OUT : STATUS_DATABASE_AWAY;
    if (begins(state, "22") || begins(state, "54") || strcmp(state, "23514") == 0)
        return STATUS_POISON;
    if (begins(state, "53"))
        return STATUS_DATABASE_AWAY;
    return STATUS_INTERNAL;
}

static enum status broken(struct db *db, struct error *error, enum status status, const char *detail)
{
    db->is_broken = true;
    for (size_t i = 0; i < db->n_calls; i++)
        if (db->calls[i].is_commit && db->calls[i].result == NULL)
            db->commit_is_unknown = true;
    return error_set(error, status, "", "%s", detail);
}

static bool gives_up(const struct db *db)
{
    return db->options.gives_up && atomic_load(db->options.gives_up);
}

/* Wait until the socket can be read, or written when something is left to send. False: the time is over. */
static bool wait_for_socket(struct db *db, bool wants_write, usec_t deadline)
{
    struct pollfd fd = {.fd = PQsocket(db->pg), .events = (short)(POLLIN | (wants_write ? POLLOUT : 0))};
    int n = 0;
    while (n == 0 || (n < 0 && errno == EINTR)) {
        usec_t left = deadline ? deadline - clock_monotonic() : INT64_MAX;
        if (left <= 0 || gives_up(db))
            return false;
        if (db->options.gives_up && left > LISTEN_PAUSE)
            left = LISTEN_PAUSE;
        n = poll(&fd, 1, left == INT64_MAX ? -1 : (int)(left / 1000) + 1);
    }
    return true;
}

/* The next result, or NULL between two statements. False: the connection or the time is lost. */
static bool next_result(struct db *db, usec_t deadline, PGresult **out, bool *timed_out)
{
    for (;;) {
        int unsent = PQflush(db->pg);
        if (unsent < 0)
            return false;
        if (!PQisBusy(db->pg)) {
            *out = PQgetResult(db->pg);
            return true;
        }
        if (!wait_for_socket(db, unsent > 0, deadline)) {
            *timed_out = true;
            return false;
        }
        if (!PQconsumeInput(db->pg))
            return false;
    }
}

static void cancel(struct db *db)
{
    char text[256];
    PGcancel *handle = PQgetCancel(db->pg);
    if (handle)
        PQcancel(handle, text, sizeof(text));
    PQfreeCancel(handle);
}

/* All results up to the sync point. */
static bool collect(struct db *db, usec_t deadline, bool *timed_out)
{
    size_t call = 0;
    for (;;) {
        PGresult *result = NULL;
        if (!next_result(db, deadline, &result, timed_out))
            return false;
        if (result == NULL) {
            if (PQstatus(db->pg) != CONNECTION_OK)
                return false;
            continue;
        }
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return true;
        }
        if (call == db->n_calls) {
            PQclear(result);
            return false;
        }
        db->calls[call++].result = result;
        if (status == PGRES_FATAL_ERROR && PQstatus(db->pg) != CONNECTION_OK) {
            /* the server said goodbye: this statement has failed, a COMMIT that it answered has not taken place */
            return false;
        }
    }
}

static enum status check_call(struct db *db, const struct call *call, struct error *error)
{
    ExecStatusType status = PQresultStatus(call->result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (call->prepares >= 0)
            db->is_prepared[call->prepares] = true;
        /* COMMIT of a failed transaction answers ROLLBACK */
        if (call->is_commit && strcmp(PQcmdStatus(call->result), "COMMIT") != 0)
            return error_set(error, STATUS_RETRY, "", "the transaction was rolled back");
        return STATUS_OK;
    }
    if (status == PGRES_PIPELINE_ABORTED)
        return error_set(error, STATUS_INTERNAL, "", "an earlier statement failed");
    const char *state = PQresultErrorField(call->result, PG_DIAG_SQLSTATE);
    enum status meaning = classify(state);
    if (meaning == STATUS_DATABASE_AWAY)
        db->is_broken = true;
    error_set(error, meaning, "", "the database answered SQLSTATE %s", state ? state : "none");
    if (error && state)
        snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", state);
    return meaning;
}

void db_start(struct db *db)
{
    if (db->is_broken || !PQpipelineSync(db->pg) || PQflush(db->pg) < 0)
        db->failed_to_send = true;
    db->has_started = true;
}

enum status db_sync(struct db *db, struct error *error)
{
    if (db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    bool timed_out = false;
    usec_t deadline = db->options.timeout_ms ? clock_monotonic() + (usec_t)db->options.timeout_ms * 1000 : 0;
    bool has_started = db->has_started;
    db->has_started = false;
    if (db->is_broken || db->failed_to_send || (!has_started && !PQpipelineSync(db->pg))) {
        enum status status = broken(db, error, STATUS_DATABASE_AWAY, "the connection to the database was lost");
        return status;
    }
    if (!collect(db, deadline, &timed_out)) {
        if (timed_out)
            cancel(db);
        for (size_t i = 0; i < db->n_calls; i++)
            if (db->calls[i].result && PQresultStatus(db->calls[i].result) == PGRES_FATAL_ERROR)
                (void)check_call(db, &db->calls[i], error);
        return broken(db, error, timed_out ? STATUS_TIMED_OUT : STATUS_DATABASE_AWAY,
                      timed_out ? "the database took too long" : "the connection to the database was lost");
    }
    for (size_t i = 0; i < db->n_calls; i++) {
        enum status status = check_call(db, &db->calls[i], error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

void db_rollback(struct db *db)
{
    if (db == NULL)
        return;
    struct error error;
    if (db->is_broken)
        return;
    db_forget(db);
    db_send(db, SQL_ROLLBACK, NULL);
    if (db_sync(db, &error) != STATUS_OK)
        db->is_broken = true;
    db_forget(db);
}

enum status db_run(struct db *db, enum sql_id sql, const struct db_args *args, const struct db_result **out,
                   struct error *error)
{
    size_t n = db_send(db, sql, args);
    enum status status = db_sync(db, error);
    if (status == STATUS_OK && out)
        *out = db_result(db, n);
    return status;
}

const struct db_result *db_result(const struct db *db, size_t n)
{
    return (const struct db_result *)(const void *)db->calls[db->results[n]].result;
}

struct db_result *db_take(struct db *db, size_t n)
{
    struct call *call = &db->calls[db->results[n]];
    PGresult *result = call->result;
    call->result = must(PQmakeEmptyPGresult(db->pg, PGRES_EMPTY_QUERY)); /* this round is over all the same */
    return (struct db_result *)(void *)result;
}

void db_result_free(struct db_result *result)
{
    PQclear((PGresult *)(void *)result);
}

int64_t db_affected(const struct db_result *result)
{
    /* PQcmdTuples does not change its argument, whatever its signature says */
    return atoll(PQcmdTuples((PGresult *)(uintptr_t)result_pg(result)));
}

/* --- outside of a round ----------------------------------------------------------------------------------- */

enum status db_stream(struct db *db, const char *text, const struct db_args *args, db_row_fn row, void *context,
                      struct error *error)
{
    if (db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    static const struct db_args none;
    const struct db_args *a = args ? args : &none;
    struct call failed = {.prepares = -1};
    enum status status = STATUS_OK;
    bool timed_out = false, goes_on = true;
    db_forget(db);
    if (db->is_broken || !PQsendQueryParams(db->pg, text, (int)a->n, NULL, a->values, a->lengths, a->formats, 1) ||
        !PQsetSingleRowMode(db->pg) || !PQpipelineSync(db->pg))
        return broken(db, error, STATUS_DATABASE_AWAY, "the connection to the database was lost");
    for (;;) {
        usec_t deadline = db->options.timeout_ms ? clock_monotonic() + (usec_t)db->options.timeout_ms * 1000 : 0;
        PGresult *result = NULL;
        if (!next_result(db, deadline, &result, &timed_out)) {
            if (timed_out)
                cancel(db);
            return broken(db, error, timed_out ? STATUS_TIMED_OUT : STATUS_DATABASE_AWAY,
                          "the database did not finish the answer");
        }
        if (result == NULL) {
            if (PQstatus(db->pg) != CONNECTION_OK)
                return broken(db, error, STATUS_DATABASE_AWAY, "the connection to the database was lost");
            continue;
        }
        ExecStatusType kind = PQresultStatus(result);
        if (kind == PGRES_SINGLE_TUPLE && goes_on) {
            goes_on = row(context, (const struct db_result *)(const void *)result, 0);
            if (!goes_on)
                cancel(db);
        } else if (kind == PGRES_FATAL_ERROR && goes_on) {
            failed.result = result;
            status = check_call(db, &failed, error);
        }
        PQclear(result);
        if (kind == PGRES_PIPELINE_SYNC)
            return status;
    }
}

enum status db_script(struct db *db, const char *text, struct error *error)
{
    db_forget(db);
    if (!PQexitPipelineMode(db->pg) || PQsetnonblocking(db->pg, 0) != 0)
        return broken(db, error, STATUS_DATABASE_AWAY, "the connection cannot be used");
    struct call call = {.prepares = -1, .result = PQexec(db->pg, text)};
    enum status status = check_call(db, &call, error);
    if (status != STATUS_OK && error)
        snprintf(error->detail, sizeof(error->detail), "%s", PQresultErrorMessage(call.result));
    PQclear(call.result);
    if (PQsetnonblocking(db->pg, 1) != 0 || !PQenterPipelineMode(db->pg))
        return broken(db, error, STATUS_DATABASE_AWAY, "the connection cannot be used");
    return status;
}
