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

/** The facts that ${rules} name (NULL: none), as they are for ${env}: a JSON object in ${arena}; n = 0: none. */
struct span change_facts(struct arena *arena, const struct rule *const *rules, size_t n, const struct rule_env *env,
                         int exponent);

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
