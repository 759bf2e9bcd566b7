#include "app/shop.h"
#include "app/verify.h"
#include "base/time.h"
#include "base/uuid.h"
#include "db/migrate.h"
#include "verb/verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int verb_migrate(struct verb_context *context, int argc, char **argv)
{
    struct db *db;
    struct db_options options = {.prepared = false};
    struct error error = {0};
    int n = 0;
    int64_t n_owed = 0;
    (void)argv;
    if (argc != 1)
        return verb_usage("migrate");
    if (db_open(context->config.database_url, &options, &db, &error) != STATUS_OK)
        return verb_fail("migrate", &error);
    enum status status = migrate_run(db, &n, &error);
    if (status == STATUS_OK)
        status = verify_owed(db, &n_owed, &error);
    db_close(db);
    if (status != STATUS_OK)
        return verb_fail("migrate", &error);
    fprintf(stderr, n ? "%d migration(s) were run.\n" : "The schema is up to date.\n", n);
    if (n_owed)
        fprintf(stderr,
                "An older version has folded the customers of %lld shop(s): run `lifecycled rebuild`. Until then their metrics "
                "and the views of sums are partial.\n",
                (long long)n_owed);
    return 0;
}

/* The value of --NAME among the arguments, or NULL. */
static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
}

static int list_shops(struct session *session)
{
    const struct shop *shop;
    for (size_t i = 0; (shop = session_shop_at(session, i)) != NULL; i++)
        printf("%s\t%s\t%s\n", shop->key, shop->currency, shop->timezone);
    return 0;
}

int verb_shops(struct verb_context *context, int argc, char **argv)
{
    struct session *session;
    struct error error = {0};
    const char *currency = option(argc, argv, "--currency"), *timezone = option(argc, argv, "--timezone");
    bool creates = argc >= 3 && strcmp(argv[1], "create") == 0;
    bool lists = argc == 2 && strcmp(argv[1], "list") == 0;
    if ((!creates && !lists) || (creates && (!currency || !timezone || argc != 7)))
        return verb_usage("shops");
    if (session_open(&context->config, &context->clock, &session, &error) != STATUS_OK)
        return verb_fail("shops", &error);
    int code = 0;
    const struct shop *shop;
    if (lists)
        code = list_shops(session);
    else if (shop_create(session, argv[2], currency, timezone, &shop, &error) != STATUS_OK)
        code = verb_fail("shops", &error);
    else
        fprintf(stderr, "Shop %s was made: %s, %s, with the model `purchase`.\n", shop->key, shop->currency,
                shop->timezone);
    session_close(session);
    return code;
}

struct new_key {
    const char *shop;
    const char *scope;
    const char *label; /* NULL: none */
    const char *quota; /* NULL: none of its own */
};

static int create_key(struct session *session, const struct new_key *wanted, struct error *error)
{
    const struct shop *shop;
    enum scope scope;
    struct quota quota;
    char key[KEY_TEXT];
    if (!scope_of(span_of(wanted->scope), &scope) ||
        (wanted->quota && !quota_parse(span_of(wanted->quota), &quota)))
        return verb_usage("keys");
    if (session_shop(session, span_of(wanted->shop), &shop, error) != STATUS_OK ||
        key_create(session, shop, scope, wanted->label ? wanted->label : "", wanted->quota ? &quota : NULL, key,
                   error) != STATUS_OK)
        return verb_fail("keys", error);
    puts(key);
    return 0;
}

static int list_keys(struct session *session, const char *shop_key, struct error *error)
{
    const struct shop *shop = NULL;
    struct key_info *keys;
    size_t n;
    if (shop_key && session_shop(session, span_of(shop_key), &shop, error) != STATUS_OK)
        return verb_fail("keys", error);
    if (key_list(session, shop, &keys, &n, error) != STATUS_OK)
        return verb_fail("keys", error);
    for (size_t i = 0; i < n; i++) {
        char id[UUID_TEXT], created[TIME_TEXT], revoked[TIME_TEXT] = "valid", quota[QUOTA_TEXT] = "default";
        uuid_print(&keys[i].id, id);
        time_print(keys[i].created_at, created);
        if (keys[i].revoked_at != NONE)
            time_print(keys[i].revoked_at, revoked);
        if (keys[i].has_quota)
            quota_print(&keys[i].quota, quota);
        printf("%s\t%s\t%s\t%s\t%s\t%s\n", id, scope_name(keys[i].scope), created, revoked, keys[i].label, quota);
    }
    return 0;
}

static int revoke_key(struct session *session, const char *shop_key, const char *id_text, struct error *error)
{
    const struct shop *shop;
    struct uuid id;
    if (!uuid_parse(span_of(id_text), &id))
        return verb_usage("keys");
    if (session_shop(session, span_of(shop_key), &shop, error) != STATUS_OK ||
        key_revoke(session, shop, &id, error) != STATUS_OK)
        return verb_fail("keys", error);
    return 0;
}

int verb_keys(struct verb_context *context, int argc, char **argv)
{
    struct session *session;
    struct error error = {0};
    const char *what = argc > 1 ? argv[1] : "", *shop = option(argc, argv, "--shop");
    const char *scope = option(argc, argv, "--scope");
    bool creates = strcmp(what, "create") == 0 && shop && scope;
    bool lists = strcmp(what, "list") == 0;
    bool revokes = strcmp(what, "revoke") == 0 && argc == 5 && shop;
    if (!creates && !lists && !revokes)
        return verb_usage("keys");
    if (session_open(&context->config, &context->clock, &session, &error) != STATUS_OK)
        return verb_fail("keys", &error);
    const struct new_key wanted = {shop, scope, option(argc, argv, "--label"), option(argc, argv, "--quota")};
    int code = creates ? create_key(session, &wanted, &error)
               : lists ? list_keys(session, shop, &error)
                       : revoke_key(session, shop, argv[2], &error);
    session_close(session);
    return code;
}
