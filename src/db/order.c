#include "db/store.h"
#include "db/each.h"

#define REFUND_BYTES 24

struct span refunds_encode(struct arena *arena, const struct order *order)
{
    unsigned char *bytes = arena_alloc(arena, order->n_refunds * REFUND_BYTES + 1);
    for (size_t i = 0; i < order->n_refunds; i++) {
        unsigned char *p = bytes + i * REFUND_BYTES;
        memcpy(p, order->refunds[i].key.b, 16);
        for (size_t k = 0; k < 8; k++)
            p[16 + k] = (unsigned char)((uint64_t)order->refunds[i].amount >> (8 * (7 - k)));
    }
    return (struct span){(char *)bytes, order->n_refunds * REFUND_BYTES};
}

static const struct refund *refunds_decode(struct arena *arena, struct span s, size_t *n)
{
    *n = s.n / REFUND_BYTES;
    struct refund *refunds = ARENA_ARRAY(arena, struct refund, refund_room(*n));
    for (size_t i = 0; i < *n; i++) {
        const unsigned char *p = (const unsigned char *)s.p + i * REFUND_BYTES;
        uint64_t amount = 0;
        memcpy(refunds[i].key.b, p, 16);
        for (size_t k = 0; k < 8; k++)
            amount = amount << 8 | p[16 + k];
        refunds[i].amount = (int64_t)amount;
    }
    return refunds;
}

void order_read(struct arena *arena, const struct db_result *result, int row, struct order *out)
{
    *out = (struct order){.key = db_uuid(result, row, 1),
                          .id = arena_span(arena, db_span(result, row, 2)),
                          .completed_at = db_time(result, row, 3),
                          .cancelled_at = db_time(result, row, 4),
                          .value = db_int8(result, row, 5),
                          .discount = db_int8(result, row, 6),
                          .has_coupon = db_bool(result, row, 7),
                          .is_stored = true};
    out->refunds = refunds_decode(arena, db_span(result, row, 8), &out->n_refunds);
    out->ordinal = db_int(result, row, 9);
    circumstances_decode(arena, db_span(result, row, 10), &out->circumstances);
    out->lines = lines_decode(arena, db_span(result, row, 11), &out->n_lines);
}

struct db_args *order_args(struct arena *arena, const struct order_row *rows, size_t n)
{
    struct db_args *args = db_args(arena, 15);
    EACH(args, DB_UUID, push_uuid, &rows[i].customer_key);
    EACH(args, DB_UUID, push_uuid, &rows[i].order->key);
    EACH(args, DB_INT4, push_int, rows[i].shop_id);
    EACH(args, DB_TEXT, push_span, rows[i].order->id);
    EACH(args, DB_TIME, push_time, rows[i].order->completed_at);
    EACH(args, DB_TIME, push_time, rows[i].order->cancelled_at);
    EACH(args, DB_INT8, push_int, rows[i].order->value);
    EACH(args, DB_INT8, push_int, rows[i].order->discount);
    EACH(args, DB_BOOL, push_bool, rows[i].order->has_coupon);
    EACH(args, DB_BYTEA, push_span, refunds_encode(arena, rows[i].order));
    EACH(args, DB_INT8, push_int, order_refunded(rows[i].order));
    EACH(args, DB_BOOL, push_bool, order_is_counted(rows[i].order));
    EACH(args, DB_INT4, push_int, rows[i].order->ordinal);
    EACH(args, DB_BYTEA, push_span, circumstances_encode(arena, &rows[i].order->circumstances));
    EACH(args, DB_BYTEA, push_span, lines_encode(arena, rows[i].order->lines, rows[i].order->n_lines));
    return args;
}
