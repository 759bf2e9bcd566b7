#ifndef APP_DUE_FIND_H
#define APP_DUE_FIND_H

#include "app/due.h"
#include "customer_filter.h"

/** Private to app/: finding the first moves in an order. */

struct due_filter {
    struct customer_filter of;
    struct span to;
    enum role role; /* the role that ${to} names; ROLE_NONE: none */
    bool is_by_value;
    usec_t until;
};

struct due {
    struct uuid key;
    int model;
    usec_t at;
    int64_t value;
};

/** < 0: ${a} comes before ${b}. */
int due_compare(const struct due_filter *filter, const struct due *a, const struct due *b);

/** The move of a customer under model number ${model} that the filter asks for, as a line; false: there is none. */
bool due_line_of(const struct due_filter *filter, const struct look *look, int model, struct due_line *out);

/**
 * due_find(session, filter, after, most, out, n, error):
 * The first ${most} moves after ${after} (NULL: from the beginning), in order. ${out} has room for them.
 * Errors   TIMED_OUT, DATABASE_AWAY.
 */
enum status due_find(struct session *session, const struct due_filter *filter, const struct due *after, size_t most,
                     struct due *out, size_t *n, struct error *error) MUST_CHECK;

/** Load ${n} of them again (at most DUE_CHUNK) and call ${line} for each that is still to come. */
#define DUE_CHUNK 500
enum status due_tell(struct session *session, struct arena *scratch, const struct due_filter *filter,
                     const struct due *dues, size_t n, due_line_fn line, void *context, struct error *error) MUST_CHECK;

#endif
