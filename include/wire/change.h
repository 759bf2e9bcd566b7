#ifndef WIRE_CHANGE_H
#define WIRE_CHANGE_H

#include "base/buf.h"
#include "core/change.h"
#include "core/definition.h"

/**
 * change_print(buf, definitions, line):
 * The one shape in which followers see a change: a line of GET /v1/changes, the data of GET /v1/stream, `data` of a
 * webhook. In the words of the version that decided.
 */
void change_print(struct buf *buf, const struct definitions *definitions, const struct change_line *line);

#define CHANGE_TEXT_MOST 1024 /* bytes of a fact that a change tells; a longer one is told as null */

/** What decided a change, as it is stored in `detail`: a JSON object in ${arena}; n = 0: there is nothing to say. */
struct change_detail {
    const struct told *told; /* facts that mattered */
    size_t n_told;
    const char *because;     /* of corrections: late_event, definition, merge; NULL */
    const struct order *order; /* NULL: of no order */
    int64_t refunded;        /* of it just now, minor units; NONE: not a refund */
};
/** The same of a definition that was published. */
struct span change_definition(struct arena *arena, bool is_withdrawn, bool is_restated);
struct span change_detail_print(struct arena *arena, const struct change_detail *detail, const struct shop *shop);

/**
 * change_filter_decode(definitions, types, models, segments, stages, out, error):
 * From what a query or an endpoint names; each list is comma-separated, n = 0: all. A stage is "model.stage" or "stage" of
 * any model. The pointer of the error names the list.
 * Errors   INVALID_PARAMETER.
 */
enum status change_filter_decode(const struct definitions *definitions, struct span types, struct span models,
                                 struct span segments, struct span stages, struct change_filter *out,
                                 struct error *error) MUST_CHECK;

#endif
