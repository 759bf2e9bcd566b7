#include "base/log.h"
#include "flow.h"
#include "handle.h"
#include "handle_export.h"
#include "header.h"

#include <stdlib.h>

/* Tables of all customers: checked by a reader, made by an exporter while they are being sent. */

/* --- what is asked for ------------------------------------------------------------------------------------ */

/** Those who said nothing are taken too only when somebody who may do all vouches for them. */
static enum status read_consent(const struct request *request, bool *vouches, struct error *error)
{
    struct span consent = query_text(request, "consent");
    *vouches = span_is(consent, "any");
    if (consent.n != 0 && !*vouches && !span_is(consent, "given")) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "consent is given or any");
    }
    if (*vouches && request->access.scope != SCOPE_ADMIN) {
        return error_set(error, STATUS_FORBIDDEN, "", "consent=any needs an admin key");
    }
    return STATUS_OK;
}

/** A page has nothing of what is said of a table: who says it believes to have asked for one. */
static enum status check_page(const struct request *request, struct error *error)
{
    static const char *const of_tables[] = {"columns", "preset", "consent", "guard", "bom"};
    bool vouches;
    enum status status = read_consent(request, &vouches, error);
    for (size_t i = 0; i < COUNT_OF(of_tables) && status == STATUS_OK; i++) {
        if (query_text(request, of_tables[i]).n != 0) {
            status = error_set(error, STATUS_INVALID_PARAMETER, "", "%s is of tables: ask with format=csv or ndjson",
                               of_tables[i]);
        }
    }
    return status;
}

static bool prefers_table(const struct request *request)
{
    struct span accept = request_header(request, "Accept");
    int json = accept.n ? accept_quality(accept, "application/json") : 1;
    return accept.n != 0 &&
           (accept_quality(accept, "text/csv") > json || accept_quality(accept, "application/x-ndjson") > json);
}

enum status table_is_wanted(const struct request *request, bool *out, struct error *error)
{
    struct span format = query_text(request, "format");
    *out = format.n == 0 ? prefers_table(request) : span_is(format, "csv") || span_is(format, "ndjson");
    if (format.n != 0 && !*out && !span_is(format, "json")) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "format is json, csv or ndjson");
    }
    return STATUS_OK;
}

enum status export_is_wanted(const struct request *request, bool *out, struct error *error)
{
    enum status status = table_is_wanted(request, out, error);
    if (status != STATUS_OK) {
        return status;
    }
    /* a preset is a file, whatever else the client takes */
    if (query_text(request, "format").n == 0) {
        *out = *out || query_text(request, "preset").n != 0;
    }
    return *out ? STATUS_OK : check_page(request, error);
}

static enum table_format format_of(const struct request *request)
{
    struct span format = query_text(request, "format");
    struct span accept = request_header(request, "Accept");
    if (format.n != 0) {
        return span_is(format, "csv") ? TABLE_CSV : TABLE_NDJSON;
    }
    bool is_ndjson = accept.n != 0 && accept_quality(accept, "application/x-ndjson") > accept_quality(accept, "text/csv");
    return is_ndjson ? TABLE_NDJSON : TABLE_CSV;
}

/** What only CSV can have: off in any other format, and not to be asked for there. */
static enum status read_switch(const struct request *request, enum table_format format, const char *name,
                               bool fallback, bool *out, struct error *error)
{
    struct span text = query_text(request, name);
    bool is_on = span_is(text, "on");
    *out = format == TABLE_CSV && (text.n ? is_on : fallback);
    if (text.n != 0 && !is_on && !span_is(text, "off")) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is on or off", name);
    }
    if (is_on && format != TABLE_CSV) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is of CSV: ask with format=csv", name);
    }
    return STATUS_OK;
}

enum status table_options_read(const struct request *request, struct table_options *out, struct error *error)
{
    int64_t limit;
    out->format = format_of(request);
    enum status status = request_query_int(request, "limit", 1, INT64_C(1000000000), 0, &limit, error);
    out->limit = status == STATUS_OK ? (size_t)limit : 0;
    if (status == STATUS_OK) {
        bool is_for_people = query_text(request, "preset").n == 0;
        status = read_switch(request, out->format, "guard", is_for_people, &out->guards, error);
    }
    return status == STATUS_OK ? read_switch(request, out->format, "bom", false, &out->has_bom, error) : status;
}

static enum status read_preset(const struct request *request, struct export_query *query, struct error *error)
{
    struct span preset = query_text(request, "preset");
    query->audience = audience_of(preset);
    if (preset.n != 0 && query->audience == AUDIENCE_NONE) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "preset is mailchimp, meta, google, tiktok or klaviyo");
    }
    if (query->audience != AUDIENCE_NONE && query->columns.n != 0) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "a preset has its own columns");
    }
    enum status status = read_consent(request, &query->is_vouched, error);
    if (status == STATUS_OK && query->audience == AUDIENCE_NONE && query_text(request, "consent").n != 0) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "consent is of a preset");
    }
    return status;
}

