#include "app/idempotency.h"
#include "app/privacy.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "service_private.h"

#include <stdlib.h>

/* Threads that wait for time, for definitions and for trouble. Each does one step, then sleeps until the next. */

#define SWEEP_PAGE 1024
#define STUCK_MOST 1024
#define STUCK_PAUSE (60 * USEC_PER_SEC)
#define CRAWL_PAGE 256
#define SWEEP_PAUSE (USEC_PER_SEC / 2)
#define CRAWL_PAUSE (USEC_PER_SEC / 4)
#define MONITOR_PAUSE (USEC_PER_SEC / 2)
#define CLOCK_MOST USEC_PER_SEC
#define REFUSALS_KEPT 1000

/* --- time ------------------------------------------------------------------------------------------------------ */

struct due {
    struct uuid key;
    int shop_id;
};

static int compare_due(const void *a, const void *b)
{
    const struct due *x = a, *y = b;
    return x->shop_id != y->shop_id ? x->shop_id - y->shop_id : uuid_compare(&x->key, &y->key);
}

/* Customers whom the database refused to move: tried again after a while, and passed over until then. */
struct stuck {
    struct {
        struct uuid key;
        usec_t again_at; /* monotonic */
    } customers[STUCK_MOST];
    size_t n;
};

static bool is_stuck(const struct stuck *stuck, const struct uuid *key)
{
    for (size_t i = 0; i < stuck->n; i++)
        if (uuid_compare(&stuck->customers[i].key, key) == 0)
            return true;
    return false;
}

static void forget_stuck(struct stuck *stuck)
{
    size_t kept = 0;
    usec_t now = clock_monotonic();
    for (size_t i = 0; i < stuck->n; i++)
        if (stuck->customers[i].again_at > now)
            stuck->customers[kept++] = stuck->customers[i];
    stuck->n = kept;
}

static void note_stuck(struct stuck *stuck, const struct uuid *key)
{
    if (stuck->n == STUCK_MOST)
        return;
    stuck->customers[stuck->n].key = *key;
    stuck->customers[stuck->n++].again_at = clock_monotonic() + STUCK_PAUSE;
}

