#include "base/log.h"
#include "base/uuid.h"
#include "service_private.h"

#include <stdlib.h>

/*
 * One thread takes everything that waits, up to batch_max messages, and commits it together: the size of the
 * batches follows the load by itself. Ticks of the sweeper and of crawls ride along.
 */

void committer_init(struct service *service)
{
    struct committer *c = &service->committer;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    pthread_cond_init(&c->ticked, NULL);
    c->writer = (struct writer){.options = {.prepared = service->config->prepared_statements,
                                            .index_only = true,
                                            .timeout_ms = (int)service->config->commit_timeout_ms},
                                .url = service->config->database_url,
                                .registry = service->registry,
                                .clock = service->clock,
                                .lanes = (unsigned)service->config->lanes,
                                .patience_ms = (int)service->config->commit_timeout_ms,
                                .gives_up = &service->gives_up,
                                .next_deadline = NONE};
}

size_t committer_load(struct service *service)
{
    struct committer *c = &service->committer;
    pthread_mutex_lock(&c->lock);
    size_t n = c->n_waiting + c->n_in_flight;
    pthread_mutex_unlock(&c->lock);
    return n;
}

void committer_done(struct service *service)
{
    struct committer *c = &service->committer;
    writer_done(&c->writer);
    pthread_cond_destroy(&c->ticked);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
}

/* --- the queue ------------------------------------------------------------------------------------------------ */

enum status service_ingest(struct service *service, struct ingest_job *job, struct error *error)
{
    struct committer *c = &service->committer;
    enum status status = STATUS_OK;
    job->n_taken = job->n_done = 0;
    job->status = STATUS_OK;
    job->next = NULL;
    job->queued_at = clock_monotonic();
    pthread_mutex_lock(&c->lock);
    if (c->is_draining) {
        status = error_set(error, STATUS_DRAINING, "", "the service is shutting down");
    } else if (c->n_waiting && c->n_waiting + job->n_items > (size_t)service->config->queue_max) {
        /* a batch that is larger than the whole queue gets in when nothing else waits */
        status = error_set(error, STATUS_QUEUE_FULL, "", "%zu messages wait for the database already", c->n_waiting);
    } else {
        if (c->last)
            c->last->next = job;
        else
            c->first = job;
        c->last = job;
        c->n_waiting += job->n_items;
        pthread_cond_signal(&c->wake);
    }
    pthread_mutex_unlock(&c->lock);
    return status;
}

enum status committer_tick(struct service *service, struct tick_job *job, struct error *error)
{
    struct committer *c = &service->committer;
    if (job->n == 0)
        return STATUS_OK;
    job->n_taken = job->n_done = 0;
    job->is_done = false;
    job->status = STATUS_OK;
    job->next = NULL;
    pthread_mutex_lock(&c->lock);
    if (c->is_draining) {
        pthread_mutex_unlock(&c->lock);
        return error_set(error, STATUS_DRAINING, "", "the service is shutting down");
    }
    if (c->last_tick)
        c->last_tick->next = job;
    else
        c->first_tick = job;
    c->last_tick = job;
    pthread_cond_signal(&c->wake);
    while (!job->is_done)
        pthread_cond_wait(&c->ticked, &c->lock);
    pthread_mutex_unlock(&c->lock);
    if (job->status != STATUS_OK && error)
        *error = job->error;
    return job->status;
}

/* --- a batch of entries and the jobs that they belong to ------------------------------------------------------ */

struct load {
    struct entry *entries;
    size_t n;
    size_t capacity;
    struct ingest_job **jobs; /* by entry; NULL: a tick */
    struct tick_job **ticks;
    size_t *places; /* of a tick among the keys of its job */
};

static void load_init(struct load *load, size_t capacity)
{
    load->capacity = capacity;
    load->entries = calloc(capacity, sizeof(*load->entries));
    load->jobs = calloc(capacity, sizeof(struct ingest_job *));
    load->ticks = calloc(capacity, sizeof(struct tick_job *));
    load->places = calloc(capacity, sizeof(*load->places));
    if (!load->entries || !load->jobs || !load->ticks || !load->places)
        abort();
}

static void load_done(struct load *load)
{
    free(load->entries);
    free(load->jobs);
    free(load->ticks);
    free(load->places);
}

/*
 * Called with the lock held: jobs that have waited too long for their turn leave the queue, to be told so. The queue
 * is in order of arrival.
 */
static struct ingest_job *take_expired(struct committer *c, usec_t patience)
{
    struct ingest_job *expired = NULL, **end = &expired;
    usec_t since = clock_monotonic() - patience;
    while (c->first && c->first->n_taken == 0 && c->first->queued_at < since) {
        struct ingest_job *job = c->first;
        c->first = job->next;
        if (c->first == NULL)
            c->last = NULL;
        c->n_waiting -= job->n_items;
        job->next = NULL;
        *end = job;
        end = &job->next;
    }
    return expired;
}

static void refuse_expired(struct ingest_job *expired)
{
    while (expired) {
        struct ingest_job *job = expired;
        expired = job->next;
        job->status = error_set(&job->error, STATUS_TIMED_OUT, "", "the database has been too slow to take this in time");
        job->done(job);
    }
}

