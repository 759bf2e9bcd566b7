#include "base/log.h"
#include "db/each.h"
#include "dispatcher.h"
#include "wire/endpoint.h"
#include "wire/webhook.h"

#include <stdlib.h>

#define PAGE          256
#define DUE_MOST      256 /* rows of an endpoint at a time */
#define PRINT_MOST    64
#define TRICKLE_PAUSE (60 * USEC_PER_SEC)

/* --- bodies --------------------------------------------------------------------------------------------- */

static void print_body(struct delivery *d, const struct definitions *definitions,
                       const struct change_line *line)
{
    char id_text[WEBHOOK_ID_TEXT];
    struct webhook_id id = {.endpoint_id = d->outlet->id, .seq = d->seq, .part = d->part};
    webhook_id_print(&id, id_text);
    d->trace_id = line->change.trace_id;
    d->printed_at = clock_monotonic();
    buf_init(&d->body, 0);
    webhook_body_print(&d->body, d->outlet->endpoint.format, d->part, definitions, line, span_of(id_text));
}

/* --- the feed ------------------------------------------------------------------------------------------- */

/* How many more requests it takes from the feed. */
static size_t room_of(const struct outlet *outlet)
{
    if (outlet->is_closing || !outlet->is_behind || outlet->n_deliveries >= OUTLET_WINDOW ||
        outlet->n_queued >= OUTLET_QUEUE / 2)
        return 0;
    if (outlet->n_pending >= OUTLET_PENDING_MOST)
        return outlet->n_queued == 0 && clock_monotonic() >= outlet->trickle_at ? 2 : 0;
    return OUTLET_QUEUE - outlet->n_queued;
}

/* What it wants, in terms of the newest definitions. */
static void refresh_filter(struct outlet *outlet, const struct definitions *definitions)
{
    if (outlet->filter_of == definitions)
        return;
    endpoint_filter(definitions, &outlet->endpoint, &outlet->filter);
    outlet->filter_of = definitions;
}

/* Whether it has a row from before this process had the lease. */
struct known {
    const struct db_result *rows; /* NULL: none has */
};

static bool is_known(const struct known *known, int64_t seq, int part)
{
    for (int row = 0; known->rows && row < db_rows(known->rows); row++)
        if (db_int8(known->rows, row, 0) == seq && db_int(known->rows, row, 1) == part)
            return true;
    return false;
}

static enum status find_known(struct outlet *outlet, int64_t until, struct known *known, struct error *error)
{
    struct session *session = &outlet->dispatcher->session;
    known->rows = NULL;
    if (outlet->read_after >= outlet->rows_until)
        return STATUS_OK;
    struct db_args *args = db_args(session->arena, 4);
    arg_int(args, DB_INT4, outlet->shop->id);
    arg_uuid(args, &outlet->id);
    arg_int(args, DB_INT8, outlet->read_after);
    arg_int(args, DB_INT8, until);
    return db_run(session->db, SQL_DELIVERY_KNOWN, args, &known->rows, error);
}

static void take_line(struct outlet *outlet, const struct known *known, const struct definitions *definitions,
                      const struct change_line *line)
{
    int n_parts = webhook_parts(outlet->endpoint.format, &line->change);
    for (int part = 0; part < n_parts; part++) {
        if (outlet_find(outlet, line->seq, part) || is_known(known, line->seq, part))
            continue;
        struct delivery *d = outlet_add(outlet, line->seq, part);
        d->type = line->change.type;
        d->customer = line->change.customer_key;
        d->since = line->recorded_at;
        print_body(d, definitions, line);
        outlet->n_queued++;
    }
}

