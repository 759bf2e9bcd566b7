#include "app/shop.h"
#include "app/publish.h"
#include "batch.h"
#include "core/money.h"
#include "crypto/digest.h"
#include "wire/model.h"

#define DEFAULT_MODEL "purchase"

static bool is_shop_key(const char *key)
{
    size_t n = strlen(key);
    return n >= 1 && n <= SHOP_KEY_MAX && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

static enum status check_shop(const char *key, const char *currency, const char *timezone, struct error *error)
{
    struct calendar *calendar = calendar_new(timezone);
    bool has_zone = calendar != NULL;
    calendar_free(calendar);
    if (!is_shop_key(key))
        return error_set(error, STATUS_INVALID_VALUE, "/key",
                         "a shop's key is 1 to %d characters of a-z, 0-9, _ and -", SHOP_KEY_MAX);
    if (currency_exponent(currency) < 0)
        return error_set(error, STATUS_INVALID_VALUE, "/currency",
                         "the currency must be an ISO 4217 code in capitals, such as EUR");
    if (!has_zone)
        return error_set(error, STATUS_INVALID_VALUE, "/timezone",
                         "the time zone must be an IANA name that is installed here, such as Europe/Berlin");
    return STATUS_OK;
}

static enum status insert_shop(struct session *session, const char *key, const char *currency, const char *timezone,
                               struct error *error)
{
    struct uuid space;
    random_uuid(&space);
    struct db_args *args = db_args(session->arena, 5);
    arg_span(args, DB_TEXT, span_of(key));
    arg_uuid(args, &space);
    arg_span(args, DB_TEXT, span_of(currency));
    arg_span(args, DB_TEXT, span_of(timezone));
    arg_time(args, clock_now(session->clock));
    db_send(session->db, SQL_BEGIN, NULL);
    size_t inserted = db_send(session->db, SQL_SHOP_INSERT, args);
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK)
        return status;
    int id = db_int(db_result(session->db, inserted), 0, 0);
    args = db_args(session->arena, 1);
    arg_int(args, DB_INT4, id);
    db_send(session->db, SQL_SHOP_START_HEAD, args);
    db_send(session->db, SQL_SHOP_START_FEED, args);
    db_send(session->db, SQL_SHOP_START_TURN, args);
    args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, id);
    arg_int(args, DB_INT4, FOLD_VERSION);
    db_send(session->db, SQL_SHOP_START_TALLY, args);
    db_send(session->db, SQL_REGISTRY_RAISE, NULL);
    db_send(session->db, SQL_COMMIT, NULL);
    return db_sync(session->db, error);
}

enum status shop_create(struct session *session, const char *key, const char *currency, const char *timezone,
                        const struct shop **out, struct error *error)
{
    enum status status = check_shop(key, currency, timezone, error);
    if (status != STATUS_OK)
        return status;
    if (session_shop(session, span_of(key), out, error) == STATUS_OK)
        return error_set(error, STATUS_CONFLICT, "/key", "a shop with the key %s exists already", key);
    status = insert_shop(session, key, currency, timezone, error);
    if (status != STATUS_OK) {
        db_rollback(session->db);
        if (status == STATUS_RETRY)
            return error_set(error, STATUS_CONFLICT, "/key", "a shop was made at the same time; try again");
        return status;
    }
    status = session_shop(session, span_of(key), out, error);
    if (status != STATUS_OK)
        return status;
    struct span document;
    int version;
    status = preset_expand(session->arena, span_of(DEFAULT_MODEL), (struct span){NULL, 0}, (struct span){NULL, 0},
                           &document, error);
    if (status != STATUS_OK)
        return status;
    return definition_publish(session, *out,
                              &(struct publication){.kind = KIND_MODEL,
                                                    .key = span_of(DEFAULT_MODEL),
                                                    .document = document,
                                                    .if_match = VERSION_ABSENT},
                              &version, error);
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

const char *scope_name(enum scope scope)
{
    switch (scope) {
    case SCOPE_WRITE: return "write";
    case SCOPE_READ: return "read";
    case SCOPE_ADMIN: return "admin";
    }
    return "unknown";
}

bool scope_of(struct span name, enum scope *out)
{
    for (int scope = SCOPE_WRITE; scope <= SCOPE_ADMIN; scope++)
        if (span_is(name, scope_name((enum scope)scope))) {
            *out = (enum scope)scope;
            return true;
        }
    return false;
}

/* 36 characters of 62: 214 bits. Rejects what would favour some characters. */
static void random_key(const char *prefix, char out[KEY_TEXT])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = strlen(prefix);
    memcpy(out, prefix, n);
    for (size_t end = n + 36; n < end;) {
        unsigned char byte;
        random_bytes(&byte, 1);
        if (byte < 248)
            out[n++] = alphabet[byte % 62];
    }
    out[n] = 0;
}