/* Called with the lock held. Ticks take at most a quarter of a batch while messages wait. */
static void take(struct committer *c, struct load *load)
{
    size_t room_for_ticks = c->first ? load->capacity / 4 + 1 : load->capacity;
    load->n = 0;
    while (c->first_tick && load->n < room_for_ticks) {
        struct tick_job *job = c->first_tick;
        for (; job->n_taken < job->n && load->n < room_for_ticks; load->n++) {
            load->entries[load->n] = (struct entry){.shop = job->shop, .key = job->keys[job->n_taken]};
            load->places[load->n] = job->n_taken++;
            load->jobs[load->n] = NULL;
            load->ticks[load->n] = job;
        }
        if (job->n_taken < job->n)
            break;
        c->first_tick = job->next;
        if (c->first_tick == NULL)
            c->last_tick = NULL;
    }
    while (c->first && load->n < load->capacity) {
        struct ingest_job *job = c->first;
        for (; job->n_taken < job->n_items && load->n < load->capacity; load->n++) {
            load->entries[load->n] = entry_of_item(job, &job->items[job->n_taken++]);
            load->jobs[load->n] = job;
            load->ticks[load->n] = NULL;
            c->n_waiting--;
            c->n_in_flight++;
        }
        if (job->n_taken < job->n_items)
            break;
        c->first = job->next;
        if (c->first == NULL)
            c->last = NULL;
    }
}

/* With lanes a transaction carries customers of one lane only: each lane of the batch commits by itself. */
static enum status run(struct committer *c, struct load *load, struct error *error)
{
    unsigned lanes = c->writer.lanes;
    if (lanes <= 1)
        return writer_run(&c->writer, load->entries, load->n, error);
    struct entry *lane_entries = calloc(load->n + 1, sizeof(*lane_entries));
    size_t *places = calloc(load->n + 1, sizeof(*places));
    enum status status = STATUS_OK;
    if (lane_entries == NULL || places == NULL)
        abort();
    for (unsigned lane = 0; lane < lanes && status == STATUS_OK; lane++) {
        size_t n = 0;
        for (size_t i = 0; i < load->n; i++)
            if (uuid_lane(&load->entries[i].key, lanes) == lane) {
                places[n] = i;
                lane_entries[n++] = load->entries[i];
            }
        status = writer_run(&c->writer, lane_entries, n, error);
        for (size_t i = 0; i < n; i++)
            load->entries[places[i]].has_failed = lane_entries[i].has_failed;
    }
    free(places);
    free(lane_entries);
    return status;
}

/* Tell each job how far it has come; those that are complete are answered. */
static void settle(struct service *service, struct load *load, enum status status, const struct error *error)
{
    struct committer *c = &service->committer;
    bool ticked = false;
    for (size_t i = 0; i < load->n; i++) {
        struct ingest_job *job = load->jobs[i];
        struct tick_job *tick = load->ticks[i];
        if (tick) {
            if (status != STATUS_OK) {
                tick->status = status;
                tick->error = *error;
            }
            if (load->entries[i].has_failed && tick->failed)
                tick->failed[load->places[i]] = true;
            if (++tick->n_done == tick->n) {
                pthread_mutex_lock(&c->lock);
                tick->is_done = true;
                pthread_mutex_unlock(&c->lock);
                ticked = true;
            }
            continue;
        }
        if (status != STATUS_OK) {
            job->status = status;
            job->error = *error;
        }
        if (++job->n_done == job->n_items) {
            job->definitions = definitions_known(service->registry, job->shop);
            job->done(job); /* the job may be gone now */
        }
    }
    if (ticked)
        pthread_cond_broadcast(&c->ticked);
}

/* Nothing waits any more and nothing will. */
static bool is_over(const struct committer *c)
{
    return c->must_stop && c->first == NULL && c->first_tick == NULL;
}

static void *committer_main(void *context)
{
    struct service *service = context;
    struct committer *c = &service->committer;
    struct load load;
    load_init(&load, (size_t)service->config->batch_max);
    for (;;) {
        struct error error = {0};
        pthread_mutex_lock(&c->lock);
        while (c->first == NULL && c->first_tick == NULL && !c->must_stop)
            pthread_cond_wait(&c->wake, &c->lock);
        if (is_over(c)) {
            pthread_mutex_unlock(&c->lock);
            break;
        }
        struct ingest_job *expired = take_expired(c, (usec_t)service->config->commit_timeout_ms * 1000);
        take(c, &load);
        pthread_mutex_unlock(&c->lock);
        refuse_expired(expired);

        int64_t n_changes = c->writer.n_changes;
        enum status status = run(c, &load, &error);
        if (c->writer.n_changes != n_changes)
            follower_poke(service);
        /* while the database is away nobody waits for long: the next batch finds out soon whether it is back */
        bool is_away = status == STATUS_DATABASE_AWAY;
        if (status == STATUS_BAD_SCHEMA)
            atomic_store(&service->schema_fits, false);
        c->writer.patience_ms = is_away ? 500 : (int)service->config->commit_timeout_ms;
        if (status != STATUS_OK)
            LOG(LOG_ERROR, "a batch was not committed", LOG_TEXT("code", status_code(status)),
                LOG_TEXT("sqlstate", error.sqlstate), LOG_NUMBER("messages", load.n));

        pthread_mutex_lock(&c->lock);
        c->n_in_flight = 0;
        memcpy(c->metrics, c->writer.metrics, sizeof(c->metrics));
        pthread_mutex_unlock(&c->lock);
        settle(service, &load, status, &error);
    }
    load_done(&load);
    return NULL;
}

enum status committer_start(struct service *service, struct error *error)
{
    if (pthread_create(&service->committer.thread, NULL, committer_main, service) != 0)
        return error_set(error, STATUS_NO_MEMORY, "", "a thread cannot be started");
    return STATUS_OK;
}

void committer_drain(struct service *service)
{
    struct committer *c = &service->committer;
    pthread_mutex_lock(&c->lock);
    c->is_draining = true;
    c->must_stop = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
}
