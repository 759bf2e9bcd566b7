#include "app/publish.h"
#include "verify_private.h"

#include <inttypes.h>

/* What is not of one customer: claims and the feed. */

static const struct uuid nobody;

enum status verify_claims(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, SQL_VERIFY_CLAIM_ORPHANS, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid customer = db_uuid(rows, row, 1);
        verify_found(v, "order_claim", "order_key", &customer, "the customer has no such order");
        v->stray_claims =
            verify_more(v->stray_claims, v->n_stray_claims, &v->stray_claims_capacity, sizeof(*v->stray_claims));
        v->stray_claims[v->n_stray_claims++] = db_uuid(rows, row, 0);
    }
    return status;
}

static enum status each_change(struct verify *v, enum sql_id sql, const char *column, const char *detail,
                               struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, sql, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid customer = db_uuid(rows, row, 2);
        verify_found(v, "change", column, &customer,
                     arena_printf(v->arena, "number %" PRId64 ": %s", db_int8(rows, row, 1), detail));
    }
    return status;
}

enum status verify_feed(struct verify *v, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(v->db, SQL_VERIFY_FEED_HEADS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < db_rows(rows); row++) {
        int64_t head = db_int8(rows, row, 1), oldest = db_int8(rows, row, 2);
        int64_t n = db_int8(rows, row, 3), last = db_int8(rows, row, 4);
        if (n != last - oldest + 1 || db_int8(rows, row, 5) != oldest)
            verify_found(v, "change", "seq", &nobody, "the numbers have a gap");
        if (head != last)
            verify_found(v, "feed_head", "head", &nobody,
                         arena_printf(v->arena, "stored %" PRId64 ", the last change is %" PRId64, head, last));
    }
    status = db_run(v->db, SQL_VERIFY_FEED_SHOPS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    for (int row = 0; row < db_rows(rows); row++)
        verify_found(v, "change", "shop_id", &nobody, "there is no feed of this shop");
    status = each_change(v, SQL_VERIFY_CHANGES, "row", "it says what no transition says", error);
    if (status == STATUS_OK)
        status = each_change(v, SQL_VERIFY_MOVED, "before_at", "nothing was there before", error);
    if (status != STATUS_OK)
        return status;
    status = db_run(v->db, SQL_VERIFY_ANNOUNCED, NULL, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid customer = db_uuid(rows, row, 1);
        verify_found(v, "change", "type", &customer, "entries and exits of a segment do not add up");
    }
    return status;
}
