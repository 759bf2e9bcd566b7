#ifndef APP_SCORE_RUN_H
#define APP_SCORE_RUN_H

#include "app/session.h"
#include "wire/score.h"

/**
 * score_run(session, shop, is_dry, out, error):
 * A fit that somebody asked for: what was found, whom it moves, and, unless it is dry, the new version in force. ${out}
 * lives in the session's arena.
 * Errors   CONFLICT: another one of this shop is running (in any process), or somebody else published meanwhile.
 * Cost     reads all orders; with a rule that mentions a score also loads every customer.
 */
enum status score_run(struct session *session, const struct shop *shop, bool is_dry, struct fit_outcome *out,
                      struct error *error) MUST_CHECK;

#endif
