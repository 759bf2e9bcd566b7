#ifndef APP_SERVICE_H
#define APP_SERVICE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/status.h"
#include "core/outcome.h"
#include "wire/message.h"

/**
 * The running service behind the HTTP door: one committer, a pool of readers, the workers.
 * All functions are thread-safe unless they say otherwise.
 */
struct service;
struct session; /* what a reader thread lends to a task: app/session.h */

/**
 * service_new(config, clock, out, error):
 * Connect, check the schema, load shops, keys and definitions.
 * Errors   DATABASE_AWAY, BAD_SCHEMA (older or newer than this binary), BAD_CONFIG.
 */
enum status service_new(const struct config *config, const struct clock *clock, struct service **out,
                        struct error *error) MUST_CHECK;
/** Start committer, readers and workers. */
enum status service_start(struct service *service, struct error *error) MUST_CHECK;
/** Take no new work, finish what was accepted, stop the workers. Blocks; at most ${drain_timeout}. */
void service_drain(struct service *service);
void service_free(struct service *service);
const struct clock *service_clock(const struct service *service);
const struct config *service_config(const struct service *service);

/* --- who may do what ------------------------------------------------------------------------------------ */

enum scope { SCOPE_WRITE = 1, SCOPE_READ = 2, SCOPE_ADMIN = 3 };

struct access {
    const struct shop *shop; /* lives as long as the service */
    enum scope scope;
    const struct source *source; /* app/source.h: whose key it is, or who signed; NULL: no source's */
    struct uuid key_id;          /* of the key, or of the source whose key it is */
    struct quota quota;          /* what the key may send to this process */
};

/**
 * access_check(service, key, out):
 * Whose key is this? Cheap (a hash and a lookup in memory).
 * Errors   UNAUTHORIZED: no such key; RETRY: not known here yet, but it may have just been made: run
 *          access_refresh() as a task (it asks the database) and check again; DATABASE_AWAY: nothing could be
 *          loaded yet.
 */
enum status access_check(struct service *service, struct span key, struct access *out) MUST_CHECK;
/** Load shops, keys and sources again. Blocks: call it from a task. */
enum status access_refresh(struct session *session, struct error *error) MUST_CHECK;

/* --- in ------------------------------------------------------------------------------------------------- */

enum ingest_result { INGEST_PENDING, INGEST_ACCEPTED, INGEST_DUPLICATE, INGEST_REFUSED };

/** One message on its way through the committer. */
struct ingest_item {
    struct message message; /* must live until the job is done */
    enum ingest_result result;
    struct outcome outcome; /* of ACCEPTED and DUPLICATE; lives in the job's arena */
    struct error error;     /* of REFUSED (order_claimed, poison) */
};

/** All messages of one request. The caller owns it and its arena until done() was called, and again afterwards. */
struct ingest_job {
    const struct shop *shop;
    struct ingest_item *items;
    size_t n_items;
    struct arena *arena;
    bool is_silent; /* import: no change but customer.synced */
    struct uuid trace_id; /* of the trace in which the sender is; all zero: it named none */
    void (*done)(struct ingest_job *job); /* called once, on the committer's thread, after COMMIT; must not block */
    void *context;
    /* filled in */
    enum status status; /* STATUS_OK: each item has its result; else nothing is known to be stored: 503 */
    struct error error;
    const struct definitions *definitions; /* for outcome_print(); lives as long as the service */
    /* the committer's own */
    size_t n_taken;
    size_t n_done;
    usec_t queued_at; /* monotonic */
    struct ingest_job *next;
};

/**
 * service_ingest(service, job, error):
 * Hand a job to the committer; done() will be called exactly once unless this fails.
 * Errors   QUEUE_FULL, DRAINING: nothing was taken.
 */
enum status service_ingest(struct service *service, struct ingest_job *job, struct error *error) MUST_CHECK;

/** Remember refused messages for GET /v1/refusals: code and pointer, never content. Never blocks. */
void service_refused(struct service *service, const struct shop *shop, const struct error *error);

