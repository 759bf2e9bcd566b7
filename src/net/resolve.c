#include "resolve.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One look-up; whoever leaves last, the caller or the thread, frees it. */
struct lookup {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
    int n_users;
    char *host;
    char *port;
    struct resolution found;
};

/* Threads that wait for the system's resolver: beyond so many a look-up is late at once. */
#define LOOKUPS_MOST 32
static pthread_mutex_t count_lock = PTHREAD_MUTEX_INITIALIZER;
static int n_lookups;

static bool count_in(void)
{
    pthread_mutex_lock(&count_lock);
    bool has_room = n_lookups < LOOKUPS_MOST;
    n_lookups += has_room;
    pthread_mutex_unlock(&count_lock);
    return has_room;
}

static void count_out(void)
{
    pthread_mutex_lock(&count_lock);
    n_lookups--;
    pthread_mutex_unlock(&count_lock);
}

static void look_up(const char *host, const char *port, int flags, struct resolution *out)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *list;
    out->n = 0;
    if (getaddrinfo(host, port, &hints, &list) != 0)
        return;
    for (const struct addrinfo *info = list; info; info = info->ai_next) {
        if (out->n == RESOLVE_MOST || info->ai_addrlen > sizeof(*out->addresses)) {
            out->n = 0;
            break;
        }
        memcpy(&out->addresses[out->n++], info->ai_addr, info->ai_addrlen);
    }
    freeaddrinfo(list);
}

static void leave(struct lookup *lookup)
{
    pthread_mutex_lock(&lookup->lock);
    bool is_last = --lookup->n_users == 0;
    pthread_mutex_unlock(&lookup->lock);
    if (!is_last)
        return;
    pthread_cond_destroy(&lookup->done);
    pthread_mutex_destroy(&lookup->lock);
    free(lookup->host);
    free(lookup->port);
    free(lookup);
}

static void *lookup_main(void *context)
{
    struct lookup *lookup = context;
    struct resolution found;
    look_up(lookup->host, lookup->port, 0, &found);
    count_out();
    pthread_mutex_lock(&lookup->lock);
    lookup->found = found;
    lookup->is_done = true;
    pthread_cond_signal(&lookup->done);
    pthread_mutex_unlock(&lookup->lock);
    leave(lookup);
    return NULL;
}

static struct lookup *lookup_new(const char *host, const char *port)
{
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    if (lookup == NULL)
        abort();
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&lookup->lock, NULL);
    pthread_cond_init(&lookup->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    lookup->host = strdup(host);
    lookup->port = strdup(port);
    if (lookup->host == NULL || lookup->port == NULL)
        abort();
    return lookup;
}

static bool start(struct lookup *lookup)
{
    pthread_t thread;
    pthread_attr_t detached;
    if (!count_in())
        return false;
    lookup->n_users = 2;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    bool is_started = pthread_create(&thread, &detached, lookup_main, lookup) == 0;
    pthread_attr_destroy(&detached);
    if (!is_started) {
        lookup->n_users = 1;
        count_out();
    }
    return is_started;
}

static enum resolve_result resolve_name(const char *host, const char *port, int timeout_ms,
                                        struct resolution *out)
{
    struct timespec deadline;
    struct lookup *lookup = lookup_new(host, port);
    lookup->n_users = 1;
    enum resolve_result result = RESOLVE_LATE;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += timeout_ms / 1000;
    deadline.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (deadline.tv_nsec >= 1000000000L) {
        deadline.tv_sec++;
        deadline.tv_nsec -= 1000000000L;
    }
    if (start(lookup)) {
        pthread_mutex_lock(&lookup->lock);
        while (!lookup->is_done && pthread_cond_timedwait(&lookup->done, &lookup->lock, &deadline) == 0)
            ;
        if (lookup->is_done) {
            *out = lookup->found;
            result = out->n ? RESOLVED : RESOLVE_NONE;
        }
        pthread_mutex_unlock(&lookup->lock);
    }
    leave(lookup);
    return result;
}

enum resolve_result resolve(const char *host, const char *port, int timeout_ms, struct resolution *out)
{
    char bare[64];
    size_t n = strlen(host);
    if (n > 2 && n < sizeof(bare) && host[0] == '[' && host[n - 1] == ']') {
        memcpy(bare, host + 1, n - 2);
        bare[n - 2] = 0;
        host = bare;
    }
    look_up(host, port, AI_NUMERICHOST, out);
    return out->n ? RESOLVED : resolve_name(host, port, timeout_ms, out);
}
