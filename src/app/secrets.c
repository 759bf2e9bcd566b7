#include "secrets.h"

#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/signature.h"

#define SECRET_BYTES 32

enum status secrets_check_key(const struct session *session, struct error *error)
{
    if (session->config->secret_key[0] == '\0')
        return error_set(error, STATUS_SECRET_KEY_MISSING, "",
                         "no secret can be kept: LIFECYCLED_SECRET_KEY is not set");
    return STATUS_OK;
}

/* --- making --------------------------------------------------------------------------------------------------- */

/* 42 characters of 62: 250 bits. Rejects what would favour some characters. */
static struct span random_word(struct arena *arena, const char *prefix)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t n = strlen(prefix), end = n + 42;
    char *out = arena_alloc(arena, end + 1);
    memcpy(out, prefix, n);
    while (n < end) {
        unsigned char byte;
        random_bytes(&byte, 1);
        if (byte < 248)
            out[n++] = alphabet[byte % 62];
    }
    return (struct span){out, n};
}

static struct span random_secret(struct arena *arena, enum secret_form form)
{
    char bytes[SECRET_BYTES];
    if (form != SECRET_SIGNING)
        return random_word(arena, form == SECRET_KEY ? "lcs_" : "");
    random_bytes(bytes, sizeof(bytes));
    struct span text = base64_encode(arena, (struct span){bytes, sizeof(bytes)});
    return span_of(arena_printf(arena, "whsec_%s", arena_text(arena, text)));
}

struct span secret_next(struct session *session, enum secret_form form, struct span dictated, struct span *made)
{
    *made = (struct span){"", 0};
    if (dictated.n)
        return dictated;
    *made = random_secret(session->arena, form);
    return *made;
}

/* --- sealing -------------------------------------------------------------------------------------------------- */

enum status secret_seal(struct session *session, const struct uuid *owner, struct span secret, struct span *out,
                        struct error *error)
{
    char name[UUID_TEXT];
    uuid_print(owner, name);
    *out = (struct span){NULL, 0};
    return secret.n ? seal(session->arena, span_of(session->config->secret_key), span_of(name), secret, out, error)
                    : STATUS_OK;
}

/* --- keeping -------------------------------------------------------------------------------------------------- */

enum status secret_send(struct session *session, const struct secret_table *table, const struct shop *shop,
                        const struct uuid *owner, enum secret_form form, struct span secret, struct error *error)
{
    struct span sealed = {NULL, 0}, key_hash = {NULL, 0};
    unsigned char hash[32];
    struct uuid id;
    enum status status = STATUS_OK;
    if (form == SECRET_KEY) {
        digest_sha256(secret.p, secret.n, hash);
        key_hash = (struct span){(const char *)hash, sizeof(hash)};
    } else {
        status = secret_seal(session, owner, secret, &sealed, error);
    }
    if (status != STATUS_OK)
        return status;
    random_uuid(&id);
    struct db_args *args = db_args(session->arena, 6);
    arg_uuid(args, owner);
    arg_uuid(args, &id);
    arg_int(args, DB_INT4, shop->id);
    arg_span(args, DB_BYTEA, sealed);
    arg_time(args, clock_now(session->clock));
    if (table->has_keys)
        arg_span(args, DB_BYTEA, key_hash);
    db_send(session->db, table->insert, args);
    return STATUS_OK;
}

enum status secret_send_next(struct session *session, const struct secret_table *table, const struct shop *shop,
                             const struct uuid *owner, enum secret_form form, struct span secret, int hours,
                             struct error *error)
{
    struct db_args *trim = db_args(session->arena, 1), *expire = db_args(session->arena, 2);
    arg_uuid(trim, owner);
    arg_uuid(expire, owner);
    arg_time(expire, clock_now(session->clock) + hours * 3600 * USEC_PER_SEC);
    db_send(session->db, table->trim, trim);
    db_send(session->db, table->expire, expire);
    return secret_send(session, table, shop, owner, form, secret, error);
}

struct secret_lives secret_lives_of(const struct db_result *rows, const struct uuid *owner)
{
    struct secret_lives lives = {.n = 0};
    for (int row = 0; row < db_rows(rows) && lives.n < SECRETS_VALID; row++) {
        struct uuid id = db_uuid(rows, row, 0);
        if (uuid_compare(&id, owner) != 0)
            continue;
        lives.of[lives.n].created_at = db_time(rows, row, 1);
        lives.of[lives.n++].expires_at = db_time(rows, row, 2);
    }
    return lives;
}
