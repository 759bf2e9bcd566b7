#include "app/source.h"
#include "app/verify.h"
#include "base/log.h"
#include "db/migrate.h"
#include "net/guard.h"
#include "service_private.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define READS_WAITING 4096

enum status service_new(const struct config *config, const struct clock *clock, struct service **out,
                        struct error *error)
{
    struct db *db;
    struct guard *guard;
    struct db_options options = {.prepared = config->prepared_statements};
    enum status status = guard_new(span_of(config->webhook_allow), &guard, error);
    if (status != STATUS_OK)
        return status;
    status = db_open(config->database_url, &options, &db, error);
    if (status != STATUS_OK) {
        guard_free(guard);
        return status;
    }
    struct registry *registry = registry_new(span_of(config->secret_key));
    status = migrate_check(db, error);
    if (status == STATUS_OK)
        status = registry_load(registry, db, true, error);
    int64_t n_owed = 0;
    if (status == STATUS_OK)
        status = verify_owed(db, &n_owed, error);
    db_close(db);
    if (n_owed)
        LOG(LOG_WARN, "metrics are partial until lifecycled rebuild is run", LOG_NUMBER("shops", n_owed));
    if (status != STATUS_OK) {
        registry_free(registry);
        guard_free(guard);
        return status;
    }
    struct service *service = calloc(1, sizeof(*service));
    if (service == NULL)
        abort();
    service->config = config;
    service->clock = clock;
    service->registry = registry;
    service->guard = guard;
    service->notes = calloc(REFUSAL_NOTES, sizeof(*service->notes));
    if (service->notes == NULL)
        abort();
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&service->lock, NULL);
    pthread_cond_init(&service->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    atomic_store(&service->database_is_up, true);
    atomic_store(&service->schema_fits, true);
    atomic_store(&service->clock_fits, true);
    source_journal_init(&service->journal);
    service->metrics = metric_shelf_new();
    committer_init(service);
    readers_init(&service->readers, service, READS_WAITING);
    readers_init(&service->exporters, service, EXPORTS_WAITING);
    service->exporters.is_patient = true;
    follower_init(service);
    *out = service;
    return STATUS_OK;
}

enum status service_start(struct service *service, struct error *error)
{
    enum status status = committer_start(service, error);
    if (status == STATUS_OK)
        status = readers_start(&service->readers, (size_t)service->config->readers, error);
    if (status == STATUS_OK)
        status = readers_start(&service->exporters, EXPORTS_AT_ONCE, error);
    if (status == STATUS_OK)
        status = follower_start(service, error);
    if (status == STATUS_OK)
        status = dispatcher_start(service, error);
    if (status != STATUS_OK)
        return status;
    lag_begin(&service->sweep_lag, clock_monotonic());
    lag_begin(&service->tally_lag, clock_monotonic());
    if (pthread_create(&service->sweeper, NULL, sweeper_main, service) != 0 ||
        pthread_create(&service->crawler, NULL, crawler_main, service) != 0 ||
        pthread_create(&service->janitor, NULL, janitor_main, service) != 0 ||
        pthread_create(&service->scorer, NULL, scorer_main, service) != 0 ||
        pthread_create(&service->pairing, NULL, pairing_main, service) != 0 ||
        pthread_create(&service->tallier, NULL, tallier_main, service) != 0 ||
        pthread_create(&service->monitor, NULL, monitor_main, service) != 0)
        return error_set(error, STATUS_NO_MEMORY, "", "a thread cannot be started");
    service->is_started = true;
    return STATUS_OK;
}

bool service_sleep(struct service *service, usec_t us)
{
    usec_t until = clock_monotonic() + us;
    struct timespec deadline = {.tv_sec = until / USEC_PER_SEC, .tv_nsec = until % USEC_PER_SEC * 1000};
    pthread_mutex_lock(&service->lock);
    while (!service->must_stop && us > 0)
        if (pthread_cond_timedwait(&service->stop, &service->lock, &deadline) == ETIMEDOUT)
            break;
    bool goes_on = !service->must_stop;
    pthread_mutex_unlock(&service->lock);
    return goes_on;
}