static enum status take_page(struct outlet *outlet, const struct feed_page *page, struct error *error)
{
    struct known known;
    size_t room = room_of(outlet), before = outlet->n_queued;
    enum status status = find_known(outlet, page->next, &known, error);
    if (status != STATUS_OK)
        return status;
    refresh_filter(outlet, page->definitions);
    for (size_t i = 0; i < page->n; i++) {
        if (!change_matches(&outlet->filter, &page->lines[i].change))
            continue;
        if (outlet->n_queued - before + 2 > room) {
            outlet->read_after = page->lines[i].seq - 1;
            outlet->trickle_at = clock_monotonic() + TRICKLE_PAUSE;
            return STATUS_OK;
        }
        take_line(outlet, &known, page->definitions, &page->lines[i]);
    }
    outlet->read_after = page->next;
    outlet->is_behind = page->next < page->head;
    return STATUS_OK;
}

/* Its place is no longer in the feed: it goes on where the feed begins, or ends. */
static void jump(struct outlet *outlet, const struct feed_page *page, enum status status)
{
    int64_t to = status == STATUS_CURSOR_TOO_OLD ? page->oldest - 1 : page->head;
    LOG(LOG_WARN, "an endpoint missed changes that are no longer kept", LOG_TEXT("shop", outlet->shop->key),
        LOG_NUMBER("changes", to - outlet->read_after));
    outlet->read_after = to;
}

/* Those that stand where ${leader} does are served by one page. */
static bool reads_with(const struct outlet *outlet, const struct outlet *leader)
{
    return outlet->shop == leader->shop && outlet->read_after == leader->read_after && room_of(outlet) > 0;
}

static enum status read_for(struct outlet *leader, struct error *error)
{
    struct dispatcher *dispatcher = leader->dispatcher;
    struct change_filter all = {.has_silent = true};
    struct feed_page page;
    const struct definitions *definitions;
    int64_t after = leader->read_after;
    enum status status = session_definitions(&dispatcher->session, leader->shop, false, &definitions, error);
    if (status != STATUS_OK)
        return status;
    for (struct outlet *outlet = leader; outlet; outlet = outlet->next)
        if (reads_with(outlet, leader)) {
            refresh_filter(outlet, definitions);
            all.types |= outlet->filter.types;
        }
    size_t room = room_of(leader);
    status =
        feed_read(&dispatcher->session, leader->shop, after, &all, room < PAGE ? room : PAGE, &page, error);
    if (status == STATUS_CURSOR_TOO_OLD || status == STATUS_INVALID_CURSOR) {
        jump(leader, &page, status);
        return STATUS_OK;
    }
    if (status != STATUS_OK)
        return status;
    watch_of(dispatcher, leader->shop)->head = page.head;
    for (struct outlet *outlet = leader->next; outlet && status == STATUS_OK; outlet = outlet->next)
        if (reads_with(outlet, leader))
            status = take_page(outlet, &page, error);
    return status == STATUS_OK ? take_page(leader, &page, error) : status;
}

enum status outlets_read(struct dispatcher *dispatcher, struct error *error)
{
    enum status status = STATUS_OK;
    for (struct outlet *outlet = dispatcher->outlets; outlet && status == STATUS_OK; outlet = outlet->next)
        if (room_of(outlet))
            status = read_for(outlet, error);
    return status;
}

/* --- rows whose time has come --------------------------------------------------------------------------- */

static struct outlet *outlet_of(struct dispatcher *dispatcher, const struct uuid *id)
{
    struct outlet *outlet = dispatcher->outlets;
    while (outlet && uuid_compare(&outlet->id, id) != 0)
        outlet = outlet->next;
    return outlet;
}

static void take_row(struct outlet *outlet, const struct db_result *rows, int row)
{
    int64_t seq = db_int8(rows, row, 1);
    int part = db_int(rows, row, 2);
    struct delivery *d = outlet_find(outlet, seq, part);
    if (d) {
        if (!d->is_flying && !d->is_result && d->next_at != NONE)
            d->next_at = db_time(rows, row, 8);
        return;
    }
    if (outlet->n_deliveries >= OUTLET_WINDOW)
        return;
    d = outlet_add(outlet, seq, part);
    d->type = (enum change_type)db_int(rows, row, 3);
    d->customer = db_uuid(rows, row, 4);
    d->attempts = db_int(rows, row, 5);
    d->created_at = d->since = db_time(rows, row, 6);
    d->attempted_at = db_time(rows, row, 7);
    d->next_at = db_time(rows, row, 8);
    d->is_stored = true;
}

