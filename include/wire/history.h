#ifndef WIRE_HISTORY_H
#define WIRE_HISTORY_H

#include "base/buf.h"
#include "core/definition.h"
#include "core/fold.h"

/** Pages of one customer's history. ${next}: n = 0 is the last page. */

struct event_line {
    enum event_kind kind;
    usec_t occurred_at;
    usec_t received_at;
    struct span message_id; /* as sent; n = 0: none */
    struct span type;       /* "track", ... */
    struct span name;       /* of a track event, page or screen as sent; n = 0: none */
    struct span properties; /* JSON as sent; n = 0: none */
    struct span traits;
    struct span context;
};
struct event_page {
    const struct event_line *lines;
    size_t n;
    struct span next;
};
void event_page_print(struct buf *buf, const struct event_page *page);

struct order_page {
    const struct shop *shop;
    const struct order *orders;
    size_t n;
    struct span next;
};
void order_page_print(struct buf *buf, const struct order_page *page);
/** One of them. */
void order_print(struct buf *buf, const struct order *order, int exponent);

struct transition_line {
    struct transition transition;
    usec_t recorded_at;
    usec_t superseded_at; /* NONE: holds */
};
struct transition_page {
    const struct definitions *definitions;
    const struct transition_line *lines;
    size_t n;
    struct span next;
};
void transition_page_print(struct buf *buf, const struct transition_page *page);
/** One of them; its model must be defined. */
void transition_print(struct buf *buf, const struct definitions *definitions, const struct transition_line *line);

#endif
