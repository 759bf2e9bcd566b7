#include "app/metric.h"

#include "crypto/digest.h"
#include "db/db.h"
#include "metric_query.h"
#include "metric_shelf.h"
#include "service_private.h"
#include "view.h"

/* How often a shop is looked at, at most. */
#define LOOK_EVERY (200 * INT64_C(1000))
/* What took long to make is kept for so many times as long: dashboards have a tenth of a processor, not all of it. */
#define AGE_OF_COST 10
/* How old an answer may be that is told while another makes it anew. */
#define OLD_LONGEST (10 * USEC_PER_SEC)
/* Of how many overdue customers of all shops those of one are looked for. */
#define OVERDUE_MOST 1000

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
    buf_printf(out, ",\"complete\":%s", !job->table->told.has_complete ? "null" : job->table->told.is_complete ? "true" : "false");
    buf_append(out, job->table->members.p, job->table->members.n);
    buf_text(out, ",\"data\":[");
    buf_append(out, rows->p, rows->n);
    buf_text(out, "]}");
}

static struct db_args *overdue_args(struct arena *arena, const struct shop *shop, usec_t now)
{
    struct db_args *args = db_args(arena, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_time(args, now);
    arg_int(args, DB_INT4, OVERDUE_MOST);
    return args;
}

static usec_t lag_since(usec_t since, usec_t as_of)
{
    return since != NONE && since < as_of ? as_of - since : 0;
}

/* How far behind its instant an answer is: in what was added up, and in whom time has moved. */
static enum status read_lag(const struct metric_job *job, usec_t *out, struct error *error)
{
    const struct db_result *rows;
    usec_t overdue = NONE;
    enum status status = STATUS_OK;
    if (job->metric->flags & METRIC_MOVES_BY_TIME) {
        status = db_run(job->session->db, SQL_SWEEP_OVERDUE, overdue_args(job->arena, job->shop, job->now), &rows, error);
        if (status == STATUS_OK)
            overdue = db_time(rows, 0, 0);
    }
    usec_t behind = lag_since(job->state.behind, job->as_of), late = lag_since(overdue, job->as_of);
    *out = behind > late ? behind : late;
    return status;
}

/* Of a table the tag is one of its headers, too. */
static uint64_t hash_told(struct arena *arena, const struct metric_told *told)
{
    return hash64(span_of(arena_printf(arena, "%d %d %d %lld %s %s", told->has_complete, told->is_complete, told->has_more,
                                       (long long)told->total, told->next, told->note ? told->note : "")));
}

static enum status evaluate(struct metric_job *job, enum metric metric, struct metric_kept *kept, struct shared **answer,
                            struct error *error)
{
    struct buf rows, out;
    buf_init(&rows, 0);
    struct metric_table *table = ARENA_NEW(job->arena, struct metric_table);
    metric_table_init(table, job->arena, &rows, job->shop, job->request->format, job->request->language,
                      job->request->guards);
    job->table = table;
    job->state.behind = NONE;
    enum status status = evaluators[metric](job, error);
    if (status == STATUS_OK)
        status = read_lag(job, &kept->lag, error);
    if (status == STATUS_OK) {
        buf_init(&out, 0);
        metric_rows_end(table);
        table->told.has_complete = job->has_range;
        table->told.is_complete = job->has_range && is_complete(job);
        put_answer(&out, job, &rows);
        kept->hash = hash64((struct span){out.p, out.n}) ^ hash_told(job->arena, &table->told);
        kept->is_behind = job->state.behind != NONE;
        kept->as_of = job->as_of;
        kept->until = job->has_range && !job->is_exact && !table->told.is_complete ? job->to : NONE;
        kept->told = table->told;
        *answer = shared_new((struct span){out.p, out.n});
        buf_done(&out);
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

/* Where the shop stands: as it is known, unless that is older than ${age}. */
static enum status look(const struct metric_job *job, usec_t age, struct metric_head *out, struct error *error)
{
    struct metric_shelf *shelf = job->session->service->metrics;
    struct db *db = job->session->db;
    struct tally_state state;
    struct tallies none;
    usec_t now = clock_monotonic();
    if (age > 0 && metric_shelf_head(shelf, job->shop->id, now - age, out))
        return STATUS_OK;
    size_t overdue = db_send(db, SQL_SWEEP_OVERDUE, overdue_args(job->arena, job->shop, job->now));
    enum status status = tallies_read(job->session, job->shop, NULL, 0, &none, &state, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct metric_head){.head = state.head, .overdue = db_time(db_result(db, overdue), 0, 0), .looked_at = now};
    metric_shelf_looked(shelf, job->shop->id, out);
    return STATUS_OK;
}

/* Whether an answer that is kept may be told. */
enum held { HELD_NOT, HELD_FOR_NOW, HELD_TRUE };

struct asker {
    const struct metric_info *info;
    struct metric_basis basis;
    struct metric_head head;
    usec_t now;
    usec_t age; /* how long it may be told though it is no longer true */
};

static enum held still_holds(const struct metric_kept *kept, const struct asker *asker)
{
    if (kept->basis.revision != asker->basis.revision || kept->basis.day != asker->basis.day ||
        (kept->until != NONE && kept->until <= asker->now))
        return HELD_NOT;
    if (kept->basis.head == asker->head.head && !kept->is_behind && !(asker->info->flags & METRIC_OWN_CLOCK))
        return HELD_TRUE;
    usec_t age = asker->age && kept->cost * AGE_OF_COST > asker->age ? kept->cost * AGE_OF_COST : asker->age;
    return clock_monotonic() - kept->made_at < age ? HELD_FOR_NOW : HELD_NOT;
}

static void tell(const struct metric_kept *kept, struct metric_answer *answer)
{
    *answer = (struct metric_answer){.as_of = kept->as_of,
                                     .lag = kept->lag,
                                     .hash = kept->hash,
                                     .told = kept->told};
}

/* An answer that is as good as a new one is told as of when the shop was looked at. */
static void tell_anew(const struct metric_kept *kept, const struct asker *asker, struct metric_answer *answer)
{
    usec_t looked_at = asker->now - (clock_monotonic() - asker->head.looked_at);
    tell(kept, answer);
    if (looked_at < kept->as_of)
        return;
    answer->as_of = looked_at;
    answer->lag = asker->info->flags & METRIC_MOVES_BY_TIME ? lag_since(asker->head.overdue, looked_at) : 0;
}

static struct shared *take_kept(struct metric_shelf *shelf, struct span key, const struct asker *asker,
                                struct metric_kept *kept, struct metric_answer *answer)
{
    struct shared *bytes = metric_shelf_take(shelf, key, kept);
    enum held held = bytes ? still_holds(kept, asker) : HELD_NOT;
    if (held == HELD_TRUE)
        tell_anew(kept, asker, answer);
    else if (held == HELD_FOR_NOW)
        tell(kept, answer);
    if (held != HELD_NOT)
        return bytes;
    shared_release(bytes);
    return NULL;
}

static struct shared *take_old(struct metric_shelf *shelf, struct span key, struct asker asker, struct metric_answer *answer)
{
    struct metric_kept kept;
    asker.age = OLD_LONGEST;
    return take_kept(shelf, key, &asker, &kept, answer);
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

static enum status answer_anew(struct metric_job *job, enum metric metric, struct metric_kept *kept, struct shared **rest,
                               struct metric_answer *answer, struct error *error)
{
    *kept = (struct metric_kept){.made_at = clock_monotonic(), .until = NONE};
    enum status status = metric_query_read(job, error);
    if (status == STATUS_OK)
        status = evaluate(job, metric, kept, rest, error);
    if (status != STATUS_OK)
        return status;
    kept->cost = clock_monotonic() - kept->made_at;
    tell(kept, answer);
    return STATUS_OK;
}

static enum status answer_and_keep(struct metric_job *job, enum metric metric, struct shared **rest,
                                   struct metric_answer *answer, struct error *error)
{
    struct service *service = job->session->service;
    struct metric_kept kept;
    struct span key = key_of(job->arena, job->request);
    struct asker asker = {.info = job->metric,
                          .basis = {.revision = job->definitions->revision, .day = job->today},
                          .now = job->now,
                          .age = service->config->metric_age_ms * INT64_C(1000)};
    enum status status = look(job, asker.age < LOOK_EVERY ? asker.age : LOOK_EVERY, &asker.head, error);
    if (status != STATUS_OK)
        return status;
    *rest = take_kept(service->metrics, key, &asker, &kept, answer);
    if (*rest == NULL && asker.age > 0 && !metric_shelf_claim(service->metrics, key, clock_monotonic()))
        *rest = take_old(service->metrics, key, asker, answer);
    if (*rest)
        return STATUS_OK;
    status = answer_anew(job, metric, &kept, rest, answer, error);
    if (status != STATUS_OK) {
        metric_shelf_disclaim(service->metrics, key);
        return status;
    }
    kept.basis = asker.basis;
    kept.basis.head = job->has_read ? job->state.head : asker.head.head;
    metric_shelf_put(service->metrics, key, &kept, *rest);
    return STATUS_OK;
}

enum status metric_answer(struct session *session, const struct metric_request *request, struct shared **rest,
                          struct metric_answer *answer, struct error *error)
{
    struct metric_job job;
    struct metric_kept kept;
    enum metric metric = metric_of(request->name);
    if (metric == METRICS)
        return error_set(error, STATUS_NOT_FOUND, "", "there is no such metric; GET /v1/metrics lists them");
    enum status status = prepare(session, request, metric, &job, error);
    if (status != STATUS_OK)
        return status;
    return session->service ? answer_and_keep(&job, metric, rest, answer, error)
                            : answer_anew(&job, metric, &kept, rest, answer, error);
}

struct shared *metric_kept_answer(struct service *service, struct arena *arena, const struct metric_request *request,
                                  struct metric_answer *answer)
{
    struct metric_kept kept;
    enum metric metric = metric_of(request->name);
    const struct definitions *definitions = definitions_known(service->registry, request->shop);
    usec_t age = service->config->metric_age_ms * INT64_C(1000);
    usec_t known = clock_monotonic() - (age < LOOK_EVERY ? age : LOOK_EVERY);
    if (metric == METRICS || definitions == NULL || age == 0)
        return NULL;
    struct asker asker = {.info = metric_info(metric), .now = clock_now(service->clock), .age = age};
    asker.basis.revision = definitions->revision;
    asker.basis.day = calendar_day_begun(request->shop->calendar, asker.now);
    if (!metric_shelf_head(service->metrics, request->shop->id, known, &asker.head))
        return NULL;
    return take_kept(service->metrics, key_of(arena, request), &asker, &kept, answer);
}

void metric_head_print(struct buf *out, const struct metric_request *request, const struct metric_answer *answer)
{
    if (request->format != METRIC_JSON)
        return;
    buf_text(out, "{\"as_of\":");
    buf_json_time(out, answer->as_of);
    buf_printf(out, ",\"lag_seconds\":%.3f", (double)answer->lag / (double)USEC_PER_SEC);
}
