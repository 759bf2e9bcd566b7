#include "stream.h"

#include "app/feed.h"
#include "base/clock.h"
#include "base/log.h"
#include "wire/change.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/*
 * A stream is worked on by one at a time: a reader that looks for changes, the thread of the follower that says there
 * are some, or the keeper, which writes pings and tries again what did not fit. ${state} says whose turn it is.
 */

#define PAGE        200
#define PING_EVERY  (15 * USEC_PER_SEC)
#define RETRY_EVERY (USEC_PER_SEC / 10)
#define RING        32768
#define PIECE       8192 /* of what is written at once: it fits into the ring when that is empty */

struct stream {
    struct streams *home;
    struct flow *flow;
    const struct shop *shop;
    struct change_filter filter;
    int64_t cursor; /* all up to it has been looked at */
    bool has_more;
    bool has_failed; /* it cannot go on: the client comes again and learns why */
    struct buf out;
    size_t out_at; /* so much of it was written */
    usec_t wrote_at;
    enum {
        STREAM_BUSY,    /* somebody works on it */
        STREAM_WAITING, /* for the feed to grow */
        STREAM_FULL     /* for the client to read, or for a reader to be free */
    } state;
    struct feed_waiter waiter;
    struct task task;
    struct stream *next, *previous;
};

struct streams {
    struct service *service;
    pthread_t keeper;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct stream *first;
    size_t n;
    bool must_stop;
};

static void set_state(struct stream *stream, int state)
{
    pthread_mutex_lock(&stream->home->lock);
    stream->state = state;
    pthread_mutex_unlock(&stream->home->lock);
}

static void stream_end(struct stream *stream)
{
    struct streams *home = stream->home;
    pthread_mutex_lock(&home->lock);
    if (stream->previous != NULL) {
        stream->previous->next = stream->next;
    } else {
        home->first = stream->next;
    }
    if (stream->next != NULL) {
        stream->next->previous = stream->previous;
    }
    home->n--;
    pthread_mutex_unlock(&home->lock);
    if (stream->flow != NULL) {
        flow_end(stream->flow);
    }
    buf_done(&stream->out);
    free(stream);
}

/* --- looking for changes: on a reader ----------------------------------------------------------------------------- */

static struct stream *stream_of(const struct task *task)
{
    return task->context;
}

static void print_line(struct buf *out, const struct definitions *definitions, const struct change_line *line)
{
    buf_printf(out, "id: %lld\nevent: %s\ndata: ", (long long)line->seq, change_type_name(line->change.type));
    change_print(out, definitions, line);
    buf_text(out, "\n\n");
}

/** One page for all that stand at the same place of the same feed. */
static void read_for(struct stream **streams, size_t n, struct session *session)
{
    static const struct change_filter all = {.types = CHANGE_TYPES_ALL, .has_silent = true};
    struct feed_page page;
    struct error error;
    struct buf line;
    enum status status = feed_read(session, streams[0]->shop, streams[0]->cursor, &all, PAGE, &page, &error);
    for (size_t i = 0; i < n; i++) {
        streams[i]->has_failed = status != STATUS_OK;
        streams[i]->has_more = status == STATUS_OK && page.next < page.head;
        streams[i]->cursor = status == STATUS_OK ? page.next : streams[i]->cursor;
    }
    buf_init(&line, 0);
    for (size_t k = 0; status == STATUS_OK && k < page.n; k++) {
        buf_reset(&line);
        print_line(&line, page.definitions, &page.lines[k]);
        for (size_t i = 0; i < n; i++) {
            if (change_matches(&streams[i]->filter, &page.lines[k].change)) {
                buf_append(&streams[i]->out, line.p, line.n);
            }
        }
    }
    buf_done(&line);
}

#define TOGETHER_MOST 256

static void run_many(struct task **tasks, size_t n, struct session *session)
{
    struct stream *same[TOGETHER_MOST];
    bool is_done[TOGETHER_MOST] = {false};
    for (size_t i = 0; i < n; i++) {
        size_t n_same = 0;
        for (size_t k = i; k < n && !is_done[i]; k++) {
            struct stream *stream = stream_of(tasks[k]);
            if (!is_done[k] && stream->shop == stream_of(tasks[i])->shop &&
                stream->cursor == stream_of(tasks[i])->cursor) {
                same[n_same++] = stream;
                is_done[k] = k != i;
            }
        }
        if (n_same != 0) {
            read_for(same, n_same, session);
            is_done[i] = true;
        }
    }
}

static void run_one(struct task *task, struct session *session)
{
    run_many(&task, 1, session);
}

/* --- whose turn it is --------------------------------------------------------------------------------------------- */

/** False: not all of it fits now. */
static bool flush(struct stream *stream)
{
    while (stream->out_at < stream->out.n) {
        size_t n = stream->out.n - stream->out_at;
        n = n < PIECE ? n : PIECE;
        if (!flow_try_write(stream->flow, (struct span){stream->out.p + stream->out_at, n})) {
            return false;
        }
        stream->out_at += n;
        stream->wrote_at = clock_monotonic();
    }
    buf_reset(&stream->out);
    stream->out_at = 0;
    return true;
}

static void read_done(struct task *task);

static void look(struct stream *stream)
{
    struct error error = {0};
    stream->task = (struct task){.run = run_one, .run_many = run_many, .done = read_done, .context = stream};
    enum status status = service_read(stream->home->service, &stream->task, &error);
    if (status == STATUS_DRAINING) {
        stream_end(stream);
    } else if (status != STATUS_OK) {
        stream->has_more = true;
        set_state(stream, STREAM_FULL);
    }
}

