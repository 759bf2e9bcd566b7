#include "app/due.h"
#include "handle.h"
#include "handle_export.h"

static void read_query(const struct request *request, struct due_query *query)
{
    *query = (struct due_query){
        .shop = request->access.shop,
        .within = query_text(request, "within"),
        .model = query_text(request, "model"),
        .to = query_text(request, "to"),
        .sort = query_text(request, "sort"),
        .cursor = query_text(request, "cursor"),
    };
}

static void print_line(void *context, const struct due_line *line)
{
    struct reply *reply = context;
    reply_separate(reply);
    due_print(&reply->body, line);
}

static enum status run_export(void *what, struct session *session, export_write_fn write, void *context,
                              struct export_count *count, struct error *error)
{
    return due_export_run(what, session, write, context, count, error);
}

static void free_export(void *what)
{
    due_export_free(what);
}

static enum status reply_due_table(struct session *session, const struct request *request, struct due_query *query,
                                   struct reply *reply, struct error *error)
{
    struct table_options options;
    struct due_export *export;
    if (query->cursor.n != 0) {
        return error_set(error, STATUS_INVALID_PARAMETER, "", "cursor is of pages: a table has all");
    }
    enum status status = table_options_read(request, &options, error);
    query->limit = options.limit;
    if (status == STATUS_OK) {
        status = due_export_new(session, query, options.format, options.guards, options.has_bom, &export, error);
    }
    if (status != STATUS_OK) {
        return status;
    }
    struct table_work work = {
        .what = export, .run = run_export, .free = free_export, .as_of = due_export_as_of(export)};
    return reply_table(reply, &work, options.format, "due", error);
}

enum status list_due(struct session *session, const struct request *request, struct reply *reply, struct error *error)
{
    struct due_query query;
    struct due_page page;
    bool is_export;
    read_query(request, &query);
    enum status status = export_is_wanted(request, &is_export, error);
    if (status == STATUS_OK && is_export) {
        return reply_due_table(session, request, &query, reply, error);
    }
    reply_header(reply, "Vary", "Accept");
    buf_text(&reply->body, "{\"data\":[");
    if (status == STATUS_OK) {
        status = query_limit(request, PAGE_DEFAULT, PAGE_MOST, &query.limit, error);
    }
    if (status == STATUS_OK) {
        status = due_list(session, &query, print_line, reply, &page, error);
    }
    if (status == STATUS_OK) {
        reply_page_end(reply, page.next, page.as_of);
    }
    return status;
}
