#include "app/feed.h"
#include "base/log.h"
#include "db/each.h"
#include "service_private.h"

#include <stdlib.h>
#include <time.h>

/* One thread looks for all that wait, however many: one statement of a few rows, and none while nobody waits. */

#define LOOK_PAUSE  (USEC_PER_SEC / 4) /* until it looks for what other processes wrote */
#define LOOK_SPACE  (2000)             /* between two looks at least */

void follower_init(struct service *service)
{
    struct follower *f = &service->follower;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void follower_done(struct service *service)
{
    pthread_cond_destroy(&service->follower.wake);
    pthread_mutex_destroy(&service->follower.lock);
}

void follower_poke(struct service *service)
{
    struct follower *f = &service->follower;
    pthread_mutex_lock(&f->lock);
    f->is_poked = true;
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
}

/* Called with the lock held. */
static void unlink_waiter(struct follower *f, struct feed_waiter *waiter)
{
    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        f->waiters = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    waiter->is_waiting = false;
    f->n_waiters--;
}

void feed_wait(struct service *service, struct feed_waiter *waiter)
{
    struct follower *f = &service->follower;
    pthread_mutex_lock(&f->lock);
    bool must_stop = f->must_stop;
    if (!must_stop) {
        waiter->previous = NULL;
        waiter->next = f->waiters;
        if (f->waiters)
            f->waiters->previous = waiter;
        f->waiters = waiter;
        waiter->is_waiting = true;
        f->n_waiters++;
        f->is_poked = true;
        pthread_cond_signal(&f->wake);
    }
    pthread_mutex_unlock(&f->lock);
    if (must_stop)
        waiter->wake(waiter);
}

bool feed_forget(struct service *service, struct feed_waiter *waiter)
{
    struct follower *f = &service->follower;
    pthread_mutex_lock(&f->lock);
    bool was_waiting = waiter->is_waiting;
    if (was_waiting)
        unlink_waiter(f, waiter);
    pthread_mutex_unlock(&f->lock);
    return was_waiting;
}

/* Where a feed stands. */
struct head {
    int shop_id;
    int64_t head;
};

static int compare_heads(const void *a, const void *b)
{
    const struct head *x = a, *y = b;
    return x->shop_id - y->shop_id;
}

/* The shops that somebody waits for, in order and without repeats. */
static struct head *wanted_shops(struct follower *f, struct arena *arena, size_t *n_out)
{
    size_t n = 0, kept = 0;
    pthread_mutex_lock(&f->lock);
    struct head *heads = ARENA_ARRAY(arena, struct head, f->n_waiters);
    for (const struct feed_waiter *w = f->waiters; w; w = w->next)
        heads[n++] = (struct head){.shop_id = w->shop->id};
    pthread_mutex_unlock(&f->lock);
    if (n > 1)
        qsort(heads, n, sizeof(*heads), compare_heads);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || heads[kept - 1].shop_id != heads[i].shop_id)
            heads[kept++] = heads[i];
    *n_out = kept;
    return heads;
}

static enum status look(struct session *session, struct head *heads, size_t n, size_t *n_found, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    EACH(args, DB_INT4, push_int, heads[i].shop_id);
    enum status status = db_run(session->db, SQL_FEED_HEADS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *n_found = (size_t)db_rows(rows);
    for (size_t i = 0; i < *n_found; i++)
        heads[i] = (struct head){.shop_id = db_int(rows, (int)i, 0), .head = db_int8(rows, (int)i, 1)};
    qsort(heads, *n_found, sizeof(*heads), compare_heads);
    return STATUS_OK;
}

/* Wake those who wait for something that is there. */
static void wake_waiters(struct follower *f, const struct head *heads, size_t n)
{
    struct feed_waiter *due = NULL;
    pthread_mutex_lock(&f->lock);
    for (struct feed_waiter *w = f->waiters, *next; w; w = next) {
        next = w->next;
        struct head wanted = {.shop_id = w->shop->id};
        const struct head *found = bsearch(&wanted, heads, n, sizeof(*heads), compare_heads);
        if (found == NULL || found->head <= w->after)
            continue;
        unlink_waiter(f, w);
        w->next = due;
        due = w;
    }
    pthread_mutex_unlock(&f->lock);
    while (due) {
        struct feed_waiter *w = due;
        due = w->next;
        w->wake(w);
    }
}

/* False: it is to stop. */
static bool wait_for_work(struct follower *f)
{
    usec_t until = clock_monotonic() + LOOK_PAUSE;
    struct timespec deadline = {.tv_sec = until / USEC_PER_SEC, .tv_nsec = until % USEC_PER_SEC * 1000};
    pthread_mutex_lock(&f->lock);
    while (!f->must_stop && (f->waiters == NULL || !f->is_poked)) {
        if (f->waiters == NULL)
            pthread_cond_wait(&f->wake, &f->lock);
        else if (pthread_cond_timedwait(&f->wake, &f->lock, &deadline) != 0)
            break;
    }
    f->is_poked = false;
    bool goes_on = !f->must_stop;
    pthread_mutex_unlock(&f->lock);
    return goes_on;
}

static void *follower_main(void *context)
{
    struct service *service = context;
    struct follower *f = &service->follower;
    struct session session;
    session_init(&session, service->config, service->clock, service->registry, service);
    while (wait_for_work(f)) {
        struct error error;
        size_t n, n_found = 0;
        arena_reset(session.arena);
        struct head *heads = wanted_shops(f, session.arena, &n);
        bool is_done = session_ready(&session, &error) == STATUS_OK &&
                       look(&session, heads, n, &n_found, &error) == STATUS_OK;
        if (is_done)
            wake_waiters(f, heads, n_found);
        struct timespec pause = {.tv_nsec = (is_done ? LOOK_SPACE : LOOK_PAUSE) * 1000};
        nanosleep(&pause, NULL);
    }
    session_done(&session);
    return NULL;
}

enum status follower_start(struct service *service, struct error *error)
{
    if (pthread_create(&service->follower.thread, NULL, follower_main, service) != 0)
        return error_set(error, STATUS_NO_MEMORY, "", "a thread cannot be started");
    return STATUS_OK;
}

void follower_stop(struct service *service)
{
    struct follower *f = &service->follower;
    pthread_mutex_lock(&f->lock);
    f->must_stop = true;
    pthread_cond_signal(&f->wake);
    pthread_mutex_unlock(&f->lock);
    pthread_join(f->thread, NULL);
    while (f->waiters) {
        struct feed_waiter *w = f->waiters;
        pthread_mutex_lock(&f->lock);
        unlink_waiter(f, w);
        pthread_mutex_unlock(&f->lock);
        w->wake(w);
    }
}
