#include "app/tallier.h"
#include "base/log.h"
#include "db/store.h"
#include "service_private.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * Follows the journals of tallies: whoever commits a batch appends one entry, and here many entries become sums at
 * once, so that a key that every batch touches is written four times a second and not at each commit.
 */

#define TALLIER_PAUSE USEC_PER_SEC
#define TALLIER_STEP  (USEC_PER_SEC / 4) /* after there was something, and twice as long as that took */
#define STEP_SHARE    2
#define ENTRIES_MOST  2000               /* of a shop in one transaction */
#define BYTES_MOST    (4 << 20)
#define BYTES_FINISH  (32 << 20)         /* of who has nothing else to do: a key is written once for all of them */
#define PAGE          4096 /* rows of one statement */

/* The entries of a round as sums by key. Errors INTERNAL: only `rebuild` can go on from there. */
static enum status sum_up(struct session *session, int shop_id, const struct db_result *rows, struct tallies *out,
                          struct error *error)
{
    tallies_init(out, session->arena);
    for (int row = 0; row < db_rows(rows); row++)
        if (!tallies_decode(shop_id, db_span(rows, row, 1), out, 1))
            return error_set(error, STATUS_INTERNAL, "", "entry %lld of shop %d in the journal of tallies cannot be read",
                             (long long)db_int8(rows, row, 0), shop_id);
    tallies_sort(out);
    return STATUS_OK;
}

static enum status write_sums(struct session *session, struct db *db, int shop_id, const struct tallies *sums,
                              int64_t last, struct error *error)
{
    for (size_t i = 0; i < sums->n; i += PAGE)
        db_send(db, SQL_TALLY_UPSERT,
                tally_args(session->arena, shop_id, sums->rows + i, sums->n - i < PAGE ? sums->n - i : PAGE));
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop_id);
    arg_int(args, DB_INT8, last);
    db_send(db, SQL_TALLY_ENTRIES_DELETE, args);
    db_send(db, SQL_TALLY_DONE, args);
    db_send(db, SQL_COMMIT, NULL);
    return db_sync(db, error);
}

/* In one transaction. ${last} is the number up to which all was added up then; unchanged: nothing was committed. */
static enum status add_up(struct session *session, struct db *db, int shop_id, int64_t bytes_most, int64_t *last,
                          struct error *error)
{
    struct tallies sums;
    struct db_args *turn_args = db_args(session->arena, 1), *args = db_args(session->arena, 3);
    arg_int(turn_args, DB_INT4, shop_id);
    arg_int(args, DB_INT4, shop_id);
    arg_int(args, DB_INT4, ENTRIES_MOST);
    arg_int(args, DB_INT8, bytes_most);
    db_send(db, SQL_BEGIN, NULL);
    size_t turn = db_send(db, SQL_TALLY_TURN, turn_args);
    size_t entries = db_send(db, SQL_TALLY_ENTRIES, args);
    enum status status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(db, entries);
    int n = db_rows(rows);
    if (db_rows(db_result(db, turn)) == 0 || n == 0)
        return STATUS_OK;
    int64_t until = db_int8(rows, n - 1, 0);
    status = sum_up(session, shop_id, rows, &sums, error);
    if (status == STATUS_OK)
        status = write_sums(session, db, shop_id, &sums, until, error);
    if (status == STATUS_OK)
        *last = until;
    return status;
}

/* A shop and how far its journal goes. */
struct waiting {
    int shop_id;
    int64_t head;
};

static struct waiting *take_waiting(struct session *session, const struct db_result *rows, struct tallier_report *report)
{
    struct waiting *out = ARENA_ARRAY(session->arena, struct waiting, (size_t)db_rows(rows));
    report->has_looked = true;
    for (int row = 0; row < db_rows(rows); row++) {
        usec_t oldest_at = db_time(rows, row, 3);
        out[row] = (struct waiting){.shop_id = db_int(rows, row, 0), .head = db_int8(rows, row, 1)};
        report->n_waiting += db_int8(rows, row, 2);
        if (oldest_at != NONE && (report->oldest_at == NONE || oldest_at < report->oldest_at))
            report->oldest_at = oldest_at;
    }
    return out;
}

