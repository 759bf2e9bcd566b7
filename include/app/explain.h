#ifndef APP_EXPLAIN_H
#define APP_EXPLAIN_H

#include "app/session.h"
#include "core/explain.h"
#include "core/identity.h"

struct explain_query {
    const struct shop *shop;
    struct span id;
    enum identity_kind by; /* as struct customer_wish has it */
    struct span model; /* n = 0: all models and segments */
    usec_t as_of;      /* the same */
};

/**
 * customer_explain(session, query, out, error):
 * Why a customer stands where they do, and what would move them, in the session's arena.
 * Errors   NOT_FOUND: no such customer, nothing of them had happened by then, or no such model at that time.
 */
enum status customer_explain(struct session *session, const struct explain_query *query, struct explanation *out,
                             struct error *error) MUST_CHECK;

#endif
