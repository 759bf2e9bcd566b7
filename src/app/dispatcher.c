#include "dispatcher.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "db/each.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LEASE        (15 * USEC_PER_SEC)
#define RENEW_PAUSE  (5 * USEC_PER_SEC)
#define LOOK_PAUSE   (USEC_PER_SEC / 2) /* for endpoints that others made or changed */
#define DUE_PAUSE    USEC_PER_SEC
#define COUNT_PAUSE  (10 * USEC_PER_SEC)
#define AWAY_PAUSE   (USEC_PER_SEC / 4) /* while the database does not answer */
#define WRITE_PAUSE  (USEC_PER_SEC / 10)
#define WRITE_MOST   500
#define STOP_MOST    (2 * USEC_PER_SEC) /* for what is under way when the service stops */
#define IDLE_MOST    (2 * FLYING_MOST) /* connections that are kept: none is closed because others are busy */
#define BUSY_EVENTS  16
#define REST         8
#define REST_LAGGING 2
#define LAG_MOST     (60 * USEC_PER_SEC)
#define REST_MOST    20000
#define NICENESS     10 /* what comes in goes before what goes out */

/* When what is to be done next, monotonic. */
struct schedule {
    usec_t look_at, renew_at, due_at, count_at;
};

/* --- leases --------------------------------------------------------------------------------------------- */

static struct outlet *outlet_of(struct dispatcher *d, const struct uuid *id)
{
    struct outlet *outlet = d->outlets;
    while (outlet && uuid_compare(&outlet->id, id) != 0)
        outlet = outlet->next;
    return outlet;
}

/* Take or keep the leases of these endpoints; those of the outlets among them last longer then. */
static enum status lease(struct dispatcher *d, const struct uuid *ids, size_t n, struct error *error)
{
    const struct db_result *rows;
    usec_t now = clock_now(d->service->clock);
    struct db_args *args = db_args(d->session.arena, 4);
    arg_uuid(args, &d->owner);
    arg_time(args, now);
    arg_time(args, now + LEASE);
    EACH(args, DB_UUID, push_uuid, &ids[i]);
    enum status status = db_run(d->session.db, SQL_OUTLET_LEASE, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < n; i++) {
        struct outlet *outlet = outlet_of(d, &ids[i]);
        if (outlet)
            outlet->is_lost = true;
    }
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid id = db_uuid(rows, row, 0);
        struct outlet *outlet = outlet_of(d, &id);
        if (outlet == NULL)
            continue;
        outlet->is_lost = false;
        outlet->leased_until = now + LEASE;
    }
    for (struct outlet *outlet = d->outlets; outlet; outlet = outlet->next)
        outlet->is_closing |= outlet->is_lost;
    return STATUS_OK;
}

static enum status release(struct dispatcher *d, const struct uuid *ids, size_t n, struct error *error)
{
    struct db_args *args = db_args(d->session.arena, 2);
    arg_uuid(args, &d->owner);
    EACH(args, DB_UUID, push_uuid, &ids[i]);
    return n ? db_run(d->session.db, SQL_OUTLET_RELEASE, args, NULL, error) : STATUS_OK;
}

static struct uuid *all_ids(struct dispatcher *d, bool only_closed, size_t *n)
{
    size_t most = 0;
    for (struct outlet *outlet = d->outlets; outlet; outlet = outlet->next)
        most++;
    struct uuid *ids = ARENA_ARRAY(d->session.arena, struct uuid, most);
    *n = 0;
    for (struct outlet *outlet = d->outlets; outlet; outlet = outlet->next)
        if (!only_closed || (outlet->is_closing && outlet->n_flying == 0))
            ids[(*n)++] = outlet->id;
    return ids;
}

static enum status renew(struct dispatcher *d, struct error *error)
{
    size_t n;
    struct uuid *ids = all_ids(d, false, &n);
    return n ? lease(d, ids, n, error) : STATUS_OK;
}

