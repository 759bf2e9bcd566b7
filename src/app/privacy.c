#include "app/privacy.h"

#include "base/uuid.h"
#include "db/each.h"
#include "people_private.h"
#include "session_private.h"
#include "view.h"
#include "wire/source.h"

/* --- reading ---------------------------------------------------------------------------------------------------- */

static struct db_args *list_args(struct session *session, const struct shop *shop, bool has_place,
                                 const struct cursor *place, size_t limit)
{
    struct db_args *args = db_args(session->arena, 4);
    arg_int(args, DB_INT4, shop->id);
    arg_time(args, has_place ? place->number : NONE);
    arg_uuid(args, &place->key);
    arg_int(args, DB_INT4, (int64_t)limit + 1);
    return args;
}

static void take_requests(struct arena *arena, const struct db_result *rows, struct privacy_line *lines, size_t n)
{
    for (int row = 0; row < (int)n; row++) {
        bool has_receipt = !db_is_null(rows, row, 6);
        lines[row] = (struct privacy_line){.id = db_uuid(rows, row, 0),
                                           .source_id = db_uuid(rows, row, 1),
                                           .kind = (enum privacy_kind)db_int(rows, row, 2),
                                           .received_at = db_time(rows, row, 3),
                                           .done_at = db_time(rows, row, 4),
                                           .erasures = arena_span(arena, db_span(rows, row, 5)),
                                           .erased = has_receipt ? db_int8(rows, row, 6) : 0};
    }
}

