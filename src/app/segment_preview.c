#include "app/customer_list.h"
#include "db/customer_search.h"
#include "view.h"
#include "wire/model.h"
#include "wire/rule.h"

/** How many customers a rule holds for now, and some of them. */

#define SIFT_AT_ONCE 1001

/* If fewer than this are found in a first pass, that pass has seen all of them: then that is the count. */
#define FEW 100

static void take_sample(struct session *session, const struct db_result *rows, struct preview *out)
{
    size_t n = (size_t)db_rows(rows);
    out->n_sample = n < PREVIEW_SAMPLE ? n : PREVIEW_SAMPLE;
    for (size_t i = 0; i < out->n_sample; i++)
        out->sample[i] = arena_span(session->arena, db_span(rows, (int)i, 0));
}

/* The database counts. Rare members are found and counted in one pass; others are sampled at next to no cost. */
static enum status count_exactly(struct session *session, const struct shop *shop, const struct rule *rule,
                                 struct preview *out, struct error *error)
{
    struct db *db;
    struct db_args *args;
    bool is_exact;
    enum status status = session_scan(session, &db, error);
    if (status != STATUS_OK)
        return status;
    const char *some = rule_select_sql(session->arena, shop->id, rule, out->as_of, "c.external_id", &args, &is_exact);
    db_send(db, SQL_BEGIN_SNAPSHOT, NULL);
    db_send(db, SQL_READ_PARALLEL, NULL);
    size_t at = db_send_text(db, arena_printf(session->arena, "%s LIMIT %d", some, FEW), args);
    db_send(db, SQL_COMMIT, NULL);
    status = db_sync(db, error);
    if (status != STATUS_OK) {
        db_rollback(db);
        return status;
    }
    take_sample(session, db_result(db, at), out);
    out->count = db_rows(db_result(db, at));
    if (out->count < FEW)
        return STATUS_OK;
    const char *all = rule_select_sql(session->arena, shop->id, rule, out->as_of, "count(*)", &args, &is_exact);
    at = db_send_text(db, all, args);
    status = db_sync(db, error);
    if (status == STATUS_OK)
        out->count = db_int8(db_result(db, at), 0, 0);
    return status;
}

/* Where SQL says too much the evaluator has the last word, on each row that comes. */
struct sieve {
    struct session *session;
    struct arena *scratch;
    const struct definitions *definitions;
    const struct rule *rule;
    struct preview *out;
    struct look looks[SIFT_AT_ONCE];
    size_t n;
    usec_t stop; /* monotonic */
    enum status status;
    struct error error;
};

static void sift(struct sieve *s)
{
    s->status = looks_load(s->session, s->scratch, s->looks, s->n, LOOK_PROFILE | LOOK_ORDERS, &s->error);
    for (size_t i = 0; s->status == STATUS_OK && i < s->n; i++) {
        const struct customer_view *view = &s->looks[i].view;
        struct fact_view of = definitions_view(view->definitions, &view->state, s->out->as_of);
        struct rule_env env = fact_env(&of);
        if (!s->looks[i].is_found || !rule_holds(s->rule, &env))
            continue;
        s->out->count++;
        if (s->out->n_sample < PREVIEW_SAMPLE)
            s->out->sample[s->out->n_sample++] = arena_span(s->session->arena, view->state.external_id);
    }
    s->n = 0;
    arena_reset(s->scratch);
    if (s->status == STATUS_OK && clock_monotonic() > s->stop)
        s->status = error_set(&s->error, STATUS_TIMED_OUT, "", "the rule takes too long to evaluate for all customers");
}

static bool take_row(void *context, const struct db_result *result, int row)
{
    struct sieve *s = context;
    s->looks[s->n++] = (struct look){.key = db_uuid(result, row, 0),
                                     .shop = s->definitions->shop,
                                     .definitions = s->definitions,
                                     .as_of = NONE};
    if (s->n == COUNT_OF(s->looks))
        sift(s);
    return s->status == STATUS_OK;
}

static enum status count_by_sieve(struct session *session, const struct shop *shop, const struct rule *rule,
                                  struct preview *out, struct error *error)
{
    struct db *db;
    struct db_args *args;
    bool is_exact;
    struct sieve *s = ARENA_NEW(session->arena, struct sieve);
    enum status status = session_scan(session, &db, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, false, &s->definitions, error);
    if (status != STATUS_OK)
        return status;
    s->session = session;
    s->scratch = arena_new(1 << 16);
    s->rule = rule;
    s->out = out;
    s->stop = clock_monotonic() + session->config->statement_timeout_ms * 1000;
    const char *sql = rule_select_sql(session->arena, shop->id, rule, out->as_of, "c.customer_key", &args, &is_exact);
    status = db_stream(db, sql, args, take_row, s, error);
    if (status == STATUS_OK && s->status == STATUS_OK)
        sift(s);
    arena_free(s->scratch);
    if (s->status != STATUS_OK) {
        *error = s->error;
        return s->status;
    }
    return status;
}

enum status segment_preview(struct session *session, const struct shop *shop, struct span json, struct preview *out,
                            struct error *error)
{
    struct segment *segment;
    struct db_args *args;
    bool is_exact;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = segment_parse(session->arena, json, "preview", shop->exponent, &segment, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct preview){.as_of = clock_now(session->clock)};
    (void)rule_select_sql(session->arena, shop->id, segment->rule, out->as_of, "1", &args, &is_exact);
    return is_exact ? count_exactly(session, shop, segment->rule, out, error)
                    : count_by_sieve(session, shop, segment->rule, out, error);
}
