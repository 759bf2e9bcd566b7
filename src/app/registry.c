#include "registry.h"
#include "definition_shelf.h"
#include "app/settings.h"
#include "core/money.h"
#include "crypto/digest.h"
#include "wire/settings.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct key {
    unsigned char hash[32];
    struct uuid id;
    int shop_id;
    enum scope scope;
    struct quota quota;
    bool has_quota;
    bool is_revoked;
};

/* What was loaded of one shop. */
struct shelf {
    struct shop shop;
    _Atomic(const struct settings *) settings;
    _Atomic(const struct definitions *) known;
    struct arena *arena;
    struct definition_shelf definitions;
};

struct registry {
    pthread_mutex_t lock;
    int64_t revision; /* 0: never loaded */
    struct shelf **shelves;
    size_t n_shelves;
    size_t shelves_capacity;
    struct key *keys; /* by hash */
    size_t n_keys;
    struct source_shelf *sources;
};

struct registry *registry_new(struct span secret_key)
{
    struct registry *registry = calloc(1, sizeof(*registry));
    if (registry == NULL)
        abort();
    pthread_mutex_init(&registry->lock, NULL);
    registry->sources = source_shelf_new(secret_key);
    return registry;
}

void registry_free(struct registry *registry)
{
    if (registry == NULL)
        return;
    for (size_t i = 0; i < registry->n_shelves; i++) {
        struct shelf *shelf = registry->shelves[i];
        calendar_free(shelf->shop.calendar);
        arena_free(shelf->arena);
        free(shelf);
    }
    free(registry->shelves);
    free(registry->keys);
    source_shelf_free(registry->sources);
    pthread_mutex_destroy(&registry->lock);
    free(registry);
}

static void *more(void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 8;
    array = realloc(array, *capacity * size);
    if (array == NULL)
        abort();
    return array;
}

/* --- shops and keys ---------------------------------------------------------------------------------------- */

static struct shelf *shelf_of(struct registry *registry, int shop_id)
{
    for (size_t i = 0; i < registry->n_shelves; i++)
        if (registry->shelves[i]->shop.id == shop_id)
            return registry->shelves[i];
    return NULL;
}

static void copy_text(char *out, size_t size, struct span s)
{
    size_t n = s.n < size ? s.n : size - 1;
    memcpy(out, s.p, n);
    out[n] = 0;
}

static enum status add_shop(struct registry *registry, const struct db_result *rows, int row, struct error *error)
{
    int id = db_int(rows, row, 0);
    if (shelf_of(registry, id))
        return STATUS_OK;
    struct shelf *shelf = calloc(1, sizeof(*shelf));
    if (shelf == NULL)
        abort();
    struct shop *shop = &shelf->shop;
    shop->id = id;
    copy_text(shop->key, sizeof(shop->key), db_span(rows, row, 1));
    shop->space = db_uuid(rows, row, 2);
    copy_text(shop->currency, sizeof(shop->currency), db_span(rows, row, 3));
    copy_text(shop->timezone, sizeof(shop->timezone), db_span(rows, row, 4));
    shop->created_at = db_time(rows, row, 5);
    shop->exponent = currency_exponent(shop->currency);
    shop->calendar = calendar_new(shop->timezone);
    if (shop->calendar == NULL) {
        enum status status = error_set(error, STATUS_BAD_CONFIG, "", "the time zone %s of shop %s is not installed",
                                       shop->timezone, shop->key);
        free(shelf);
        return status;
    }
    shelf->arena = arena_new(16384);
    shelf->definitions = (struct definition_shelf){.shop = shop, .arena = shelf->arena};
    atomic_store(&shelf->settings, &settings_default);
    registry->shelves =
        more(registry->shelves, registry->n_shelves, &registry->shelves_capacity, sizeof(*registry->shelves));
    registry->shelves[registry->n_shelves++] = shelf;
    return STATUS_OK;
}

/* Settings are parsed once a version; those before stay for the threads that hold on to them. */
static enum status take_settings(struct registry *registry, const struct db_result *rows, int row, struct error *error)
{
    struct shelf *shelf = shelf_of(registry, db_int(rows, row, 0));
    int version = db_int(rows, row, 7);
    const struct settings *settings;
    if (version == atomic_load(&shelf->settings)->version)
        return STATUS_OK;
    struct arena *scratch = arena_new(4096);
    enum status status = settings_parse(scratch, &shelf->shop, db_span(rows, row, 6), version, &settings, error);
    if (status == STATUS_OK)
        atomic_store(&shelf->settings, settings_copy(shelf->arena, settings));
    else
        status = error_set(error, STATUS_INTERNAL, "", "the settings of shop %s cannot be read", shelf->shop.key);
    arena_free(scratch);
    return status;
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(((const struct key *)a)->hash, ((const struct key *)b)->hash, 32);
}

