#include "http/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypto/digest.h"
#include "loop.h"
#include "poll.h"
#include "stream.h"

#include <assert.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * One thread, libmicrohttpd's external epoll loop. Its internal thread can sleep although there is work when
 * a round returned exactly as many events as it asks for. Connections are resumed by this thread only: a
 * resume by another one is noticed when the loop's timeout has passed.
 */

/** For each connection libmicrohttpd keeps one piece of memory for headers and what it reads. */
#define CONNECTION_MEMORY 8192
/**
 * Memory of all large bodies together, and of all large requests that are decoded or wait for their commit.
 */
#define BODY_MEMORY (8U << 20)
#define STRANGER_MEMORY ((size_t)4 << 20) /* bodies whose key no header tells */
#define WORK_MEMORY (16U << 20)
/** Files besides the connections. */
#define SPARE_FILES 2304 /* the database, logs, and the connections of webhooks */
/** How long server_free() waits for the last replies to leave. */
#define FAREWELL (2 * USEC_PER_SEC)

/* --- libmicrohttpd's callbacks -------------------------------------------------------------------------- */

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info =
            MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
        *socket_context = connection_new(cls, mhd, info->connect_fd);
        return;
    }
    struct connection *connection = *socket_context;
    if (connection != NULL) {
        if (connection->exchange != NULL) {
            exchange_end(connection->exchange, false);
        }
        connection_free(connection);
        *socket_context = NULL;
    }
}

/** The request line has arrived; the only place that shows its target as it was sent. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    struct connection *connection = connection_of(mhd);
    return connection ? exchange_begin(cls, connection, mhd, uri) : NULL;
}

static enum MHD_Result send_now(struct exchange *exchange)
{
    return exchange_send(exchange) ? MHD_YES : MHD_NO;
}

/**
 * Called when the headers have arrived, for each piece of the body, when all has arrived, and again after the
 * connection was resumed.
 */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *n, void **context)
{
    (void)cls;
    (void)mhd;
    (void)url;
    struct exchange *exchange = *context;
    if (exchange == NULL) {
        return MHD_NO;
    }
    switch (exchange->phase) {
    case PHASE_HEAD:
        exchange->call.request.method = method_of(method);
        exchange->takes_chunks = strcmp(version, MHD_HTTP_VERSION_1_0) != 0;
        exchange_head(exchange);
        if (exchange_is_hopeless(exchange)) {
            exchange->must_close = true;
            exchange_run(exchange);
            return send_now(exchange);
        }
        return MHD_YES;
    case PHASE_BODY:
        if (*n != 0) {
            size_t used = *n;
            bool may_go_on = exchange_take(exchange, bytes, &used);
            *n -= used;
            return may_go_on ? MHD_YES : MHD_NO;
        }
        exchange_run(exchange);
        return exchange->phase == PHASE_ANSWERED && !exchange->is_suspended ? send_now(exchange) : MHD_YES;
    case PHASE_ANSWERED: return send_now(exchange);
    case PHASE_WORK:
    case PHASE_SENDING: return MHD_YES;
    }
    return MHD_NO;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)cls;
    (void)mhd;
    if (*context != NULL) {
        exchange_end(*context, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
        *context = NULL;
    }
}

/** Its messages tell of clients that misbehave or went away. */
static void on_message(void *cls, const char *format, va_list args) PRINTF_LIKE(2, 0);
static void on_message(void *cls, const char *format, va_list args)
{
    (void)cls;
    char text[256];
    vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    LOG(LOG_DEBUG, "libmicrohttpd", LOG_TEXT("text", text));
}

/* --- waiting -------------------------------------------------------------------------------------------- */

void exchange_wait(struct exchange *exchange, void (*resume)(struct exchange *exchange))
{
    exchange->resume = resume;
    if (!exchange->is_suspended) {
        exchange->is_suspended = true;
        MHD_suspend_connection(exchange->mhd);
    }
}

static void ring(const struct server *server)
{
    ssize_t n = write(server->event_fd, &(uint64_t){1}, sizeof(uint64_t));
    (void)n; /* EAGAIN: it rings already */
}