static enum status read_query(const struct request *request, struct export_query *query, struct error *error)
{
    static const char *const of_pages[] = {"sort", "cursor"};
    for (size_t i = 0; i < COUNT_OF(of_pages); i++) {
        if (query_text(request, of_pages[i]).n != 0) {
            return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is of pages: a table has all in no order",
                             of_pages[i]);
        }
    }
    struct table_options options;
    enum status status = table_options_read(request, &options, error);
    if (status != STATUS_OK) {
        return status;
    }
    query->format = options.format;
    query->guards = options.guards;
    query->has_bom = options.has_bom;
    query->of.limit = options.limit;
    query->columns = query_text(request, "columns");
    return read_preset(request, query, error);
}

/* --- the work ----------------------------------------------------------------------------------------------- */

/** A table on its way through the queue and out; the request may be gone before it is. */
struct job {
    struct task task;
    struct table_work work;
    struct flow *flow;
    char request_id[REQUEST_ID_MAX + 1];
};

static void job_free(struct job *job)
{
    job->work.free(job->work.what);
    free(job);
}

static bool write_on(void *context, struct span bytes)
{
    return flow_write(context, bytes);
}

static void run_work(struct task *task, struct session *session)
{
    struct job *job = task->context;
    struct export_count count = {0};
    struct error error = {0};
    enum status status = STATUS_OK;
    bool is_gone = flow_is_gone(job->flow);
    if (!is_gone) {
        status = job->work.run(job->work.what, session, write_on, job->flow, &count, &error);
        is_gone = flow_is_gone(job->flow);
    }
    if (status != STATUS_OK) {
        LOG(is_gone ? LOG_INFO : LOG_WARN, "an export was broken off", LOG_TEXT("code", status_code(status)),
            LOG_TEXT("sqlstate", error.sqlstate), LOG_NUMBER("rows", count.rows),
            LOG_TEXT("request_id", job->request_id));
        flow_abort(job->flow);
        return;
    }
    LOG(LOG_INFO, is_gone ? "nobody waits for an export" : "exported", LOG_NUMBER("rows", count.rows),
        LOG_NUMBER("left_out", count.left_out), LOG_TEXT("request_id", job->request_id));
    flow_end(job->flow);
}

static void job_done(struct task *task)
{
    job_free(task->context);
}

void reply_table_headers(struct reply *reply, enum table_format format, usec_t at, const char *name)
{
    struct arena *arena = reply->request->arena;
    bool is_csv = format == TABLE_CSV;
    char *as_of = arena_alloc(arena, TIME_TEXT);
    time_print(at, as_of);
    reply->content_type = is_csv ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson";
    reply_header(reply, "Content-Disposition",
                 arena_printf(arena, "attachment; filename=\"%s.%s\"", name, is_csv ? "csv" : "ndjson"));
    reply_header(reply, "X-As-Of", as_of);
    reply_header(reply, "Vary", "Accept");
}

/** Hand the job to an exporter, or let go of it. */
static enum status start(const struct request *request, struct job *job, struct error *error)
{
    enum status status = STATUS_OK;
    if (request->is_head) {
        flow_end(job->flow);
    } else {
        status = service_export(request->service, &job->task, error);
        if (status == STATUS_OK) {
            return STATUS_OK;
        }
        flow_abort(job->flow);
    }
    job_free(job);
    return status;
}

enum status reply_table(struct reply *reply, const struct table_work *work, enum table_format format, const char *name,
                        struct error *error)
{
    struct job *job = calloc(1, sizeof(*job));
    if (job == NULL) {
        work->free(work->what);
        return error_set(error, STATUS_NO_MEMORY, "", "there is no memory for the export");
    }
    *job = (struct job){.task = {.run = run_work, .done = job_done, .context = job}, .work = *work};
    memcpy(job->request_id, reply->request->id, sizeof(job->request_id));
    enum status status = reply_stream(reply, FLOW_WHOLE, FLOW_SIZE, &job->flow, error);
    if (status == STATUS_OK) {
        status = start(reply->request, job, error);
    } else {
        job_free(job);
    }
    if (status == STATUS_OK) {
        reply_table_headers(reply, format, work->as_of, name);
    }
    return status;
}

static enum status run_export(void *what, struct session *session, export_write_fn write, void *context,
                              struct export_count *count, struct error *error)
{
    return export_run(what, session, write, context, count, error);
}

static void free_export(void *what)
{
    export_free(what);
}

enum status reply_export(struct session *session, const struct request *request, const struct customer_query *query,
                         const char *name, struct reply *reply, struct error *error)
{
    struct export_query export_query = {.of = *query};
    struct export *export;
    enum status status = read_query(request, &export_query, error);
    if (status == STATUS_OK) {
        status = export_new(session, &export_query, &export, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct table_work work = {
        .what = export, .run = run_export, .free = free_export, .as_of = export_as_of(export)};
    struct span preset = query_text(request, "preset");
    if (preset.n != 0) {
        name = arena_printf(request->arena, "%s-%.*s", name, (int)preset.n, preset.p);
    }
    return reply_table(reply, &work, export_query.format, name, error);
}
