#include "app/metric.h"

#include "crypto/digest.h"
#include "db/db.h"
#include "metric_query.h"
#include "metric_shelf.h"
#include "service_private.h"
#include "view.h"

/* How often the journal's head is looked at, at most. */
#define LOOK_EVERY (200 * INT64_C(1000))

static metric_evaluator *const evaluators[] = {
#define X(NAME, name) [METRIC_OF_##NAME] = evaluate_##name,
    METRIC_TABLE(X)
#undef X
};

/* --- the answer ------------------------------------------------------------------------------------------------ */

static void put_range(struct buf *out, const char *name, const struct metric_job *job, int64_t day, usec_t at)
{
    char text[DATE_TEXT];
    buf_printf(out, ",\"%s\":", name);
    if (!job->has_range || at == TIME_MIN)
        buf_text(out, "null");
    else if (!job->is_exact)
        buf_json_time(out, at);
    else
        buf_json_string(out, (struct span){text, date_print(day, text)});
}

static bool is_complete(const struct metric_job *job)
{
    return job->is_exact ? job->to_day <= job->today : job->to <= job->now;
}

/* All but as_of and lag, which change without the rest. */
static void put_answer(struct buf *out, const struct metric_job *job, const struct buf *rows)
{
    if (job->table->format != METRIC_JSON) {
        buf_append(out, rows->p, rows->n);
        return;
    }
    buf_text(out, ",\"metric\":");
    buf_json_string(out, span_of(job->metric->name));
    buf_text(out, ",\"currency\":");
    buf_json_string(out, span_of(job->shop->currency));
    buf_text(out, ",\"timezone\":");
    buf_json_string(out, span_of(job->shop->timezone));
    put_range(out, "from", job, job->from_day, job->from);
    put_range(out, "to", job, job->to_day, job->to);
    buf_text(out, ",\"interval\":");
    if (job->metric->intervals)
        buf_json_string(out, span_of(metric_interval_name(job->interval)));
    else
        buf_text(out, "null");
    buf_text(out, !job->has_range ? ",\"complete\":null" : is_complete(job) ? ",\"complete\":true" : ",\"complete\":false");
    buf_append(out, job->table->members.p, job->table->members.n);
    buf_text(out, ",\"data\":[");
    buf_append(out, rows->p, rows->n);
    buf_text(out, "]}");
}

/* Who will be moved next by time alone. */
static enum status read_deadline(struct session *session, usec_t *out, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(session->db, SQL_SWEEP_FIRST, NULL, &rows, error);
    if (status == STATUS_OK)
        *out = db_rows(rows) ? db_time(rows, 0, 0) : NONE;
    return status;
}

/* Of a table the tag is one of its headers, too. */
static uint64_t hash_told(struct arena *arena, const struct metric_told *told)
{
    return hash64(span_of(arena_printf(arena, "%d %d %d %lld %s %s", told->has_complete, told->is_complete, told->has_more,
                                       (long long)told->total, told->next, told->note ? told->note : "")));
}

static enum status evaluate(struct metric_job *job, enum metric metric, struct buf *out, struct metric_kept *kept,
                            struct error *error)
{
    struct buf rows;
    buf_init(&rows, 0);
    struct metric_table *table = ARENA_NEW(job->arena, struct metric_table);
    metric_table_init(table, job->arena, &rows, job->shop, job->request->format, job->request->language,
                      job->request->guards);
    job->table = table;
    job->state.behind = NONE;
    enum status status = evaluators[metric](job, error);
    if (status == STATUS_OK && job->metric->flags & METRIC_MOVES_BY_TIME)
        status = read_deadline(job->session, &kept->deadline, error);
    if (status == STATUS_OK) {
        size_t start = out->n;
        metric_rows_end(table);
        put_answer(out, job, &rows);
        table->told.has_complete = job->has_range;
        table->told.is_complete = job->has_range && is_complete(job);
        kept->hash = hash64((struct span){out->p + start, out->n - start}) ^ hash_told(job->arena, &table->told);
        kept->behind = job->state.behind;
        kept->as_of = job->as_of;
        kept->until = job->has_range && !job->is_exact && !is_complete(job) ? job->to : NONE;
        kept->told = table->told;
    }
    metric_table_done(table);
    buf_done(&rows);
    return status;
}

/* --- what is kept ------------------------------------------------------------------------------------------------ */

static int compare_parameters(const struct metric_parameter *a, const struct metric_parameter *b)
{
    int c = span_compare(a->name, b->name);
    return c ? c : span_compare(a->value, b->value);
}

/* What was asked for, in one form whatever the order: the parameters are few. */
static struct span key_of(struct arena *arena, const struct metric_request *request)
{
    size_t n = request->n_parameters;
    struct metric_parameter *sorted = arena_copy(arena, request->parameters, n * sizeof(*sorted));
    struct buf key;
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && compare_parameters(&sorted[k - 1], &sorted[k]) > 0; k--) {
            struct metric_parameter swap = sorted[k];
            sorted[k] = sorted[k - 1];
            sorted[k - 1] = swap;
        }
    buf_init(&key, 0);
    buf_printf(&key, "%d %d %d %d ", request->shop->id, (int)request->format, (int)request->language, request->guards);
    buf_json_string(&key, request->name);
    for (size_t i = 0; i < n; i++) {
        buf_json_string(&key, sorted[i].name);
        buf_json_string(&key, sorted[i].value);
    }
    struct span copy = arena_span(arena, (struct span){key.p, key.n});
    buf_done(&key);
    return copy;
}

