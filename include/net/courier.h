#ifndef NET_COURIER_H
#define NET_COURIER_H

#include "base/status.h"
#include "base/types.h"
#include "net/guard.h"

/**
 * Posts many bodies at a time (libcurl's multi interface), on the thread of whoever calls courier_run().
 * Never follows a redirect, never uses a proxy, keeps at most COURIER_REPLY_MAX bytes of a reply, dials only
 * what the guard permits.
 */
struct courier;

#define COURIER_REPLY_MAX   1024
#define COURIER_HEADERS_MAX 12
/** Of a longer reply so much is read and thrown away, so that its connection can serve again; then it is cut
 * off. */
#define COURIER_SKIP_MAX 16384

/** Why no reply came. Rows: name, number in webhook_delivery.failure, code, sentence. */
#define COURIER_FAILURE_TABLE(X)                                                                             \
    X(NONE, 0, "none", "A reply came.")                                                                      \
    X(UNRESOLVED, 1, "unresolved", "The host has no address.")                                               \
    X(REFUSED, 2, "connection_refused", "Nobody listens there.")                                             \
    X(TIMEOUT, 3, "timeout", "No whole reply came in time.")                                                 \
    X(TLS, 4, "tls", "The certificate is not valid for the host, or the handshake failed.")                  \
    X(BROKEN, 5, "connection_broken", "The connection ended before the reply.")                              \
    X(FORBIDDEN, 6, "address_forbidden", "The host's address is not one that webhooks may go to.")           \
    X(MALFORMED, 7, "malformed_reply", "The reply is not HTTP.")                                             \
    X(INTERNAL, 8, "internal", "The request could not be sent.")

enum courier_failure {
#define X(name, number, code, sentence) COURIER_##name = number,
    COURIER_FAILURE_TABLE(X)
#undef X
};
const char *courier_failure_code(enum courier_failure failure);

struct parcel;
struct receipt {
    int status; /* HTTP; 0: no reply came */
    enum courier_failure failure;
    int retry_after_s; /* -1: not told */
    usec_t duration;
    struct span reply; /* the beginning of the body, as UTF-8 without NUL; lives until done() returns */
};

/** One request. The caller owns it, and all that it points to, until done() was called. */
struct parcel {
    const char *url;
    const char *headers[COURIER_HEADERS_MAX]; /* "Name: value" */
    size_t n_headers;
    struct span body;
    int timeout_ms; /* of the whole */
    void (*done)(struct parcel *parcel, const struct receipt *receipt);
    void *context;
};

/**
 * courier_new(guard, connections_max, out, error):
 * ${guard} must outlive it; so many idle connections are kept for the next request.
 * Owns     ${out}, courier_free(): transfers under way end without done().
 */
enum status courier_new(const struct guard *guard, size_t connections_max, struct courier **out,
                        struct error *error) MUST_CHECK;
void courier_free(struct courier *courier);

/** Begin to send; done() is called from courier_run(), never from here. May be called from done(). */
void courier_send(struct courier *courier, struct parcel *parcel);
/** Do what there is to do, calling done() of what ended; wait up to ${timeout_ms} for something, or for
 * courier_poke(). */
void courier_run(struct courier *courier, int timeout_ms);
/** Thread-safe: let courier_run() return soon. */
void courier_poke(struct courier *courier);

#endif
