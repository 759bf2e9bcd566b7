#include "app/people.h"

#include "db/each.h"
#include "people_private.h"
#include "session_private.h"
#include "view.h"

/* --- reading ---------------------------------------------------------------------------------------------------- */

static struct identity_name name_at(struct arena *arena, const struct db_result *rows, int row, int column)
{
    return (struct identity_name){.kind = (enum identity_kind)db_int(rows, row, column),
                                  .text = arena_span(arena, db_span(rows, row, column + 1))};
}

struct db_args *people_keys(struct arena *arena, const struct identities_view *view, size_t most)
{
    size_t n = view->n_lines;
    struct db_args *args = db_args(arena, most);
    EACH(args, DB_UUID, push_uuid, &view->lines[i].key);
    return args;
}

static enum status read_identities(struct session *session, const struct shop *shop, const struct uuid *customer,
                                   struct identities_view *out, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_uuid(args, customer);
    arg_int(args, DB_INT4, shop->id);
    enum status status = db_run(session->db, SQL_PEOPLE_IDENTITIES, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    struct identity_line *lines = ARENA_ARRAY(session->arena, struct identity_line, n);
    for (size_t i = 0; i < n; i++)
        lines[i] = (struct identity_line){.key = db_uuid(rows, (int)i, 0),
                                          .name = name_at(session->arena, rows, (int)i, 1),
                                          .is_used = db_bool(rows, (int)i, 3)};
    out->lines = lines;
    out->n_lines = n;
    return STATUS_OK;
}

static void take_links(struct arena *arena, const struct db_result *rows, struct identities_view *out)
{
    size_t n = (size_t)db_rows(rows);
    struct link_line *links = ARENA_ARRAY(arena, struct link_line, n);
    for (int row = 0; row < (int)n; row++)
        links[row] = (struct link_line){.id = db_uuid(rows, row, 0),
                                        .from = name_at(arena, rows, row, 1),
                                        .to = name_at(arena, rows, row, 3),
                                        .cause = db_int(rows, row, 5),
                                        .at = db_time(rows, row, 6),
                                        .withdrawn_at = db_time(rows, row, 7)};
    out->links = links;
    out->n_links = n;
}

static void take_separations(struct arena *arena, const struct db_result *rows, struct identities_view *out)
{
    size_t n = (size_t)db_rows(rows);
    struct separation_line *separations = ARENA_ARRAY(arena, struct separation_line, n);
    for (int row = 0; row < (int)n; row++)
        separations[row] = (struct separation_line){.from = name_at(arena, rows, row, 0),
                                                    .to = name_at(arena, rows, row, 2),
                                                    .at = db_time(rows, row, 4)};
    out->separations = separations;
    out->n_separations = n;
}

enum status people_read(struct session *session, const struct shop *shop, const struct uuid *customer,
                        bool wants_withdrawn, struct identities_view *out, struct error *error)
{
    struct arena *arena = session->arena;
    enum status status = read_identities(session, shop, customer, out, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = people_keys(arena, out, 2);
    arg_bool(args, wants_withdrawn);
    size_t links_at = db_send(session->db, SQL_PEOPLE_LINKS, args);
    size_t separations_at = db_send(session->db, SQL_PEOPLE_SEPARATIONS, people_keys(arena, out, 1));
    status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    take_links(arena, db_result(session->db, links_at), out);
    take_separations(arena, db_result(session->db, separations_at), out);
    return STATUS_OK;
}

enum status people_identities(struct session *session, const struct people_query *query, struct identities_view *out,
                              struct error *error)
{
    struct uuid customer;
    enum status status = customer_key_find(session, query->shop, query->id, query->by, &customer, error);
    return status == STATUS_OK ? people_read(session, query->shop, &customer, false, out, error) : status;
}

/* --- joining and separating ------------------------------------------------------------------------------------- */

/* Whose customer an identity is now, and what both are called. */
struct named {
    struct uuid customer;
    struct span customer_id;
    struct span id;
};

static enum status name_them(struct session *session, const struct uuid *keys, size_t n, struct named *out,
                             struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    EACH(args, DB_UUID, push_uuid, &keys[i]);
    enum status status = db_run(session->db, SQL_PEOPLE_NAMES, args, &rows, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(rows); row++) {
        struct uuid key = db_uuid(rows, row, 0);
        for (size_t i = 0; i < n; i++)
            if (uuid_compare(&keys[i], &key) == 0)
                out[i] = (struct named){.customer = db_uuid(rows, row, 1),
                                        .customer_id = arena_span(session->arena, db_span(rows, row, 2)),
                                        .id = arena_span(session->arena, db_span(rows, row, 3))};
    }
    return status;
}

static bool same(const struct uuid *a, const struct uuid *b)
{
    return uuid_compare(a, b) == 0;
}

enum status people_merge(struct session *session, const struct people_query *query, struct span json,
                         struct people_change *out, struct error *error)
{
    enum { SUBJECT, OTHER, COUNT };
    struct identity_op op = {.kind = OP_MERGE};
    struct named named[COUNT] = {0};
    enum status status = people_merge_parse(session->arena, query->shop, json, &op.other, error);
    if (status == STATUS_OK)
        status = customer_key_find(session, query->shop, query->id, query->by, &op.subject.key, error);
    if (status == STATUS_OK)
        status = session_operate(session, query->shop, &op, error);
    if (status != STATUS_OK)
        return status;
    const struct uuid keys[COUNT] = {op.subject.key, op.apart};
    status = name_them(session, keys, COUNT, named, error);
    /* of the two customers that were joined one goes on: the other's id is no more */
    bool is_other_gone = !same(&named[SUBJECT].customer, &op.apart);
    *out = (struct people_change){.customer = named[SUBJECT].customer_id,
                                  .other = op.is_unchanged ? (struct span){NULL, 0} : named[is_other_gone ? OTHER : SUBJECT].id,
                                  .is_changed = !op.is_unchanged};
    return status;
}

enum status people_unmerge(struct session *session, const struct people_query *query, struct span json,
                           struct people_change *out, struct error *error)
{
    enum { SUBJECT, ONE, OTHER, COUNT };
    struct people_unmerge wish;
    struct identity_op op = {.kind = OP_UNMERGE};
    struct named named[COUNT] = {0};
    enum status status = people_unmerge_parse(session->arena, query->shop, json, &wish, error);
    if (status == STATUS_OK)
        status = customer_key_find(session, query->shop, query->id, query->by, &op.subject.key, error);
    if (status != STATUS_OK)
        return status;
    op.other = wish.identity;
    op.link_id = wish.link_id;
    status = session_operate(session, query->shop, &op, error);
    if (status != STATUS_OK)
        return status;
    const struct uuid keys[COUNT] = {op.subject.key, op.customer, op.apart};
    status = name_them(session, keys, COUNT, named, error);
    bool is_one_apart = !same(&named[SUBJECT].customer, &named[ONE].customer);
    *out = (struct people_change){.customer = named[SUBJECT].customer_id,
                                  .other = named[is_one_apart ? ONE : OTHER].customer_id,
                                  .is_changed = true};
    return status;
}

/* --- erasing ---------------------------------------------------------------------------------------------------- */

static struct erasure_line erasure_at(const struct db_result *rows, int row)
{
    return (struct erasure_line){.id = db_uuid(rows, row, 0),
                                 .erased_at = db_time(rows, row, 1),
                                 .cause = db_int(rows, row, 2),
                                 .identities = db_int8(rows, row, 3),
                                 .events = db_int8(rows, row, 4),
                                 .orders = db_int8(rows, row, 5),
                                 .transitions = db_int8(rows, row, 6)};
}

enum status people_erasure(struct session *session, const struct shop *shop, const struct uuid *id,
                           struct erasure_line *out, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_uuid(args, id);
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = db_run(session->db, SQL_PEOPLE_ERASURE, args, &rows, error);
    if (status == STATUS_OK && db_rows(rows) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "no erasure of this shop has this id");
    if (status == STATUS_OK)
        *out = erasure_at(rows, 0);
    return status;
}

enum status people_erase(struct session *session, const struct people_query *query, struct erasure_line *out,
                         struct error *error)
{
    struct identity_op op = {.kind = OP_ERASE, .erasure_cause = ERASURE_API};
    enum status status = customer_key_find(session, query->shop, query->id, query->by, &op.subject.key, error);
    if (status == STATUS_OK)
        status = session_operate(session, query->shop, &op, error);
    return status == STATUS_OK ? people_erasure(session, query->shop, &op.erasure_id, out, error) : status;
}

enum status people_erasures(struct session *session, const struct shop *shop, struct span cursor, size_t limit,
                            struct erasure_page *out, struct error *error)
{
    const struct db_result *rows;
    struct list_id list = {0};
    struct cursor place = {0};
    bool has_place;
    list_add(&list, span_of("erasures"));
    list_add_number(&list, shop->id);
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = cursor_take(session->arena, cursor, &list, &has_place, &place, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = db_args(session->arena, 4);
    arg_int(args, DB_INT4, shop->id);
    arg_time(args, has_place ? place.number : NONE);
    arg_uuid(args, &place.key);
    arg_int(args, DB_INT4, (int64_t)limit + 1);
    status = db_run(session->db, SQL_PEOPLE_ERASURES, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    *out = (struct erasure_page){.n = n < limit ? n : limit};
    struct erasure_line *lines = ARENA_ARRAY(session->arena, struct erasure_line, out->n);
    for (size_t i = 0; i < out->n; i++)
        lines[i] = erasure_at(rows, (int)i);
    out->lines = lines;
    if (n > limit) {
        struct cursor next = {.list = list.hash, .number = lines[limit - 1].erased_at, .key = lines[limit - 1].id};
        out->next = cursor_encode(session->arena, &next);
    }
    return STATUS_OK;
}