/* Whom those who want to know are about, as they are called now: nothing of it is kept in the request. */
static enum status take_people(struct session *session, const struct shop *shop, struct privacy_line *lines, size_t n,
                               struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    EACH(args, DB_UUID, push_uuid, &lines[i].id);
    enum status status = db_run(session->db, SQL_PRIVACY_PEOPLE, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n_ids = (size_t)db_rows(rows);
    struct span *ids = ARENA_ARRAY(session->arena, struct span, n_ids);
    for (size_t k = 0; k < n_ids; k++) {
        struct uuid id = db_uuid(rows, (int)k, 0);
        ids[k] = arena_span(session->arena, db_span(rows, (int)k, 1));
        for (size_t i = 0; i < n; i++) {
            if (lines[i].kind != PRIVACY_DISCLOSE || uuid_compare(&lines[i].id, &id) != 0)
                continue;
            if (lines[i].n_customers++ == 0)
                lines[i].customers = &ids[k];
        }
    }
    return STATUS_OK;
}

enum status privacy_requests(struct session *session, const struct shop *shop, struct span cursor, size_t limit,
                             struct privacy_page *out, struct error *error)
{
    const struct db_result *rows;
    struct list_id list = {0};
    struct cursor place = {0};
    bool has_place;
    list_add(&list, span_of("privacy requests"));
    list_add_number(&list, shop->id);
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = cursor_take(session->arena, cursor, &list, &has_place, &place, error);
    if (status == STATUS_OK)
        status = db_run(session->db, SQL_PRIVACY_LIST, list_args(session, shop, has_place, &place, limit), &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    *out = (struct privacy_page){.n = n < limit ? n : limit};
    struct privacy_line *lines = ARENA_ARRAY(session->arena, struct privacy_line, out->n);
    take_requests(session->arena, rows, lines, out->n);
    out->lines = lines;
    if (n > limit) {
        struct cursor next = {.list = list.hash, .number = lines[limit - 1].received_at, .key = lines[limit - 1].id};
        out->next = cursor_encode(session->arena, &next);
    }
    return take_people(session, shop, lines, out->n, error);
}

/* --- carrying out ----------------------------------------------------------------------------------------------- */

/* Of one step, and how many ids of erasures a receipt tells. */
#define PEOPLE_PAGE 20
#define ERASURES_TOLD 100

/* A request while its row is locked. The session's connection holds the lock; the writer's own one does the work. */
struct work {
    const struct shop *shop;
    struct uuid id;
    enum privacy_kind kind;
    enum identity_kind of_source; /* of ERASE_SOURCE: whom the source knows by */
    struct uuid after;            /* the last identity that was looked at */
    struct buf erasures;          /* a JSON list, without its end */
    int64_t erased;
    bool is_done;
};

static struct db_args *work_args(struct session *session, const struct work *work, size_t most)
{
    struct db_args *args = db_args(session->arena, most);
    arg_int(args, DB_INT4, work->shop->id);
    arg_uuid(args, &work->id);
    return args;
}

/* Lock the request and read how far it is; ${is_free} is false when somebody else works at it or has done it. */
static enum status begin(struct session *session, struct work *work, bool *is_free, struct error *error)
{
    db_send(session->db, SQL_BEGIN, NULL);
    size_t at = db_send(session->db, SQL_PRIVACY_LOCK, work_args(session, work, 2));
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(session->db, at);
    *is_free = db_rows(rows) > 0;
    if (!*is_free)
        return STATUS_OK;
    bool is_woocommerce = db_int(rows, 0, 1) == SOURCE_WOOCOMMERCE;
    struct span erasures = db_span(rows, 0, 3);
    work->kind = (enum privacy_kind)db_int(rows, 0, 0);
    work->of_source = is_woocommerce ? IDENTITY_WOOCOMMERCE : IDENTITY_SHOPIFY;
    if (!db_is_null(rows, 0, 2))
        work->after = db_uuid(rows, 0, 2);
    work->erased = db_is_null(rows, 0, 4) ? 0 : db_int8(rows, 0, 4);
    if (erasures.n)
        buf_append(&work->erasures, erasures.p, erasures.n - 1);
    else
        buf_char(&work->erasures, '[');
    return STATUS_OK;
}

/* The customers of this step, each once: pairs of (identity, customer). */
static enum status find_people(struct session *session, struct work *work, struct uuid **customers, size_t *n,
                               struct error *error)
{
    const struct db_result *rows;
    enum status status;
    if (work->kind == PRIVACY_ERASE_SOURCE) {
        struct db_args *args = db_args(session->arena, 4);
        arg_int(args, DB_INT4, work->shop->id);
        arg_int(args, DB_INT2, work->of_source);
        arg_uuid(args, &work->after);
        arg_int(args, DB_INT4, PEOPLE_PAGE);
        status = db_run(session->db, SQL_PRIVACY_WHOM_SOURCE, args, &rows, error);
    } else {
        status = db_run(session->db, SQL_PRIVACY_WHOM, work_args(session, work, 2), &rows, error);
    }
    if (status != STATUS_OK)
        return status;
    size_t n_rows = (size_t)db_rows(rows);
    *customers = ARENA_ARRAY(session->arena, struct uuid, n_rows);
    *n = 0;
    for (size_t i = 0; i < n_rows; i++) {
        struct uuid customer = db_uuid(rows, (int)i, 1);
        bool is_known = false;
        for (size_t k = 0; k < *n && !is_known; k++)
            is_known = uuid_compare(&(*customers)[k], &customer) == 0;
        if (!is_known)
            (*customers)[(*n)++] = customer;
        work->after = db_uuid(rows, (int)i, 0);
    }
    work->is_done = work->kind != PRIVACY_ERASE_SOURCE || n_rows < PEOPLE_PAGE;
    return STATUS_OK;
}

static enum status erase_one(struct session *session, struct work *work, const struct uuid *customer,
                             struct error *error)
{
    struct identity_op op = {.kind = OP_ERASE, .subject = {.key = *customer}, .erasure_cause = ERASURE_SHOP_SYSTEM};
    char text[UUID_TEXT];
    enum status status = session_operate(session, work->shop, &op, error);
    if (status == STATUS_NOT_FOUND)
        return STATUS_OK; /* somebody else has erased them just now */
    if (status != STATUS_OK)
        return status;
    uuid_print(&op.erasure_id, text);
    if (work->erased++ < ERASURES_TOLD)
        buf_printf(&work->erasures, "%s\"%s\"", work->erasures.p[work->erasures.n - 1] == '[' ? "" : ",", text);
    return STATUS_OK;
}

static enum status save(struct session *session, struct work *work, struct error *error)
{
    char after[UUID_TEXT];
    struct db_args *args = work_args(session, work, 4);
    uuid_print(&work->after, after);
    arg_span(args, DB_JSON,
             span_of(arena_printf(session->arena, "{\"erased\":%lld,\"after\":\"%s\",\"erasures\":%.*s]}",
                                  (long long)work->erased, after, (int)work->erasures.n, work->erasures.p)));
    arg_time(args, work->is_done ? clock_now(session->clock) : NONE);
    db_send(session->db, SQL_PRIVACY_PROGRESS, args);
    db_send(session->db, SQL_COMMIT, NULL);
    return db_sync(session->db, error);
}

static enum status step(struct session *session, struct work *work, struct error *error)
{
    struct uuid *customers;
    size_t n = 0;
    bool is_free;
    enum status status = begin(session, work, &is_free, error);
    if (status != STATUS_OK || !is_free)
        return status;
    struct uuid before = work->after;
    if (work->kind == PRIVACY_DISCLOSE)
        work->is_done = true;
    else
        status = find_people(session, work, &customers, &n, error);
    for (size_t i = 0; status == STATUS_OK && i < n; i++)
        status = erase_one(session, work, &customers[i], error);
    if (status == STATUS_OK)
        return save(session, work, error);
    /* those who are erased are in the receipt; the others come again */
    struct error unused;
    work->is_done = false;
    work->after = before;
    return save(session, work, &unused) == STATUS_OK ? error->status : status;
}

enum status privacy_once(struct session *session, const struct uuid *failed, size_t n_failed, struct uuid *request,
                         bool *is_busy, struct error *error)
{
    const struct db_result *rows;
    size_t n = n_failed;
    struct db_args *args = db_args(session->arena, 1);
    EACH(args, DB_UUID, push_uuid, &failed[i]);
    *is_busy = false;
    enum status status = db_run(session->db, SQL_PRIVACY_OPEN, args, &rows, error);
    if (status != STATUS_OK || db_rows(rows) == 0)
        return status;
    struct work work = {.shop = registry_shop(session->registry, db_int(rows, 0, 0)), .id = db_uuid(rows, 0, 1)};
    if (work.shop == NULL)
        return registry_load(session->registry, session->db, true, error);
    *request = work.id;
    *is_busy = true;
    buf_init(&work.erasures, 0);
    status = step(session, &work, error);
    struct error keep = *error;
    db_rollback(session->db); /* after a COMMIT this does nothing */
    *error = keep;
    buf_done(&work.erasures);
    return status;
}
