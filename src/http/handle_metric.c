#include "app/metric.h"
#include "app/refusal_view.h"
#include "handle.h"
#include "handle_export.h"
#include "header.h"
#include "loop.h"
#include "wire/fact.h"

/* --- any metric ----------------------------------------------------------------------------------------------- */

static const char *const of_formats[] = {"format", "guard", "bom", "lang"};

/** The parameters that are the metric's own. */
static size_t take_parameters(const struct request *request, struct metric_parameter *out)
{
    size_t n = 0;
    for (size_t i = 0; i < request->n_query; i++) {
        bool is_of_format = false;
        for (size_t k = 0; k < COUNT_OF(of_formats); k++) {
            is_of_format = is_of_format || span_is(request->query[i].name, of_formats[k]);
        }
        if (!is_of_format) {
            out[n++] = (struct metric_parameter){request->query[i].name, request->query[i].value};
        }
    }
    return n;
}

static enum status read_format(const struct request *request, struct metric_request *out, bool *has_bom,
                               struct error *error)
{
    struct table_options options = {.guards = false};
    bool is_table;
    enum status status = table_is_wanted(request, &is_table, error);
    if (status == STATUS_OK && is_table) {
        status = table_options_read(request, &options, error);
    } else if (status == STATUS_OK && (query_text(request, "guard").n || query_text(request, "bom").n)) {
        status = error_set(error, STATUS_INVALID_PARAMETER, "", "guard and bom are of CSV: ask with format=csv");
    }
    out->format = !is_table ? METRIC_JSON : options.format == TABLE_CSV ? METRIC_CSV : METRIC_NDJSON;
    out->guards = options.guards;
    *has_bom = options.has_bom;
    return status;
}

static void say_answer(struct reply *reply, const struct metric_request *request, const struct metric_answer *answer)
{
    struct arena *arena = reply->request->arena;
    reply_etag_of(reply, (struct span){(const char *)&answer->hash, sizeof(answer->hash)});
    reply_next(reply, span_of(answer->told.next));
    if (request->format == METRIC_JSON) {
        reply_header(reply, "Vary", "Accept");
        return;
    }
    reply_table_headers(reply, request->format == METRIC_CSV ? TABLE_CSV : TABLE_NDJSON, answer->as_of,
                        arena_text(arena, request->name));
    reply_header(reply, "X-Lag-Seconds",
                 arena_printf(arena, "%.3f", (double)answer->lag / (double)USEC_PER_SEC));
    if (answer->told.has_complete) {
        reply_header(reply, "X-Complete", answer->told.is_complete ? "true" : "false");
    }
    if (answer->told.note) {
        reply_header(reply, "X-Note", answer->told.note);
    }
    if (answer->told.has_total) {
        reply_header(reply, "X-Total-Count", arena_printf(arena, "%lld", (long long)answer->told.total));
        reply_header(reply, "X-Has-More", answer->told.has_more ? "true" : "false");
    }
}

/** What is asked for: the same question whoever answers it. */
static enum status read_question(const struct request *request, struct metric_request *out, bool *has_bom, struct error *error)
{
    struct metric_parameter *parameters = ARENA_ARRAY(request->arena, struct metric_parameter, request->n_query);
    *out = (struct metric_request){
        .shop = request->access.shop,
        .name = request_param(request, "name"),
        .parameters = parameters,
        .n_parameters = take_parameters(request, parameters),
        .language = request->language,
    };
    return read_format(request, out, has_bom, error);
}

static void say(struct reply *reply, const struct metric_request *question, bool has_bom, struct shared *rest,
                const struct metric_answer *answer)
{
    buf_text(&reply->body, has_bom ? "\xEF\xBB\xBF" : "");
    metric_head_print(&reply->body, question, answer);
    reply->rest = rest;
    say_answer(reply, question, answer);
}

enum status get_metric(struct session *session, const struct request *request, struct reply *reply,
                       struct error *error)
{
    bool has_bom;
    struct shared *rest;
    struct metric_answer answer;
    struct metric_request question;
    enum status status = read_question(request, &question, &has_bom, error);
    if (status == STATUS_OK) {
        status = metric_answer(session, &question, &rest, &answer, error);
    }
    if (status == STATUS_OK) {
        say(reply, &question, has_bom, rest, &answer);
    }
    return status;
}

bool kept_get_metric(const struct request *request, struct reply *reply)
{
    bool has_bom;
    struct error error;
    struct metric_answer answer;
    struct metric_request question;
    if (read_question(request, &question, &has_bom, &error) != STATUS_OK) {
        return false;
    }
    struct shared *rest =
        metric_kept_answer(exchange_of(request)->server->service, request->arena, &question, &answer);
    if (rest != NULL) {
        say(reply, &question, has_bom, rest, &answer);
    }
    return rest != NULL;
}

enum status list_metrics(const struct request *request, struct reply *reply, struct error *error)
{
    (void)request;
    (void)error;
    metric_list_print(&reply->body);
    reply_etag_of(reply, (struct span){reply->body.p, reply->body.n});
    return STATUS_OK;
}

enum status list_facts(const struct request *request, struct reply *reply, struct error *error)
{
    (void)error;
    fact_list_print(&reply->body, request->language);
    reply_header(reply, "Vary", "Accept-Language");
    reply_etag_of(reply, (struct span){reply->body.p, reply->body.n});
    return STATUS_OK;
}

enum status list_refusals(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error)
{
    struct refusal_line *lines;
    size_t n;
    size_t limit;
    enum status status = query_limit(request, PAGE_DEFAULT, PAGE_MOST, &limit, error);
    if (status == STATUS_OK) {
        status = refusals_list(session, request->access.shop, limit, &lines, &n, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    refusal_list_print(&reply->body, lines, n);
    return STATUS_OK;
}
