#ifndef DB_STORE_H
#define DB_STORE_H

#include "core/change.h"
#include "core/fold.h"
#include "core/state.h"
#include "core/tally.h"
#include "db/db.h"

/**
 * Rows to state and back: one place for the column order of each table. Readers copy into an arena; writers
 * build the parameters of one bulk statement. Nothing here decides anything.
 */

/** What the customer row holds beyond struct state. */
struct customer_row {
    struct state state; /* without profile, orders */
    int shop_id;
    int fold_version;
    int transition_seq;
    /* identities: a row stands for each, but only one of a customer's holds their state */
    struct uuid merged_into;  /* of another identity of the customer: whose row holds the state; else all zero */
    int identities_count;     /* of the customer: this row and those that point to it */
    bool is_used;             /* messages name this identity first: it is not only mentioned by others */
    usec_t erased_at;         /* what happened until then is refused; NONE: never erased */
};
/** A row that holds no state: another identity of somebody, erased, or an order that nobody has claimed. */
static inline bool customer_is_empty(const struct customer_row *row)
{
    return row->state.a.events_count == 0;
}
void customer_read(struct arena *arena, const struct db_result *result, int row, struct customer_row *out);
struct db_args *customer_insert_args(struct arena *arena, const struct customer_row *const *rows, size_t n);
struct db_args *customer_update_args(struct arena *arena, const struct customer_row *const *rows, size_t n);
/** The stored forms of ${state}'s standing and segments. */
struct span standing_encode(struct arena *arena, const struct state *state);
struct span segments_encode(struct arena *arena, const struct state *state);

/** customer_profile; the key is column 0, and PROFILE_COLUMNS are read. */
enum {
    PROFILE_COLUMNS = 8
#define X(name, member, which) +1
    TOUCH_TABLE(X)
#undef X
};
void profile_read(struct arena *arena, const struct db_result *result, int row, struct profile *out);
struct profile_row {
    struct uuid customer_key;
    int shop_id;
    const struct profile *profile;
};
struct db_args *profile_args(struct arena *arena, const struct profile_row *rows, size_t n);
struct span traits_encode(struct arena *arena, const struct profile *profile);
struct span counters_encode(struct arena *arena, const struct profile *profile);
struct span hashes_encode(struct arena *arena, const uint64_t *set, size_t n);

/** customer_order; the customer is column 0. */
void order_read(struct arena *arena, const struct db_result *result, int row, struct order *out);
struct order_row {
    struct uuid customer_key;
    int shop_id;
    const struct order *order;
};
struct db_args *order_args(struct arena *arena, const struct order_row *rows, size_t n);
struct span refunds_encode(struct arena *arena, const struct order *order);

/** What metrics must remember, in columns of bytes; nothing at all is no bytes. */
struct span marks_encode(struct arena *arena, const struct marks *marks);
void marks_decode(struct arena *arena, struct span bytes, struct marks *out);
struct span circumstances_encode(struct arena *arena, const struct circumstances *circumstances);
void circumstances_decode(struct arena *arena, struct span bytes, struct circumstances *out);
struct span lines_encode(struct arena *arena, const struct order_line *lines, size_t n);
const struct order_line *lines_decode(struct arena *arena, struct span bytes, size_t *n);

/** A stored transition. */
struct transition_row {
    struct uuid customer_key;
    int seq;
    int shop_id;
    struct transition transition;
    usec_t recorded_at;
};
void transition_read(const struct db_result *result, int row, struct transition_row *out);
struct db_args *transition_args(struct arena *arena, const struct transition_row *rows, size_t n);

/** Lines of the change feed. */
/** A row of feed_rows and its like; spans borrow from ${result}. */
void change_read(const struct db_result *result, int row, struct change_line *out);
struct db_args *change_args(struct arena *arena, int shop_id, const struct change *changes, size_t n, usec_t now);

/**
 * Sums and their journal (tally.c). Rows of tally, tally_remainder and of statements that begin with the same columns:
 * cube, day, a, b, c, s1 to s6.
 */
void tally_read(const struct db_result *result, int row, int shop_id, struct tally *out);
struct db_args *tally_args(struct arena *arena, int shop_id, const struct tally *rows, size_t n);
/** Queue an entry of the journal with ${n} rows, sorted, of one shop. */
void tally_append(struct db *db, struct arena *arena, int shop_id, const struct tally *rows, size_t n, usec_t now);
/** Queue a number of the journal without any sums: metrics read something else that has changed. */
void tally_raise(struct db *db, struct arena *arena, int shop_id, usec_t now);

struct shop_term {
    int shop_id;
    struct term term;
};
/** For term_insert: in key order. */
struct db_args *term_args(struct arena *arena, const struct shop_term *terms, size_t n);

#endif
