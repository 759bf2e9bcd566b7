#include "app/recommend.h"
#include "app/customer.h"
#include "app/pairs.h"
#include "tally_read.h"
#include "view.h"

#include <stdlib.h>

/*
 * The reasons are what was bought last: pairs of so many items are looked up. All that was ever bought is left out, also what only
 * the second row still knows.
 */
#define REASONS_MOST 200
#define PAIRS_EACH   100

struct recommending {
    struct session *session;
    const struct shop *shop;
    const struct state *state;
    usec_t now;
    int64_t since;
    size_t limit;
    struct owned_item *owned;
    size_t n_owned;
};

/* --- what they have ---------------------------------------------------------------------------------------------- */

static int compare_owned(const void *a, const void *b)
{
    const struct owned_item *x = a, *y = b;
    if (x->item != y->item)
        return x->item > y->item ? 1 : -1;
    return (x->at < y->at) - (x->at > y->at);
}

/* The latest first. */
static int compare_recency(const void *a, const void *b)
{
    const struct owned_item *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at) - (x->at > y->at) : (x->item > y->item) - (x->item < y->item);
}

static size_t lines_of(const struct state *state)
{
    size_t n = 0;
    for (size_t i = 0; i < state->n_orders; i++)
        n += state->orders[i].n_lines;
    return n;
}

static void find_owned(struct recommending *r, enum pair_kind kind)
{
    const struct profile *profile = &r->state->profile;
    const uint64_t *known = kind == PAIR_PRODUCTS ? profile->products : profile->categories;
    size_t n_known = kind == PAIR_PRODUCTS ? profile->n_products : profile->n_categories, n = 0, kept = 0;
    r->owned = ARENA_ARRAY(r->session->arena, struct owned_item, lines_of(r->state) + n_known);
    for (size_t i = 0; i < r->state->n_orders; i++) {
        const struct order *order = &r->state->orders[i];
        for (size_t k = 0; k < order->n_lines; k++) {
            uint64_t item = kind == PAIR_PRODUCTS ? order->lines[k].product : order->lines[k].category;
            if (item)
                r->owned[n++] = (struct owned_item){(int64_t)item, order_is_counted(order) ? order->completed_at : NONE};
        }
    }
    for (size_t i = 0; i < n_known; i++)
        r->owned[n++] = (struct owned_item){(int64_t)known[i], NONE};
    if (n)
        qsort(r->owned, n, sizeof(*r->owned), compare_owned);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || r->owned[i].item != r->owned[i - 1].item)
            r->owned[kept++] = r->owned[i];
    r->n_owned = kept;
}

/* --- what goes with it ------------------------------------------------------------------------------------------- */

static size_t reasons_of(const struct recommending *r, int64_t *out)
{
    struct arena *arena = r->session->arena;
    struct owned_item *latest = arena_copy(arena, r->owned, r->n_owned * sizeof(*latest));
    size_t n = 0;
    if (r->n_owned)
        qsort(latest, r->n_owned, sizeof(*latest), compare_recency);
    while (n < r->n_owned && n < REASONS_MOST && latest[n].at != NONE) {
        out[n] = latest[n].item;
        n++;
    }
    return n;
}

static enum status suggest(struct recommending *r, enum pair_kind kind, const struct pair_count *count,
                           struct recommended *rows, size_t *n, struct error *error)
{
    int64_t items[REASONS_MOST];
    struct basket_pair *pairs;
    struct suggestion *suggestions;
    size_t n_items = reasons_of(r, items), n_pairs;
    if (n_items == 0 || count->counted_at == NONE)
        return STATUS_OK;
    enum status status =
        pairs_of_some(r->session, r->shop, kind, items, n_items, PAIRS_EACH, &pairs, &n_pairs, error);
    if (status != STATUS_OK)
        return status;
    size_t found = recommend(r->session->arena, r->owned, r->n_owned, pairs, n_pairs, count->orders, r->now, &suggestions);
    while (*n < found && *n < r->limit) {
        rows[*n] = (struct recommended){.suggestion = suggestions[*n]};
        (*n)++;
    }
    return STATUS_OK;
}

/* --- best sellers ------------------------------------------------------------------------------------------------ */

struct seller {
    int64_t item;
    int64_t orders;
};

static int compare_sellers(const void *a, const void *b)
{
    const struct seller *x = a, *y = b;
    return x->orders != y->orders ? (x->orders < y->orders) - (x->orders > y->orders) : (x->item > y->item) - (x->item < y->item);
}

static int compare_items(const void *a, const void *b)
{
    const struct seller *x = a, *y = b;
    return (x->item > y->item) - (x->item < y->item);
}