void service_drain(struct service *service)
{
    if (!service->is_started)
        return;
    service->is_started = false;
    atomic_store(&service->is_draining, true);
    pthread_mutex_lock(&service->lock);
    service->must_stop = true;
    pthread_cond_broadcast(&service->stop);
    pthread_mutex_unlock(&service->lock);
    atomic_store(&service->scorer_ends, true);
    pthread_join(service->scorer, NULL);
    pthread_join(service->pairing, NULL);
    pthread_join(service->tallier, NULL);
    pthread_join(service->sweeper, NULL);
    pthread_join(service->crawler, NULL);
    pthread_join(service->janitor, NULL);
    atomic_store(&service->exports_end, true);
    readers_stop(&service->exporters);
    readers_stop(&service->readers);
    committer_drain(service);
    dispatcher_stop(service);
    follower_stop(service);
    pthread_join(service->monitor, NULL);
}

void service_free(struct service *service)
{
    if (service == NULL)
        return;
    committer_done(service);
    readers_done(&service->exporters);
    readers_done(&service->readers);
    follower_done(service);
    source_journal_done(&service->journal);
    metric_shelf_free(service->metrics);
    gauges_done(&service->gauges);
    registry_free(service->registry);
    guard_free(service->guard);
    pthread_cond_destroy(&service->stop);
    pthread_mutex_destroy(&service->lock);
    free(service->notes);
    free(service);
}

const struct clock *service_clock(const struct service *service)
{
    return service->clock;
}

const struct config *service_config(const struct service *service)
{
    return service->config;
}

enum status access_check(struct service *service, struct span key, struct access *out)
{
    if (key.n == 0 || key.n > 255)
        return STATUS_UNAUTHORIZED;
    return registry_access(service->registry, key, clock_now(service->clock), &service->config->rate_limit, out);
}

const struct source *source_find(struct service *service, const struct uuid *id)
{
    return registry_source(service->registry, id);
}

enum status access_refresh(struct session *session, struct error *error)
{
    if (session->db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    return registry_load(session->registry, session->db, false, error);
}

void service_health(struct service *service, struct health *out)
{
    *out = (struct health){.database = atomic_load(&service->database_is_up),
                           .schema = atomic_load(&service->schema_fits),
                           .clock = atomic_load(&service->clock_fits),
                           .is_draining = atomic_load(&service->is_draining)};
    out->is_ready = out->database && out->schema && out->clock && !out->is_draining;
}

void service_metrics(struct service *service, int64_t out[METRIC_COUNT])
{
    struct committer *c = &service->committer;
    struct readers *r = &service->readers;
    pthread_mutex_lock(&c->lock);
    memcpy(out, c->metrics, sizeof(c->metrics));
    out[METRIC_queue_events] = (int64_t)(c->n_waiting + c->n_in_flight);
    pthread_mutex_unlock(&c->lock);
    pthread_mutex_lock(&r->lock);
    out[METRIC_read_queue] = (int64_t)r->n_waiting;
    out[METRIC_reads] = r->n_run;
    pthread_mutex_unlock(&r->lock);
    pthread_mutex_lock(&service->lock);
    out[METRIC_events_refused] += service->n_refused;
    pthread_mutex_unlock(&service->lock);
    out[METRIC_sweeps] = atomic_load(&service->sweeps);
    out[METRIC_sweep_lag_microseconds] = lag_read(&service->sweep_lag, clock_now(service->clock), clock_monotonic());
    out[METRIC_tally_entries] = atomic_load(&service->tallies_waiting);
    out[METRIC_tally_oldest_microseconds] = lag_read(&service->tally_lag, clock_now(service->clock), clock_monotonic());
    out[METRIC_webhooks_delivered] = atomic_load(&service->webhooks.delivered);
    out[METRIC_webhooks_failed] = atomic_load(&service->webhooks.failed);
    out[METRIC_webhooks_exhausted] = atomic_load(&service->webhooks.exhausted);
    out[METRIC_webhooks_pending] = atomic_load(&service->webhooks.pending);
    out[METRIC_webhook_queue_oldest_microseconds] = atomic_load(&service->webhooks.oldest);
    out[METRIC_database_errors] += atomic_load(&service->database_errors);
}