static enum status look_for_rows(struct dispatcher *dispatcher, struct outlet **outlets, size_t n,
                                 usec_t begun_after, struct error *error)
{
    struct session *session = &dispatcher->session;
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 5);
    if (n == 0)
        return STATUS_OK;
    EACH(args, DB_INT4, push_int, outlets[i]->shop->id);
    EACH(args, DB_UUID, push_uuid, &outlets[i]->id);
    arg_time(args, clock_now(session->clock));
    arg_time(args, begun_after);
    arg_int(args, DB_INT4, begun_after == NONE ? DUE_MOST : OUTLET_WINDOW);
    enum status status = db_run(session->db, SQL_DELIVERY_DUE, args, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid id = db_uuid(rows, row, 0);
        take_row(outlet_of(dispatcher, &id), rows, row);
    }
    return status;
}

/* A piece of a range: its changes become rows whose time has come. */
static enum status replay_step(struct outlet *outlet, const struct uuid *id, int64_t position, int64_t until,
                               bool is_all, struct error *error)
{
    struct session *session = &outlet->dispatcher->session;
    struct feed_page page;
    const struct definitions *definitions;
    usec_t now = clock_now(session->clock);
    size_t n = 0;
    enum status status = session_definitions(session, outlet->shop, false, &definitions, error);
    if (status != STATUS_OK)
        return status;
    refresh_filter(outlet, definitions);
    status = feed_read(session, outlet->shop, position, &outlet->filter, PAGE, &page, error);
    if (status == STATUS_CURSOR_TOO_OLD)
        page.next = page.oldest - 1;
    else if (status == STATUS_INVALID_CURSOR)
        page.next = until;
    else if (status != STATUS_OK)
        return status;
    struct delivery *asked = ARENA_ARRAY(session->arena, struct delivery, page.n * 2);
    for (size_t i = 0; i < page.n && page.lines[i].seq <= until; i++)
        for (int part = 0; part < webhook_parts(outlet->endpoint.format, &page.lines[i].change); part++)
            asked[n++] = (struct delivery){.seq = page.lines[i].seq,
                                           .part = part,
                                           .type = page.lines[i].change.type,
                                           .customer = page.lines[i].change.customer_key};
    struct db_args *args = db_args(session->arena, 11);
    arg_int(args, DB_INT4, outlet->shop->id);
    arg_uuid(args, &outlet->id);
    arg_uuid(args, id);
    EACH(args, DB_INT8, push_int, asked[i].seq);
    EACH(args, DB_INT2, push_int, asked[i].part);
    EACH(args, DB_INT2, push_int, asked[i].type);
    EACH(args, DB_UUID, push_uuid, &asked[i].customer);
    arg_time(args, now);
    arg_bool(args, is_all);
    arg_int(args, DB_INT8, page.next < until ? page.next : until);
    arg_time(args, page.next < until ? NONE : now);
    outlet->must_look = true;
    return db_run(session->db, SQL_REPLAY_STEP, args, NULL, error);
}

static enum status look_for_replay(struct outlet *outlet, struct error *error)
{
    struct session *session = &outlet->dispatcher->session;
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, outlet->shop->id);
    arg_uuid(args, &outlet->id);
    enum status status = db_run(session->db, SQL_REPLAY_OPEN, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    outlet->has_replay = db_rows(rows) > 0;
    if (!outlet->has_replay)
        return STATUS_OK;
    struct uuid id = db_uuid(rows, 0, 0);
    return replay_step(outlet, &id, db_int8(rows, 0, 1), db_int8(rows, 0, 2), db_bool(rows, 0, 3), error);
}

