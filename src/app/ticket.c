#include "app/ticket.h"

#include "crypto/digest.h"
#include "registry.h"

static struct span hash_of(struct session *session, struct span text)
{
    unsigned char *hash = arena_alloc(session->arena, 32);
    digest_sha256(text.p, text.n, hash);
    return (struct span){(const char *)hash, 32};
}

enum status ticket_make(struct session *session, const struct shop *shop, struct span *text, usec_t *expires_at,
                        struct error *error)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char random[24];
    char *out = arena_alloc(session->arena, 2 * sizeof(random));
    if (session->db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    random_bytes(random, sizeof(random));
    for (size_t i = 0; i < sizeof(random); i++) {
        out[2 * i] = hex[random[i] >> 4];
        out[2 * i + 1] = hex[random[i] & 15];
    }
    *text = (struct span){out, 2 * sizeof(random)};
    *expires_at = clock_now(session->clock) + TICKET_TIME;
    struct db_args *args = db_args(session->arena, 3);
    arg_span(args, DB_BYTEA, hash_of(session, *text));
    arg_int(args, DB_INT4, shop->id);
    arg_time(args, *expires_at);
    return db_run(session->db, SQL_TICKET_INSERT, args, NULL, error);
}

enum status ticket_take(struct session *session, struct span text, const struct shop **shop, struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 1);
    if (session->db == NULL)
        return error_set(error, STATUS_DATABASE_AWAY, "", "the database cannot be reached");
    arg_span(args, DB_BYTEA, hash_of(session, text));
    enum status status = db_run(session->db, SQL_TICKET_TAKE, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    *shop = db_rows(rows) && db_time(rows, 0, 1) > clock_now(session->clock)
                ? registry_shop(session->registry, db_int(rows, 0, 0))
                : NULL;
    return *shop ? STATUS_OK : error_set(error, STATUS_UNAUTHORIZED, "", "the ticket is not known, or was used");
}
