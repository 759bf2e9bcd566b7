#include "receiver.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATHS_MOST   32
#define REQUEST_MOST (64 * 1024)
#define SLOW         (300 * 1000)

struct line {
    int fd;
    char *bytes;
    size_t n;
    usec_t reply_at; /* NONE: nobody waits */
    struct line *next;
};

struct receiver {
    int listener, events, stop;
    int port;
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    struct {
        char path[64];
        enum receiver_act act;
    } acts[PATHS_MOST];
    size_t n_acts;
    struct received **all;
    size_t n, capacity;
    size_t n_connections;
    receiver_fn on_request; /* NULL: requests are kept */
    void *context;
    struct line *lines; /* the thread's own */
};

static void answer(const struct line *line, const char *text, size_t n)
{
    while (n) {
        ssize_t sent = send(line->fd, text, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        text += sent;
        n -= (size_t)sent;
    }
}
#define ANSWER(line, text) answer((line), (text), sizeof(text) - 1)
#define OK_REPLY           "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

static void answer_long(const struct line *line, size_t n, size_t first)
{
    char head[128];
    char *body = malloc(n);
    memset(body, 'x', n);
    if (first + 1 < n)
        memcpy(body + first, "\xc3\xbc", 2);
    int n_head = snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n);
    answer(line, head, (size_t)n_head);
    answer(line, body, n);
    free(body);
}

