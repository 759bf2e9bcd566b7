#ifndef APP_SERVICE_PRIVATE_H
#define APP_SERVICE_PRIVATE_H

#include "metric_shelf.h"
#include "gauge_private.h"
#include "lag.h"
#include "session_private.h"
#include "source_journal.h"

#include <pthread.h>
#include <stdatomic.h>

/* Private to app/: the running service. Each part has its own file and its own lock. */

/** Customers to be moved to now: by the sweeper, by a crawl. */
struct tick_job {
    const struct shop *shop;
    const struct uuid *keys;
    bool *failed; /* NULL, or one for each key: the customer could not be moved */
    size_t n;
    size_t n_taken;
    size_t n_done;
    enum status status;
    struct error error;
    bool is_done;
    struct tick_job *next;
};

struct committer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;     /* something was queued */
    pthread_cond_t ticked;   /* a tick job is done */
    struct ingest_job *first, *last;
    struct tick_job *first_tick, *last_tick;
    size_t n_waiting;        /* events that no batch has taken */
    size_t n_in_flight;      /* events in the present batch */
    bool is_draining;
    bool must_stop;          /* once the queue is empty */
    struct writer writer;
    int64_t metrics[METRIC_COUNT]; /* copies of the writer's, under the lock */
};

/** Threads that run tasks, each with a session. */
struct readers {
    struct service *service;
    pthread_t *threads;
    size_t n_threads;
    size_t n_most;      /* tasks that may wait */
    bool is_patient;    /* for work over the whole base: statements may take longer, and end when the service stops */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct task *first, *last;
    size_t n_waiting;
    bool must_stop;
    int64_t n_run;
};

/** Looks where the feeds stand that somebody waits for, and wakes those for whom there is something. */
struct follower {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct feed_waiter *waiters;
    size_t n_waiters;
    bool is_poked; /* this process has appended something, or somebody began to wait */
    bool must_stop;
};

struct refusal_note {
    int shop_id;
    usec_t received_at;
    enum status status;
    char pointer[256];
    char detail[512];
};
#define REFUSAL_NOTES 256

/** What became of webhooks. */
struct webhook_counters {
    _Atomic int64_t delivered, failed, exhausted;
    _Atomic int64_t pending;
    _Atomic int64_t oldest; /* how long the oldest of them has been waiting, microseconds */
};

struct service {
    const struct config *config;
    const struct clock *clock;
    struct registry *registry;
    struct committer committer;
    struct readers readers;
    struct readers exporters;
    _Atomic bool exports_end; /* statements of exporters give up */
    _Atomic bool scorer_ends; /* and those of the scorer, the tallier and of pairing */
    struct follower follower;
    struct guard *guard;
    struct dispatcher *dispatcher; /* under the lock; NULL: none runs */
    struct webhook_counters webhooks;
    pthread_t sweeper, crawler, janitor, scorer, tallier, pairing, monitor;
    pthread_mutex_t lock;
    pthread_cond_t stop;     /* must_stop was set: workers wake up */
    bool must_stop;
    bool is_started;
    struct refusal_note *notes; /* waiting to be written; those beyond the room are dropped and counted */
    size_t n_notes;
    int64_t n_refused;
    struct source_journal journal;
    struct metric_shelf *metrics;
    struct gauges gauges; /* under the lock */
    _Atomic bool gives_up;
    _Atomic bool is_draining, database_is_up, schema_fits, clock_fits;
    _Atomic int64_t sweeps, database_errors;
    struct lag sweep_lag, tally_lag;
    _Atomic int64_t tallies_waiting; /* entries of the journals */
};

enum status committer_start(struct service *service, struct error *error) MUST_CHECK;
void committer_init(struct service *service);
void committer_drain(struct service *service);
void committer_done(struct service *service);
/** Events that wait for their commit or are being committed. */
size_t committer_load(struct service *service);
/** Queue a tick job and wait for it. */
enum status committer_tick(struct service *service, struct tick_job *job, struct error *error) MUST_CHECK;

void readers_init(struct readers *readers, struct service *service, size_t n_most);
enum status readers_start(struct readers *readers, size_t n_threads, struct error *error) MUST_CHECK;
enum status readers_add(struct readers *readers, struct task *task, struct error *error) MUST_CHECK;
void readers_stop(struct readers *readers);
void readers_done(struct readers *readers);

void follower_init(struct service *service);
enum status follower_start(struct service *service, struct error *error) MUST_CHECK;
void follower_stop(struct service *service); /* wakes who still waits */
void follower_done(struct service *service);
/** A feed has grown. Thread-safe. */
void follower_poke(struct service *service);

enum status dispatcher_start(struct service *service, struct error *error) MUST_CHECK;
void dispatcher_stop(struct service *service);

void *sweeper_main(void *service);
void *crawler_main(void *service);
void *janitor_main(void *service);
void *scorer_main(void *service);
void *pairing_main(void *service);
void *tallier_main(void *service);
void *monitor_main(void *service);

/** Sleep for ${us}, or until the service stops; false when it stops. */
bool service_sleep(struct service *service, usec_t us);

#endif
