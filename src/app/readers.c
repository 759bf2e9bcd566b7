#include "base/log.h"
#include "service_private.h"

#include <stdlib.h>

/* A pool of threads, each with a session; tasks that can be done together are taken together. */

#define GROUP_MOST 64

void readers_init(struct readers *r, struct service *service, size_t n_most)
{
    r->service = service;
    r->n_most = n_most;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->wake, NULL);
}

void readers_done(struct readers *r)
{
    free(r->threads);
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
}

enum status readers_add(struct readers *r, struct task *task, struct error *error)
{
    enum status status = STATUS_OK;
    task->next = NULL;
    pthread_mutex_lock(&r->lock);
    if (r->must_stop) {
        status = error_set(error, STATUS_DRAINING, "", "the service is shutting down");
    } else if (r->n_waiting >= r->n_most) {
        status = error_set(error, STATUS_QUEUE_FULL, "", "%zu requests wait for their turn already", r->n_waiting);
    } else {
        if (r->last)
            r->last->next = task;
        else
            r->first = task;
        r->last = task;
        r->n_waiting++;
        pthread_cond_signal(&r->wake);
    }
    pthread_mutex_unlock(&r->lock);
    return status;
}

/* Called with the lock held: the first task, and those like it when they can be done together. */
static size_t take(struct readers *r, struct task *tasks[GROUP_MOST])
{
    size_t n = 0;
    struct task **link = &r->first, *last = NULL;
    struct task *head = r->first;
    while (*link) {
        struct task *task = *link;
        bool wanted = task == head || (head->run_many && task->run_many == head->run_many && n < GROUP_MOST);
        if (!wanted) {
            last = task;
            link = &task->next;
            continue;
        }
        *link = task->next;
        tasks[n++] = task;
        if (head->run_many == NULL) {
            /* the rest of the list stays as it is */
            if (r->first == NULL)
                r->last = NULL;
            r->n_waiting--;
            return n;
        }
    }
    r->last = last;
    r->n_waiting -= n;
    return n;
}

static void *reader_main(void *context)
{
    struct readers *r = context;
    struct service *service = r->service;
    struct session session;
    struct task *tasks[GROUP_MOST];
    session_init(&session, service->config, service->clock, service->registry, service);
    if (r->is_patient)
        session_be_patient(&session, &service->exports_end);
    for (;;) {
        struct error error;
        pthread_mutex_lock(&r->lock);
        while (r->first == NULL && !r->must_stop)
            pthread_cond_wait(&r->wake, &r->lock);
        if (r->first == NULL) {
            pthread_mutex_unlock(&r->lock);
            break;
        }
        size_t n = take(r, tasks);
        r->n_run += (int64_t)n;
        pthread_mutex_unlock(&r->lock);
        if (session_ready(&session, &error) != STATUS_OK)
            atomic_fetch_add(&service->database_errors, 1);
        if (tasks[0]->run_many)
            tasks[0]->run_many(tasks, n, &session);
        else
            tasks[0]->run(tasks[0], &session);
        for (size_t i = 0; i < n; i++)
            tasks[i]->done(tasks[i]);
        if (session.db)
            db_forget(session.db);
        if (session.scan)
            db_forget(session.scan);
        arena_reset(session.arena);
    }
    session_done(&session);
    return NULL;
}

enum status readers_start(struct readers *r, size_t n, struct error *error)
{
    r->threads = calloc(n, sizeof(*r->threads));
    if (r->threads == NULL)
        abort();
    for (; r->n_threads < n; r->n_threads++)
        if (pthread_create(&r->threads[r->n_threads], NULL, reader_main, r) != 0)
            return error_set(error, STATUS_NO_MEMORY, "", "a thread cannot be started");
    return STATUS_OK;
}

/* What waits is still done. */
void readers_stop(struct readers *r)
{
    pthread_mutex_lock(&r->lock);
    r->must_stop = true;
    pthread_cond_broadcast(&r->wake);
    pthread_mutex_unlock(&r->lock);
    for (size_t i = 0; i < r->n_threads; i++)
        pthread_join(r->threads[i], NULL);
    r->n_threads = 0;
}

enum status service_read(struct service *service, struct task *task, struct error *error)
{
    return readers_add(&service->readers, task, error);
}

enum status service_export(struct service *service, struct task *task, struct error *error)
{
    return readers_add(&service->exporters, task, error);
}
