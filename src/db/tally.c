#include "db/each.h"
#include "db/store.h"

#define FIRST_SUM 5 /* columns before it: cube, day, a, b, c */

void tally_read(const struct db_result *result, int row, int shop_id, struct tally *out)
{
    *out = (struct tally){.key = {.shop_id = shop_id,
                                  .cube = (enum cube)db_int(result, row, 0),
                                  .day = db_int8(result, row, 1),
                                  .a = db_int8(result, row, 2),
                                  .b = db_int8(result, row, 3),
                                  .c = db_int8(result, row, 4)}};
    for (int k = 0; k < TALLY_SUMS; k++)
        out->n[k] = db_int8(result, row, FIRST_SUM + k);
}

struct db_args *tally_args(struct arena *arena, int shop_id, const struct tally *rows, size_t n)
{
    struct db_args *args = db_args(arena, 1 + FIRST_SUM + TALLY_SUMS);
    arg_int(args, DB_INT4, shop_id);
    EACH(args, DB_INT2, push_int, rows[i].key.cube);
    EACH(args, DB_INT4, push_int, rows[i].key.day);
    EACH(args, DB_INT8, push_int, rows[i].key.a);
    EACH(args, DB_INT8, push_int, rows[i].key.b);
    EACH(args, DB_INT8, push_int, rows[i].key.c);
    for (int k = 0; k < TALLY_SUMS; k++)
        EACH(args, DB_INT8, push_int, rows[i].n[k]);
    return args;
}

void tally_append(struct db *db, struct arena *arena, int shop_id, const struct tally *rows, size_t n, usec_t now)
{
    struct db_args *args = db_args(arena, 3);
    arg_int(args, DB_INT4, shop_id);
    arg_time(args, now);
    arg_span(args, DB_BYTEA, tallies_encode(arena, rows, n));
    db_send(db, SQL_TALLY_APPEND, args);
}

void tally_raise(struct db *db, struct arena *arena, int shop_id, usec_t now)
{
    tally_append(db, arena, shop_id, NULL, 0, now);
}

struct db_args *term_args(struct arena *arena, const struct shop_term *terms, size_t n)
{
    struct db_args *args = db_args(arena, 4);
    EACH(args, DB_INT4, push_int, terms[i].shop_id);
    EACH(args, DB_INT8, push_int, (int64_t)terms[i].term.hash);
    EACH(args, DB_TEXT, push_span, terms[i].term.text);
    EACH(args, DB_TEXT, push_span, terms[i].term.label.n ? terms[i].term.label : ((struct span){"", 0}));
    return args;
}
