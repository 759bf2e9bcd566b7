#ifndef SRC_APP_DEFINITION_SHELF_H
#define SRC_APP_DEFINITION_SHELF_H

#include "core/definition.h"
#include "db/store.h"

/**
 * Private to app/: the versions of one shop's definitions that this process has read. Each is parsed once and lives as
 * long as the shelf.
 */
struct version_list {
    void **items; /* in the order in which they were read: number, version */
    size_t n;
    size_t capacity;
};

struct definition_shelf {
    const struct shop *shop;
    struct arena *arena;
    struct version_list models, segments, scores, rfm;
};

/**
 * definition_shelf_take(shelf, rows, stages, error):
 * Parse what is new in ${rows} (SQL_DEFINITION_ROWS); ${stages}: SQL_DEFINITION_STAGES.
 */
enum status definition_shelf_take(struct definition_shelf *shelf, const struct db_result *rows,
                                  const struct db_result *stages, struct error *error) MUST_CHECK;

/** The versions put together, as of a revision; in the shelf's arena. */
const struct definitions *definition_shelf_assemble(const struct definition_shelf *shelf, int revision);

#endif
