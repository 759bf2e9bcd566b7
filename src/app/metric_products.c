#include "crypto/digest.h"
#include "metric_job.h"

#include <stdlib.h>

/* Products and categories: a row for each that was ever sold. */

#define ROWS_DEFAULT 100
#define ROWS_MOST    10000

/* What rows may be sorted by. */
enum sort {
    SORT_REVENUE,
    SORT_UNITS,
    SORT_ORDERS,
    SORT_RETURNED_UNITS,
    SORT_RETURNED_VALUE,
    SORT_RETURN_RATE,
    SORT_BUYERS,
    SORT_REPEAT_RATE
};
static const char *const sorts[] = {"revenue",        "units",       "orders", "returned_units",
                                    "returned_value", "return_rate", "buyers", "repeat_rate"};

/* Sums of an item: those of PRODUCT, then those of BUYERS. */
enum { ORDERS, UNITS, REVENUE, RETURNED_UNITS, RETURNED_VALUE, SOLD_UNITS, BUYERS, REPEAT_BUYERS };

struct wanted {
    size_t sort;
    size_t is_ascending;
    int64_t limit;
};

static enum status read_wanted(const struct metric_job *job, struct wanted *out, struct error *error)
{
    static const char *const orders[] = {"desc", "asc"};
    enum status status = metric_parameter_word(job, "sort", sorts, COUNT_OF(sorts), &out->sort, error);
    if (status == STATUS_OK)
        status = metric_parameter_word(job, "order", orders, COUNT_OF(orders), &out->is_ascending, error);
    return status == STATUS_OK ? metric_parameter_int(job, "limit", 1, ROWS_MOST, ROWS_DEFAULT, &out->limit, error) : status;
}

/* --- in order ---------------------------------------------------------------------------------------------------- */

struct item {
    double by;
    const struct metric_sum *sum;
};

static double share(int64_t part, int64_t whole)
{
    return whole ? (double)part / (double)whole : -1; /* none: less than all */
}

static double value_of(const struct metric_sum *sum, enum sort sort)
{
    switch (sort) {
    case SORT_REVENUE: return (double)sum->n[REVENUE];
    case SORT_UNITS: return (double)sum->n[UNITS];
    case SORT_ORDERS: return (double)sum->n[ORDERS];
    case SORT_RETURNED_UNITS: return (double)sum->n[RETURNED_UNITS];
    case SORT_RETURNED_VALUE: return (double)sum->n[RETURNED_VALUE];
    case SORT_RETURN_RATE: return share(sum->n[RETURNED_UNITS], sum->n[SOLD_UNITS]);
    case SORT_BUYERS: return (double)sum->n[BUYERS];
    case SORT_REPEAT_RATE: return share(sum->n[REPEAT_BUYERS], sum->n[BUYERS]);
    }
    abort();
}

/* Equals in one order, whatever the tallies': by what was sold, then by hash. */
static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->by != y->by)
        return x->by < y->by ? -1 : 1;
    if (x->sum->n[UNITS] != y->sum->n[UNITS])
        return x->sum->n[UNITS] < y->sum->n[UNITS] ? -1 : 1;
    return (x->sum->x > y->sum->x) - (x->sum->x < y->sum->x);
}

static const struct item *sort_items(const struct metric_job *job, const struct metric_sums *sums, enum sort sort)
{
    struct item *items = ARENA_ARRAY(job->arena, struct item, sums->n);
    for (size_t i = 0; i < sums->n; i++)
        items[i] = (struct item){.by = value_of(&sums->rows[i], sort), .sum = &sums->rows[i]};
    if (sums->n)
        qsort(items, sums->n, sizeof(*items), compare_items);
    return items;
}

/* --- rows -------------------------------------------------------------------------------------------------------- */

static void put_sums(struct metric_table *table, const int64_t *n)
{
    cell_int(table, "orders", n[ORDERS]);
    cell_number(table, "units", (double)n[UNITS] / 1000);
    cell_money(table, "revenue", n[REVENUE]);
    cell_number(table, "returned_units", (double)n[RETURNED_UNITS] / 1000);
    cell_money(table, "returned_value", n[RETURNED_VALUE]);
    cell_rate(table, "return_rate", n[RETURNED_UNITS], n[SOLD_UNITS]);
}

static void put_buyers(struct metric_table *table, const int64_t *n)
{
    cell_int(table, "buyers", n[BUYERS]);
    cell_int(table, "repeat_buyers", n[REPEAT_BUYERS]);
    cell_rate(table, "repeat_rate", n[REPEAT_BUYERS], n[BUYERS]);
}

static enum status put_rows(struct metric_job *job, const struct metric_sums *sums, const struct wanted *wanted,
                            struct error *error)
{
    struct metric_terms terms;
    const struct item *items = sort_items(job, sums, (enum sort)wanted->sort);
    size_t n = sums->n < (size_t)wanted->limit ? sums->n : (size_t)wanted->limit;
    int64_t *hashes = ARENA_ARRAY(job->arena, int64_t, n);
    for (size_t i = 0; i < n; i++)
        hashes[i] = items[wanted->is_ascending ? i : sums->n - 1 - i].sum->x;
    enum status status = metric_terms_load(job, hashes, n, &terms, error);
    metric_columns(job, 0);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        cell_text(job->table, "product", metric_term(&terms, hashes[i]));
        cell_text(job->table, "name", metric_term_label(&terms, hashes[i]));
        cell_text(job->table, "category", metric_term(&terms, hashes[i]));
        const int64_t *n_of = items[wanted->is_ascending ? i : sums->n - 1 - i].sum->n;
        put_sums(job->table, n_of);
        if (hashes[i]) /* who buys what has no category is not counted */
            put_buyers(job->table, n_of);
        status = metric_row_end(job->table, error);
    }
    if (status == STATUS_OK)
        metric_member_total(job->table, (int64_t)sums->n, n < sums->n);
    return status;
}

