#ifndef SRC_APP_METRIC_SHELF_H
#define SRC_APP_METRIC_SHELF_H

#include "base/shared.h"
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
    usec_t made_at; /* monotonic */
    usec_t cost;    /* how long that took */
    usec_t as_of;
    usec_t lag;     /* as of then */
    bool is_behind; /* the journal was not read to its end */
    usec_t until;   /* it holds no longer: the range, which ends within a day, is over then; NONE: with the day */
    uint64_t hash;
    struct metric_told told;
};

/** The answer that is kept for ${key}, which the caller then holds; NULL: there is none. */
struct shared *metric_shelf_take(struct metric_shelf *shelf, struct span key, struct metric_kept *kept);
/** Keep ${answer}; the caller goes on holding it. */
void metric_shelf_put(struct metric_shelf *shelf, struct span key, const struct metric_kept *kept, struct shared *answer);

/**
 * metric_shelf_claim(shelf, key, now):
 * May the caller make the answer anew that is kept for ${key}? False: another has begun to. Ends with metric_shelf_put() or
 * metric_shelf_disclaim(), or after CLAIM_LONGEST.
 */
bool metric_shelf_claim(struct metric_shelf *shelf, struct span key, usec_t now);
void metric_shelf_disclaim(struct metric_shelf *shelf, struct span key);

/** Where a shop stood when it was last looked at. */
struct metric_head {
    int64_t head;     /* of its journal */
    usec_t overdue;   /* the deadline of who waits longest to be moved by time; NONE: nobody waits */
    usec_t looked_at; /* monotonic: before the look */
};
/** False: nobody has looked since ${since} (monotonic). */
bool metric_shelf_head(struct metric_shelf *shelf, int shop_id, usec_t since, struct metric_head *out);
void metric_shelf_looked(struct metric_shelf *shelf, int shop_id, const struct metric_head *head);

#endif