/* Where the journal stands: as it is known, unless that is older than ${age}. */
static enum status look(struct session *session, const struct shop *shop, usec_t age, struct metric_head *out,
                        struct error *error)
{
    struct metric_shelf *shelf = session->service->metrics;
    struct tally_state state;
    struct tallies none;
    usec_t now = clock_monotonic();
    if (age > 0 && metric_shelf_head(shelf, shop->id, now - age, out))
        return STATUS_OK;
    enum status status = tallies_read(session, shop, NULL, 0, &none, &state, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct metric_head){.head = state.head, .looked_at = now};
    metric_shelf_looked(shelf, shop->id, out);
    return STATUS_OK;
}

/* May ${kept} be told, and as of when? */
static bool still_holds(const struct metric_kept *kept, const struct metric_basis *basis, const struct metric_info *info,
                        usec_t looked_at, usec_t now, usec_t age, usec_t *as_of)
{
    usec_t monotonic = clock_monotonic();
    if (kept->basis.revision != basis->revision || kept->basis.day != basis->day ||
        (kept->until != NONE && kept->until <= now))
        return false;
    if (kept->basis.head == basis->head && kept->behind == NONE && !(info->flags & METRIC_OWN_CLOCK)) {
        usec_t looked = now - (monotonic - looked_at);
        *as_of = looked > kept->as_of ? looked : kept->as_of;
        return true;
    }
    *as_of = kept->as_of;
    return monotonic - kept->made_at < age;
}

static usec_t lag_of(const struct metric_kept *kept, usec_t as_of)
{
    usec_t behind = kept->behind != NONE && kept->behind < as_of ? as_of - kept->behind : 0;
    usec_t waits = kept->deadline != NONE && kept->deadline < as_of ? as_of - kept->deadline : 0;
    return behind > waits ? behind : waits;
}

static void tell(const struct metric_kept *kept, usec_t as_of, struct metric_answer *answer)
{
    *answer = (struct metric_answer){.as_of = as_of,
                                     .lag = lag_of(kept, as_of),
                                     .hash = kept->hash,
                                     .told = kept->told};
}

/* --- the frame --------------------------------------------------------------------------------------------------- */

static enum status prepare(struct session *session, const struct metric_request *request, enum metric metric,
                           struct metric_job *job, struct error *error)
{
    *job = (struct metric_job){.session = session,
                               .shop = request->shop,
                               .metric = metric_info(metric),
                               .request = request,
                               .arena = session->arena,
                               .now = clock_now(session->clock)};
    job->as_of = job->now;
    job->today = calendar_day_begun(job->shop->calendar, job->now);
    enum status status = session_needs_db(session, error);
    return status == STATUS_OK ? session_definitions(session, job->shop, false, &job->definitions, error) : status;
}

static void put_head(struct buf *out, const struct metric_request *request, const struct metric_answer *answer, struct span rest)
{
    if (request->format == METRIC_JSON) {
        buf_text(out, "{\"as_of\":");
        buf_json_time(out, answer->as_of);
        buf_printf(out, ",\"lag_seconds\":%.3f", (double)answer->lag / (double)USEC_PER_SEC);
    }
    buf_span(out, rest);
}

static enum status answer_anew(struct metric_job *job, enum metric metric, const struct metric_head *head, struct span key,
                               struct buf *body, struct metric_answer *answer, struct error *error)
{
    struct metric_kept kept = {.made_at = clock_monotonic(), .as_of = job->now, .behind = NONE, .deadline = NONE, .until = NONE};
    enum status status = metric_query_read(job, error);
    if (status == STATUS_OK)
        status = evaluate(job, metric, body, &kept, error);
    if (status != STATUS_OK)
        return status;
    tell(&kept, kept.as_of, answer);
    if (head) {
        kept.basis = (struct metric_basis){
            .head = job->has_read ? job->state.head : head->head, .revision = job->definitions->revision, .day = job->today};
        metric_shelf_put(job->session->service->metrics, key, &kept, (struct span){body->p, body->n});
    }
    return STATUS_OK;
}

static enum status answer_kept(struct metric_job *job, enum metric metric, struct buf *body, struct metric_answer *answer,
                               struct error *error)
{
    struct service *service = job->session->service;
    struct metric_head head;
    struct metric_kept kept;
    usec_t age = service->config->metric_age_ms * INT64_C(1000), as_of;
    struct span key = key_of(job->arena, job->request);
    enum status status = look(job->session, job->shop, age < LOOK_EVERY ? age : LOOK_EVERY, &head, error);
    if (status != STATUS_OK)
        return status;
    struct metric_basis basis = {.head = head.head, .revision = job->definitions->revision, .day = job->today};
    if (metric_shelf_take(service->metrics, key, &kept, body)) {
        if (still_holds(&kept, &basis, job->metric, head.looked_at, job->now, age, &as_of)) {
            tell(&kept, as_of, answer);
            return STATUS_OK;
        }
        buf_reset(body);
    }
    return answer_anew(job, metric, &head, key, body, answer, error);
}

enum status metric_answer(struct session *session, const struct metric_request *request, struct buf *out,
                          struct metric_answer *answer, struct error *error)
{
    struct metric_job job;
    struct buf body;
    enum metric metric = metric_of(request->name);
    if (metric == METRICS)
        return error_set(error, STATUS_NOT_FOUND, "", "there is no such metric; GET /v1/metrics lists them");
    enum status status = prepare(session, request, metric, &job, error);
    if (status != STATUS_OK)
        return status;
    buf_init(&body, 0);
    status = session->service ? answer_kept(&job, metric, &body, answer, error)
                              : answer_anew(&job, metric, NULL, (struct span){"", 0}, &body, answer, error);
    if (status == STATUS_OK)
        put_head(out, request, answer, (struct span){body.p, body.n});
    buf_done(&body);
    return status;
}
