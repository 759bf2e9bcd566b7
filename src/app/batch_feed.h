#ifndef APP_BATCH_FEED_H
#define APP_BATCH_FEED_H

#include "batch.h"

/** What followers are told of a batch: gathered while it is written, numbered by its last statement. */
struct feed {
    struct batch *batch;
    struct shop_change {
        int shop_id;
        struct change change;
    } *changes;
    size_t n_changes, changes_capacity;
};

/** A move, or (MOVED: it was said to be at ${before_at}; else NONE) what a re-fold found of one. */
void feed_transition(struct feed *feed, const struct slot *slot, enum change_type type, const struct transition *t,
                     usec_t before_at);
void feed_membership(struct feed *feed, const struct slot *slot, const struct membership *m);
/** A membership that by the new history never was: left at the instant at which it was said to be entered. */
void feed_never(struct feed *feed, const struct slot *slot, int segment, usec_t entered_at);
/** Taken in silently: followers look at the customer, not at what moved them. */
void feed_synced(struct feed *feed, const struct slot *slot);
/** ${type}: MERGED or UNMERGED. Somebody is one with ${other}, or no longer. */
void feed_identity(struct feed *feed, const struct slot *slot, enum change_type type, const struct uuid *other);
void feed_erased(struct feed *feed, const struct slot *slot);
/** Orders that are completed now and refunds made now, by the new messages. */
void feed_orders(struct feed *feed, const struct slot *slot);

/** Queue the statements: the feed of each shop, in order of shops; within one in the order of the changes. */
void feed_send(struct feed *feed);

#endif
