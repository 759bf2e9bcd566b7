#include "app/customer.h"
#include "db/store.h"
#include "view.h"

/* Pages of one customer's ledger, orders and transitions, newest first. One row more than the page tells whether there are more. */

/* What all three do first: find the customer, read the cursor, and make the parameters that they share. */
static enum status begin(struct session *session, const struct history_query *query, const char *what,
                         struct list_id *list, bool *has_place, struct cursor *place, struct db_args **args,
                         struct error *error)
{
    struct uuid key;
    enum status status = customer_key_find(session, query->shop, query->id, query->by, &key, error);
    if (status != STATUS_OK)
        return status;
    list_add(list, span_of(what));
    list_add(list, (struct span){(const char *)key.b, sizeof(key.b)});
    list_add_number(list, query->superseded);
    status = cursor_take(session->arena, query->cursor, list, has_place, place, error);
    if (status != STATUS_OK)
        return status;
    *args = db_args(session->arena, 6);
    arg_uuid(*args, &key);
    arg_int(*args, DB_INT4, query->shop->id);
    arg_time(*args, *has_place ? place->number : NONE);
    return STATUS_OK;
}

/* How many of ${rows} are on the page; the rest says that there is another. */
static size_t on_page(const struct db_result *rows, size_t limit)
{
    size_t n = (size_t)db_rows(rows);
    return n < limit ? n : limit;
}

static struct span next_cursor(struct arena *arena, const struct db_result *rows, size_t n, const struct list_id *list,
                               usec_t at, const struct uuid *key)
{
    if (n == 0 || (size_t)db_rows(rows) <= n)
        return (struct span){NULL, 0};
    struct cursor cursor = {.list = list->hash, .number = at, .key = *key};
    return cursor_encode(arena, &cursor);
}

static struct span text_of(struct arena *arena, const struct db_result *rows, int row, int column)
{
    return db_is_null(rows, row, column) ? (struct span){NULL, 0} : arena_span(arena, db_span(rows, row, column));
}

enum status customer_events(struct session *session, const struct history_query *query, struct event_page *page,
                            struct error *error)
{
    struct arena *arena = session->arena;
    const struct db_result *rows;
    struct list_id list = {0};
    struct cursor place = {0};
    struct db_args *args;
    bool has_place;
    enum status status = begin(session, query, "events", &list, &has_place, &place, &args, error);
    if (status != STATUS_OK)
        return status;
    arg_uuid(args, &place.key);
    arg_int(args, DB_INT4, (int64_t)query->limit + 1);
    status = db_run(session->db, SQL_READ_EVENTS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = on_page(rows, query->limit);
    struct event_line *lines = ARENA_ARRAY(arena, struct event_line, n);
    for (int row = 0; row < (int)n; row++)
        lines[row] = (struct event_line){.occurred_at = db_time(rows, row, 1),
                                         .received_at = db_time(rows, row, 2),
                                         .kind = (enum event_kind)db_int(rows, row, 3),
                                         .message_id = text_of(arena, rows, row, 4),
                                         .type = text_of(arena, rows, row, 5),
                                         .name = text_of(arena, rows, row, 6),
                                         .properties = text_of(arena, rows, row, 7),
                                         .traits = text_of(arena, rows, row, 8),
                                         .context = text_of(arena, rows, row, 9)};
    struct uuid last = n ? db_uuid(rows, (int)n - 1, 0) : (struct uuid){{0}};
    *page = (struct event_page){
        .lines = lines, .n = n, .next = next_cursor(arena, rows, n, &list, n ? lines[n - 1].occurred_at : NONE, &last)};
    return STATUS_OK;
}

enum status customer_orders(struct session *session, const struct history_query *query, struct order_page *page,
                            struct error *error)
{
    struct arena *arena = session->arena;
    const struct db_result *rows;
    struct list_id list = {0};
    struct cursor place = {0};
    struct db_args *args;
    bool has_place;
    enum status status = begin(session, query, "orders", &list, &has_place, &place, &args, error);
    if (status != STATUS_OK)
        return status;
    arg_uuid(args, &place.key);
    arg_int(args, DB_INT4, (int64_t)query->limit + 1);
    arg_time(args, TIME_MIN);
    status = db_run(session->db, SQL_READ_ORDERS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = on_page(rows, query->limit);
    struct order *orders = ARENA_ARRAY(arena, struct order, n);
    for (int row = 0; row < (int)n; row++)
        order_read(arena, rows, row, &orders[row]);
    usec_t last_at = n ? db_time(rows, (int)n - 1, 12) : NONE;
    struct uuid last = n ? orders[n - 1].key : (struct uuid){{0}};
    *page = (struct order_page){.shop = query->shop,
                                .orders = orders,
                                .n = n,
                                .next = next_cursor(arena, rows, n, &list, last_at, &last)};
    return STATUS_OK;
}

/* The number of a transition in the place where other lists have a key. */
static struct uuid key_of_seq(int seq)
{
    struct uuid key = {{0}};
    for (int i = 0; i < 4; i++)
        key.b[i] = (unsigned char)((unsigned)seq >> (8 * (3 - i)));
    return key;
}

static int seq_of_key(const struct uuid *key)
{
    unsigned seq = 0;
    for (int i = 0; i < 4; i++)
        seq = seq << 8 | key->b[i];
    return (int)seq;
}

enum status customer_transitions(struct session *session, const struct history_query *query,
                                 struct transition_page *page, struct error *error)
{
    struct arena *arena = session->arena;
    const struct db_result *rows;
    struct list_id list = {0};
    struct cursor place = {0};
    struct db_args *args;
    bool has_place;
    enum status status = begin(session, query, "transitions", &list, &has_place, &place, &args, error);
    if (status == STATUS_OK)
        status = session_definitions(session, query->shop, false, &page->definitions, error);
    if (status != STATUS_OK)
        return status;
    arg_int(args, DB_INT4, seq_of_key(&place.key));
    arg_int(args, DB_INT4, (int64_t)query->limit + 1);
    arg_bool(args, query->superseded);
    status = db_run(session->db, SQL_READ_TRANSITIONS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = on_page(rows, query->limit);
    struct transition_line *lines = ARENA_ARRAY(arena, struct transition_line, n);
    struct uuid last = {{0}};
    for (int row = 0; row < (int)n; row++) {
        struct transition_row read;
        transition_read(rows, row, &read);
        lines[row] = (struct transition_line){.transition = read.transition,
                                              .recorded_at = read.recorded_at,
                                              .superseded_at = db_time(rows, row, 10)};
        last = key_of_seq(read.seq);
    }
    page->lines = lines;
    page->n = n;
    page->next = next_cursor(arena, rows, n, &list, n ? lines[n - 1].transition.at : NONE, &last);
    return STATUS_OK;
}
