#ifndef TESTS_SUPPORT_RECEIVER_H
#define TESTS_SUPPORT_RECEIVER_H

#include "base/types.h"

/**
 * A receiver of webhooks on 127.0.0.1, on a thread of its own: HTTP/1.1 with keep-alive. What it does with a
 * request is told by the request's path, and can be changed while it runs.
 */
struct receiver;

enum receiver_act {
    RECEIVER_OK,       /* 200 */
    RECEIVER_FAIL,     /* 500 */
    RECEIVER_GONE,     /* 410 */
    RECEIVER_REDIRECT, /* 302 to /redirected */
    RECEIVER_BUSY,     /* 429, Retry-After: 2 */
    RECEIVER_HANG,     /* no reply */
    RECEIVER_SLOW,     /* 200 after 300 ms */
    RECEIVER_DROP,     /* the connection is closed */
    RECEIVER_HALF,     /* and in the midst of the body */
    RECEIVER_GARBAGE,  /* what is not HTTP */
    RECEIVER_GIANT,    /* 200 with a body of 64 MiB */
    RECEIVER_WORDY,    /* 200 with a body of 4 KiB, which ends in the midst of a character after 1 KiB */
    RECEIVER_ONCE,     /* 500 for the first request of each webhook-id, 200 for those that follow */
};

struct received {
    char path[64];
    char id[64];        /* webhook-id */
    char timestamp[24]; /* webhook-timestamp */
    char signature[200];
    char authorization[64];
    char traceparent[64];
    char *body;
    size_t n_body;
    usec_t at; /* monotonic */
};

/** ${port} 0: any that is free. */
struct receiver *receiver_new(int port);
void receiver_free(struct receiver *receiver);
int receiver_port(const struct receiver *receiver);
/** What to do with requests of ${path}; RECEIVER_OK when nothing was said. */
void receiver_do(struct receiver *receiver, const char *path, enum receiver_act act);
/**
 * receiver_measure(receiver, on_request, context):
 * From now on ${on_request} says what to do with each request, on the receiver's thread, and nothing is kept
 * of them. To be called before the first one.
 */
typedef enum receiver_act (*receiver_fn)(void *context, struct span path, struct span body);
void receiver_measure(struct receiver *receiver, receiver_fn on_request, void *context);
/** Requests of ${path} (NULL: of all). */
size_t receiver_count(struct receiver *receiver, const char *path);
/** The connections that were made. */
size_t receiver_connections(struct receiver *receiver);
/** Request ${n} of ${path} in order of arrival, as long as the receiver lives; NULL: there is none. */
const struct received *receiver_at(struct receiver *receiver, const char *path, size_t n);
/** Wait until ${path} has ${n} requests; false: not within ${ms}. */
bool receiver_wait(struct receiver *receiver, const char *path, size_t n, int ms);

#endif