/* Move those whose time has come, but for those that are stuck. */
static enum status sweep_once(struct service *service, struct session *session, struct stuck *stuck, usec_t *wake_at,
                              struct error *error)
{
    const struct db_result *rows;
    usec_t now = clock_now(service->clock);
    struct db_args *args = db_args(session->arena, 2);
    arg_time(args, now);
    forget_stuck(stuck);
    arg_int(args, DB_INT4, (int64_t)(SWEEP_PAGE + stuck->n));
    enum status status = db_run(session->db, SQL_SWEEP_DUE, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    if (n == 0) {
        status = db_run(session->db, SQL_SWEEP_FIRST, NULL, &rows, error);
        *wake_at = status == STATUS_OK && db_rows(rows) ? db_time(rows, 0, 0) : NONE;
        if (status == STATUS_OK)
            lag_look(&service->sweep_lag, NONE, clock_monotonic());
        return status;
    }
    lag_look(&service->sweep_lag, db_time(rows, 0, 2), clock_monotonic());
    *wake_at = now;
    struct due *due = ARENA_ARRAY(session->arena, struct due, n);
    struct uuid *keys = ARENA_ARRAY(session->arena, struct uuid, n);
    bool *failed = ARENA_ARRAY(session->arena, bool, n);
    size_t n_due = 0;
    for (size_t i = 0; i < n; i++) {
        due[n_due] = (struct due){.key = db_uuid(rows, (int)i, 0), .shop_id = db_int(rows, (int)i, 1)};
        n_due += !is_stuck(stuck, &due[n_due].key);
    }
    n = n_due;
    if (n == 0) {
        *wake_at = NONE;
        return STATUS_OK;
    }
    qsort(due, n, sizeof(*due), compare_due);
    for (size_t i = 0; i < n && status == STATUS_OK;) {
        struct tick_job job = {
            .shop = registry_shop(service->registry, due[i].shop_id), .keys = keys, .failed = failed};
        int shop_id = due[i].shop_id;
        for (; i < n && due[i].shop_id == shop_id; i++)
            keys[job.n++] = due[i].key;
        memset(failed, 0, n * sizeof(*failed));
        if (job.shop == NULL) {
            status = registry_load(service->registry, session->db, true, error);
            continue;
        }
        status = committer_tick(service, &job, error);
        if (status == STATUS_OK)
            atomic_fetch_add(&service->sweeps, (int64_t)job.n);
        for (size_t k = 0; status == STATUS_OK && k < job.n; k++)
            if (failed[k])
                note_stuck(stuck, &keys[k]);
    }
    return status;
}

void *sweeper_main(void *context)
{
    struct service *service = context;
    struct session session;
    struct stuck *stuck = calloc(1, sizeof(*stuck));
    usec_t pause = 0;
    if (stuck == NULL)
        abort();
    session_init(&session, service->config, service->clock, service->registry, service);
    while (service_sleep(service, pause)) {
        struct error error;
        usec_t wake_at = NONE;
        arena_reset(session.arena);
        pause = SWEEP_PAUSE;
        if (session_ready(&session, &error) != STATUS_OK)
            continue;
        enum status status = sweep_once(service, &session, stuck, &wake_at, &error);
        if (status != STATUS_OK) {
            if (status != STATUS_DRAINING)
                LOG(LOG_WARN, "a sweep failed and will be tried again", LOG_TEXT("code", status_code(status)),
                    LOG_TEXT("sqlstate", error.sqlstate));
            continue;
        }
        usec_t left = wake_at == NONE ? pause : wake_at - clock_now(service->clock);
        if (left < pause)
            pause = left > 0 ? left : 0;
    }
    session_done(&session);
    free(stuck);
    return NULL;
}

/* --- new definitions --------------------------------------------------------------------------------------------- */

/* One page of the crawl that is open, if any. */
static enum status crawl_once(struct service *service, struct session *session, bool *is_busy, struct error *error)
{
    static const struct uuid before_all;
    const struct db_result *rows;
    *is_busy = false;
    enum status status = db_run(session->db, SQL_CRAWL_OPEN, NULL, &rows, error);
    if (status != STATUS_OK || db_rows(rows) == 0)
        return status;
    int shop_id = db_int(rows, 0, 0), revision = db_int(rows, 0, 1);
    bool has_begun = !db_is_null(rows, 0, 2);
    struct uuid cursor = has_begun ? db_uuid(rows, 0, 2) : before_all;
    const struct shop *shop = registry_shop(service->registry, shop_id);
    if (shop == NULL)
        return registry_load(service->registry, session->db, true, error);
    *is_busy = true;

