#ifndef APP_FEED_H
#define APP_FEED_H

#include "app/session.h"
#include "core/change.h"
#include "core/definition.h"

/** The feed of a shop, for all that follow it. */

struct feed_page {
    struct change_line *lines; /* those that match; spans live in the session's arena */
    size_t n;
    const struct definitions *definitions; /* that know the words of all of them */
    int64_t next;   /* all up to this number have been looked at: read on after it */
    int64_t head;   /* the newest number */
    int64_t oldest; /* the oldest number that is kept; head + 1: none is */
};

#define FEED_PAGE_MOST 1000

/**
 * feed_read(session, shop, after, filter, limit, out, error):
 * The changes after number ${after} that match, in order, at most ${limit}; looks at a bounded number of changes, so that
 * a page may be short or empty although there is more: next < head says so.
 * ${after} < 0: nothing is read, next is the head.
 * Errors   CURSOR_TOO_OLD: ${after} + 1 is no longer kept; its detail names the oldest. INVALID_CURSOR: beyond the head.
 */
enum status feed_read(struct session *session, const struct shop *shop, int64_t after, const struct change_filter *filter,
                      size_t limit, struct feed_page *out, struct error *error) MUST_CHECK;

/**
 * feed_some(session, shop, numbers, n, lines, n_lines, error):
 * Single changes by their numbers, in order; those that are no longer kept are left out. Spans as of feed_read().
 */
enum status feed_some(struct session *session, const struct shop *shop, const int64_t *numbers, size_t n,
                      struct change_line **lines, size_t *n_lines, struct error *error) MUST_CHECK;

/**
 * feed_definitions(session, shop, lines, n, out, error):
 * Definitions that know the words of these changes: those of this process, unless another one has published since.
 */
enum status feed_definitions(struct session *session, const struct shop *shop, const struct change_line *lines, size_t n,
                             const struct definitions **out, struct error *error) MUST_CHECK;

/** The number after which changes were recorded at ${at} or later; as feed_read()'s ${after}. Errors CURSOR_TOO_OLD. */
enum status feed_since(struct session *session, const struct shop *shop, usec_t at, int64_t *after,
                       struct error *error) MUST_CHECK;

/**
 * Who waits for the feed of a shop to grow beyond ${after}. The caller owns it until wake() was called, or feed_forget()
 * has returned true.
 */
struct feed_waiter {
    const struct shop *shop;
    int64_t after;
    void (*wake)(struct feed_waiter *waiter); /* once, on a thread of the service; must not block */
    void *context;
    struct feed_waiter *next, *previous;
    bool is_waiting;
};

/** wake() is called as soon as the head is beyond ${after}: at once when it is already, within a second when another process wrote. */
void feed_wait(struct service *service, struct feed_waiter *waiter);
/** False: wake() was called, or is being called. */
bool feed_forget(struct service *service, struct feed_waiter *waiter);

#endif