/* Outlets that are closing and of which nothing is under way; their results are written. */
static enum status drop_closed(struct dispatcher *d, struct error *error)
{
    size_t n;
    struct uuid *ids = all_ids(d, true, &n);
    enum status status = n ? outlets_write(d, error) : STATUS_OK;
    if (status == STATUS_OK)
        status = release(d, ids, n, error);
    for (struct outlet **place = &d->outlets; status == STATUS_OK && *place;) {
        struct outlet *outlet = *place;
        if (!outlet->is_closing || outlet->n_flying) {
            place = &outlet->next;
            continue;
        }
        *place = outlet->next;
        outlet_free(outlet);
    }
    return status;
}

/* --- which endpoints there are -------------------------------------------------------------------------- */

static enum status open_outlet(struct dispatcher *d, int shop_id, const struct uuid *id, struct error *error)
{
    const struct shop *shop = registry_shop(d->service->registry, shop_id);
    if (shop == NULL)
        return registry_load(d->service->registry, d->session.db, true, error);
    struct outlet *outlet = outlet_new(d, shop, id), **last = &d->outlets;
    while (*last)
        last = &(*last)->next;
    *last = outlet;
    outlet->is_listed = true;
    enum status status = lease(d, id, 1, error);
    if (status == STATUS_OK && !outlet->is_lost)
        status = outlet_load(outlet, error);
    outlet->is_closing |= status != STATUS_OK;
    watch_of(d, shop);
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* What became of one that this process delivers to. */
static enum status update_outlet(struct outlet *outlet, int version, int64_t asked, bool is_enabled,
                                 struct error *error)
{
    outlet->is_listed = true;
    if (!is_enabled) {
        outlet->is_closing = true;
        return STATUS_OK;
    }
    if (outlet->is_closing || (outlet->endpoint.version == version && outlet->endpoint.asked == asked))
        return STATUS_OK;
    enum status status = outlets_write(outlet->dispatcher, error);
    if (status != STATUS_OK)
        return status;
    outlet->must_look = true;
    if (outlet->endpoint.version == version) {
        outlet->endpoint.asked = asked;
        return STATUS_OK;
    }
    status = outlet_load(outlet, error);
    outlet->is_closing |= status == STATUS_NOT_FOUND;
    return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

struct listed {
    int shop_id;
    struct uuid id;
    int version;
    int64_t asked;
    bool is_ours, is_enabled;
};

static enum status look(struct dispatcher *d, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(d->session.arena, 2);
    arg_uuid(args, &d->owner);
    arg_time(args, clock_now(d->service->clock));
    enum status status = db_run(d->session.db, SQL_OUTLET_LIST, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    struct listed *listed = ARENA_ARRAY(d->session.arena, struct listed, n);
    for (size_t i = 0; i < n; i++)
        listed[i] = (struct listed){.shop_id = db_int(rows, (int)i, 0),
                                    .id = db_uuid(rows, (int)i, 1),
                                    .version = db_int(rows, (int)i, 2),
                                    .asked = db_int8(rows, (int)i, 3),
                                    .is_ours = db_bool(rows, (int)i, 4),
                                    .is_enabled = db_bool(rows, (int)i, 5)};
    for (struct outlet *outlet = d->outlets; outlet; outlet = outlet->next)
        outlet->is_listed = false;
    for (size_t i = 0; i < n && status == STATUS_OK; i++) {
        struct outlet *outlet = outlet_of(d, &listed[i].id);
        if (outlet)
            status = update_outlet(outlet, listed[i].version, listed[i].asked, listed[i].is_enabled, error);
        else if (listed[i].is_enabled)
            status = open_outlet(d, listed[i].shop_id, &listed[i].id, error);
    }
    for (struct outlet *outlet = d->outlets; outlet && status == STATUS_OK; outlet = outlet->next)
        if (!outlet->is_listed)
            outlet->is_closing = outlet->is_lost = true;
    return status == STATUS_OK ? drop_closed(d, error) : status;
}

/* --- the thread ----------------------------------------------------------------------------------------- */

static void tell(struct dispatcher *d)
{
    int64_t n = 0;
    usec_t oldest_at = NONE;
    for (const struct outlet *outlet = d->outlets; outlet; outlet = outlet->next) {
        n += outlet->n_pending + (int64_t)outlet->n_queued;
        usec_t at = outlet->oldest_at;
        for (const struct delivery *e = outlet->first; e; e = e->next)
            if (e->state == DELIVERY_PENDING && (at == NONE || e->since < at))
                at = e->since;
        if (at != NONE && (oldest_at == NONE || at < oldest_at))
            oldest_at = at;
    }
    atomic_store(&d->service->webhooks.pending, n);
    atomic_store(&d->service->webhooks.oldest,
                 oldest_at == NONE ? 0 : clock_now(d->service->clock) - oldest_at);
}

/* What is due by the schedule. */
static enum status tend(struct dispatcher *d, struct schedule *schedule, struct error *error)
{
    enum status status = STATUS_OK;
    usec_t now = clock_monotonic();
    if (now >= schedule->renew_at) {
        status = renew(d, error);
        if (status == STATUS_OK)
            status = outlets_write(d, error);
        schedule->renew_at = now + RENEW_PAUSE;
    }
    if (status == STATUS_OK && (atomic_exchange(&d->is_asked, false) || now >= schedule->look_at)) {
        schedule->look_at = now + LOOK_PAUSE;
        status = look(d, error);
    }
    if (status == STATUS_OK && now >= schedule->count_at && d->outlets) {
        schedule->count_at = now + COUNT_PAUSE;
        status = outlets_count(d, error);
    }
    if (status == STATUS_OK && d->outlets) {
        bool all = now >= schedule->due_at;
        for (struct outlet *outlet = d->outlets; all && outlet; outlet = outlet->next)
            outlet_evict(outlet, clock_now(d->service->clock));
        if (all) {
            schedule->due_at = now + DUE_PAUSE;
            tell(d);
        }
        status = outlets_look(d, all, error);
    }
    return status;
}

static enum status step(struct dispatcher *d, struct schedule *schedule, struct error *error)
{
    enum status status = session_ready(&d->session, error);
    if (status == STATUS_OK && d->results &&
        (d->n_results >= WRITE_MOST || clock_monotonic() >= d->results_since + WRITE_PAUSE))
        status = outlets_write(d, error);
    if (status == STATUS_OK)
        status = tend(d, schedule, error);
    watch_feeds(d);
    if (status == STATUS_OK)
        status = outlets_read(d, error);
    if (status == STATUS_OK)
        status = outlets_print(d, error);
    watch_feeds(d);
    return status;
}

/* How long the courier may wait, in milliseconds. */
static int send_all(struct dispatcher *d, const struct schedule *schedule, bool is_away)
{
    usec_t now = clock_now(d->service->clock),
           until = clock_monotonic() + (is_away ? AWAY_PAUSE : LOOK_PAUSE);
    usec_t wake_at = now + LOOK_PAUSE;
    for (struct outlet *outlet = d->outlets; outlet; outlet = outlet->next)
        wake_at = outlet_send(outlet, now, wake_at);
    if (!is_away && schedule->look_at < until)
        until = schedule->look_at;
    if (!is_away && d->results && d->results_since + WRITE_PAUSE < until)
        until = d->results_since + WRITE_PAUSE;
    usec_t left = until - clock_monotonic();
    if (wake_at - now < left)
        left = wake_at - now;
    return left > 0 ? (int)((left + 999) / 1000) : 0;
}

/* Let what is under way end, write what is known, and let go of the leases. */
static void stop(struct dispatcher *d)
{
    struct error error;
    size_t n = 0;
    usec_t until = clock_monotonic() + STOP_MOST;
    while (d->n_flying && clock_monotonic() < until)
        courier_run(d->courier, 50);
    arena_reset(d->session.arena);
    const struct uuid *ids = all_ids(d, false, &n);
    if (session_ready(&d->session, &error) != STATUS_OK || outlets_write(d, &error) != STATUS_OK ||
        release(d, ids, n, &error) != STATUS_OK)
        LOG(LOG_WARN, "the last deliveries could not be written, and will be made again",
            LOG_TEXT("sqlstate", error.sqlstate));
    free_watches(d);
    courier_free(d->courier); /* before what its transfers point to */
    while (d->outlets) {
        struct outlet *next = d->outlets->next;
        outlet_free(d->outlets);
        d->outlets = next;
    }
}

/* Processor time of this thread. */
static usec_t thread_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (usec_t)time.tv_sec * USEC_PER_SEC + time.tv_nsec / 1000;
}

/* While events queue up, rest for a multiple of what was just worked: each request also costs the database
 * and whoever receives it, which no niceness slows down. Less so once deliveries lag far behind. */
static void give_way(const struct dispatcher *d, usec_t worked)
{
    if (committer_load(d->service) < BUSY_EVENTS)
        return;
    usec_t rest = worked * (atomic_load(&d->service->webhooks.oldest) < LAG_MOST ? REST : REST_LAGGING);
    usleep((useconds_t)(rest < REST_MOST ? rest : REST_MOST));
}

static void *dispatcher_main(void *context)
{
    struct dispatcher *d = context;
    struct service *service = d->service;
    struct schedule schedule = {0};
    bool is_away = false;
    usec_t again_at = 0;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
    session_init(&d->session, service->config, service->clock, service->registry, service);
    while (!atomic_load(&d->must_stop)) {
        struct error error;
        usec_t worked = thread_time();
        arena_reset(d->session.arena);
        if (!is_away || clock_monotonic() >= again_at) {
            enum status status = step(d, &schedule, &error);
            is_away = status != STATUS_OK;
            again_at = clock_monotonic() + AWAY_PAUSE;
            if (is_away)
                LOG(LOG_WARN, "webhooks wait for the database", LOG_TEXT("code", status_code(status)),
                    LOG_TEXT("sqlstate", error.sqlstate));
        }
        courier_run(d->courier, send_all(d, &schedule, is_away));
        give_way(d, thread_time() - worked);
    }
    stop(d);
    session_done(&d->session);
    return NULL;
}

/* --- start and end -------------------------------------------------------------------------------------- */

enum status dispatcher_start(struct service *service, struct error *error)
{
    struct dispatcher *d = calloc(1, sizeof(*d));
    if (d == NULL)
        abort();
    d->service = service;
    random_uuid(&d->owner);
    enum status status = courier_new(service->guard, IDLE_MOST, &d->courier, error);
    if (status == STATUS_OK && pthread_create(&d->thread, NULL, dispatcher_main, d) != 0) {
        courier_free(d->courier);
        status = error_set(error, STATUS_NO_MEMORY, "", "a thread cannot be started");
    }
    if (status != STATUS_OK) {
        free(d);
        return status;
    }
    pthread_mutex_lock(&service->lock);
    service->dispatcher = d;
    pthread_mutex_unlock(&service->lock);
    return STATUS_OK;
}

void dispatcher_stop(struct service *service)
{
    struct dispatcher *d = service->dispatcher;
    if (d == NULL)
        return;
    pthread_mutex_lock(&service->lock);
    service->dispatcher = NULL;
    pthread_mutex_unlock(&service->lock);
    atomic_store(&d->must_stop, true);
    courier_poke(d->courier);
    pthread_join(d->thread, NULL);
    free(d);
}

void service_endpoints_poke(struct service *service)
{
    if (service == NULL)
        return;
    pthread_mutex_lock(&service->lock);
    if (service->dispatcher) {
        atomic_store(&service->dispatcher->is_asked, true);
        courier_poke(service->dispatcher->courier);
    }
    pthread_mutex_unlock(&service->lock);
}

const struct guard *service_guard(struct service *service)
{
    return service->guard;
}