    struct db_args *args = db_args(session->arena, 3);
    arg_int(args, DB_INT4, shop_id);
    arg_uuid(args, &cursor);
    arg_int(args, DB_INT4, CRAWL_PAGE);
    status = db_run(session->db, SQL_CRAWL_KEYS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    struct uuid *keys = ARENA_ARRAY(session->arena, struct uuid, n);
    for (size_t i = 0; i < n; i++)
        keys[i] = db_uuid(rows, (int)i, 0);
    struct tick_job job = {.shop = shop, .keys = keys, .n = n};
    status = committer_tick(service, &job, error);
    if (status != STATUS_OK)
        return status;

    args = db_args(session->arena, 6);
    arg_int(args, DB_INT4, shop_id);
    arg_int(args, DB_INT4, revision);
    arg_uuid(args, n ? &keys[n - 1] : &cursor);
    arg_int(args, DB_INT8, (int64_t)n);
    arg_time(args, n < CRAWL_PAGE ? clock_now(service->clock) : NONE);
    if (has_begun)
        arg_uuid(args, &cursor);
    else
        arg_span(args, DB_BYTEA, (struct span){NULL, 0});
    return db_run(session->db, SQL_CRAWL_PROGRESS, args, NULL, error);
}

/* Requests that could not be carried out: tried again after a while, and passed over until then. */
#define PRIVACY_FAILED_MOST 64
#define PRIVACY_PAUSE (60 * USEC_PER_SEC)
struct privacy_failed {
    struct uuid ids[PRIVACY_FAILED_MOST];
    size_t n;
    usec_t since; /* monotonic */
};

/* A piece of what shop systems ask for. */
static void privacy_step(struct session *session, struct privacy_failed *failed, bool *is_busy)
{
    struct error error;
    struct uuid request;
    if (failed->n && clock_monotonic() > failed->since + PRIVACY_PAUSE)
        failed->n = 0;
    enum status status = privacy_once(session, failed->ids, failed->n, &request, is_busy, &error);
    if (status == STATUS_OK || status == STATUS_DRAINING)
        return;
    LOG(LOG_WARN, "a request for privacy could not be carried out and will be tried again",
        LOG_TEXT("code", status_code(status)), LOG_TEXT("sqlstate", error.sqlstate));
    if (*is_busy && failed->n < PRIVACY_FAILED_MOST) {
        failed->since = failed->n ? failed->since : clock_monotonic();
        failed->ids[failed->n++] = request;
    }
    *is_busy = false;
}

/* Replies that are kept to be given again. */
#define ONCE_PAUSE (10 * USEC_PER_SEC)
static void trim_replies(struct session *session, usec_t *next_at)
{
    struct error error;
    if (clock_monotonic() < *next_at)
        return;
    *next_at = clock_monotonic() + ONCE_PAUSE;
    enum status status = once_trim(session, &error);
    if (status != STATUS_OK)
        LOG(LOG_WARN, "old replies could not be dropped and will be tried again", LOG_TEXT("code", status_code(status)),
            LOG_TEXT("sqlstate", error.sqlstate));
}

void *crawler_main(void *context)
{
    struct service *service = context;
    struct session session;
    struct privacy_failed failed = {.n = 0};
    usec_t pause = CRAWL_PAUSE, next_trim = 0, next_gauges = 0;
    session_init(&session, service->config, service->clock, service->registry, service);
    while (service_sleep(service, pause)) {
        struct error error;
        bool is_busy, is_asked;
        arena_reset(session.arena);
        pause = CRAWL_PAUSE;
        if (session_ready(&session, &error) != STATUS_OK)
            continue;
        trim_replies(&session, &next_trim);
        gauges_step(&session, &next_gauges);
        privacy_step(&session, &failed, &is_asked);
        if (session_ready(&session, &error) != STATUS_OK)
            continue;
        enum status status = crawl_once(service, &session, &is_busy, &error);
        if (status == STATUS_OK && (is_busy || is_asked))
            pause = 0;
        else if (status != STATUS_OK && status != STATUS_DRAINING)
            LOG(LOG_WARN, "a step of re-deciding failed and will be tried again",
                LOG_TEXT("code", status_code(status)), LOG_TEXT("sqlstate", error.sqlstate));
    }
    session_done(&session);
    return NULL;
}

/* --- trouble, and what other processes changed ------------------------------------------------------------------- */

void service_refused(struct service *service, const struct shop *shop, const struct error *error)
{
    pthread_mutex_lock(&service->lock);
    service->n_refused++;
    if (service->n_notes < REFUSAL_NOTES) {
        struct refusal_note *note = &service->notes[service->n_notes++];
        *note = (struct refusal_note){
            .shop_id = shop->id, .received_at = clock_now(service->clock), .status = error->status};
        memcpy(note->pointer, error->pointer, sizeof(note->pointer));
        memcpy(note->detail, error->detail, sizeof(note->detail));
    }
    pthread_mutex_unlock(&service->lock);
}

static enum status write_refusals(struct service *service, struct session *session, struct error *error)
{
    pthread_mutex_lock(&service->lock);
    size_t n = service->n_notes;
    struct refusal_note *notes = arena_copy(session->arena, service->notes, n * sizeof(*notes));
    service->n_notes = 0;
    pthread_mutex_unlock(&service->lock);
    if (n == 0)
        return STATUS_OK;
    struct db_args *args = db_args(session->arena, 6);
    arg_array(args, DB_INT4, n);
    for (size_t i = 0; i < n; i++)
        push_int(args, notes[i].shop_id);
    arg_array(args, DB_TIME, n);
    for (size_t i = 0; i < n; i++)
        push_time(args, notes[i].received_at);
    arg_array(args, DB_UUID, n);
    for (size_t i = 0; i < n; i++) {
        struct uuid id;
        random_uuid(&id);
        push_uuid(args, &id);
    }
    arg_array(args, DB_TEXT, n);
    for (size_t i = 0; i < n; i++)
        push_span(args, span_of(status_code(notes[i].status)));
    arg_array(args, DB_TEXT, n);
    for (size_t i = 0; i < n; i++)
        push_span(args, span_of(notes[i].pointer));
    arg_array(args, DB_TEXT, n);
    for (size_t i = 0; i < n; i++)
        push_span(args, span_of(notes[i].detail));
    enum status status = db_run(session->db, SQL_REFUSAL_INSERT, args, NULL, error);
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        if (i && notes[i].shop_id == notes[i - 1].shop_id)
            continue;
        args = db_args(session->arena, 2);
        arg_int(args, DB_INT4, notes[i].shop_id);
        arg_int(args, DB_INT4, REFUSALS_KEPT);
        status = db_run(session->db, SQL_REFUSAL_TRIM, args, NULL, error);
    }
    return status;
}

/* What came of messages, for those who look for a fault. */
static enum status write_notes(struct service *service, struct session *session, struct error *error)
{
    enum status status = write_refusals(service, session, error);
    return status == STATUS_OK
               ? source_journal_write(&service->journal, registry_meters(service->registry), session, error)
               : status;
}

static enum status monitor_once(struct service *service, struct session *session, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(session->db, SQL_DATABASE_TIME, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    usec_t shift = clock_now(service->clock) - db_time(rows, 0, 0);
    atomic_store(&service->clock_fits, service->clock->shifted || (shift < CLOCK_MOST && shift > -CLOCK_MOST));
    status = registry_load(service->registry, session->db, false, error);
    if (status != STATUS_OK)
        return status;
    status = db_run(session->db, SQL_DEFINITION_HEADS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows), n_behind = 0;
    const struct shop **behind = ARENA_ARRAY(session->arena, const struct shop *, n);
    for (size_t i = 0; i < n; i++) {
        const struct shop *shop = registry_shop(service->registry, db_int(rows, (int)i, 0));
        const struct definitions *known = shop ? definitions_known(service->registry, shop) : NULL;
        if (known && known->revision < db_int(rows, (int)i, 1))
            behind[n_behind++] = shop;
    }
    for (size_t i = 0; i < n_behind && status == STATUS_OK; i++) {
        const struct definitions *definitions;
        status = definitions_load(service->registry, session->db, behind[i], &definitions, error);
    }
    return status == STATUS_OK ? write_notes(service, session, error) : status;
}

void *monitor_main(void *context)
{
    struct service *service = context;
    struct session session;
    session_init(&session, service->config, service->clock, service->registry, service);
    do {
        struct error error;
        arena_reset(session.arena);
        enum status status = session_ready(&session, &error);
        if (status == STATUS_OK)
            status = monitor_once(service, &session, &error);
        bool is_up = status == STATUS_OK;
        if (is_up != atomic_load(&service->database_is_up))
            LOG(is_up ? LOG_INFO : LOG_ERROR, is_up ? "the database answers" : "the database does not answer",
                LOG_TEXT("code", is_up ? "ok" : status_code(status)));
        atomic_store(&service->database_is_up, is_up);
    } while (service_sleep(service, MONITOR_PAUSE));
    struct error error;
    if (session_ready(&session, &error) == STATUS_OK && write_notes(service, &session, &error) != STATUS_OK)
        LOG(LOG_WARN, "the last counts could not be written", LOG_TEXT("code", status_code(error.status)),
            LOG_TEXT("sqlstate", error.sqlstate));
    session_done(&session);
    return NULL;
}
