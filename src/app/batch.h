#ifndef APP_BATCH_H
#define APP_BATCH_H

#include "app/identity.h"
#include "app/service.h"
#include "core/contribution.h"
#include "db/store.h"
#include "known_terms.h"
#include "registry.h"

/** One name of a person, as a batch knows it. */
struct member {
    struct uuid key;
    enum identity_kind kind;
    struct span value;
    const struct shop *shop;
    struct uuid owner;   /* whose row holds the state: as loaded, and once settled as it will be */
    struct uuid old_owner; /* as loaded */
    bool exists;         /* there is a row */
    bool is_used;        /* messages name it first; those of this batch count once they are accepted */
    bool was_used;
    usec_t erased_at;    /* NONE: never */
    bool is_erased;      /* by this batch */
    size_t parent;       /* of the trees of identities that are one customer */
};

/** Joins two customers; a row of the ledger of identities. */
struct link {
    struct uuid link_id;
    struct identity from; /* whose message joined them */
    struct identity to;
    const struct shop *shop;
    enum link_cause { LINK_MESSAGE = 1, LINK_ALIAS, LINK_ORDER, LINK_REQUEST } cause;
    struct uuid event_id;
    usec_t recorded_at;
    bool is_stored;
    bool is_withdrawn; /* by this batch */
};

/** A pair of identities: separated by hand, or known to be two. */
struct pair {
    struct uuid a, b;
    int shop_id;
};

/**
 * One transaction over many customers: the only write path. load (lock and read), decide (pure), save.
 * A batch holds messages and ticks: a tick moves a customer to now, meets new definitions, or repairs.
 */
struct entry {
    const struct shop *shop;
    struct ingest_item *item; /* NULL: a tick */
    struct identity_op *op;   /* NULL, or of an entry without an item: what is asked for */
    struct arena *arena;      /* for the item's outcome */
    struct uuid key;          /* of the customer; while messages are loaded, of their own first identity */
    const struct uuid *trace_id; /* of the item's job; all zero, or NULL without an item: none */
    bool is_silent;
    bool is_repair;           /* fold anew from the ledger whatever the row says */
    bool has_failed;          /* a tick that the database refused */
    bool is_new;              /* decided by the batch: to be written to the ledger */
    const struct entry *first; /* the same message earlier in this batch */
    size_t order;             /* place in the batch: the order of arrival */
};

/** An order as it was before a new message told of it. */
struct order_before {
    const struct entry *entry;
    bool was_completed;
    int64_t was_refunded;
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
    bool is_loaded;
    bool had_state;           /* the row, when it was loaded */
    bool has_profile;
    bool is_pointer;          /* it holds no state, now and afterwards: left alone */
    bool is_absorbed;         /* it held state, which goes to another customer */
    bool is_erased;           /* by this batch */
    bool is_reduced;          /* identities have left this customer, and their orders with them */
    bool has_new_identity;    /* the columns that say whose row it is are to be written */
    struct slot *heir_of;     /* the absorbed customer that goes on in this one, which was nobody before */
    bool is_stale;            /* other definitions decided the row: what they change is silent unless asked for */
    bool has_contributed;     /* as it was loaded: FOLD_VERSION_CONTRIBUTES */
    bool is_repair;           /* every row of the customer but the history is written anew */
    bool must_have_all_orders;
    bool is_silent;
    /* before this batch */
    struct standing old_standing[MODEL_SLOTS];
    unsigned char old_segments[SEGMENT_SLOTS / 8];
    int64_t old_revenue; /* net */
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
    bool has_orders; /* all of them, from the first round on */
    const struct order *old_orders; /* of somebody who is no more: what was loaded */
    size_t n_old_orders;
    struct order_before *orders_before; /* orders that the new messages name, in their order */
    size_t n_orders_before;
    /* what was decided */
    struct effects effects;
    struct contributor contributor; /* of new events, and of a history that is folded anew */
    struct tallies remainder;       /* of somebody who is erased: what their events and orders contributed */
    bool is_dirty;
};

/** Whose an order is. */
struct claim {
    struct uuid order_key;
    struct uuid customer_key;
    int shop_id;
    struct uuid owner; /* whose row holds that customer's state */
    bool is_erased;    /* by a customer who was erased since */
};
int claim_compare(const void *a, const void *b); /* by order, for qsort and bsearch */

