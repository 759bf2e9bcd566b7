#include "source_shelf.h"

#include "base/log.h"
#include "base/uuid.h"
#include "crypto/signature.h"

#include <stdlib.h>

struct key {
    unsigned char hash[32];
    const struct source *source;
    usec_t expires_at;
};

struct source_shelf {
    struct arena *arena; /* snapshots, which are never freed one by one */
    char *secret_key;
    const struct source **sources; /* in force, by id */
    size_t n_sources;
    struct key *keys;
    size_t n_keys;
    struct source_meter *meters;
};

struct source_shelf *source_shelf_new(struct span secret_key)
{
    struct source_shelf *shelf = calloc(1, sizeof(*shelf));
    if (shelf == NULL)
        abort();
    shelf->arena = arena_new(16384);
    shelf->secret_key = arena_text(shelf->arena, secret_key);
    return shelf;
}

void source_shelf_free(struct source_shelf *shelf)
{
    if (shelf == NULL)
        return;
    while (shelf->meters) {
        struct source_meter *next = shelf->meters->next;
        free(shelf->meters);
        shelf->meters = next;
    }
    free(shelf->sources);
    free(shelf->keys);
    arena_free(shelf->arena);
    free(shelf);
}

static int compare_sources(const void *a, const void *b)
{
    const struct source *const *x = a, *const *y = b;
    return uuid_compare(&(*x)->id, &(*y)->id);
}

const struct source *source_shelf_find(const struct source_shelf *shelf, const struct uuid *id)
{
    struct source wanted = {.id = *id};
    const struct source *key = &wanted;
    const struct source **found = shelf->n_sources ? bsearch(&key, shelf->sources, shelf->n_sources,
                                                             sizeof(*shelf->sources), compare_sources)
                                                   : NULL;
    return found ? *found : NULL;
}

static int compare_keys(const void *a, const void *b)
{
    return memcmp(((const struct key *)a)->hash, ((const struct key *)b)->hash, 32);
}

const struct source *source_shelf_by_key(const struct source_shelf *shelf, const unsigned char hash[32],
                                         usec_t *expires_at)
{
    struct key wanted;
    memcpy(wanted.hash, hash, sizeof(wanted.hash));
    const struct key *found =
        shelf->n_keys ? bsearch(&wanted, shelf->keys, shelf->n_keys, sizeof(wanted), compare_keys) : NULL;
    if (found == NULL)
        return NULL;
    *expires_at = found->expires_at;
    return found->source;
}

struct source_meter *source_shelf_meters(const struct source_shelf *shelf)
{
    return shelf->meters;
}

/* --- loading
 * -------------------------------------------------------------------------------------------------- */

static struct source_meter *meter_of(struct source_shelf *shelf, const struct uuid *id, int shop_id)
{
    for (struct source_meter *meter = shelf->meters; meter; meter = meter->next)
        if (uuid_compare(&meter->id, id) == 0)
            return meter;
    struct source_meter *meter = calloc(1, sizeof(*meter));
    if (meter == NULL)
        abort();
    meter->id = *id;
    meter->shop_id = shop_id;
    meter->next = shelf->meters;
    shelf->meters = meter;
    return meter;
}

static void take_proof(struct source_shelf *shelf, struct source *source, const struct db_result *secrets,
                       int row)
{
    char name[UUID_TEXT];
    struct span sealed = db_span(secrets, row, 1), secret;
    struct source_proof *proof = &source->proofs[source->n_proofs++];
    proof->expires_at = db_time(secrets, row, 4);
    if (db_is_null(secrets, row, 1))
        return;
    uuid_print(&source->id, name);
    if (seal_open(shelf->arena, span_of(shelf->secret_key), span_of(name), sealed, &secret, NULL) ==
        STATUS_OK)
        proof->secret = secret;
    else
        LOG(LOG_ERROR,
            "the secret of a source cannot be opened: LIFECYCLED_SECRET_KEY is not the one that sealed it",
            LOG_TEXT("source", name));
}

/* NULL: it cannot be read. */
static const struct source *read_source(struct source_shelf *shelf, const struct db_result *rows, int row,
                                        const struct db_result *secrets, const struct shop *shop)
{
    struct source_settings settings;
    struct source *source = ARENA_NEW(shelf->arena, struct source);
    *source = (struct source){.id = db_uuid(rows, row, 0),
                              .shop = shop,
                              .type = (enum source_type)db_int(rows, row, 2),
                              .version = db_int(rows, row, 4)};
    if (source->type <= SOURCE_NONE || source->type >= SOURCE_TYPE_COUNT ||
        source_settings_read(shelf->arena, source->type, db_span(rows, row, 3), &settings, NULL) != STATUS_OK)
        return NULL;
    source->settings = (struct translate_settings){.currency = settings.currency,
                                                   .channel = settings.channel,
                                                   .order_prefix = settings.order_prefix,
                                                   .user_id = settings.user_id,
                                                   .mapping = settings.mapping};
    for (int i = 0; i < db_rows(secrets) && source->n_proofs < SECRETS_VALID; i++) {
        struct uuid id = db_uuid(secrets, i, 0);
        if (uuid_compare(&id, &source->id) == 0)
            take_proof(shelf, source, secrets, i);
    }
    source->meter = meter_of(shelf, &source->id, shop->id);
    return source;
}

static void take_keys(struct source_shelf *shelf, const struct db_result *secrets)
{
    free(shelf->keys);
    shelf->keys = calloc((size_t)db_rows(secrets) + 1, sizeof(*shelf->keys));
    if (shelf->keys == NULL)
        abort();
    shelf->n_keys = 0;
    for (int row = 0; row < db_rows(secrets); row++) {
        struct uuid id = db_uuid(secrets, row, 0);
        struct span hash = db_span(secrets, row, 2);
        struct key *key = &shelf->keys[shelf->n_keys];
        key->source = source_shelf_find(shelf, &id);
        key->expires_at = db_time(secrets, row, 4);
        if (key->source == NULL || hash.n != sizeof(key->hash))
            continue;
        memcpy(key->hash, hash.p, sizeof(key->hash));
        shelf->n_keys++;
    }
    qsort(shelf->keys, shelf->n_keys, sizeof(*shelf->keys), compare_keys);
}

void source_shelf_take(struct source_shelf *shelf, const struct db_result *rows,
                       const struct db_result *secrets,
                       const struct shop *(*shop_of)(void *context, int shop_id), void *context)
{
    size_t n = 0;
    const struct source **sources = calloc((size_t)db_rows(rows) + 1, sizeof(struct source *));
    if (sources == NULL)
        abort();
    for (int row = 0; row < db_rows(rows); row++) {
        struct uuid id = db_uuid(rows, row, 0);
        const struct shop *shop = shop_of(context, db_int(rows, row, 1));
        const struct source *known = source_shelf_find(shelf, &id);
        if (shop == NULL)
            continue;
        if (known == NULL || known->version != db_int(rows, row, 4))
            known = read_source(shelf, rows, row, secrets, shop);
        if (known)
            sources[n++] = known;
        else
            LOG(LOG_ERROR, "a source cannot be read", LOG_TEXT("shop", shop->key));
    }
    free(shelf->sources);
    shelf->sources = sources;
    shelf->n_sources = n;
    qsort(shelf->sources, n, sizeof(*shelf->sources), compare_sources);
    take_keys(shelf, secrets);
}
