#ifndef APP_CUSTOMER_H
#define APP_CUSTOMER_H

#include "app/session.h"
#include "wire/customer.h"
#include "wire/history.h"

/** Reading single customers. */

struct customer_wish {
    const struct shop *shop;
    struct span id;
    enum identity_kind by; /* NONE: a user, an anonymous customer, or "WORD:VALUE" */
    usec_t as_of; /* NONE: now; earlier: folded from the ledger; later: as it will be if nothing happens */
    /* filled in */
    enum status status; /* NOT_FOUND: nobody has this id, or nothing of them had happened by then */
    struct error error;
    struct customer_view view; /* in the session's arena */
};

/**
 * customers_find(session, wishes, n):
 * Look up each id as a user id, then as any other identity, and fold what is stored to the instant that is asked for.
 * Each wish has its own status.
 * Cost     one round to the database for all of them; two more for other identities, and one for those whose state must be
 *          folded anew.
 */
void customers_find(struct session *session, struct customer_wish *wishes, size_t n);

/** A page of what happened to one customer. ${cursor}: n = 0 is the first page. */
struct history_query {
    const struct shop *shop;
    struct span id;
    enum identity_kind by;
    struct span cursor;
    size_t limit;
    bool superseded; /* transitions: also those that were withdrawn */
};

/** Each newest first. Errors   NOT_FOUND, INVALID_CURSOR. */
enum status customer_events(struct session *session, const struct history_query *query, struct event_page *page,
                            struct error *error) MUST_CHECK;
enum status customer_orders(struct session *session, const struct history_query *query, struct order_page *page,
                            struct error *error) MUST_CHECK;
enum status customer_transitions(struct session *session, const struct history_query *query,
                                 struct transition_page *page, struct error *error) MUST_CHECK;

#endif