struct batch {
    struct db *db;
    struct registry *registry;
    struct arena *arena; /* of this attempt */
    const struct clock *clock;
    usec_t now; /* read while the customers are locked: it never goes back in one history */
    struct known_terms *known_terms; /* NULL: none */
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
    /* who is who: filled only when a batch has to think of it */
    bool has_members;
    struct member *members; /* by key */
    size_t n_members, members_capacity;
    struct link *links; /* new ones, withdrawn ones, and of an undone merge those of its customer */
    size_t n_links, links_capacity;
    struct pair *separations, *conflicts;
    size_t n_separations, separations_capacity, n_conflicts, conflicts_capacity;
    size_t n_old_separations, n_old_conflicts;
    struct uuid *rejoined; /* identities that somebody joined by hand: no longer separated */
    size_t n_rejoined, rejoined_capacity;
    const struct db_result *pointers;
    struct tallies tallies; /* what the batch adds to those of its shops */
    struct shop_term *terms; /* that may not be known yet; in key order */
    size_t n_terms;
    /* figures */
    int64_t n_accepted;
    int64_t n_duplicates;
    int64_t n_refused;
    int64_t n_refolds;
    int64_t n_transitions;
    int64_t n_superseded;
    size_t n_changes; /* in the feed */
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

/* batch_gather.c, batch_join.c, batch_settle.c: who is who. Before find_new(): identities_gather(); from there, in the order of arrival:
   identities_join() for each message that is new, identities_claim() for each order, identities_operate() for what
   somebody asked for; then identities_settle(). */
bool identities_matter(const struct batch *batch);
struct db_args *identities_mentioned(const struct batch *batch);
enum status identities_gather(struct batch *batch, struct error *error) MUST_CHECK;
bool identities_are_erased(const struct batch *batch, const struct entry *entry);
/** Whose row holds the state of an identity, as it was loaded. */
const struct uuid *identities_owner(const struct batch *batch, const struct uuid *identity_key);
/** And as it was settled. */
const struct uuid *identities_holder(const struct batch *batch, const struct uuid *identity_key);
/** Is ${entry} of the customer who has claimed the order, or can they be made one? */
bool identities_claim(struct batch *batch, struct entry *entry, const struct claim *claim);
void identities_join(struct batch *batch, struct entry *entry);
void identities_operate(struct batch *batch, struct entry *entry);
enum status identities_settle(struct batch *batch, struct error *error) MUST_CHECK;
/** The customer whose state the events of an identity belong to; NULL: none of this batch. */
struct slot *identities_slot(const struct batch *batch, const struct uuid *identity_key);
/** Fill members with the identities of these customers, of which nothing else had to be known. */
enum status identities_load(struct batch *batch, const struct uuid *keys, size_t n, struct error *error) MUST_CHECK;
void identities_save(struct batch *batch);

/* batch_load.c: more customers, once others are locked. */
enum status batch_load_slots(struct batch *batch, const struct uuid *keys, size_t n, struct error *error) MUST_CHECK;

/* batch_contribute.c */
/** Take away what those contributed who are about to be folded anew, and leave what the erased contributed; before deciding. */
void contributions_begin(struct batch *batch);
/** Whom the fold of a customer tells what its events contribute, until contribute_end(); NULL: nobody. */
struct contributor *contributions_ask(struct batch *batch, struct slot *slot);
/** The transitions of a history that is folded anew, in the order in which a fold made them. */
void contributions_sort_history(struct slot *slot);
/** Stays in stages: of new transitions, or the difference between two histories. */
void contributions_of_stays(struct batch *batch, const struct slot *slot);

/* batch_feed.c: what the feed will tell of orders; before they are folded. */
void orders_remember(struct batch *batch, struct slot *slot, struct entry **fresh, size_t n);

/* batch_erase.c */
void batch_count_erased(const struct batch *batch);
void batch_save_erasure(struct batch *batch);

/* batch_tally.c: what goes into the journal of tallies, and the texts behind its keys. */
void tally_move(struct batch *batch, const struct slot *slot, const struct transition *transition, int64_t times);
/** The difference that a customer makes to who stands where, and is a member of what. */
void tally_standing(struct batch *batch, const struct slot *slot);
/** Of somebody who is gone: they are no members any more, all else stays. */
void tally_erased(struct batch *batch, const struct slot *slot);
void batch_save_remainder(struct batch *batch, const struct slot *slot);
void batch_save_terms(struct batch *batch);
void batch_save_tallies(struct batch *batch);

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
    struct known_terms *known_terms;
    unsigned lanes;
    int patience_ms; /* how long to keep trying before giving up */
    _Atomic bool *gives_up; /* NULL, or set when the process must stop */
    int64_t metrics[METRIC_COUNT];
    int64_t n_changes; /* appended to feeds */
    usec_t next_deadline;
};

void writer_done(struct writer *writer);
/** Every entry has its result afterwards, or the status tells why none has. */
enum status writer_run(struct writer *writer, struct entry *entries, size_t n, struct error *error) MUST_CHECK;

#endif
