#ifndef APP_VERIFY_H
#define APP_VERIFY_H

#include "app/session.h"

/** One place where what is stored is not what the ledger implies. */
struct drift {
    const char *table;
    const char *column; /* "row": the row itself is missing, or should not be there */
    struct uuid key;    /* of the customer (or of the order, for claims; zero for tallies and the feed) */
    const char *detail; /* "stored 3, the ledger implies 4" */
};

struct verify_options {
    const struct shop *shop; /* NULL: all */
    struct span customer;    /* n > 0: this customer of ${shop} only, and no tallies or feed */
    bool repairs;            /* rebuild: fold anew what differs, restate the tallies */
    void (*found)(void *context, const struct drift *drift);
    /* The sums of this shop were not compared, or after a repair not restated: a crawl has still to come by some of its
     * customers, or only one of them was looked at. */
    void (*left_out)(void *context, const struct shop *shop);
    void (*progress)(void *context, int64_t customers, int64_t total);
    void *context;
};

struct verify_report {
    int64_t customers;
    int64_t events;
    int64_t drifts;   /* differences found */
    int64_t lagging;  /* customers whose deadline has passed and who were not swept yet: lag, not drift */
    int64_t pending;  /* customers that a running crawl has still to re-decide */
    int64_t repaired; /* customers */
    int64_t left_out;  /* shops */
    int64_t remaining; /* differences that repairing has left: gaps in numbers, answers that cannot be read */
};

/**
 * verify_run(session, options, report, error):
 * Read the ledger and the definitions, fold them, and compare with everything that is stored, under one view of the
 * database, while the service goes on.
 * Errors   NOT_FOUND: the customer is in neither; those of the database.
 */
enum status verify_run(struct session *session, const struct verify_options *options, struct verify_report *report,
                       struct error *error) MUST_CHECK;

/**
 * verify_owed(db, n_shops, error):
 * Of how many shops the sums are partial since an older version has folded their customers, so that rebuild is to be run.
 * Cost     a look at one small row a shop.
 */
enum status verify_owed(struct db *db, int64_t *n_shops, struct error *error) MUST_CHECK;

#endif