enum status key_create(struct session *session, const struct shop *shop, enum scope scope, const char *label,
                       const struct quota *quota, char out[KEY_TEXT], struct error *error)
{
    static const char *const prefixes[] = {[SCOPE_WRITE] = "lcw_", [SCOPE_READ] = "lcr_", [SCOPE_ADMIN] = "lca_"};
    unsigned char hash[32];
    struct uuid id;
    random_uuid(&id);
    random_key(prefixes[scope], out);
    digest_sha256(out, strlen(out), hash);
    struct db_args *args = db_args(session->arena, 8);
    arg_span(args, DB_BYTEA, (struct span){(const char *)hash, sizeof(hash)});
    arg_uuid(args, &id);
    arg_int(args, DB_INT4, shop->id);
    arg_int(args, DB_INT2, scope);
    arg_span(args, DB_TEXT, span_of(label));
    arg_time(args, clock_now(session->clock));
    arg_int(args, DB_INT4, quota ? quota->requests : NONE);
    arg_int(args, DB_INT4, quota ? quota->window_s : NONE);
    db_send(session->db, SQL_BEGIN, NULL);
    db_send(session->db, SQL_KEY_INSERT, args);
    db_send(session->db, SQL_REGISTRY_RAISE, NULL);
    db_send(session->db, SQL_COMMIT, NULL);
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK)
        db_rollback(session->db);
    return status;
}

enum status key_list(struct session *session, const struct shop *shop, struct key_info **out, size_t *n,
                     struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(session->db, SQL_KEY_ROWS, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    struct key_info *keys = ARENA_ARRAY(session->arena, struct key_info, (size_t)db_rows(rows));
    *n = 0;
    for (int row = 0; row < db_rows(rows); row++) {
        struct key_info key = {.id = db_uuid(rows, row, 1),
                               .shop_id = db_int(rows, row, 2),
                               .scope = (enum scope)db_int(rows, row, 3),
                               .label = arena_text(session->arena, db_span(rows, row, 4)),
                               .created_at = db_time(rows, row, 5),
                               .revoked_at = db_time(rows, row, 6),
                               .has_quota = !db_is_null(rows, row, 7),
                               .quota = {.requests = db_int(rows, row, 7), .window_s = db_int(rows, row, 8)}};
        if (shop == NULL || key.shop_id == shop->id)
            keys[(*n)++] = key;
    }
    *out = keys;
    return STATUS_OK;
}

enum status key_revoke(struct session *session, const struct shop *shop, const struct uuid *id, struct error *error)
{
    struct db_args *args = db_args(session->arena, 3);
    arg_int(args, DB_INT4, shop->id);
    arg_uuid(args, id);
    arg_time(args, clock_now(session->clock));
    db_send(session->db, SQL_BEGIN, NULL);
    size_t revoked = db_send(session->db, SQL_KEY_REVOKE, args);
    db_send(session->db, SQL_REGISTRY_RAISE, NULL);
    db_send(session->db, SQL_COMMIT, NULL);
    enum status status = db_sync(session->db, error);
    if (status != STATUS_OK) {
        db_rollback(session->db);
        return status;
    }
    if (db_affected(db_result(session->db, revoked)) == 0)
        return error_set(error, STATUS_NOT_FOUND, "", "no valid key of this shop has this id");
    return registry_load(session->registry, session->db, true, error);
}