static void take_keys(struct registry *registry, const struct db_result *rows)
{
    size_t n = (size_t)db_rows(rows);
    free(registry->keys);
    registry->keys = calloc(n + 1, sizeof(*registry->keys));
    if (registry->keys == NULL)
        abort();
    registry->n_keys = 0;
    for (int row = 0; row < (int)n; row++) {
        struct key *key = &registry->keys[registry->n_keys];
        struct span hash = db_span(rows, row, 0);
        if (hash.n != sizeof(key->hash))
            continue;
        memcpy(key->hash, hash.p, sizeof(key->hash));
        key->id = db_uuid(rows, row, 1);
        key->shop_id = db_int(rows, row, 2);
        key->scope = (enum scope)db_int(rows, row, 3);
        key->is_revoked = !db_is_null(rows, row, 6);
        key->has_quota = !db_is_null(rows, row, 7);
        key->quota = (struct quota){.requests = db_int(rows, row, 7), .window_s = db_int(rows, row, 8)};
        registry->n_keys++;
    }
    qsort(registry->keys, registry->n_keys, sizeof(*registry->keys), compare_keys);
}

static const struct shop *shop_of(void *context, int shop_id)
{
    struct shelf *shelf = shelf_of(context, shop_id);
    return shelf ? &shelf->shop : NULL;
}

enum status registry_load(struct registry *registry, struct db *db, bool force, struct error *error)
{
    const struct db_result *rows;
    enum status status = db_run(db, SQL_REGISTRY_REVISION, NULL, &rows, error);
    if (status != STATUS_OK)
        return status;
    int64_t revision = db_rows(rows) ? db_int8(rows, 0, 0) : 0;
    pthread_mutex_lock(&registry->lock);
    bool is_current = revision == registry->revision && !force;
    pthread_mutex_unlock(&registry->lock);
    if (is_current)
        return STATUS_OK;
    size_t shops = db_send(db, SQL_SHOP_ROWS, NULL);
    size_t keys = db_send(db, SQL_KEY_ROWS, NULL);
    size_t sources = db_send(db, SQL_SOURCE_ROWS, NULL);
    size_t secrets = db_send(db, SQL_SOURCE_SECRETS, NULL);
    status = db_sync(db, error);
    if (status != STATUS_OK)
        return status;
    pthread_mutex_lock(&registry->lock);
    for (int row = 0; status == STATUS_OK && row < db_rows(db_result(db, shops)); row++)
        status = add_shop(registry, db_result(db, shops), row, error);
    for (int row = 0; status == STATUS_OK && row < db_rows(db_result(db, shops)); row++)
        status = take_settings(registry, db_result(db, shops), row, error);
    if (status == STATUS_OK) {
        take_keys(registry, db_result(db, keys));
        source_shelf_take(registry->sources, db_result(db, sources), db_result(db, secrets), shop_of, registry);
        registry->revision = revision;
    }
    pthread_mutex_unlock(&registry->lock);
    return status;
}

bool registry_is_loaded(const struct registry *registry)
{
    struct registry *r = (struct registry *)(uintptr_t)registry;
    pthread_mutex_lock(&r->lock);
    bool is_loaded = r->revision != 0;
    pthread_mutex_unlock(&r->lock);
    return is_loaded;
}

const struct shop *registry_shop(struct registry *registry, int id)
{
    pthread_mutex_lock(&registry->lock);
    struct shelf *shelf = shelf_of(registry, id);
    pthread_mutex_unlock(&registry->lock);
    return shelf ? &shelf->shop : NULL;
}

const struct shop *registry_shop_by_key(struct registry *registry, struct span key)
{
    const struct shop *found = NULL;
    pthread_mutex_lock(&registry->lock);
    for (size_t i = 0; i < registry->n_shelves && found == NULL; i++)
        if (span_is(key, registry->shelves[i]->shop.key))
            found = &registry->shelves[i]->shop;
    pthread_mutex_unlock(&registry->lock);
    return found;
}

const struct shop *registry_shop_at(struct registry *registry, size_t n)
{
    pthread_mutex_lock(&registry->lock);
    const struct shop *shop = n < registry->n_shelves ? &registry->shelves[n]->shop : NULL;
    pthread_mutex_unlock(&registry->lock);
    return shop;
}

