#ifndef WIRE_MODEL_H
#define WIRE_MODEL_H

#include "base/arena.h"
#include "core/definition.h"

/**
 * Models and segments as JSON documents.
 *
 * A model document: {"name":{"zh","en"},"description":{"zh","en"}?,"preset"?,"cadence"?,"stages":[{"key","name":{"zh","en"},
 * "role","description":{"zh","en"}?,"rule":RULE,"hold":RULE?}]}.
 * A preset document (presets/KEY.json, embedded) has in addition "key" and "settings": {"NAME":{"unit","default":90,
 * "coffee":..,"grocery":..,"fashion":..,"electronics":..,"telecom":..,"bank":..,"property":..,"description":{..}}}; its rules may hold
 * {"setting":"NAME"} wherever a number may stand.
 */

/**
 * model_parse(arena, json, key, numbers, exponent, out, error):
 * Read a model document, compile its rules, check it (core: model_check). ${numbers}(context, stage key) gives the
 * permanent number of a stage.
 * Errors   MALFORMED_JSON, INVALID_MODEL, INVALID_RULE; the pointer starts at the document.
 */
typedef int (*stage_number_fn)(void *context, struct span stage_key);
enum status model_parse(struct arena *arena, struct span json, const char *key, stage_number_fn number, void *context,
                        int money_exponent, struct model **out, struct error *error) MUST_CHECK;

/** {"rule":RULE,"name":{"zh","en"}?}. Does not check for dead rules. Errors as model_parse. */
enum status segment_parse(struct arena *arena, struct span json, const char *key, int money_exponent,
                          struct segment **out, struct error *error) MUST_CHECK;

/**
 * preset_expand(arena, preset, cadence, settings, out, error):
 * The model document of preset ${preset} under ${cadence} (NULL: default) with single ${settings} replaced (a JSON
 * object or n = 0). The result is complete: no {"setting"} is left in it.
 * Errors   NOT_FOUND: no such preset; INVALID_MODEL: no such cadence or setting.
 */
enum status preset_expand(struct arena *arena, struct span preset, struct span cadence, struct span settings,
                          struct span *out, struct error *error) MUST_CHECK;

/** A PUT body: a document, or {"preset","cadence"?,"settings"?}: gives the complete document either way. */
enum status model_document(struct arena *arena, struct span body, struct span *out, struct error *error) MUST_CHECK;

#endif
