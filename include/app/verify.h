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

#endif