/* --- out ------------------------------------------------------------------------------------------------ */

/** Something that needs the database and is not ingest: runs on a reader thread. */
struct task {
    /** Do the work. Called on a reader thread. */
    void (*run)(struct task *task, struct session *session);
    /** NULL, or do the work of several waiting tasks that have this same function, together (n >= 1). */
    void (*run_many)(struct task **tasks, size_t n, struct session *session);
    /** Called after run, on the reader thread; must not block. */
    void (*done)(struct task *task);
    void *context;
    struct task *next;
};

/** Errors   QUEUE_FULL, DRAINING. */
enum status service_read(struct service *service, struct task *task, struct error *error) MUST_CHECK;
/**
 * The same for work that takes long: EXPORTS_AT_ONCE run, EXPORTS_WAITING wait. A task that runs when the service
 * drains loses its database.
 */
#define EXPORTS_AT_ONCE 2
#define EXPORTS_WAITING 8
enum status service_export(struct service *service, struct task *task, struct error *error) MUST_CHECK;

/* --- webhooks ------------------------------------------------------------------------------------------- */

struct guard;
/** Where webhooks may go: net/guard.h. */
const struct guard *service_guard(struct service *service);
/** An endpoint was changed, or asked to deliver something: whoever delivers looks at once. NULL: nobody does. */
void service_endpoints_poke(struct service *service);
/**
 * deliveries_trim(session, shop, oldest, before, error):
 * Forget what was settled of changes before number ${oldest}, and tests made before ${before}.
 */
enum status deliveries_trim(struct session *session, const struct shop *shop, int64_t oldest, usec_t before,
                            struct error *error) MUST_CHECK;

/* --- health --------------------------------------------------------------------------------------------- */

struct health {
    bool is_ready;
    bool database;      /* answers */
    bool schema;        /* fits this binary */
    bool clock;         /* within 1 s of the database's */
    bool is_draining;
};
void service_health(struct service *service, struct health *out);

/** Counters of the service, for /metrics. Monotonic unless they are gauges. */
#define SERVICE_METRIC_TABLE(X)                                                                               \
    X(events_accepted, "counter", "Events committed")                                                         \
    X(events_duplicate, "counter", "Repeats answered from the ledger")                                        \
    X(events_refused, "counter", "Messages refused")                                                          \
    X(batches, "counter", "Transactions committed by the committer")                                          \
    X(batch_retries, "counter", "Transactions tried again")                                                   \
    X(refolds, "counter", "Customers folded anew from the ledger")                                            \
    X(transitions, "counter", "Stage transitions written")                                                    \
    X(transitions_superseded, "counter", "Transitions superseded by late events or definitions")              \
    X(sweeps, "counter", "Customers moved or re-checked by time")                                             \
    X(queue_events, "gauge", "Events waiting for the committer")                                              \
    X(sweep_lag_microseconds, "gauge", "How far behind the earliest deadline is")                             \
    X(tally_entries, "gauge", "Entries of the journal of tallies that are still to be added up")              \
    X(tally_oldest_microseconds, "gauge", "How long the oldest of them has been waiting")                     \
    X(reads, "counter", "Tasks run by readers")                                                               \
    X(read_queue, "gauge", "Tasks waiting for a reader")                                                      \
    X(webhooks_delivered, "counter", "Webhooks that were delivered")                                          \
    X(webhooks_failed, "counter", "Attempts to deliver a webhook that failed and will be repeated")           \
    X(webhooks_exhausted, "counter", "Webhooks that were given up")                                           \
    X(webhooks_pending, "gauge", "Webhooks waiting for an attempt")                                           \
    X(webhook_queue_oldest_microseconds, "gauge", "How long the oldest of them has been waiting")             \
    X(database_errors, "counter", "Statements that failed for reasons of our own")

enum service_metric {
#define X(name, type, help) METRIC_##name,
    SERVICE_METRIC_TABLE(X)
#undef X
        METRIC_COUNT
};
void service_metrics(struct service *service, int64_t out[METRIC_COUNT]);

#endif
