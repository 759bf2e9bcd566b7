#ifndef APP_SPEND_H
#define APP_SPEND_H

#include "app/session.h"
#include "wire/spend.h"

/**
 * spend_save(session, shop, rows, n, error):
 * Keep what was told of some days: each row replaces what was told of the same day, channel and campaign. What metrics
 * say has changed then, though no customer did.
 */
enum status spend_save(struct session *session, const struct shop *shop, struct spend *rows, size_t n,
                       struct error *error) MUST_CHECK;

struct spend_query {
    const struct shop *shop;
    struct span from, to; /* dates of the shop, or instants that are midnights there; n = 0: the last 30 days */
    struct span cursor;
    size_t limit;
};

struct spend_page {
    struct spend *rows; /* by day */
    size_t n;
    struct span next;
};

/** Errors   INVALID_PARAMETER, INVALID_CURSOR. */
enum status spend_list(struct session *session, const struct spend_query *query, struct spend_page *out,
                       struct error *error) MUST_CHECK;

#endif