/* False: the connection ends. */
static bool act_on(struct line *line, enum receiver_act act, bool is_repeat)
{
    switch (act) {
    case RECEIVER_OK: ANSWER(line, OK_REPLY); return true;
    case RECEIVER_FAIL: ANSWER(line, "HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\noops"); return true;
    case RECEIVER_GONE: ANSWER(line, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"); return true;
    case RECEIVER_REDIRECT:
        ANSWER(line, "HTTP/1.1 302 Found\r\nLocation: /redirected\r\nContent-Length: 0\r\n\r\n");
        return true;
    case RECEIVER_BUSY:
        ANSWER(line, "HTTP/1.1 429 Slow\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n");
        return true;
    case RECEIVER_HANG: return true;
    case RECEIVER_SLOW: line->reply_at = clock_monotonic() + SLOW; return true;
    case RECEIVER_DROP: return false;
    case RECEIVER_HALF: ANSWER(line, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"); return false;
    case RECEIVER_GARBAGE: ANSWER(line, "SSH-2.0-nobody\r\n\r\n"); return false;
    case RECEIVER_GIANT: answer_long(line, 64 * 1024 * 1024, SIZE_MAX - 1); return false;
    case RECEIVER_WORDY: answer_long(line, 4096, 1023); return true;
    case RECEIVER_ONCE:
        if (is_repeat)
            ANSWER(line, OK_REPLY);
        else
            ANSWER(line, "HTTP/1.1 500 Once\r\nContent-Length: 0\r\n\r\n");
        return true;
    }
    return false;
}

static void read_header(const char *head, const char *name, char *out, size_t size)
{
    char key[64];
    snprintf(key, sizeof(key), "\r\n%s: ", name);
    const char *found = strcasestr(head, key);
    size_t n = found ? strcspn(found + strlen(key), "\r") : 0;
    n = n < size ? n : size - 1;
    if (found)
        memcpy(out, found + strlen(key), n);
    out[n] = 0;
}

static enum receiver_act act_of(const struct receiver *receiver, const char *path)
{
    for (size_t i = 0; i < receiver->n_acts; i++)
        if (strcmp(receiver->acts[i].path, path) == 0)
            return receiver->acts[i].act;
    return RECEIVER_OK;
}

/* The lock is held. */
static bool is_known(const struct receiver *receiver, const struct received *received)
{
    for (size_t i = 0; i < receiver->n; i++)
        if (strcmp(receiver->all[i]->path, received->path) == 0 &&
            strcmp(receiver->all[i]->id, received->id) == 0)
            return true;
    return false;
}

static void keep(struct receiver *receiver, struct received *received)
{
    if (receiver->n == receiver->capacity) {
        receiver->capacity = receiver->capacity ? receiver->capacity * 2 : 256;
        receiver->all = realloc(receiver->all, receiver->capacity * sizeof(*receiver->all));
    }
    receiver->all[receiver->n++] = received;
}

/* A whole request, of which the head ends at ${body}. False: the connection ends. */
static bool serve(struct receiver *receiver, struct line *line, const char *body, size_t n_body)
{
    const char *path = strchr(line->bytes, ' ');
    if (receiver->on_request) {
        struct span named = {path ? path + 1 : "", path ? strcspn(path + 1, " ") : 0};
        return act_on(line, receiver->on_request(receiver->context, named, (struct span){body, n_body}),
                      false);
    }
    pthread_mutex_lock(&receiver->lock);
    struct received *received = calloc(1, sizeof(*received));
    snprintf(received->path, sizeof(received->path), "%.*s", path ? (int)strcspn(path + 1, " ") : 0,
             path ? path + 1 : "");
    read_header(line->bytes, "webhook-id", received->id, sizeof(received->id));
    read_header(line->bytes, "webhook-timestamp", received->timestamp, sizeof(received->timestamp));
    read_header(line->bytes, "webhook-signature", received->signature, sizeof(received->signature));
    read_header(line->bytes, "authorization", received->authorization, sizeof(received->authorization));
    read_header(line->bytes, "traceparent", received->traceparent, sizeof(received->traceparent));
    received->body = strndup(body, n_body);
    received->n_body = n_body;
    received->at = clock_monotonic();
    bool is_repeat = is_known(receiver, received);
    enum receiver_act act = act_of(receiver, received->path);
    keep(receiver, received);
    pthread_mutex_unlock(&receiver->lock);
    return act_on(line, act, is_repeat);
}

/* All requests that have arrived whole. */
static bool take_requests(struct receiver *receiver, struct line *line)
{
    for (;;) {
        char length[16];
        line->bytes[line->n] = 0;
        char *end = strstr(line->bytes, "\r\n\r\n");
        if (end == NULL)
            return line->n + 1 < REQUEST_MOST;
        end += 4;
        char saved = *end;
        *end = 0;
        read_header(line->bytes, "content-length", length, sizeof(length));
        *end = saved;
        size_t n_body = (size_t)atoi(length), n_whole = (size_t)(end - line->bytes) + n_body;
        if (line->n < n_whole)
            return n_whole < REQUEST_MOST;
        if (!serve(receiver, line, end, n_body))
            return false;
        line->n -= n_whole;
        memmove(line->bytes, line->bytes + n_whole, line->n);
    }
}

static void hang_up(struct receiver *receiver, struct line *line)
{
    struct line **place = &receiver->lines;
    while (*place != line)
        place = &(*place)->next;
    *place = line->next;
    epoll_ctl(receiver->events, EPOLL_CTL_DEL, line->fd, NULL); /* a forked process may hold it open */
    close(line->fd);
    free(line->bytes);
    free(line);
}

static void take_connection(struct receiver *receiver)
{
    int one = 1, fd = accept4(receiver->listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    struct line *line = calloc(1, sizeof(*line));
    *line =
        (struct line){.fd = fd, .bytes = malloc(REQUEST_MOST + 1), .reply_at = NONE, .next = receiver->lines};
    receiver->lines = line;
    struct timeval timeout = {.tv_sec = 5};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = line};
    epoll_ctl(receiver->events, EPOLL_CTL_ADD, fd, &event);
    pthread_mutex_lock(&receiver->lock);
    receiver->n_connections++;
    pthread_mutex_unlock(&receiver->lock);
}

static int answer_late(struct receiver *receiver)
{
    int wait = 1000;
    for (struct line *line = receiver->lines; line; line = line->next) {
        if (line->reply_at == NONE)
            continue;
        usec_t left = line->reply_at - clock_monotonic();
        if (left <= 0) {
            line->reply_at = NONE;
            ANSWER(line, OK_REPLY);
        } else if (left / 1000 + 1 < wait) {
            wait = (int)(left / 1000 + 1);
        }
    }
    return wait;
}

static void *receiver_main(void *context)
{
    struct receiver *receiver = context;
    struct epoll_event events[64];
    for (;;) {
        int n = epoll_wait(receiver->events, events, 64, answer_late(receiver));
        for (int i = 0; i < n; i++) {
            struct line *line = events[i].data.ptr;
            if (events[i].data.ptr == &receiver->stop)
                return NULL;
            if (events[i].data.ptr == receiver) {
                take_connection(receiver);
                continue;
            }
            ssize_t got = recv(line->fd, line->bytes + line->n, REQUEST_MOST - line->n, 0);
            if (got > 0)
                line->n += (size_t)got;
            if (got <= 0 || !take_requests(receiver, line))
                hang_up(receiver, line);
        }
    }
}

struct receiver *receiver_new(int port)
{
    struct receiver *receiver = calloc(1, sizeof(*receiver));
    int one = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(receiver->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(receiver->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(receiver->listener, 1024) != 0 ||
        getsockname(receiver->listener, (struct sockaddr *)&address, &size) != 0) {
        perror("receiver");
        exit(1);
    }
    receiver->port = ntohs(address.sin_port);
    receiver->events = epoll_create1(EPOLL_CLOEXEC);
    receiver->stop = eventfd(0, EFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = receiver};
    epoll_ctl(receiver->events, EPOLL_CTL_ADD, receiver->listener, &event);
    event.data.ptr = &receiver->stop;
    epoll_ctl(receiver->events, EPOLL_CTL_ADD, receiver->stop, &event);
    pthread_mutex_init(&receiver->lock, NULL);
    if (pthread_create(&receiver->thread, NULL, receiver_main, receiver) != 0)
        abort();
    return receiver;
}

void receiver_free(struct receiver *receiver)
{
    uint64_t one = 1;
    if (write(receiver->stop, &one, sizeof(one)) != sizeof(one))
        abort();
    pthread_join(receiver->thread, NULL);
    while (receiver->lines)
        hang_up(receiver, receiver->lines);
    for (size_t i = 0; i < receiver->n; i++) {
        free(receiver->all[i]->body);
        free(receiver->all[i]);
    }
    free(receiver->all);
    close(receiver->listener);
    close(receiver->events);
    close(receiver->stop);
    pthread_mutex_destroy(&receiver->lock);
    free(receiver);
}

int receiver_port(const struct receiver *receiver)
{
    return receiver->port;
}

void receiver_do(struct receiver *receiver, const char *path, enum receiver_act act)
{
    pthread_mutex_lock(&receiver->lock);
    size_t i = 0;
    while (i < receiver->n_acts && strcmp(receiver->acts[i].path, path) != 0)
        i++;
    if (i == PATHS_MOST)
        abort();
    receiver->n_acts += i == receiver->n_acts;
    snprintf(receiver->acts[i].path, sizeof(receiver->acts[i].path), "%s", path);
    receiver->acts[i].act = act;
    pthread_mutex_unlock(&receiver->lock);
}

void receiver_measure(struct receiver *receiver, receiver_fn on_request, void *context)
{
    receiver->context = context;
    receiver->on_request = on_request;
}

const struct received *receiver_at(struct receiver *receiver, const char *path, size_t n)
{
    const struct received *found = NULL;
    pthread_mutex_lock(&receiver->lock);
    for (size_t i = 0; i < receiver->n && found == NULL; i++)
        if ((path == NULL || strcmp(receiver->all[i]->path, path) == 0) && n-- == 0)
            found = receiver->all[i];
    pthread_mutex_unlock(&receiver->lock);
    return found;
}

size_t receiver_count(struct receiver *receiver, const char *path)
{
    size_t n = 0;
    pthread_mutex_lock(&receiver->lock);
    for (size_t i = 0; i < receiver->n; i++)
        n += path == NULL || strcmp(receiver->all[i]->path, path) == 0;
    pthread_mutex_unlock(&receiver->lock);
    return n;
}

size_t receiver_connections(struct receiver *receiver)
{
    pthread_mutex_lock(&receiver->lock);
    size_t n = receiver->n_connections;
    pthread_mutex_unlock(&receiver->lock);
    return n;
}

bool receiver_wait(struct receiver *receiver, const char *path, size_t n, int ms)
{
    usec_t until = clock_monotonic() + ms * INT64_C(1000);
    while (receiver_count(receiver, path) < n) {
        if (clock_monotonic() > until)
            return false;
        usleep(2000);
    }
    return true;
}