void exchange_wake(struct exchange *exchange)
{
    struct server *server = exchange->server;
    struct exchange *top = atomic_load_explicit(&server->done, memory_order_relaxed);
    do {
        exchange->next = top;
    } while (!atomic_compare_exchange_weak_explicit(&server->done, &top, exchange, memory_order_release,
                                                    memory_order_relaxed));
    if (top == NULL) {
        ring(server);
    }
}

/** All that other threads have finished, oldest first. */
static struct exchange *take_done(struct server *server)
{
    struct exchange *stack = atomic_exchange_explicit(&server->done, NULL, memory_order_acquire);
    struct exchange *list = NULL;
    while (stack != NULL) {
        struct exchange *next = stack->next;
        stack->next = list;
        list = stack;
        stack = next;
    }
    return list;
}

static void resume_done(struct server *server)
{
    struct exchange *exchange = take_done(server);
    while (exchange != NULL) {
        struct exchange *next = exchange->next;
        void (*resume)(struct exchange *) = exchange->resume;
        exchange->resume = NULL;
        resume(exchange);
        if (exchange->resume == NULL) {
            exchange->is_suspended = false;
            MHD_resume_connection(exchange->mhd);
        }
        exchange = next;
    }
}

/* --- the loop ------------------------------------------------------------------------------------------- */

static int milliseconds_until(usec_t at, usec_t now)
{
    if (at == NONE) {
        return -1;
    }
    return at <= now ? 0 : (int)((at - now + 999) / 1000);
}

/** Milliseconds to sleep; -1: until something happens. */
static int sleep_time(struct server *server, usec_t until)
{
    if (server->must_run_again) {
        return 0;
    }
    usec_t now = clock_monotonic();
    if (server->next_check != NONE && (until == NONE || server->next_check < until)) {
        until = server->next_check;
    }
    if (server->next_poll != NONE && (until == NONE || server->next_poll < until)) {
        until = server->next_poll;
    }
    for (size_t i = 0; i < COUNT_OF(server->gates); i++) {
        usec_t since = gate_waits_since(&server->gates[i]);
        usec_t end = since == NONE ? NONE : since + server->config->commit_timeout_ms * 1000;
        until = end != NONE && (until == NONE || end < until) ? end : until;
    }
    int time = milliseconds_until(until, now);
    MHD_UNSIGNED_LONG_LONG wanted;
    if (MHD_get_timeout(server->daemon, &wanted) == MHD_YES && (time < 0 || wanted < (unsigned)time)) {
        time = (int)wanted;
    }
    return time;
}

/** One round: sleep until something happens or ${until} has come, then do what there is to do. */
static void turn(struct server *server, usec_t until)
{
    struct pollfd fds[] = {{.fd = server->epoll_fd, .events = POLLIN},
                           {.fd = server->event_fd, .events = POLLIN}};
    if (poll(fds, COUNT_OF(fds), sleep_time(server, until)) > 0 && fds[1].revents != 0) {
        uint64_t rings;
        ssize_t n = read(server->event_fd, &rings, sizeof(rings));
        (void)n;
    }
    resume_done(server);
    uint64_t n_closed = server->n_closed;
    (void)MHD_run(server->daemon);
    server->must_run_again = n_closed != server->n_closed;
    usec_t now = clock_monotonic();
    for (size_t i = 0; i < COUNT_OF(server->gates); i++) {
        gate_expire(&server->gates[i], now - server->config->commit_timeout_ms * 1000);
    }
    if (server->next_check != NONE && server->next_check <= now) {
        server->next_check = connections_check(server, now);
    }
    server->next_poll = polls_check(server, now);
}