/* The key of a source lets it do what a write key does. */
static enum status source_access(struct registry *registry, const unsigned char hash[32], usec_t now,
                                 const struct quota *quota, struct access *out)
{
    usec_t expires_at;
    const struct source *source = source_shelf_by_key(registry->sources, hash, &expires_at);
    if (source == NULL)
        return STATUS_RETRY;
    if (expires_at != NONE && expires_at <= now)
        return STATUS_UNAUTHORIZED;
    *out = (struct access){.shop = source->shop, .scope = SCOPE_WRITE, .source = source, .key_id = source->id, .quota = *quota};
    return STATUS_OK;
}

enum status registry_access(struct registry *registry, struct span key, usec_t now, const struct quota *quota,
                            struct access *out)
{
    struct key wanted;
    enum status status = STATUS_RETRY;
    digest_sha256(key.p, key.n, wanted.hash);
    pthread_mutex_lock(&registry->lock);
    const struct key *found =
        registry->n_keys ? bsearch(&wanted, registry->keys, registry->n_keys, sizeof(wanted), compare_keys) : NULL;
    if (found && found->is_revoked) {
        status = STATUS_UNAUTHORIZED;
    } else if (found) {
        struct shelf *shelf = shelf_of(registry, found->shop_id);
        if (shelf) {
            *out = (struct access){.shop = &shelf->shop,
                                   .scope = found->scope,
                                   .key_id = found->id,
                                   .quota = found->has_quota ? found->quota : *quota};
            status = STATUS_OK;
        }
    } else {
        status = source_access(registry, wanted.hash, now, quota, out);
    }
    pthread_mutex_unlock(&registry->lock);
    return status;
}

const struct source *registry_source(struct registry *registry, const struct uuid *id)
{
    pthread_mutex_lock(&registry->lock);
    const struct source *source = source_shelf_find(registry->sources, id);
    pthread_mutex_unlock(&registry->lock);
    return source;
}

struct source_meter *registry_meters(struct registry *registry)
{
    pthread_mutex_lock(&registry->lock);
    struct source_meter *meters = source_shelf_meters(registry->sources);
    pthread_mutex_unlock(&registry->lock);
    return meters;
}

const struct settings *settings_known(struct registry *registry, const struct shop *shop)
{
    pthread_mutex_lock(&registry->lock);
    struct shelf *shelf = shelf_of(registry, shop->id);
    pthread_mutex_unlock(&registry->lock);
    return shelf ? atomic_load(&shelf->settings) : &settings_default;
}

/* --- definitions ------------------------------------------------------------------------------------------- */

const struct definitions *definitions_known(struct registry *registry, const struct shop *shop)
{
    pthread_mutex_lock(&registry->lock);
    struct shelf *shelf = shelf_of(registry, shop->id);
    pthread_mutex_unlock(&registry->lock);
    return shelf ? atomic_load(&shelf->known) : NULL;
}

enum status definitions_load(struct registry *registry, struct db *db, const struct shop *shop,
                             const struct definitions **out, struct error *error)
{
    struct arena *scratch = arena_new(1024);
    struct db_args *args = db_args(scratch, 1);
    arg_int(args, DB_INT4, shop->id);
    size_t rows_at = db_send(db, SQL_DEFINITION_ROWS, args);
    size_t stages_at = db_send(db, SQL_DEFINITION_STAGES, args);
    enum status status = db_sync(db, error);
    arena_free(scratch);
    if (status != STATUS_OK)
        return status;
    const struct db_result *rows = db_result(db, rows_at), *stages = db_result(db, stages_at);
    pthread_mutex_lock(&registry->lock);
    struct shelf *shelf = shelf_of(registry, shop->id);
    const struct definitions *known = atomic_load(&shelf->known);
    int revision = 0;
    for (int row = 0; row < db_rows(rows); row++)
        if (db_int(rows, row, 4) > revision)
            revision = db_int(rows, row, 4);
    if (known == NULL || revision > known->revision) {
        status = definition_shelf_take(&shelf->definitions, rows, stages, error);
        if (status == STATUS_OK) {
            known = definition_shelf_assemble(&shelf->definitions, revision);
            atomic_store(&shelf->known, known);
        }
    }
    pthread_mutex_unlock(&registry->lock);
    if (status != STATUS_OK)
        return error_set(error, STATUS_INTERNAL, "", "a stored definition of shop %s cannot be read", shop->key);
    *out = known;
    return STATUS_OK;
}
