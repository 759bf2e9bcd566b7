#include "flow.h"

#include "base/clock.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum flow_state { STATE_FLOWS, STATE_ENDED, STATE_BROKEN };

struct flow {
    pthread_mutex_t lock;
    pthread_cond_t room;
    enum flow_kind kind;
    enum flow_state state;
    bool is_read;    /* the loop's side has not let go */
    bool is_written; /* nor has the producer's */
    bool is_awaited; /* the loop found nothing and wants to be woken */
    bool has_writer_waiting;
    usec_t patience; /* how long a writer waits for room while nothing is taken */
    void (*wake)(void *context);
    void *context;
    size_t size;
    size_t first;
    size_t n;
    char bytes[];
};

struct flow *flow_new(enum flow_kind kind, size_t size, usec_t patience)
{
    struct flow *flow = malloc(sizeof(*flow) + size);
    if (flow == NULL) {
        return NULL;
    }
    memset(flow, 0, sizeof(*flow));
    flow->kind = kind;
    flow->size = size;
    flow->patience = patience;
    flow->is_read = true;
    flow->is_written = true;
    pthread_mutex_init(&flow->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&flow->room, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return flow;
}

/** Called with the lock held, which is let go, and the flow with it when nobody holds it any more. */
static void unlock(struct flow *flow)
{
    bool is_held = flow->is_read || flow->is_written;
    pthread_mutex_unlock(&flow->lock);
    if (!is_held) {
        pthread_cond_destroy(&flow->room);
        pthread_mutex_destroy(&flow->lock);
        free(flow);
    }
}

/**
 * The same, and then wake the loop if it waits. What is woken cannot be gone: a connection that waits is not closed
 * before it was woken.
 */
static void unlock_and_wake(struct flow *flow)
{
    void (*wake)(void *) = flow->is_awaited ? flow->wake : NULL;
    void *context = flow->context;
    flow->is_awaited = false;
    unlock(flow);
    if (wake != NULL) {
        wake(context);
    }
}

static bool is_taken(const struct flow *flow)
{
    return flow->is_read && flow->state == STATE_FLOWS;
}

/* --- the producer's side -------------------------------------------------------------------------------- */

static void put(struct flow *flow, struct span bytes)
{
    size_t at = (flow->first + flow->n) % flow->size;
    size_t n = bytes.n < flow->size - at ? bytes.n : flow->size - at;
    memcpy(flow->bytes + at, bytes.p, n);
    memcpy(flow->bytes, bytes.p + n, bytes.n - n);
    flow->n += bytes.n;
}

/** Wait for room for ${n} bytes, or for half the ring: a writer is not woken for each piece that is sent. */
static bool wait_for_room(struct flow *flow, size_t n)
{
    size_t wanted = n < flow->size / 2 ? n : flow->size / 2;
    usec_t until = clock_monotonic() + flow->patience;
    struct timespec deadline = {.tv_sec = until / USEC_PER_SEC, .tv_nsec = until % USEC_PER_SEC * 1000};
    int result = 0;
    while (is_taken(flow) && flow->size - flow->n < wanted && result != ETIMEDOUT) {
        flow->has_writer_waiting = true;
        result = pthread_cond_timedwait(&flow->room, &flow->lock, &deadline);
    }
    flow->has_writer_waiting = false;
    return is_taken(flow) && flow->size - flow->n >= wanted;
}

bool flow_write(struct flow *flow, struct span bytes)
{
    while (bytes.n != 0) {
        pthread_mutex_lock(&flow->lock);
        if (!wait_for_room(flow, bytes.n)) {
            pthread_mutex_unlock(&flow->lock);
            return false;
        }
        size_t room = flow->size - flow->n;
        size_t n = bytes.n < room ? bytes.n : room;
        put(flow, (struct span){bytes.p, n});
        bytes.p += n;
        bytes.n -= n;
        unlock_and_wake(flow);
    }
    return true;
}

bool flow_try_write(struct flow *flow, struct span bytes)
{
    pthread_mutex_lock(&flow->lock);
    bool fits = is_taken(flow) && flow->size - flow->n >= bytes.n;
    if (!fits || bytes.n == 0) {
        pthread_mutex_unlock(&flow->lock);
        return fits;
    }
    put(flow, bytes);
    unlock_and_wake(flow);
    return true;
}

bool flow_is_gone(struct flow *flow)
{
    pthread_mutex_lock(&flow->lock);
    bool is_gone = !is_taken(flow);
    pthread_mutex_unlock(&flow->lock);
    return is_gone;
}

static void let_go(struct flow *flow, enum flow_state state)
{
    pthread_mutex_lock(&flow->lock);
    if (flow->state == STATE_FLOWS) {
        flow->state = state;
    }
    flow->is_written = false;
    unlock_and_wake(flow);
}

void flow_end(struct flow *flow)
{
    let_go(flow, STATE_ENDED);
}

void flow_abort(struct flow *flow)
{
    let_go(flow, STATE_BROKEN);
}

/* --- the loop's side ------------------------------------------------------------------------------------ */

void flow_attach(struct flow *flow, void (*wake)(void *context), void *context)
{
    pthread_mutex_lock(&flow->lock);
    flow->wake = wake;
    flow->context = context;
    pthread_mutex_unlock(&flow->lock);
}

static void take(struct flow *flow, char *out, size_t n)
{
    size_t before_end = flow->size - flow->first;
    size_t n_first = n < before_end ? n : before_end;
    memcpy(out, flow->bytes + flow->first, n_first);
    memcpy(out + n_first, flow->bytes, n - n_first);
    flow->first = (flow->first + n) % flow->size;
    flow->n -= n;
    if (flow->has_writer_waiting && flow->n <= flow->size / 2) {
        pthread_cond_signal(&flow->room);
    }
}

enum flow_reading flow_read(struct flow *flow, char *out, size_t most, size_t *n)
{
    enum flow_reading reading = FLOW_BYTES;
    pthread_mutex_lock(&flow->lock);
    *n = 0;
    if (flow->state == STATE_BROKEN) {
        reading = FLOW_BROKEN;
    } else if (flow->n != 0) {
        *n = flow->n < most ? flow->n : most;
        take(flow, out, *n);
    } else if (flow->state == STATE_ENDED) {
        reading = FLOW_ENDED;
    } else {
        flow->is_awaited = true;
        reading = FLOW_EMPTY;
    }
    pthread_mutex_unlock(&flow->lock);
    return reading;
}

void flow_stop(struct flow *flow, bool is_over)
{
    pthread_mutex_lock(&flow->lock);
    if (flow->kind == FLOW_ENDLESS && flow->state == STATE_FLOWS) {
        flow->state = STATE_ENDED;
    } else if (is_over) {
        flow->state = STATE_BROKEN;
    }
    pthread_cond_signal(&flow->room);
    if (flow->state == STATE_FLOWS) {
        pthread_mutex_unlock(&flow->lock);
        return;
    }
    unlock_and_wake(flow);
}

bool flow_was_broken(struct flow *flow)
{
    pthread_mutex_lock(&flow->lock);
    bool was_broken = flow->state == STATE_BROKEN;
    pthread_mutex_unlock(&flow->lock);
    return was_broken;
}

void flow_leave(struct flow *flow)
{
    pthread_mutex_lock(&flow->lock);
    flow->is_read = false;
    flow->is_awaited = false;
    pthread_cond_signal(&flow->room);
    unlock(flow);
}