/** Whoever has worked on it says what comes next; afterwards it is somebody else's. */
static void go_on(struct stream *stream)
{
    if (flow_is_gone(stream->flow)) {
        stream_end(stream);
    } else if (!flush(stream)) {
        set_state(stream, STREAM_FULL);
    } else if (stream->has_failed) {
        stream_end(stream);
    } else if (stream->has_more) {
        look(stream);
    } else {
        stream->waiter.after = stream->cursor;
        set_state(stream, STREAM_WAITING);
        feed_wait(stream->home->service, &stream->waiter);
    }
}

static void read_done(struct task *task)
{
    go_on(stream_of(task));
}

/** On the follower's thread: there are changes. */
static void grown(struct feed_waiter *waiter)
{
    struct stream *stream = waiter->context;
    set_state(stream, STREAM_BUSY);
    look(stream);
}

/* --- the keeper --------------------------------------------------------------------------------------------------- */

/** Says how far the feed was looked at, so that who comes again goes on from there: no event, for it has no data. */
static void ping(struct stream *stream)
{
    buf_printf(&stream->out, ": ping\nid: %lld\n\n", (long long)stream->cursor);
}

/** Called with the lock held: a stream for which there is something to do, now the keeper's. */
static struct stream *take_one(struct streams *streams, usec_t now, bool *is_quiet)
{
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        *is_quiet = stream->state == STREAM_WAITING && now - stream->wrote_at >= PING_EVERY;
        bool is_full = stream->state == STREAM_FULL && now - stream->wrote_at >= RETRY_EVERY;
        if (is_full || (*is_quiet && feed_forget(streams->service, &stream->waiter))) {
            stream->state = STREAM_BUSY;
            stream->wrote_at = now;
            return stream;
        }
    }
    return NULL;
}

static void *keeper_main(void *context)
{
    struct streams *streams = context;
    pthread_mutex_lock(&streams->lock);
    while (!streams->must_stop) {
        bool is_quiet;
        struct stream *stream = take_one(streams, clock_monotonic(), &is_quiet);
        if (stream != NULL) {
            pthread_mutex_unlock(&streams->lock);
            if (is_quiet) {
                ping(stream);
            }
            go_on(stream);
            pthread_mutex_lock(&streams->lock);
            continue;
        }
        usec_t until = clock_monotonic() + RETRY_EVERY;
        struct timespec deadline = {.tv_sec = until / USEC_PER_SEC, .tv_nsec = until % USEC_PER_SEC * 1000};
        if (streams->n == 0) {
            pthread_cond_wait(&streams->wake, &streams->lock);
        } else {
            pthread_cond_timedwait(&streams->wake, &streams->lock, &deadline);
        }
    }
    pthread_mutex_unlock(&streams->lock);
    return NULL;
}

struct streams *streams_new(struct service *service)
{
    struct streams *streams = calloc(1, sizeof(*streams));
    if (streams == NULL) {
        return NULL;
    }
    streams->service = service;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&streams->lock, NULL);
    pthread_cond_init(&streams->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&streams->keeper, NULL, keeper_main, streams) != 0) {
        free(streams);
        return NULL;
    }
    return streams;
}

void streams_free(struct streams *streams)
{
    if (streams == NULL) {
        return;
    }
    pthread_mutex_lock(&streams->lock);
    streams->must_stop = true;
    pthread_cond_signal(&streams->wake);
    pthread_mutex_unlock(&streams->lock);
    pthread_join(streams->keeper, NULL);
    while (streams->first != NULL) {
        stream_end(streams->first);
    }
    pthread_cond_destroy(&streams->wake);
    pthread_mutex_destroy(&streams->lock);
    free(streams);
}

/** Room for one more; false: there is none. */
static bool link_stream(struct streams *streams, struct stream *stream)
{
    pthread_mutex_lock(&streams->lock);
    bool has_room = streams->n < STREAMS_MAX;
    if (has_room) {
        stream->next = streams->first;
        if (stream->next != NULL) {
            stream->next->previous = stream;
        }
        streams->first = stream;
        streams->n++;
        pthread_cond_signal(&streams->wake);
    }
    pthread_mutex_unlock(&streams->lock);
    return has_room;
}

enum status stream_begin(struct streams *streams, struct reply *reply, const struct shop *shop,
                         const struct change_filter *filter, int64_t after, struct error *error)
{
    struct stream *stream = calloc(1, sizeof(*stream));
    if (stream == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "", "there is no memory for the stream");
    }
    *stream = (struct stream){.home = streams,
                              .shop = shop,
                              .filter = *filter,
                              .cursor = after,
                              .has_more = true,
                              .state = STREAM_BUSY,
                              .waiter = {.shop = shop, .wake = grown, .context = stream}};
    if (!link_stream(streams, stream)) {
        free(stream);
        return error_set(error, STATUS_QUEUE_FULL, "", "%d streams are open already", STREAMS_MAX);
    }
    enum status status = reply_stream(reply, FLOW_ENDLESS, RING, &stream->flow, error);
    buf_init(&stream->out, 0);
    if (status != STATUS_OK) {
        stream->flow = NULL;
        stream_end(stream);
        return status;
    }
    buf_printf(&stream->out, "retry: 3000\nid: %lld\n\n", (long long)after);
    go_on(stream);
    return STATUS_OK;
}