static enum status add_up_all(struct session *session, int64_t bytes_most, struct tallier_report *report, struct error *error)
{
    struct db *db;
    const struct db_result *rows;
    *report = (struct tallier_report){.oldest_at = NONE};
    enum status status = session_scan(session, &db, error);
    if (status == STATUS_OK)
        status = db_run(db, SQL_TALLY_WAITING, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    const struct waiting *waiting = take_waiting(session, rows, report);
    for (size_t i = 0; i < n; i++) {
        int64_t last = NONE;
        struct error problem;
        enum status one = add_up(session, db, waiting[i].shop_id, bytes_most, &last, &problem);
        if (last == NONE)
            db_rollback(db);
        report->is_busy = report->is_busy || (one == STATUS_OK && last != NONE && last < waiting[i].head);
        if (one != STATUS_OK && status == STATUS_OK) {
            status = one; /* a shop that is in trouble does not hold up the others */
            *error = problem;
        }
    }
    return status;
}

enum status tallier_once(struct session *session, struct tallier_report *report, struct error *error)
{
    return add_up_all(session, BYTES_MOST, report, error);
}

enum status tallier_finish(struct session *session, struct error *error)
{
    struct tallier_report report = {.is_busy = true};
    enum status status = STATUS_OK;
    while (status == STATUS_OK && report.is_busy) {
        arena_reset(session->arena);
        status = add_up_all(session, BYTES_FINISH, &report, error);
    }
    return status;
}

/* --- beside who writes without a service ------------------------------------------------------------------------- */

#define BESIDE_PAUSE (8 * USEC_PER_SEC) /* as many entries as one step takes come in less */
#define BESIDE_LOOK  50000              /* microseconds */

struct tallier {
    struct session session;
    pthread_t thread;
    atomic_bool ends;     /* no more is written: go on until nothing waits */
    atomic_bool gives_up; /* at once */
    atomic_bool is_done;
    enum status status;
    struct error error;
};

static void *beside_main(void *context)
{
    struct tallier *tallier = context;
    for (usec_t slept = 0; !atomic_load(&tallier->gives_up);) {
        struct tallier_report report;
        bool is_last = atomic_load(&tallier->ends);
        if (!is_last && slept < BESIDE_PAUSE) {
            usleep(BESIDE_LOOK);
            slept += BESIDE_LOOK;
            continue;
        }
        arena_reset(tallier->session.arena);
        tallier->status = add_up_all(&tallier->session, BYTES_FINISH, &report, &tallier->error);
        if (tallier->status != STATUS_OK || (is_last && !report.is_busy))
            break;
        slept = report.is_busy ? BESIDE_PAUSE : 0;
    }
    atomic_store(&tallier->is_done, true);
    return NULL;
}

struct tallier *tallier_begin(const struct session *session)
{
    struct tallier *tallier = calloc(1, sizeof(*tallier));
    if (tallier == NULL)
        abort();
    session_init(&tallier->session, session->config, session->clock, session->registry, NULL);
    tallier->session.scan_timeout_ms = 0;
    tallier->session.gives_up = &tallier->gives_up;
    if (pthread_create(&tallier->thread, NULL, beside_main, tallier) != 0)
        abort();
    return tallier;
}

enum status tallier_end(struct tallier *tallier, const volatile sig_atomic_t *must_stop, struct error *error)
{
    atomic_store(&tallier->ends, true);
    while (!atomic_load(&tallier->is_done)) {
        if (must_stop && *must_stop)
            atomic_store(&tallier->gives_up, true);
        usleep(BESIDE_LOOK);
    }
    pthread_join(tallier->thread, NULL);
    enum status status = tallier->status;
    *error = tallier->error;
    if (atomic_load(&tallier->gives_up))
        status = error_set(error, STATUS_RETRY, "", "it was stopped while sums for metrics were added up: the service goes on with them");
    session_done(&tallier->session);
    free(tallier);
    return status;
}

/* --- the service's ------------------------------------------------------------------------------------------------ */

/* When ingest is at its limit the sums take their share and no more: fewer and larger steps have less to write. */
static usec_t next_step(usec_t took)
{
    usec_t pause = took * STEP_SHARE;
    if (pause < TALLIER_STEP)
        return TALLIER_STEP;
    return pause < TALLIER_PAUSE ? pause : TALLIER_PAUSE;
}

void *tallier_main(void *context)
{
    struct service *service = context;
    struct session session;
    usec_t pause = TALLIER_STEP;
    session_init(&session, service->config, service->clock, service->registry, service);
    session.scan_timeout_ms = 0; /* its statements take as long as they take, and end when the service stops */
    session.gives_up = &service->scorer_ends;
    while (service_sleep(service, pause)) {
        struct error error;
        struct tallier_report report;
        arena_reset(session.arena);
        pause = TALLIER_PAUSE;
        usec_t begun = clock_monotonic();
        enum status status = tallier_once(&session, &report, &error);
        if (status != STATUS_OK && session_goes_on(&session, &error) == STATUS_OK)
            LOG(LOG_WARN, "sums of metrics could not be brought up to date and will be tried again",
                LOG_TEXT("code", status_code(status)), LOG_TEXT("sqlstate", error.sqlstate), LOG_TEXT("detail", error.detail));
        if (report.has_looked) {
            atomic_store(&service->tallies_waiting, report.n_waiting);
            lag_look(&service->tally_lag, report.oldest_at, begun);
        }
        if (status == STATUS_OK && report.n_waiting)
            pause = report.is_busy ? 0 : next_step(clock_monotonic() - begun);
    }
    session_done(&session);
    return NULL;
}
