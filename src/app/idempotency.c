#include "app/idempotency.h"

#include "crypto/digest.h"
#include "crypto/signature.h"
#include "view.h"

/* Both keys as one text, for this purpose alone: what is stored under one purpose says nothing about the other. */
static struct span both_keys(struct arena *arena, const char *purpose, const struct once *once)
{
    size_t n = strlen(purpose) + 1;
    char *text = arena_alloc(arena, n + once->api_key.n + 1 + once->key.n);
    char *to = text;
    memcpy(to, purpose, n);
    to += n;
    memcpy(to, once->api_key.p, once->api_key.n);
    to += once->api_key.n;
    *to++ = '\0';
    memcpy(to, once->key.p, once->key.n);
    return (struct span){text, (size_t)(to - text) + once->key.n};
}

static struct span hash_of(const unsigned char hash[32])
{
    return (struct span){(const char *)hash, 32};
}

/* The parameters by which a row is found; ${more} of them may follow. */
static struct db_args *row_args(struct session *session, const struct once *once, size_t more)
{
    struct db_args *args = db_args(session->arena, 2 + more);
    arg_int(args, DB_INT4, once->shop->id);
    arg_span(args, DB_BYTEA, hash_of(once->hash));
    return args;
}

static struct db_args *begin_args(struct session *session, const struct once *once)
{
    const struct config *config = session->config;
    usec_t now = clock_now(session->clock);
    usec_t longest =
        once->patience ? once->patience : (usec_t)(config->read_timeout_ms + config->commit_timeout_ms) * 1000;
    struct db_args *args = row_args(session, once, 5);
    arg_uuid(args, &once->attempt);
    arg_span(args, DB_BYTEA, hash_of(once->fingerprint));
    arg_time(args, now);
    arg_time(args, now - ONCE_KEPT);
    arg_time(args, now - ONCE_GRACE - longest);
    return args;
}

/* The request was here before: give its reply again, unless it is another one, or has none yet. */
static enum status recall(struct session *session, const struct once *once, const struct db_result *rows,
                          struct span *kept, struct error *error)
{
    if (db_rows(rows) && !span_equal(db_span(rows, 0, 0), hash_of(once->fingerprint)))
        return error_set(error, STATUS_KEY_REUSED, "", "another request has been sent with this Idempotency-Key");
    if (db_rows(rows) == 0 || db_is_null(rows, 0, 1))
        return error_set(error, STATUS_CONFLICT, "", "the request with this Idempotency-Key is being carried out");
    return seal_open(session->arena, both_keys(session->arena, "seal", once), once->key, db_span(rows, 0, 1), kept,
                     error);
}

enum status once_begin(struct session *session, struct once *once, struct span *kept, struct error *error)
{
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    struct span name = both_keys(session->arena, "name", once);
    digest_sha256(name.p, name.n, once->hash);
    random_uuid(&once->attempt);
    size_t begun = db_send(session->db, SQL_ONCE_BEGIN, begin_args(session, once));
    size_t row = db_send(session->db, SQL_ONCE_ROW, row_args(session, once, 0));
    status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    *kept = (struct span){NULL, 0};
    if (db_affected(db_result(session->db, begun)) != 0)
        return STATUS_OK;
    return recall(session, once, db_result(session->db, row), kept, error);
}

enum status once_keep(struct session *session, const struct once *once, struct span reply, struct error *error)
{
    struct span sealed;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = seal(session->arena, both_keys(session->arena, "seal", once), once->key, reply, &sealed, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = row_args(session, once, 2);
    arg_uuid(args, &once->attempt);
    arg_span(args, DB_BYTEA, sealed);
    return db_run(session->db, SQL_ONCE_KEEP, args, NULL, error);
}

enum status once_forget(struct session *session, const struct once *once, struct error *error)
{
    enum status status = session_needs_db(session, error);
    if (status != STATUS_OK)
        return status;
    struct db_args *args = row_args(session, once, 1);
    arg_uuid(args, &once->attempt);
    return db_run(session->db, SQL_ONCE_FORGET, args, NULL, error);
}

enum status once_trim(struct session *session, struct error *error)
{
    struct db_args *args = db_args(session->arena, 2);
    arg_time(args, clock_now(session->clock) - ONCE_KEPT);
    arg_int(args, DB_INT4, ONCE_MOST);
    return db_run(session->db, SQL_ONCE_TRIM, args, NULL, error);
}
