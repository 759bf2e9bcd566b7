#include "app/people.h"

#include "app/customer.h"
#include "db/each.h"
#include "db/store.h"
#include "people_private.h"
#include "view.h"
#include "wire/change.h"

/*
 * Everything that is held about one. The lists are read in pieces, in the order of the keys of their tables, so that
 * no piece is sorted and none is read twice; what of them does not fit into one document stands in the next.
 */

#define PIECE 500

enum part { PART_ORDERS, PART_TRANSITIONS, PART_EVENTS, PART_CHANGES, PART_COUNT };

/* Where a list was left: the identity (of changes: none) and the last key that was printed. */
struct place {
    enum part part;
    struct uuid identity;
    struct uuid after;
};

struct exporter {
    struct session *session;
    const struct shop *shop;
    const struct definitions *definitions;
    struct identities_view names;
    struct buf *buf;
    size_t most; /* bytes of the buffer, after which no further piece is read */
    struct list_id list;
    struct place place; /* of the cursor, then of what was printed last */
    bool is_full;
};

/* A number in the place of a key: the order of both is the same. */
static struct uuid key_of_number(int64_t number)
{
    struct uuid key = {{0}};
    for (int i = 0; i < 8; i++)
        key.b[i] = (unsigned char)((uint64_t)number >> (8 * (7 - i)));
    return key;
}

static int64_t number_of_key(const struct uuid *key)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | key->b[i];
    return (int64_t)number;
}

/* --- one row of each list --------------------------------------------------------------------------------------- */

static void separate(struct exporter *e)
{
    if (e->buf->p[e->buf->n - 1] != '[')
        buf_char(e->buf, ',');
}

static void print_order(struct exporter *e, const struct db_result *rows, int row, const struct identity_line *of)
{
    struct order order;
    (void)of;
    order_read(e->session->arena, rows, row, &order);
    separate(e);
    order_print(e->buf, &order, e->shop->exponent);
    e->place.after = order.key;
}

static bool is_defined(const struct definitions *definitions, int model)
{
    return model >= 1 && model <= definitions->n_models && definitions->models[model - 1].n;
}

static void print_transition(struct exporter *e, const struct db_result *rows, int row, const struct identity_line *of)
{
    struct transition_row read;
    (void)of;
    transition_read(rows, row, &read);
    struct transition_line line = {.transition = read.transition,
                                   .recorded_at = read.recorded_at,
                                   .superseded_at = db_time(rows, row, 10)};
    e->place.after = key_of_number(read.seq);
    if (!is_defined(e->definitions, read.transition.model))
        return; /* somebody has defined it just now */
    separate(e);
    transition_print(e->buf, e->definitions, &line);
}

static void print_event(struct exporter *e, const struct db_result *rows, int row, const struct identity_line *of)
{
    struct export_event event = {.id = db_uuid(rows, row, 0),
                                 .of = of->name,
                                 .occurred_at = db_time(rows, row, 1),
                                 .received_at = db_time(rows, row, 2),
                                 .kind = (enum event_kind)db_int(rows, row, 3),
                                 .message = db_span(rows, row, 4)};
    separate(e);
    export_event_print(e->buf, &event);
    e->place.after = event.id;
}

static void print_change(struct exporter *e, const struct db_result *rows, int row, const struct identity_line *of)
{
    struct change_line line;
    change_read(rows, row, &line);
    (void)of;
    separate(e);
    change_print(e->buf, e->definitions, &line);
    e->place.after = key_of_number(line.seq);
}

static const struct {
    const char *name;
    enum sql_id sql;
    bool is_numbered; /* its rows have numbers, not keys */
    void (*print)(struct exporter *e, const struct db_result *rows, int row, const struct identity_line *of);
} parts[PART_COUNT] = {
    [PART_ORDERS] = {"orders", SQL_EXPORT_ORDERS, false, print_order},
    [PART_TRANSITIONS] = {"transitions", SQL_EXPORT_TRANSITIONS, true, print_transition},
    [PART_EVENTS] = {"events", SQL_EXPORT_EVENTS, false, print_event},
    [PART_CHANGES] = {"changes", SQL_FEED_OF_CUSTOMERS, true, print_change},
};

/* --- lists ------------------------------------------------------------------------------------------------------ */

static struct db_args *piece_args(struct exporter *e)
{
    struct db_args *args = db_args(e->session->arena, 4);
    if (e->place.part == PART_CHANGES) {
        size_t n = e->names.n_lines;
        arg_int(args, DB_INT4, e->shop->id);
        EACH(args, DB_UUID, push_uuid, &e->names.lines[i].key);
        arg_int(args, DB_INT8, number_of_key(&e->place.after));
    } else {
        arg_uuid(args, &e->place.identity);
        arg_int(args, DB_INT4, e->shop->id);
        if (parts[e->place.part].is_numbered)
            arg_int(args, DB_INT4, number_of_key(&e->place.after));
        else
            arg_uuid(args, &e->place.after);
    }
    arg_int(args, DB_INT4, PIECE);
    return args;
}

