#include "app/pairs.h"
#include "metric_job.h"

/* What is bought together, as it was counted last (app/pairs.h). */

#define PARTS_PRODUCTS 1u /* as in the catalogue */
#define ROWS_DEFAULT   100
#define NOTE_ZH        "还没有统计过：后台在收到订单后不久开始统计。"
#define NOTE_EN        "Nothing has been counted yet: a worker begins soon after orders have come."
#define ROWS_MOST      1000

/* The item that is asked for. */
static enum status read_item(struct metric_job *job, struct pair_query *query, struct error *error)
{
    bool are_products = query->kind == PAIR_PRODUCTS;
    struct span text = span_trim(metric_parameter(job, are_products ? "product" : "category"));
    if (metric_parameter(job, are_products ? "category" : "product").n)
        return error_set(error, STATUS_CANNOT_COMBINE, "", "product goes with kind=product, category with kind=category");
    query->of = text.n ? metric_item_hash(job->arena, text, !are_products) : 0;
    return STATUS_OK;
}

static enum status read_query(struct metric_job *job, struct pair_query *out, struct error *error)
{
    static const char *const kinds[] = {"product", "category"};
    static const char *const sorts[] = {"orders", "confidence", "lift"};
    size_t kind, sort;
    int64_t limit, least;
    enum status status = metric_parameter_word(job, "kind", kinds, COUNT_OF(kinds), &kind, error);
    if (status == STATUS_OK)
        status = metric_parameter_word(job, "sort", sorts, COUNT_OF(sorts), &sort, error);
    if (status == STATUS_OK)
        status = metric_parameter_int(job, "limit", 1, ROWS_MOST, ROWS_DEFAULT, &limit, error);
    if (status == STATUS_OK)
        status = metric_parameter_int(job, "least", 2, INT32_MAX, 2, &least, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct pair_query){.shop = job->shop,
                               .kind = kind ? PAIR_CATEGORIES : PAIR_PRODUCTS,
                               .least = least,
                               .sort = (enum pair_sort)sort,
                               .limit = (size_t)limit};
    return read_item(job, out, error);
}

static enum status put_pairs(struct metric_job *job, const struct basket_pair *pairs, size_t n, int64_t orders,
                             struct error *error)
{
    struct metric_terms terms;
    int64_t *hashes = ARENA_ARRAY(job->arena, int64_t, 2 * n);
    for (size_t i = 0; i < n; i++) {
        hashes[2 * i] = pairs[i].a;
        hashes[2 * i + 1] = pairs[i].b;
    }
    enum status status = metric_terms_load(job, hashes, 2 * n, &terms, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        const struct basket_pair *pair = &pairs[i];
        cell_text(job->table, "a", metric_term(&terms, pair->a));
        cell_text(job->table, "a_name", metric_term_label(&terms, pair->a));
        cell_text(job->table, "b", metric_term(&terms, pair->b));
        cell_text(job->table, "b_name", metric_term_label(&terms, pair->b));
        cell_int(job->table, "orders", pair->orders);
        cell_int(job->table, "a_orders", pair->a_orders);
        cell_int(job->table, "b_orders", pair->b_orders);
        cell_rate(job->table, "support", pair->orders, orders);
        cell_rate(job->table, "confidence", pair->orders, pair->a_orders);
        cell_number(job->table, "lift", basket_lift(pair, orders));
        status = metric_row_end(job->table, error);
    }
    return status;
}

enum status evaluate_bought_together(struct metric_job *job, struct error *error)
{
    struct pair_query query;
    struct pair_count count;
    struct basket_pair *pairs;
    size_t n;
    int64_t total;
    enum status status = read_query(job, &query, error);
    if (status == STATUS_OK)
        status = pair_count_read(job->session, job->shop, query.kind, &count, error);
    if (status == STATUS_OK)
        status = pairs_read(job->session, &query, &pairs, &n, &total, error);
    if (status == STATUS_OK && query.of && total == 0)
        status = metric_item_check(job, query.of, query.kind == PAIR_CATEGORIES, error);
    if (status != STATUS_OK)
        return status;
    metric_columns(job, query.kind == PAIR_PRODUCTS ? PARTS_PRODUCTS : 0);
    job->state.behind = count.is_current ? NONE : count.counted_at;
    metric_member_time(job->table, "counted_at", count.counted_at);
    metric_member_int(job->table, "orders", count.orders);
    metric_member_int(job->table, "least", count.least);
    metric_member_int(job->table, "cut", count.cut);
    metric_member_note(job->table, count.counted_at == NONE ? NOTE_ZH : NULL, count.counted_at == NONE ? NOTE_EN : NULL);
    status = put_pairs(job, pairs, n, count.orders, error);
    if (status == STATUS_OK)
        metric_member_total(job->table, total, (int64_t)n < total);
    return status;
}
