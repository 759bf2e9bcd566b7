#ifndef APP_CUSTOMER_FILTER_H
#define APP_CUSTOMER_FILTER_H

#include "app/customer_list.h"
#include "db/customer_search.h"
#include "view.h"

/** Private to app/: which customers are asked for. What SQL narrows to is asked again of each as they are now. */
struct customer_filter {
    const struct definitions *definitions;
    struct customer_search search;
    int model; /* number; 0: any */
};

/**
 * customer_filter_read(session, arena, query, now, out, error):
 * Of ${query}: shop, model, stage, role, segment, rule, due_within. What it needs lives in ${arena}.
 * Errors   INVALID_PARAMETER, NOT_FOUND (a membership's segment), INVALID_RULE, DATABASE_AWAY.
 */
enum status customer_filter_read(struct session *session, struct arena *arena, const struct customer_query *query,
                                 usec_t now, struct customer_filter *out, struct error *error) MUST_CHECK;
/** What looks_load() must load besides, so that the filter can be asked. */
unsigned customer_filter_needs(const struct customer_filter *filter);
/** Whether the filter admits them as they are now; when they will move is not asked. */
bool customer_filter_admits(const struct customer_filter *filter, const struct look *look);
/** The earliest move under the models that are asked for; at = NONE: there is none. */
struct move customer_filter_move(const struct customer_filter *filter, const struct customer_view *view);

#endif
