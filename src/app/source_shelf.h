#ifndef APP_SOURCE_SHELF_H
#define APP_SOURCE_SHELF_H

#include "app/source.h"
#include "db/db.h"

#include <stdatomic.h>

/** Private to app/: the sources that a process knows. Not thread-safe: the registry's lock is held around
 * each call. */

/** Counts by result; those of refusals by status. Taken away by the monitor, which writes them. */
#define METER_COUNTS (RESULT_COUNT + STATUS_COUNT)
/** Messages for the log that a source has in a second, of those that were refused and of the others. */
#define METER_RATE 20

struct source_meter {
    struct uuid id;
    int shop_id;
    _Atomic int64_t counts[METER_COUNTS];
    _Atomic usec_t heard_at;     /* 0: not since it was written */
    _Atomic usec_t room_from[2]; /* monotonic: when the next message fits into the log */
    struct source_meter *next;
};

struct source_shelf;

struct source_shelf *source_shelf_new(struct span secret_key);
void source_shelf_free(struct source_shelf *shelf);

/**
 * source_shelf_take(shelf, rows, secrets, shop_of, context):
 * What is stored, as SQL_SOURCE_ROWS and SQL_SOURCE_SECRETS give it. Sources whose version is known stay as
 * they are. A source that cannot be read is left out and logged: the others must go on.
 */
void source_shelf_take(struct source_shelf *shelf, const struct db_result *rows,
                       const struct db_result *secrets,
                       const struct shop *(*shop_of)(void *context, int shop_id), void *context);

const struct source *source_shelf_find(const struct source_shelf *shelf, const struct uuid *id);
/** The source whose key has this hash, and until when it is valid (NONE: for ever). */
const struct source *source_shelf_by_key(const struct source_shelf *shelf, const unsigned char hash[32],
                                         usec_t *expires_at);
/** All meters, also of sources that are gone. They live as long as the shelf. */
struct source_meter *source_shelf_meters(const struct source_shelf *shelf);

#endif
