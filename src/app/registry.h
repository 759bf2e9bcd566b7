#ifndef APP_REGISTRY_H
#define APP_REGISTRY_H

#include "app/service.h"
#include "core/definition.h"
#include "db/db.h"
#include "source_shelf.h"

/**
 * What a process knows of shops, keys, sources and definitions. Shops, versions of sources and definitions and their
 * snapshots are immutable and live until registry_free(), so that every thread may hold on to them. Thread-safe.
 */
struct registry;

/** ${secret_key}: LIFECYCLED_SECRET_KEY, which opens the secrets of sources; empty: they stay closed. */
struct registry *registry_new(struct span secret_key);
void registry_free(struct registry *registry);

/** Read shops, keys and sources when they have changed since (or always, with ${force}). */
enum status registry_load(struct registry *registry, struct db *db, bool force, struct error *error) MUST_CHECK;
bool registry_is_loaded(const struct registry *registry);

const struct shop *registry_shop(struct registry *registry, int id);
const struct shop *registry_shop_by_key(struct registry *registry, struct span key);
/** Shops in order of their ids; n beyond the last gives NULL. */
const struct shop *registry_shop_at(struct registry *registry, size_t n);

/**
 * registry_access(registry, key, now, quota, out):
 * Whose key this is. ${quota} is that of keys without one of their own.
 * Errors   UNAUTHORIZED: revoked, or no longer valid at ${now}; RETRY: unknown here.
 */
enum status registry_access(struct registry *registry, struct span key, usec_t now, const struct quota *quota,
                            struct access *out) MUST_CHECK;

/** NULL: unknown here. */
const struct source *registry_source(struct registry *registry, const struct uuid *id);
/** The meters of all sources; more may be added in front of them at any time. */
struct source_meter *registry_meters(struct registry *registry);

/** The newest definitions that this process knows of ${shop}; NULL before the first definitions_load(). */
const struct definitions *definitions_known(struct registry *registry, const struct shop *shop);

/**
 * definitions_load(registry, db, shop, out, error):
 * Read what was published since, so that definitions_known() is as new as the database at the time of the call.
 * Not within a transaction that holds locks.
 */
enum status definitions_load(struct registry *registry, struct db *db, const struct shop *shop,
                             const struct definitions **out, struct error *error) MUST_CHECK;

#endif