/* --- products ---------------------------------------------------------------------------------------------------- */

static void add_sums(struct metric_sums *sums, int64_t item, size_t at, const int64_t *n, size_t n_sums)
{
    int64_t *to = metric_sums_at(sums, 0, item, 0);
    for (size_t i = 0; i < n_sums; i++)
        to[at + i] += n[i];
}

int64_t metric_item_hash(struct arena *arena, struct span text, bool is_category)
{
    char *lower = arena_text(arena, text);
    for (char *p = lower; is_category && *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + ('a' - 'A') : *p);
    return (int64_t)hash_text((struct span){lower, text.n});
}

enum status metric_item_check(struct metric_job *job, int64_t hash, bool is_category, struct error *error)
{
    struct tallies tallies;
    struct tally_range range = {
        .cube = CUBE_BUYERS, .from = 0, .to = 1, .has_a = true, .a = is_category ? DIMENSION_CATEGORY : DIMENSION_PRODUCT};
    enum status status = metric_read(job, &range, 1, &tallies, error);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < tallies.n; i++)
        if (tallies.rows[i].key.b == hash)
            return STATUS_OK;
    return error_set(error, STATUS_CANNOT_ANSWER, "", "%s: nothing of this %s was ever sold",
                     is_category ? "category" : "product", is_category ? "name" : "id");
}

/* Every product that was ever sold in the category, also if not in the range. Refused when nothing was. */
static enum status add_members(struct metric_job *job, struct metric_sums *sums, int64_t category, struct error *error)
{
    struct tallies tallies;
    struct tally_range range = {.cube = CUBE_PRODUCT, .from = INT32_MIN, .to = job->to_day, .sums_days = true};
    enum status status = metric_read(job, &range, 1, &tallies, error);
    for (size_t i = 0; status == STATUS_OK && i < tallies.n; i++)
        if (tallies.rows[i].key.b == category)
            (void)metric_sums_at(sums, 0, tallies.rows[i].key.a, 0);
    return status == STATUS_OK && sums->n == 0 ? metric_item_check(job, category, true, error) : status;
}

static void add_products(struct metric_job *job, struct metric_sums *sums, const struct tallies *tallies, int64_t category)
{
    struct metric_sums buyers;
    metric_sums_init(&buyers, job->arena);
    for (size_t i = 0; i < tallies->n; i++) {
        const struct tally *row = &tallies->rows[i];
        if (row->key.cube == CUBE_BUYERS)
            add_sums(category ? &buyers : sums, row->key.b, BUYERS, row->n, 2);
        else if (category == 0 || row->key.b == category)
            add_sums(sums, row->key.a, ORDERS, row->n, 6);
    }
    for (size_t i = 0; category && i < sums->n; i++)
        memcpy(sums->rows[i].n + BUYERS, metric_sums_at(&buyers, 0, sums->rows[i].x, 0) + BUYERS, 2 * sizeof(int64_t));
}

enum status evaluate_products(struct metric_job *job, struct error *error)
{
    struct wanted wanted;
    struct tallies tallies;
    struct metric_sums sums;
    struct span text = span_trim(metric_parameter(job, "category"));
    int64_t category = text.n ? metric_item_hash(job->arena, text, true) : 0; /* 0: all */
    struct tally_range ranges[] = {
        {.cube = CUBE_PRODUCT, .from = job->from_day, .to = job->to_day, .sums_days = true},
        {.cube = CUBE_BUYERS, .from = 0, .to = 1, .has_a = true, .a = DIMENSION_PRODUCT},
    };
    metric_sums_init(&sums, job->arena);
    enum status status = read_wanted(job, &wanted, error);
    if (status == STATUS_OK && category)
        status = add_members(job, &sums, category, error);
    if (status == STATUS_OK)
        status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    add_products(job, &sums, &tallies, category);
    return put_rows(job, &sums, &wanted, error);
}

/* --- categories -------------------------------------------------------------------------------------------------- */

enum status evaluate_categories(struct metric_job *job, struct error *error)
{
    struct wanted wanted;
    struct tallies tallies;
    struct metric_sums sums;
    struct tally_range ranges[] = {
        {.cube = CUBE_SOLD, .from = job->from_day, .to = job->to_day, .sums_days = true},
        {.cube = CUBE_PRODUCT, .from = job->from_day, .to = job->to_day, .sums_days = true},
        {.cube = CUBE_BUYERS, .from = 0, .to = 1, .has_a = true, .a = DIMENSION_CATEGORY},
    };
    enum status status = read_wanted(job, &wanted, error);
    if (status == STATUS_OK)
        status = metric_read(job, ranges, COUNT_OF(ranges), &tallies, error);
    if (status != STATUS_OK)
        return status;
    metric_sums_init(&sums, job->arena);
    for (size_t i = 0; i < tallies.n; i++) {
        const struct tally *row = &tallies.rows[i];
        if (row->key.cube == CUBE_SOLD)
            add_sums(&sums, row->key.a, ORDERS, row->n, 3);
        else if (row->key.cube == CUBE_PRODUCT)
            add_sums(&sums, row->key.b, RETURNED_UNITS, row->n + 3, 3);
        else
            add_sums(&sums, row->key.b, BUYERS, row->n, 2);
    }
    return put_rows(job, &sums, &wanted, error);
}