static void drain(struct server *server)
{
    LOG(LOG_INFO, "draining", LOG_NUMBER("requests", server->n_exchanges));
    server->is_draining = true;
    MHD_socket fd = MHD_quiesce_daemon(server->daemon);
    if (fd != MHD_INVALID_SOCKET) {
        close(fd);
    }
    flowing_stop(server, false);
    usec_t until = clock_monotonic() + server->config->drain_timeout_ms * 1000;
    while (server->n_exchanges > 0 && clock_monotonic() < until) {
        turn(server, until);
    }
    server->is_over = true;
    flowing_stop(server, true);
    LOG(server->n_exchanges ? LOG_WARN : LOG_INFO, "drained", LOG_NUMBER("left", server->n_exchanges));
}

void server_run(struct server *server)
{
    while (!atomic_load_explicit(&server->is_stopping, memory_order_acquire)) {
        turn(server, NONE);
    }
    drain(server);
}

void server_stop(struct server *server)
{
    int saved_errno = errno;
    atomic_store_explicit(&server->is_stopping, true, memory_order_release);
    ring(server);
    errno = saved_errno;
}

int server_port(const struct server *server)
{
    return server->port;
}

/* --- start and end -------------------------------------------------------------------------------------- */

static void allow_files(int64_t connections)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connections + SPARE_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool daemon_start(struct server *server)
{
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request,
        server, MHD_OPTION_EXTERNAL_LOGGER, on_message, server, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->config->connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT, 0U,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    if (server->daemon == NULL) {
        return false;
    }
    server->listen_fd = -1; /* the daemon's now */
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    server->epoll_fd = info ? info->epoll_fd : -1;
    return server->epoll_fd >= 0;
}

enum status server_new(struct service *service, struct server **out, struct error *error)
{
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        return error_set(error, STATUS_NO_MEMORY, "", "the HTTP server needs more memory");
    }
    server->service = service;
    server->config = service_config(service);
    server->listen_fd = -1;
    server->epoll_fd = -1;
    server->next_check = NONE;
    server->next_poll = NONE;
    server->gates[GATE_BODY] = (struct gate){.name = GATE_BODY, .limit = BODY_MEMORY};
    server->gates[GATE_STRANGER] = (struct gate){.name = GATE_STRANGER, .limit = STRANGER_MEMORY};
    server->gates[GATE_WORK] = (struct gate){.name = GATE_WORK, .limit = WORK_MEMORY};
    auth_init(server);
    random_bytes(&server->id_prefix, sizeof(server->id_prefix));
    server->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    server->metrics = metrics_new();
    server->router = router_new(routes, n_routes);
    server->streams = streams_new(service);
    server->limiter = limiter_new();
    allow_files(server->config->connections_max);
    (void)signal(SIGPIPE, SIG_IGN);
    enum status status = listen_open(server->config->listen, &server->listen_fd, &server->port, error);
    if (status == STATUS_OK && (server->event_fd < 0 || server->metrics == NULL || server->streams == NULL || !daemon_start(server))) {
        status = error_set(error, STATUS_INTERNAL, "", "the HTTP server does not start: %s", strerror(errno));
    }
    if (status != STATUS_OK) {
        server_free(server);
        return status;
    }
    *out = server;
    return STATUS_OK;
}

/**
 * The last replies, of jobs that ended after server_run() had returned. Returns false when some never ended.
 */
static bool say_farewell(struct server *server)
{
    usec_t until = clock_monotonic() + FAREWELL;
    while (server->n_exchanges > 0 && clock_monotonic() < until) {
        turn(server, until);
    }
    for (const struct connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        if (connection->exchange != NULL && connection->exchange->is_suspended) {
            return false;
        }
    }
    return true;
}

void server_free(struct server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        if (!say_farewell(server)) {
            /* Another thread may still come back with one of them: its memory must stay. */
            LOG(LOG_ERROR, "requests are left without a reply", LOG_NUMBER("requests", server->n_exchanges));
            return;
        }
        MHD_stop_daemon(server->daemon);
    }
    if (server->listen_fd >= 0) {
        close(server->listen_fd);
    }
    if (server->event_fd >= 0) {
        close(server->event_fd);
    }
    streams_free(server->streams);
    exchange_pool_free(server);
    router_free(server->router);
    limiter_free(server->limiter);
    metrics_free(server->metrics);
    free(server);
}
