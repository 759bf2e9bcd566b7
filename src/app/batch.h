#ifndef APP_BATCH_H
#define APP_BATCH_H

#include "app/service.h"
#include "db/store.h"
#include "registry.h"

/**
 * One transaction over many customers: the only write path. load (lock and read), decide (pure), save.
 * A batch holds messages and ticks: a tick moves a customer to now, meets new definitions, or repairs.
 */
struct entry {
    const struct shop *shop;
    struct ingest_item *item; /* NULL: a tick */
    struct arena *arena;      /* for the item's outcome */
    struct uuid key;          /* of the customer */
    bool is_silent;
    bool is_repair;           /* fold anew from the ledger whatever the row says */
    bool has_failed;          /* a tick that the database refused */
    bool is_new;              /* decided by the batch: to be written to the ledger */
    const struct entry *first; /* the same message earlier in this batch */
    size_t order;             /* place in the batch: the order of arrival */
};

/** One customer of a batch. */
struct slot {
    struct customer_row row;
    const struct shop *shop;
    const struct definitions *definitions;
    struct entry **entries; /* in timeline order once loaded */
    size_t n_entries;
    bool exists;
    bool wants_profile;
    bool must_refold;
    bool is_stale;            /* other definitions decided the row: what they change is silent unless asked for */
    bool is_repair;           /* every row of the customer but the history is written anew */
    bool must_have_all_orders;
    bool is_silent;
    /* before this batch */
    struct standing old_standing[MODEL_SLOTS];
    unsigned char old_segments[SEGMENT_SLOTS / 8];
    usec_t old_deadline;
    int met; /* revision of the definitions that the row had met */
    struct transition_row *old_transitions; /* of a re-fold: what holds, by seq */
    size_t n_old_transitions;
    size_t old_transitions_capacity;
    struct {
        int segment;
        usec_t entered_at;
    } *old_memberships;
    size_t n_old_memberships;
    size_t old_memberships_capacity;
    const struct event **ledger;
    size_t n_ledger;
    size_t ledger_capacity;
    /* what was decided */
    struct effects effects;
    bool is_dirty;
};

/** Whose an order is. */
struct claim {
    struct uuid order_key;
    struct uuid customer_key;
    int shop_id;
};
int claim_compare(const void *a, const void *b); /* by order, for qsort and bsearch */

struct batch {
    struct db *db;
    struct registry *registry;
    struct arena *arena; /* of this attempt */
    const struct clock *clock;
    usec_t now; /* read while the customers are locked: it never goes back in one history */
    unsigned lanes;
    struct entry *entries;
    size_t n_entries;
    bool is_wary; /* look for every message in the ledger: an earlier attempt met one where none was expected */
    bool may_have_committed; /* an earlier attempt lost its COMMIT: what is found counts as accepted */
    struct slot *slots;      /* by key */
    size_t n_slots;
    struct claim *claims; /* that were made before; by order */
    size_t n_old_claims;
    struct claim *new_claims; /* in the order of arrival until they are saved */
    size_t n_claims;
    /* figures */
    int64_t n_accepted;
    int64_t n_duplicates;
    int64_t n_refused;
    int64_t n_refolds;
    int64_t n_transitions;
    int64_t n_superseded;
    usec_t next_deadline; /* the earliest that was written; NONE: none */
};

/**
 * batch_commit(batch, error):
 * Do it all. On success every message has its result; on failure nothing was written unless db_commit_is_unknown().
 * Errors   those of db_sync(); RETRY too when definitions or an order claim changed meanwhile; BAD_SCHEMA when a row
 *          was folded by a newer version of this program.
 */
enum status batch_commit(struct batch *batch, struct error *error) MUST_CHECK;

/* the three steps */
enum status batch_load(struct batch *batch, struct error *error) MUST_CHECK;
void batch_decide(struct batch *batch);
enum status batch_save(struct batch *batch, struct error *error) MUST_CHECK;

struct slot *batch_slot(const struct batch *batch, const struct uuid *key);

/**
 * A writer: a connection, a registry and the loop that tries again: soft errors, a lost connection (whose COMMIT
 * may have taken place), a poisonous message (halving until it stands alone).
 */
struct writer {
    struct db *db;
    struct db_options options;
    const char *url;
    struct registry *registry;
    const struct clock *clock;
    struct arena *arena;
    unsigned lanes;
    int patience_ms; /* how long to keep trying before giving up */
    _Atomic bool *gives_up; /* NULL, or set when the process must stop */
    int64_t metrics[METRIC_COUNT];
    usec_t next_deadline;
};

void writer_done(struct writer *writer);
/** Every entry has its result afterwards, or the status tells why none has. */
enum status writer_run(struct writer *writer, struct entry *entries, size_t n, struct error *error) MUST_CHECK;

#endif
