#include "base/time.h"
#include "base/uuid.h"
#include "verify_private.h"

#include <inttypes.h>

/* Column by column: what is stored against what the ledger implies. */

void verify_found(struct verify *v, const char *table, const char *column, const struct uuid *key, const char *detail)
{
    v->report->drifts++;
    v->page_drifts++;
    if (v->options->found)
        v->options->found(v->options->context,
                          &(struct drift){.table = table, .column = column, .key = *key, .detail = detail});
}

static const char *number_text(struct verify *v, int64_t n)
{
    return n == NONE ? "null" : arena_printf(v->arena, "%" PRId64, n);
}

static const char *time_text(struct verify *v, usec_t t)
{
    char text[TIME_TEXT];
    if (t == NONE || t < TIME_MIN || t > TIME_MAX)
        return number_text(v, t);
    time_print(t, text);
    return arena_printf(v->arena, "%s", text);
}

static void differ(struct verify *v, const char *table, const char *column, const struct uuid *key, const char *stored,
                   const char *implied)
{
    verify_found(v, table, column, key, arena_printf(v->arena, "stored %s, the ledger implies %s", stored, implied));
}

static void check_number(struct verify *v, const char *table, const char *column, const struct uuid *key,
                         int64_t stored, int64_t implied)
{
    if (stored != implied)
        differ(v, table, column, key, number_text(v, stored), number_text(v, implied));
}

static void check_time(struct verify *v, const char *table, const char *column, const struct uuid *key, usec_t stored,
                       usec_t implied)
{
    if (stored != implied)
        differ(v, table, column, key, time_text(v, stored), time_text(v, implied));
}

/* Contents are not printed: they may be personal. */
static void check_bytes(struct verify *v, const char *table, const char *column, const struct uuid *key,
                        struct span stored, struct span implied)
{
    if (!span_equal(stored, implied))
        verify_found(v, table, column, key,
                     arena_printf(v->arena, "stored %zu bytes, the ledger implies %zu other bytes", stored.n,
                                  implied.n));
}

#define CHECK_I4 check_number
#define CHECK_I8 check_number
#define CHECK_TS check_time

/* Whose identity the row is. */
static void check_identity(struct verify *v, const struct customer_row *row, const struct expected *e)
{
    const struct uuid *key = &e->state.key;
    static const struct uuid nil;
    bool is_owner = e->who == NULL || &v->who[e->who->owner] == e->who;
    const struct uuid *owner = is_owner ? &nil : &v->who[e->who->owner].key;
    if (uuid_compare(&row->merged_into, owner) != 0)
        verify_found(v, "customer", "merged_into", key, "the links say otherwise");
    check_number(v, "customer", "identities_count", key, row->identities_count,
                 e->who && is_owner ? e->who->n_identities : 1);
    check_number(v, "customer", "is_used", key, row->is_used, e->is_used);
    for (size_t i = 0; i < e->n_events && row->erased_at != NONE; i++)
        if (e->events[i]->occurred_at <= row->erased_at) {
            verify_found(v, "customer", "erased_at", key, "the ledger has events from before");
            break;
        }
}

/* A row that holds no state: of what else it has nothing is read. */
static void check_empty(struct verify *v, const struct customer_row *row, const struct expected *e)
{
    check_time(v, "customer", "deadline", &e->state.key, row->state.deadline, NONE);
    check_number(v, "customer", "transition_seq", &e->state.key, row->transition_seq, e->n_transition_rows);
}

void verify_customer(struct verify *v, const struct customer_row *row, const struct expected *e)
{
    const struct state *stored = &row->state, *implied = &e->state;
    const struct uuid *key = &implied->key;
    check_number(v, "customer", "shop_id", key, row->shop_id, e->shop->id);
    check_bytes(v, "customer", "external_id", key, stored->external_id, implied->external_id);
    check_number(v, "customer", "identity_kind", key, stored->kind, implied->kind);
    check_identity(v, row, e);
#define X(name, type, null, comment) CHECK_##type(v, "customer", #name, key, stored->a.name, implied->a.name);
    ACCUMULATOR_TABLE(X)
#undef X
    check_bytes(v, "customer", "standing", key, standing_encode(v->arena, stored), standing_encode(v->arena, implied));
    check_bytes(v, "customer", "segments", key, segments_encode(v->arena, stored), segments_encode(v->arena, implied));
    if (implied->a.events_count == 0) {
        check_empty(v, row, e);
        return;
    }
    check_time(v, "customer", "folded_at", key, stored->position.at, implied->position.at);
    check_number(v, "customer", "folded_rank", key, stored->position.rank, implied->position.rank);
    if (uuid_compare(&stored->position.event_id, &implied->position.event_id) != 0)
        verify_found(v, "customer", "folded_event", key, "another event was folded last");
    check_number(v, "customer", "fold_version", key, row->fold_version, FOLD_VERSION);
    if (stored->definitions < 0 || stored->definitions > e->definitions->revision ||
        fold_is_stale(e->definitions, stored))
        differ(v, "customer", "definitions", key, number_text(v, stored->definitions),
               number_text(v, e->definitions->revision));
    /* early is right, late or none is not */
    if (e->due != NONE && (stored->deadline == NONE || stored->deadline > e->due)) {
        if (stored->definitions < e->definitions->decisive && verify_is_crawling(v, e->shop))
            v->report->pending++;
        else
            differ(v, "customer", "deadline", key, time_text(v, stored->deadline), time_text(v, e->due));
    }
    if (stored->deadline != NONE && stored->deadline < implied->position.at)
        differ(v, "customer", "deadline", key, time_text(v, stored->deadline), "one that is still to come");
    check_number(v, "customer", "transition_seq", key, row->transition_seq, e->n_transition_rows);
}

