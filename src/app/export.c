#include "app/export.h"

#include "export_column.h"

#include <stdlib.h>

/*
 * A cursor over one snapshot. While the rows of a batch are printed the database makes the next. Rows say most of what
 * is asked for themselves; the few that time may have moved since, and all of them where SQL or the row cannot answer,
 * are loaded and decided as a reader would see them.
 */

#define BATCH_ROWS 1000
#define TEXT_(word) #word
#define TEXT(word) TEXT_(word)
#define LOOKS_MOST 250 /* loaded at a time: some customers have many orders */
#define WRITE_BYTES 32768 /* printed before they are handed on */

struct export {
    struct arena *arena;
    struct customer_filter filter;
    struct columns columns;
    enum audience audience;
    enum table_format format;
    bool guards;
    bool has_bom;
    bool is_vouched;
    bool loads_all;
    int64_t limit; /* 0: all */
    const char *sql;
    struct db_args *args;
};

/* Of an audience: the columns of the statement. */
enum { AUDIENCE_TRAITS = SEARCH_COLUMNS, AUDIENCE_REVENUE };

static void audience_sql(struct export *export)
{
    struct search_column *sql = ARENA_ARRAY(export->arena, struct search_column, 2);
    sql[0] = (struct search_column){.sql = "p.traits::text", .needs_profile = true};
    sql[1] = (struct search_column){.sql = fact_info(FACT_revenue)->sql};
    export->columns.sql = sql;
    export->columns.n_sql = 2;
    export->columns.names = audience_columns(export->audience, &export->columns.n);
}

static enum status prepare(struct export *export, struct session *session, const struct export_query *query,
                           struct error *error)
{
    struct customer_filter *filter = &export->filter;
    bool is_exact;
    enum status status =
        customer_filter_read(session, export->arena, &query->of, clock_now(session->clock), filter, error);
    if (status == STATUS_OK && export->audience)
        audience_sql(export);
    else if (status == STATUS_OK)
        status = columns_read(export->arena, filter, query->columns, query->of.is_membership, &export->columns, error);
    if (status != STATUS_OK)
        return status;
    export->sql = search_export_sql(export->arena, &filter->search, filter->definitions->decisive,
                                    filter->definitions->revision, FOLD_VERSION, export->columns.sql,
                                    export->columns.n_sql, &export->args, &is_exact);
    export->loads_all = !is_exact || export->columns.are_of_state || filter->search.until;
    return STATUS_OK;
}

enum status export_new(struct session *session, const struct export_query *query, struct export **out,
                       struct error *error)
{
    struct export *export = calloc(1, sizeof(*export));
    if (export == NULL)
        abort();
    *export = (struct export){.arena = arena_new(4096),
                              .audience = query->audience,
                              .format = query->format,
                              .guards = query->guards,
                              .has_bom = query->has_bom && query->format == TABLE_CSV,
                              .is_vouched = query->is_vouched,
                              .limit = (int64_t)query->of.limit};
    enum status status = prepare(export, session, query, error);
    if (status != STATUS_OK) {
        export_free(export);
        return status;
    }
    *out = export;
    return STATUS_OK;
}

void export_free(struct export *export)
{
    arena_free(export->arena);
    free(export);
}

usec_t export_as_of(const struct export *export)
{
    return export->filter.search.now;
}

/* --- a run ------------------------------------------------------------------------------------------------------ */

struct run {
    struct export *export;
    struct session *session;
    struct db *db;
    struct arena *scratch; /* of a batch */
    struct buf out;
    struct table table;
    export_write_fn write;
    void *context;
    struct export_count *count;
    bool is_over; /* nobody takes more, or the limit is reached */
};

/* The rows that must be looked at, sorted by key. */
static enum status load_looks(struct run *run, const struct db_result *rows, int from, int to, struct look **out,
                              size_t *n, struct error *error)
{
    const struct export *export = run->export;
    struct look *looks = ARENA_ARRAY(run->scratch, struct look, (size_t)(to - from));
    *n = 0;
    for (int row = from; row < to; row++)
        if (export->loads_all || db_bool(rows, row, 1))
            looks[(*n)++] = (struct look){.key = db_uuid(rows, row, 0),
                                          .shop = export->filter.definitions->shop,
                                          .definitions = export->filter.definitions,
                                          .as_of = NONE};
    *out = looks;
    unsigned what = LOOK_PROFILE | LOOK_ORDERS | (export->filter.search.until ? LOOK_NEXT : 0);
    return looks_load(run->session, run->scratch, looks, *n, what, error);
}

static bool admits(const struct customer_filter *filter, const struct look *look)
{
    if (!customer_filter_admits(filter, look))
        return false;
    usec_t at = filter->search.until ? customer_filter_move(filter, &look->view).at : NONE;
    return filter->search.until == 0 || (at != NONE && at <= filter->search.until);
}

