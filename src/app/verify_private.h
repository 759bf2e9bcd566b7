#ifndef APP_VERIFY_PRIVATE_H
#define APP_VERIFY_PRIVATE_H

#include "app/verify.h"
#include "db/store.h"

/* An identity that links join to others. */
struct who {
    struct uuid key;
    enum identity_kind kind;
    struct span value;
    const struct shop *shop;
    bool is_used;     /* the ledger has messages of its own */
    size_t owner;     /* place of the identity whose row holds the state */
    int n_identities; /* of an owner: how many share that row */
};

/* What the ledger implies of one row of customer. */
struct expected {
    struct state state;
    const struct shop *shop;
    const struct definitions *definitions;
    const struct event **events;
    size_t n_events;
    size_t events_capacity;
    struct effects effects;
    usec_t due;            /* when time alone moves them next; NONE: never */
    int n_transition_rows; /* stored, superseded ones too */
    const struct who *who; /* NULL: no link names this identity */
    bool is_used;          /* the ledger has messages of this identity */
    bool is_nobody;        /* neither messages nor links: what unmerging or an erasure left */
    bool is_skipped;       /* a crawl has still to come by */
    bool has_row;
    bool differs;
};

struct verify {
    struct session *session;
    const struct verify_options *options;
    struct verify_report *report;
    struct db *db; /* in one snapshot */
    struct arena *arena; /* of one page */
    struct arena *scratch; /* of one event */
    usec_t now;
    int64_t page_drifts;
    struct expected *page;
    size_t n_page;
    struct arena *sums; /* of all customers: a row a key, however many customers there are */
    struct tallies tallies;
    int64_t n_orders;
    struct uuid *damaged; /* customers to fold anew */
    const struct shop **damaged_shops;
    size_t n_damaged;
    size_t damaged_capacity;
    struct uuid *strangers; /* rows of customers of whom the ledger knows nothing */
    size_t n_strangers;
    size_t strangers_capacity;
    struct uuid *stray_claims;
    size_t n_stray_claims;
    size_t stray_claims_capacity;
    struct who *who; /* by key */
    struct who **by_owner;
    size_t n_who;
    size_t who_capacity;
    struct arena *names; /* of identities */
    struct uuid *separated; /* identities; by key */
    size_t n_separated;
    int *crawling; /* shops whose customers are still to be re-decided */
    size_t n_crawling;
    size_t crawling_capacity;
    int *pending; /* shops of whom some customers were passed over: their sums do not follow from the rest */
    size_t n_pending;
    size_t pending_capacity;
    struct tallies terms; /* the texts that are stored, and those that are not: verify_term.c */
    struct shop_term *lost_terms;
    size_t n_lost_terms;
    size_t lost_terms_capacity;
    bool tallies_differ;
};

/* verify_identity.c: who is who by the links that hold. */
enum status verify_load_who(struct verify *v, struct error *error) MUST_CHECK;
const struct who *verify_who(const struct verify *v, const struct uuid *key);
/* Whose row holds the state of an identity: the identity itself when no link names it. */
const struct uuid *verify_owner(const struct verify *v, const struct uuid *key);
/* The identities of an owner. */
size_t verify_identities(const struct verify *v, const struct who *owner, const struct who *const **out);
/* Was this customer one with another until somebody separated them? */
bool verify_is_separated(const struct verify *v, const struct expected *e);
void verify_free_who(struct verify *v);

/* Are some customers of the shop still to be re-decided? */
bool verify_is_pending(const struct verify *v, int shop_id);
bool verify_is_crawling(const struct verify *v, const struct shop *shop);

/* Room for one more than ${n}. */
void *verify_more(void *array, size_t n, size_t *capacity, size_t size);

void verify_found(struct verify *v, const char *table, const char *column, const struct uuid *key, const char *detail);
void verify_customer(struct verify *v, const struct customer_row *row, const struct expected *e);
void verify_profile(struct verify *v, const struct db_result *rows, int row, const struct expected *e);
void verify_order(struct verify *v, const struct db_result *rows, int row, const struct expected *e,
                  const struct order *implied);
void verify_transition(struct verify *v, const struct transition_row *row, const struct transition *implied,
                       const struct uuid *key);
void verify_membership(struct verify *v, const struct db_result *rows, int row, const struct expected *e,
                       usec_t entered_at);

/* verify_tally.c: the sums that metrics read, and their journal. */
void verify_add_tallies(struct verify *v, const struct expected *e);
enum status verify_tallies(struct verify *v, struct error *error) MUST_CHECK;

/* verify_term.c: the texts behind hashes. */
enum status verify_load_terms(struct verify *v, struct error *error) MUST_CHECK;
void verify_terms(struct verify *v, const struct shop *shop, const struct event *event);
enum status verify_repair_terms(struct verify *v, struct error *error) MUST_CHECK;

/* verify_whole.c: what is not of one customer. */
enum status verify_feed(struct verify *v, struct error *error) MUST_CHECK;
enum status verify_claims(struct verify *v, struct error *error) MUST_CHECK;

#endif