enum status outlets_look(struct dispatcher *dispatcher, bool all, struct error *error)
{
    struct arena *arena = dispatcher->session.arena;
    usec_t begun_after = clock_now(dispatcher->service->clock) - DELIVERY_OVERTAKE_AFTER;
    size_t n = 0, n_new = 0, most = 0;
    for (const struct outlet *outlet = dispatcher->outlets; outlet; outlet = outlet->next)
        most++;
    struct outlet **outlets = ARENA_ARRAY(arena, struct outlet *, most),
                  **new = ARENA_ARRAY(arena, struct outlet *, most);
    for (struct outlet *outlet = dispatcher->outlets; outlet; outlet = outlet->next) {
        if (outlet->is_closing || !(all || outlet->must_look) || outlet->n_deliveries >= OUTLET_WINDOW)
            continue;
        if (outlet->must_look)
            new[n_new++] = outlet;
        else
            outlets[n++] = outlet;
    }
    enum status status = look_for_rows(dispatcher, outlets, n, NONE, error);
    if (status == STATUS_OK)
        status = look_for_rows(dispatcher, new, n_new, begun_after, error);
    for (size_t i = 0; status == STATUS_OK && i < n_new; i++) {
        new[i]->must_look = false;
        status = look_for_replay(new[i], error);
    }
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        if (outlets[i]->has_replay && outlets[i]->n_deliveries < OUTLET_QUEUE)
            status = look_for_replay(outlets[i], error);
    return status;
}

/* --- another attempt ------------------------------------------------------------------------------------ */

static const struct change_line *line_of(const struct change_line *lines, size_t n, int64_t seq)
{
    for (size_t i = 0; i < n; i++)
        if (lines[i].seq == seq)
            return &lines[i];
    return NULL;
}

static enum status print_tests(struct session *session, struct delivery **due, size_t n, struct error *error)
{
    const struct definitions *definitions;
    for (size_t i = 0; i < n; i++) {
        struct webhook_example example;
        if (due[i]->seq >= 0)
            continue;
        enum status status = session_definitions(session, due[i]->outlet->shop, false, &definitions, error);
        if (status != STATUS_OK)
            return status;
        webhook_example(session->arena, definitions, due[i]->type, due[i]->seq, due[i]->created_at, &example);
        print_body(due[i], example.definitions, &example.line);
    }
    return STATUS_OK;
}

static enum status print_some(struct outlet *outlet, struct delivery **due, size_t n, struct error *error)
{
    struct session *session = &outlet->dispatcher->session;
    const struct definitions *definitions;
    struct change_line *lines;
    size_t n_lines;
    int64_t *numbers = ARENA_ARRAY(session->arena, int64_t, n);
    for (size_t i = 0; i < n; i++)
        numbers[i] = due[i]->seq;
    enum status status = feed_some(session, outlet->shop, numbers, n, &lines, &n_lines, error);
    if (status == STATUS_OK)
        status = feed_definitions(session, outlet->shop, lines, n_lines, &definitions, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++) {
        const struct change_line *line = line_of(lines, n_lines, due[i]->seq);
        if (due[i]->seq < 0)
            continue;
        if (line == NULL || line->change.type == CHANGE_BLANK ||
            due[i]->part >= webhook_parts(outlet->endpoint.format, &line->change))
            outlet_cancel(due[i]);
        else
            print_body(due[i], definitions, line);
    }
    return status == STATUS_OK ? print_tests(session, due, n, error) : status;
}

enum status outlets_print(struct dispatcher *dispatcher, struct error *error)
{
    enum status status = STATUS_OK;
    usec_t now = clock_now(dispatcher->service->clock);
    for (struct outlet *outlet = dispatcher->outlets; outlet && status == STATUS_OK; outlet = outlet->next) {
        struct delivery *due[PRINT_MOST];
        size_t n = 0;
        if (outlet->is_closing || outlet->n_flying >= (size_t)outlet->flying_most || now < outlet->held_until)
            continue;
        for (struct delivery *d = outlet->first; d && n < PRINT_MOST; d = d->next)
            if (d->state == DELIVERY_PENDING && !d->is_flying && d->body.n == 0 && d->next_at <= now)
                due[n++] = d;
        if (n)
            status = print_some(outlet, due, n, error);
    }
    return status;
}