/* What is left of the present list under one identity. */
static enum status print_rest(struct exporter *e, const struct identity_line *of, struct error *error)
{
    const struct db_result *rows;
    struct db *db = e->session->db;
    int n = PIECE;
    while (n == PIECE && !e->is_full) {
        enum status status = db_run(db, parts[e->place.part].sql, piece_args(e), &rows, error);
        if (status != STATUS_OK)
            return status;
        n = db_rows(rows);
        for (int row = 0; row < n; row++)
            parts[e->place.part].print(e, rows, row, of);
        e->is_full = n && e->buf->n >= e->most; /* without a row there is no place to go on from */
    }
    return STATUS_OK;
}

/* One list, from where the cursor stands; it stops where the document is full. */
static enum status print_part(struct exporter *e, enum part part, struct error *error)
{
    static const struct uuid first;
    enum status status = STATUS_OK;
    bool is_before = part < e->place.part;
    buf_printf(e->buf, ",\"%s\":[", parts[part].name);
    if (!is_before && !e->is_full) {
        if (part != e->place.part)
            e->place = (struct place){.part = part};
        if (part == PART_CHANGES) {
            status = print_rest(e, NULL, error);
        }
        for (size_t i = 0; part != PART_CHANGES && status == STATUS_OK && !e->is_full && i < e->names.n_lines; i++) {
            const struct identity_line *line = &e->names.lines[i];
            int order = uuid_compare(&line->key, &e->place.identity);
            if (order < 0)
                continue;
            if (order > 0)
                e->place.after = first;
            e->place.identity = line->key;
            status = print_rest(e, line, error);
        }
    }
    buf_char(e->buf, ']');
    return status;
}

/* --- the document ----------------------------------------------------------------------------------------------- */

static enum status take_place(struct exporter *e, const struct uuid *customer, struct span text, struct error *error)
{
    struct cursor cursor;
    bool has_place;
    list_add(&e->list, span_of("export"));
    list_add(&e->list, (struct span){(const char *)customer->b, sizeof(customer->b)});
    enum status status = cursor_take(e->session->arena, text, &e->list, &has_place, &cursor, error);
    if (status != STATUS_OK || !has_place)
        return status;
    if (cursor.number < 0 || cursor.number >= PART_COUNT || cursor.text.n != sizeof(e->place.after.b))
        return error_set(error, STATUS_INVALID_CURSOR, "", "the cursor is not from this list");
    e->place = (struct place){.part = (enum part)cursor.number, .identity = cursor.key};
    memcpy(e->place.after.b, cursor.text.p, sizeof(e->place.after.b));
    return STATUS_OK;
}

static struct span next_place(const struct exporter *e)
{
    if (!e->is_full)
        return (struct span){NULL, 0};
    struct cursor cursor = {.list = e->list.hash,
                            .number = e->place.part,
                            .key = e->place.identity,
                            .text = {(const char *)e->place.after.b, sizeof(e->place.after.b)}};
    return cursor_encode(e->session->arena, &cursor);
}

/* The customer as they are now; by their key, whatever name was asked for. */
static enum status print_customer(struct exporter *e, const struct people_query *query, struct error *error)
{
    struct customer_wish wish = {.shop = query->shop, .id = query->id, .by = query->by, .as_of = NONE};
    customers_find(e->session, &wish, 1);
    if (wish.status != STATUS_OK) {
        *error = wish.error;
        return wish.status;
    }
    e->definitions = wish.view.definitions;
    buf_text(e->buf, "{\"customer\":");
    customer_print(e->buf, &wish.view);
    buf_char(e->buf, ',');
    identities_print(e->buf, "identities", &e->names);
    buf_text(e->buf, ",\"currency\":");
    buf_json_string(e->buf, span_of(e->shop->currency));
    return STATUS_OK;
}

enum status people_export(struct session *session, const struct people_query *query, struct span cursor,
                          size_t most, struct buf *buf, struct span *next, struct error *error)
{
    struct exporter e = {.session = session, .shop = query->shop, .buf = buf, .most = buf->n + most};
    struct uuid customer;
    enum status status = customer_key_find(session, query->shop, query->id, query->by, &customer, error);
    if (status == STATUS_OK)
        status = take_place(&e, &customer, cursor, error);
    if (status == STATUS_OK)
        status = people_read(session, query->shop, &customer, true, &e.names, error);
    if (status == STATUS_OK)
        status = print_customer(&e, query, error);
    for (int part = 0; status == STATUS_OK && part < PART_COUNT; part++)
        status = print_part(&e, (enum part)part, error);
    if (status != STATUS_OK)
        return status;
    *next = next_place(&e);
    buf_char(buf, ',');
    page_print(buf, *next);
    buf_char(buf, '}');
    return STATUS_OK;
}
