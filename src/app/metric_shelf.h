#ifndef SRC_APP_METRIC_SHELF_H
#define SRC_APP_METRIC_SHELF_H

#include "base/buf.h"
#include "base/status.h"
#include "core/shop.h"
#include "wire/metric_table.h"

/**
 * Private to app/: answers to metrics, kept by what was asked for, so that a hundred dashboards cost as one. Bounded in number
 * and bytes: the one that was asked for least recently gives way. Thread-safe.
 *
 * An answer follows from the shop's journal up to a head, the revision of its definitions, and the local day. While these are
 * the same it is as good as a new one; when the head has moved it may still be told for a while, as of when it was made.
 */
struct metric_shelf;

#define METRIC_SHELF_ANSWERS 1024
#define METRIC_SHELF_BYTES   (64 << 20)
#define METRIC_SHELF_ANSWER  (4 << 20) /* longer ones are not kept */

struct metric_shelf *metric_shelf_new(void);
void metric_shelf_free(struct metric_shelf *shelf);

/** What an answer follows from. */
struct metric_basis {
    int64_t head;
    int revision;
    int64_t day;
};

struct metric_kept {
    struct metric_basis basis;
    usec_t made_at;  /* monotonic */
    usec_t as_of;
    usec_t behind;   /* the journal was not read to its end: as of this instant; NONE: it was */
    usec_t deadline; /* of the customer whom time moves next, as it was then; NONE: of no matter, or nobody */
    usec_t until;    /* it holds no longer: the range, which ends within a day, is over then; NONE: with the day */
    uint64_t hash;
    struct metric_told told;
};

/** Print the answer that is kept for ${key} into ${out}; false: there is none. */
bool metric_shelf_take(struct metric_shelf *shelf, struct span key, struct metric_kept *kept, struct buf *out);
void metric_shelf_put(struct metric_shelf *shelf, struct span key, const struct metric_kept *kept, struct span answer);

/** Where a shop's journal stood when it was last looked at. */
struct metric_head {
    int64_t head;
    usec_t looked_at; /* monotonic: before the look */
};
/** False: nobody has looked since ${since} (monotonic). */
bool metric_shelf_head(struct metric_shelf *shelf, int shop_id, usec_t since, struct metric_head *out);
void metric_shelf_looked(struct metric_shelf *shelf, int shop_id, const struct metric_head *head);

#endif
