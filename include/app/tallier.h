#ifndef APP_TALLIER_H
#define APP_TALLIER_H

#include "app/session.h"

#include <signal.h>

/** What a look at the journals of all shops has found, before anything was added up. */
struct tallier_report {
    int64_t n_waiting; /* entries */
    usec_t oldest_at;  /* the first of them; NONE: none waits */
    bool is_busy;      /* there is more to add up at once */
    bool has_looked;   /* false: the look failed, and nothing is known */
};

/**
 * tallier_once(session, report, error):
 * Add up what waits in the journals of tallies, some of each shop: sums and the deletion of their entries are one
 * transaction. A shop whose turn another process has is passed over.
 * Cost     one small statement when nothing waits.
 */
enum status tallier_once(struct session *session, struct tallier_report *report, struct error *error) MUST_CHECK;

/** The same until nothing is left that is not another process's turn: for verbs that write much without a service. */
enum status tallier_finish(struct session *session, struct error *error) MUST_CHECK;

/**
 * tallier_begin(session):
 * Add up on a thread of its own, with a connection of its own, what the caller goes on writing.
 */
struct tallier *tallier_begin(const struct session *session);
/**
 * tallier_end(tallier, must_stop, error):
 * Wait until all is added up, or break off when ${must_stop} (may be NULL) says so: whoever comes next goes on from there. Frees ${tallier}.
 * Errors   of what the thread did; RETRY: it was broken off.
 */
enum status tallier_end(struct tallier *tallier, const volatile sig_atomic_t *must_stop, struct error *error) MUST_CHECK;

#endif
