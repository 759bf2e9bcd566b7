#ifndef APP_CUSTOMER_LIST_H
#define APP_CUSTOMER_LIST_H

#include "app/session.h"
#include "wire/customer.h"

/** Lists of customers. A text with n = 0 was not asked for. */
struct customer_query {
    const struct shop *shop;
    struct span model;   /* with ${stage} or ${role}: under this model; with ${due_within}: moves under it */
    struct span stage;   /* needs ${model} */
    struct span role;
    struct span segment;
    struct span rule;    /* JSON */
    struct span sort;    /* `id` or a stored fact, with `-` before it for descending; else in order of keys */
    struct span due_within; /* ISO 8601 duration: those whom time alone will move by then, soonest first */
    bool is_membership;  /* the members of ${segment}, with the instant at which they entered */
    struct span cursor;
    size_t limit;
};

struct customer_line {
    struct customer_view view;
    usec_t entered_at; /* of is_membership; NONE: within this second */
    struct move move;  /* of due_within */
};

struct customer_page {
    size_t n;
    struct span next; /* n = 0: this is the last page */
    usec_t as_of;
};

/**
 * customers_list(session, query, line, context, page, error):
 * Call ${line} for each customer of a page of those who answer to all of ${query}, each as they are now. A page may
 * be shorter than its limit although there are more: ${page}->next tells.
 * Errors   INVALID_PARAMETER (unknown model, stage, role, fact, a duration, a rule that is no JSON), NOT_FOUND (the segment), INVALID_RULE,
 *          INVALID_CURSOR, TIMED_OUT. Some lines may have been told by then.
 * Cost     one pass over the customers of the shop for a sort; else a few rows of an index for each line. Memory does
 *          not grow with the page.
 */
typedef void (*customer_line_fn)(void *context, const struct customer_line *line);
enum status customers_list(struct session *session, const struct customer_query *query, customer_line_fn line,
                           void *context, struct customer_page *page, struct error *error) MUST_CHECK;

/** How many would be members of a segment with this rule, and some of them. */
#define PREVIEW_SAMPLE 20
struct preview {
    int64_t count;
    struct span sample[PREVIEW_SAMPLE]; /* ids */
    size_t n_sample;
    usec_t as_of;
};
/** ${json} is {"rule":RULE}. Errors   INVALID_RULE, MALFORMED_JSON, TIMED_OUT. */
enum status segment_preview(struct session *session, const struct shop *shop, struct span json, struct preview *out,
                            struct error *error) MUST_CHECK;

#endif