static bool print_person(struct run *run, const struct db_result *rows, int row)
{
    struct audience_person person = {.traits = db_span(rows, row, AUDIENCE_TRAITS),
                                     .revenue = db_int8(rows, row, AUDIENCE_REVENUE),
                                     .exponent = run->export->filter.definitions->shop->exponent,
                                     .is_vouched = run->export->is_vouched};
    return audience_row(run->export->audience, run->scratch, &person, &run->table);
}

static void print_row(struct run *run, const struct db_result *rows, int row, const struct look *look)
{
    const struct export *export = run->export;
    if (export->audience && !print_person(run, rows, row)) {
        run->count->left_out++;
        return;
    }
    struct column_source source = {.definitions = export->filter.definitions,
                                   .as_of = export->filter.search.now,
                                   .rows = rows,
                                   .row = row,
                                   .look = look,
                                   .arena = run->scratch};
    if (export->audience == AUDIENCE_NONE)
        columns_print(&export->columns, &source, &run->table);
    run->count->rows++;
    run->is_over = run->export->limit && run->count->rows == run->export->limit;
}

static void hand_on(struct run *run)
{
    if (run->out.n && !run->write(run->context, (struct span){run->out.p, run->out.n}))
        run->is_over = true;
    buf_reset(&run->out);
}

static enum status print_some(struct run *run, const struct db_result *rows, int from, int to, struct error *error)
{
    struct look *looks;
    size_t n;
    arena_reset(run->scratch);
    enum status status = load_looks(run, rows, from, to, &looks, &n, error);
    if (status != STATUS_OK)
        return status;
    for (int row = from; row < to && !run->is_over; row++) {
        const struct look *look = NULL;
        if (run->export->loads_all || db_bool(rows, row, 1)) {
            struct uuid key = db_uuid(rows, row, 0);
            look = looks_find(looks, n, &key);
            if (!admits(&run->export->filter, look))
                continue;
        }
        print_row(run, rows, row, look);
        if (run->out.n >= WRITE_BYTES)
            hand_on(run);
    }
    return STATUS_OK;
}

static enum status print_batch(struct run *run, const struct db_result *rows, struct error *error)
{
    enum status status = STATUS_OK;
    for (int from = 0; from < db_rows(rows) && status == STATUS_OK && !run->is_over; from += LOOKS_MOST) {
        int to = from + LOOKS_MOST < db_rows(rows) ? from + LOOKS_MOST : db_rows(rows);
        status = print_some(run, rows, from, to, error);
    }
    return status;
}

static size_t send_fetch(struct run *run)
{
    return db_send_text(run->db, "FETCH " TEXT(BATCH_ROWS) " FROM export", NULL);
}

static enum status open_cursor(struct run *run, size_t *at, struct error *error)
{
    struct db *db = run->db;
    const struct export *export = run->export;
    db_send(db, SQL_BEGIN_SNAPSHOT, NULL);
    db_send(db, SQL_EXPORT_PLAN, NULL);
    db_send_text(db, arena_printf(run->session->arena, "DECLARE export NO SCROLL CURSOR FOR %s", export->sql), export->args);
    *at = send_fetch(run);
    return db_sync(db, error);
}

/* The rows of each batch, while the next is under way. */
static enum status print_all(struct run *run, struct error *error)
{
    size_t at;
    enum status status = open_cursor(run, &at, error);
    while (status == STATUS_OK && !run->is_over) {
        struct db_result *rows = db_take(run->db, at);
        bool is_last = db_rows(rows) < BATCH_ROWS;
        if (!is_last) {
            at = send_fetch(run);
            db_start(run->db);
        }
        status = print_batch(run, rows, error);
        db_result_free(rows);
        if (is_last)
            break;
        struct error of_fetch;
        enum status fetched = db_sync(run->db, &of_fetch);
        if (status == STATUS_OK && fetched != STATUS_OK) {
            *error = of_fetch;
            status = fetched;
        }
    }
    if (status == STATUS_OK)
        hand_on(run);
    return status;
}

enum status export_run(struct export *export, struct session *session, export_write_fn write, void *context,
                       struct export_count *count, struct error *error)
{
    struct run run = {.export = export, .session = session, .write = write, .context = context, .count = count};
    *count = (struct export_count){0};
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_scan(session, &run.db, error);
    if (status != STATUS_OK)
        return status;
    run.scratch = arena_new(1 << 16);
    buf_init(&run.out, 0);
    table_init(&run.table, export->arena, &run.out, export->format, export->guards, export->columns.names,
               export->columns.n);
    if (export->has_bom)
        buf_text(&run.out, "\xef\xbb\xbf");
    table_head(&run.table);
    hand_on(&run);
    status = print_all(&run, error);
    db_rollback(run.db);
    buf_done(&run.out);
    arena_free(run.scratch);
    return status;
}