void verify_profile(struct verify *v, const struct db_result *rows, int row, const struct expected *e)
{
    const struct uuid *key = &e->state.key;
    struct profile_row implied = {.customer_key = *key, .shop_id = e->shop->id, .profile = &e->state.profile};
    struct profile stored;
    profile_read(v->arena, rows, row, &stored);
    check_number(v, "customer_profile", "shop_id", key, db_int(rows, row, PROFILE_COLUMNS), implied.shop_id);
    check_bytes(v, "customer_profile", "traits", key, db_span(rows, row, 1),
                traits_encode(v->arena, &e->state.profile));
    check_bytes(v, "customer_profile", "counters", key, db_span(rows, row, 2),
                counters_encode(v->arena, &e->state.profile));
    check_bytes(v, "customer_profile", "categories", key, db_span(rows, row, 3),
                hashes_encode(v->arena, e->state.profile.categories, e->state.profile.n_categories));
    check_bytes(v, "customer_profile", "products", key, db_span(rows, row, 4),
                hashes_encode(v->arena, e->state.profile.products, e->state.profile.n_products));
    check_bytes(v, "customer_profile", "channels", key, db_span(rows, row, 5),
                hashes_encode(v->arena, e->state.profile.channels, e->state.profile.n_channels));
    check_bytes(v, "customer_profile", "churn_reason", key, stored.churn_reason, e->state.profile.churn_reason);
    check_bytes(v, "customer_profile", "marks", key, db_span(rows, row, 7),
                marks_encode(v->arena, &e->state.profile.marks));
#define X(name, member, which)                                                                               \
    check_bytes(v, "customer_profile", #name, key, stored.name, e->state.profile.name);
    TOUCH_TABLE(X)
#undef X
}

void verify_order(struct verify *v, const struct db_result *rows, int row, const struct expected *e,
                  const struct order *implied)
{
    const struct uuid *key = &e->state.key;
    struct order stored;
    order_read(v->arena, rows, row, &stored);
    check_number(v, "customer_order", "shop_id", key, db_int(rows, row, 14), e->shop->id);
    check_bytes(v, "customer_order", "order_id", key, stored.id, implied->id);
    check_time(v, "customer_order", "completed_at", key, stored.completed_at, implied->completed_at);
    check_time(v, "customer_order", "cancelled_at", key, stored.cancelled_at, implied->cancelled_at);
    check_number(v, "customer_order", "value", key, stored.value, implied->value);
    check_number(v, "customer_order", "discount", key, stored.discount, implied->discount);
    check_number(v, "customer_order", "has_coupon", key, stored.has_coupon, implied->has_coupon);
    check_bytes(v, "customer_order", "refunds", key, db_span(rows, row, 8), refunds_encode(v->arena, implied));
    check_number(v, "customer_order", "refunded", key, db_int8(rows, row, 12), order_refunded(implied));
    check_number(v, "customer_order", "is_counted", key, db_bool(rows, row, 13), order_is_counted(implied));
    check_number(v, "customer_order", "ordinal", key, stored.ordinal, implied->ordinal);
    check_bytes(v, "customer_order", "circumstances", key, db_span(rows, row, 10),
                circumstances_encode(v->arena, &implied->circumstances));
    check_bytes(v, "customer_order", "lines", key, db_span(rows, row, 11),
                lines_encode(v->arena, implied->lines, implied->n_lines));
}

void verify_transition(struct verify *v, const struct transition_row *row, const struct transition *implied,
                       const struct uuid *key)
{
    const struct transition *stored = &row->transition;
    check_number(v, "transition", "model", key, stored->model, implied->model);
    check_number(v, "transition", "version", key, stored->version, implied->version);
    check_number(v, "transition", "from_stage", key, stored->from, implied->from);
    check_number(v, "transition", "to_stage", key, stored->to, implied->to);
    check_time(v, "transition", "at", key, stored->at, implied->at);
    check_number(v, "transition", "cause", key, stored->cause, implied->cause);
    if (uuid_compare(&stored->event_id, &implied->event_id) != 0)
        verify_found(v, "transition", "event_id", key, "another event caused it");
}

void verify_membership(struct verify *v, const struct db_result *rows, int row, const struct expected *e,
                       usec_t entered_at)
{
    check_time(v, "membership", "entered_at", &e->state.key, db_time(rows, row, 2), entered_at);
    check_number(v, "membership", "shop_id", &e->state.key, db_int(rows, row, 3), e->shop->id);
}
