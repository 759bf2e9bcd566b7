#ifndef APP_IDENTITY_H
#define APP_IDENTITY_H

#include "app/session.h"
#include "core/identity.h"

/** What somebody asks for about who is who, besides what messages tell. */

struct identity_op {
    enum identity_op_kind { OP_MERGE, OP_UNMERGE, OP_ERASE } kind;
    struct identity subject; /* any identity of the customer */
    struct identity other;   /* MERGE: of the one to be joined; UNMERGE: the identity to come out */
    struct uuid link_id;     /* UNMERGE: this link; all zero: the one by which ${other} hangs on, or the latest */
    int erasure_cause;
    /* what came of it */
    struct error error;      /* status OK: done */
    struct uuid customer;    /* who is there now; ERASE: who was */
    struct uuid apart;       /* UNMERGE: who came out; MERGE: who is no more */
    bool is_unchanged;       /* MERGE: they were one already */
    struct uuid erasure_id;
    int64_t n_events, n_orders, n_identities, n_transitions;
};

/**
 * session_operate(session, shop, op, error):
 * Merge, unmerge or erase, in a transaction of its own on this session's writer. Blocks.
 * Errors   NOT_FOUND, CANNOT_MERGE, and those of session_ingest().
 */
enum status session_operate(struct session *session, const struct shop *shop, struct identity_op *op,
                            struct error *error) MUST_CHECK;

#endif
