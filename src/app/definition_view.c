#include "app/definition_view.h"
#include "db/store.h"
#include "tally_read.h"
#include "view.h"

/* Which versions are in force is known in memory; their documents and counts are asked of the database. */

static enum status begin(struct session *session, const struct shop *shop, const struct definitions **definitions,
                         struct error *error)
{
    enum status status = session_needs_db(session, error);
    return status == STATUS_OK ? session_definitions(session, shop, false, definitions, error) : status;
}

static struct db_args *documents_args(struct arena *arena, const struct shop *shop, enum definition_kind kind, int number)
{
    struct db_args *args = db_args(arena, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, kind);
    arg_int(args, DB_INT2, number);
    return args;
}

/* Column ${column} of the row of this version. */
static struct span document_of(struct arena *arena, const struct db_result *rows, int number, int version, int column)
{
    for (int row = 0; row < db_rows(rows); row++)
        if (db_int(rows, row, 0) == number && db_int(rows, row, 1) == version)
            return arena_span(arena, db_span(rows, row, column));
    return span_of("null");
}

static int64_t member_count(const struct tallies *members, int number)
{
    for (size_t i = 0; i < members->n; i++)
        if (members->rows[i].key.a == number)
            return members->rows[i].n[0];
    return 0;
}

static void take_progress(const struct db_result *rows, struct progress *out)
{
    *out = (struct progress){.is_open = false};
    if (db_rows(rows) && db_is_null(rows, 0, 4))
        *out = (struct progress){.is_open = true,
                                 .done = db_int8(rows, 0, 1),
                                 .total = db_int8(rows, 0, 2),
                                 .started_at = db_time(rows, 0, 3)};
}

/* --- models ---------------------------------------------------------------------------------------------------- */

enum status models_list(struct session *session, const struct shop *shop, struct model_line **lines, size_t *n,
                        struct error *error)
{
    const struct definitions *definitions;
    usec_t now = clock_now(session->clock);
    enum status status = begin(session, shop, &definitions, error);
    if (status != STATUS_OK)
        return status;
    *lines = ARENA_ARRAY(session->arena, struct model_line, (size_t)definitions->n_models);
    *n = 0;
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], now);
        if (model && !model->is_withdrawn)
            (*lines)[(*n)++] = (struct model_line){.model = model};
    }
    return STATUS_OK;
}

enum status model_get(struct session *session, const struct shop *shop, struct span key, struct model_reply *out,
                      struct error *error)
{
    const struct definitions *definitions;
    enum status status = begin(session, shop, &definitions, error);
    if (status != STATUS_OK)
        return status;
    const struct model *model = definitions_model(definitions, key, clock_now(session->clock));
    if (model == NULL)
        return error_set(error, STATUS_NOT_FOUND, "", "no model in force has this key");
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    size_t documents = db_send(session->db, SQL_READ_DEFINITIONS,
                               documents_args(session->arena, shop, KIND_MODEL, model->number));
    size_t crawl = db_send(session->db, SQL_CRAWL_GET, args);
    status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    out->line.model = model;
    out->line.document =
        document_of(session->arena, db_result(session->db, documents), model->number, model->version, 2);
    take_progress(db_result(session->db, crawl), &out->progress);
    return STATUS_OK;
}

/* --- segments -------------------------------------------------------------------------------------------------- */

/* How many members each segment has; what was queued before is run with it. */
static enum status read_members(struct session *session, const struct shop *shop, int number, struct tallies *out,
                                struct error *error)
{
    struct tally_state unused;
    struct tally_range range = {.cube = CUBE_MEMBERS, .from = 0, .to = 1, .has_a = number != 0, .a = number};
    return tallies_read(session, shop, &range, 1, out, &unused, error);
}

enum status segments_list(struct session *session, const struct shop *shop, struct segment_line **lines, size_t *n,
                          struct error *error)
{
    const struct definitions *definitions;
    struct tallies members;
    usec_t now = clock_now(session->clock);
    enum status status = begin(session, shop, &definitions, error);
    if (status != STATUS_OK)
        return status;
    size_t documents =
        db_send(session->db, SQL_READ_DEFINITIONS, documents_args(session->arena, shop, KIND_SEGMENT, 0));
    status = read_members(session, shop, 0, &members, error);
    if (status != STATUS_OK)
        return status;
    *lines = ARENA_ARRAY(session->arena, struct segment_line, (size_t)definitions->n_segments);
    *n = 0;
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_at(&definitions->segments[i], now);
        if (segment && !segment->is_withdrawn)
            (*lines)[(*n)++] = (struct segment_line){
                .segment = segment,
                .rule = document_of(session->arena, db_result(session->db, documents), i + 1, segment->version, 3),
                .count = member_count(&members, i + 1)};
    }
    return STATUS_OK;
}

enum status segment_get(struct session *session, const struct shop *shop, struct span key, struct segment_reply *out,
                        struct error *error)
{
    const struct definitions *definitions;
    struct tallies members;
    usec_t now = clock_now(session->clock);
    enum status status = begin(session, shop, &definitions, error);
    if (status != STATUS_OK)
        return status;
    const struct segment *segment = definitions_segment(definitions, key, now);
    if (segment == NULL)
        return error_set(error, STATUS_NOT_FOUND, "", "no segment in force has this key");
    struct db_args *args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, shop->id);
    size_t documents = db_send(session->db, SQL_READ_DEFINITIONS,
                               documents_args(session->arena, shop, KIND_SEGMENT, segment->number));
    size_t crawl = db_send(session->db, SQL_CRAWL_GET, args);
    status = read_members(session, shop, segment->number, &members, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct segment_reply){
        .line = {.segment = segment,
                 .rule = document_of(session->arena, db_result(session->db, documents), segment->number,
                                     segment->version, 3),
                 .count = member_count(&members, segment->number)},
        .as_of = now};
    take_progress(db_result(session->db, crawl), &out->progress);
    return STATUS_OK;
}

/* --- changing --------------------------------------------------------------------------------------------------- */

enum status definition_put(struct session *session, const struct shop *shop, const struct publication *publication,
                           int *version, bool *is_created, struct error *error)
{
    const struct definitions *definitions;
    usec_t now = clock_now(session->clock);
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, true, &definitions, error);
    if (status != STATUS_OK)
        return status;
    *is_created = publication->kind == KIND_MODEL ? definitions_model(definitions, publication->key, now) == NULL
                                                  : definitions_segment(definitions, publication->key, now) == NULL;
    return definition_publish(session, shop, publication, version, error);
}
