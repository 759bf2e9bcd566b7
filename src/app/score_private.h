#ifndef SRC_APP_SCORE_PRIVATE_H
#define SRC_APP_SCORE_PRIVATE_H

#include "app/idempotency.h"
#include "app/score.h"
#include "app/settings.h"

/** Private to app/: what fitting and the scorer share. */

/** One fit of a shop at a time, in whatever process. */
struct score_turn {
    struct once once;
};
/** Errors   CONFLICT: somebody else has it. It is free again TURN_PATIENCE after a process died with it. */
enum status score_turn_begin(struct session *session, const struct shop *shop, struct score_turn *turn,
                             struct error *error) MUST_CHECK;
void score_turn_end(struct session *session, const struct score_turn *turn);

/** Of customers with a counted order. */
struct score_counts {
    int64_t customers;
    int64_t purchase_days;
};
enum status score_read_counts(struct session *session, const struct shop *shop, struct score_counts *out,
                              struct error *error) MUST_CHECK;

/** The bounds of all customers as of today; ${out}->customers is 0 when they are too few. */
enum status score_read_bounds(struct session *session, const struct shop *shop, struct rfm *out,
                              struct error *error) MUST_CHECK;

/**
 * score_look_ahead(session, shop, scores, out, error):
 * Whom ${scores} would move if they were put in force now.
 * Cost     loads every customer when a rule mentions a score, nobody otherwise.
 */
enum status score_look_ahead(struct session *session, const struct shop *shop, const struct scores *scores,
                             struct score_preview *out, struct error *error) MUST_CHECK;

/** What is to be in force without a new fit: as now, but with the margin, discount and cadence of the settings. */
void score_adjust(const struct scores *in_force, const struct settings *settings, struct scores *out);
/** Put it in force where it differs. */
enum status score_follow_settings(struct session *session, const struct shop *shop, struct error *error) MUST_CHECK;
/** Would a customer have another score under one than under the other? */
bool scores_differ(const struct scores *a, const struct scores *b);
/** Do the settings name other bounds than those in force (NULL: none are)? */
bool rfm_wants_owners(const struct rfm *in_force, const struct settings *settings);

#endif