/* Each item once: a product may have been sold under several categories. */
static size_t sum_up(struct seller *sellers, size_t n)
{
    size_t kept = 0;
    if (n)
        qsort(sellers, n, sizeof(*sellers), compare_items);
    for (size_t i = 0; i < n; i++)
        if (kept && sellers[kept - 1].item == sellers[i].item)
            sellers[kept - 1].orders += sellers[i].orders;
        else
            sellers[kept++] = sellers[i];
    return kept;
}

static bool is_suggested(const struct recommended *rows, size_t n, int64_t item)
{
    for (size_t i = 0; i < n; i++)
        if (rows[i].suggestion.pair.b == item)
            return true;
    return false;
}

static enum status add_best_sellers(struct recommending *r, enum pair_kind kind, struct recommended *rows, size_t *n,
                                    struct error *error)
{
    struct tallies sums;
    struct tally_state ignored;
    struct tally_range range = {.cube = kind == PAIR_PRODUCTS ? CUBE_PRODUCT : CUBE_SOLD,
                                .from = r->since,
                                .to = calendar_day(r->shop->calendar, r->now) + 1,
                                .sums_days = true};
    tallies_init(&sums, r->session->arena);
    enum status status = tallies_read(r->session, r->shop, &range, 1, &sums, &ignored, error);
    if (status != STATUS_OK)
        return status;
    struct seller *sellers = ARENA_ARRAY(r->session->arena, struct seller, sums.n);
    size_t n_sellers = 0, n_suggested = *n;
    for (size_t i = 0; i < sums.n; i++)
        if (sums.rows[i].key.a)
            sellers[n_sellers++] = (struct seller){sums.rows[i].key.a, sums.rows[i].n[0]};
    n_sellers = sum_up(sellers, n_sellers);
    if (n_sellers)
        qsort(sellers, n_sellers, sizeof(*sellers), compare_sellers);
    for (size_t i = 0; i < n_sellers && *n < r->limit && sellers[i].orders > 0; i++) {
        if (recommend_owned(r->owned, r->n_owned, sellers[i].item) || is_suggested(rows, n_suggested, sellers[i].item))
            continue;
        rows[(*n)++] = (struct recommended){
            .is_best_seller = true, .suggestion.pair.b = sellers[i].item, .orders = sellers[i].orders};
    }
    return STATUS_OK;
}

/* --- both lists -------------------------------------------------------------------------------------------------- */

static enum status name_rows(struct recommending *r, struct recommended *rows, size_t n, struct error *error)
{
    int64_t *hashes = ARENA_ARRAY(r->session->arena, int64_t, 2 * n);
    struct term *terms = ARENA_ARRAY(r->session->arena, struct term, 2 * n);
    for (size_t i = 0; i < n; i++) {
        hashes[2 * i] = rows[i].suggestion.pair.b;
        hashes[2 * i + 1] = rows[i].is_best_seller ? 0 : rows[i].suggestion.pair.a;
    }
    enum status status = terms_read(r->session, r->shop, hashes, 2 * n, terms, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        rows[i].term = terms[2 * i];
        rows[i].with = terms[2 * i + 1];
    }
    return status;
}

static enum status make_list(struct recommending *r, enum pair_kind kind, struct recommended_list *out,
                             struct error *error)
{
    struct pair_count count;
    struct recommended *rows = ARENA_ARRAY(r->session->arena, struct recommended, r->limit);
    size_t n = 0;
    find_owned(r, kind);
    enum status status = pair_count_read(r->session, r->shop, kind, &count, error);
    if (status == STATUS_OK)
        status = suggest(r, kind, &count, rows, &n, error);
    if (status == STATUS_OK && n < r->limit)
        status = add_best_sellers(r, kind, rows, &n, error);
    if (status == STATUS_OK && n)
        status = name_rows(r, rows, n, error);
    if (status == STATUS_OK)
        *out = (struct recommended_list){.rows = rows, .n = n, .counted_at = count.counted_at, .orders = count.orders};
    return status;
}

enum status customer_recommendations(struct session *session, const struct recommend_query *query,
                                     struct recommendations *out, struct error *error)
{
    struct customer_wish wish = {.shop = query->shop, .id = query->id, .by = query->by, .as_of = NONE};
    customers_find(session, &wish, 1);
    if (wish.status != STATUS_OK) {
        *error = wish.error;
        return wish.status;
    }
    usec_t now = clock_now(session->clock);
    int64_t today = calendar_day(query->shop->calendar, now);
    struct recommending r = {.session = session,
                             .shop = query->shop,
                             .state = &wish.view.state,
                             .now = now,
                             .since = period_add(GRAIN_MONTH, today, 1 - BEST_SELLER_MONTHS),
                             .limit = query->limit};
    *out = (struct recommendations){.customer = wish.view.state.external_id, .as_of = now, .since = r.since};
    enum status status = make_list(&r, PAIR_PRODUCTS, &out->products, error);
    return status == STATUS_OK ? make_list(&r, PAIR_CATEGORIES, &out->categories, error) : status;
}
