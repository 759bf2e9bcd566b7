#ifndef APP_SCORE_VIEW_H
#define APP_SCORE_VIEW_H

#include "app/session.h"
#include "core/identity.h"
#include "wire/score.h"

/** Reading scores. All that is filled in lives in the session's arena. */

/** The parameters and the bounds in force now, with their documents. */
enum status scores_view_read(struct session *session, const struct shop *shop, struct scores_view *out,
                             struct error *error) MUST_CHECK;

struct customer_scores_query {
    const struct shop *shop;
    struct span id;
    enum identity_kind by; /* as struct customer_wish has it */
    usec_t as_of;          /* the same */
};

/**
 * customer_scores_read(session, query, language, out, error):
 * The scores of a customer, under the parameters that are in force at the instant that is asked for.
 * Errors   NOT_FOUND: nobody has this id, or nothing of them had happened by then.
 */
enum status customer_scores_read(struct session *session, const struct customer_scores_query *query,
                                 enum language language, struct customer_scores *out,
                                 struct error *error) MUST_CHECK;

#endif
