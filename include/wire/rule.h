#ifndef WIRE_RULE_H
#define WIRE_RULE_H

#include "base/arena.h"
#include "core/rule.h"

/** Rules as JSON (JsonLogic). */

/**
 * rule_parse(arena, json, schema, out, error):
 * Read and compile a rule. Pointers in ${error} start at the rule.
 * Errors   MALFORMED_JSON, INVALID_RULE.
 */
enum status rule_parse(struct arena *arena, struct span json, const struct rule_schema *schema, struct rule **out,
                       struct error *error) MUST_CHECK;

/**
 * rule_run(arena, rule_json, data_json, out, error):
 * What `lifecycled rule --data JSON RULE` does: evaluate a rule on any data, types taken from the data; ${out} is
 * the result as JSON text.
 * Errors   INVALID_RULE with the reason when the rule lies outside the typed subset.
 */
enum status rule_run(struct arena *arena, struct span rule_json, struct span data_json, struct span *out,
                     struct error *error) MUST_CHECK;

#endif
