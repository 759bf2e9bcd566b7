#ifndef WIRE_MODEL_H
#define WIRE_MODEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/definition.h"

/**
 * Models and segments as JSON documents.
 *
 * A model document: {"name":{"zh","en"},"description":{"zh","en"}?,"preset"?,"cadence"?,"stages":[{"key","name":{"zh","en"},
 * "role","description":{"zh","en"}?,"rule":RULE,"hold":RULE?}]}.
 * Strict: a member that is unknown, repeated, of the wrong type or (unless marked) missing is INVALID_MODEL with a
 * pointer; null counts as absent. Names have at most 100 characters, descriptions 1000, a key 1 to 63 of a-z 0-9 _.
 * A preset document (presets/KEY.json, embedded) has in addition "key" and "settings": {"NAME":{"unit","default":90,
 * "coffee":..,"grocery":..,"fashion":..,"electronics":..,"telecom":..,"bank":..,"property":..,"description":{..}}}; its rules may hold
 * {"setting":"NAME"} wherever a number may stand, and the descriptions of its stages {NAME} for that number.
 */

/** The trades for which the settings of a preset have values of their own: key, Chinese, English. */
#define CADENCE_TABLE(X)                                                                                      \
    X("default", "默认", "Default")                                                                           \
    X("coffee", "咖啡", "Coffee")                                                                             \
    X("grocery", "生鲜百货", "Grocery")                                                                       \
    X("fashion", "服饰", "Fashion")                                                                           \
    X("electronics", "电子产品", "Electronics")                                                               \
    X("telecom", "电信", "Telecom")                                                                           \
    X("bank", "银行", "Bank")                                                                                 \
    X("property", "房产", "Property")

/**
 * model_parse(arena, json, key, numbers, exponent, out, error):
 * Read a model document, compile its rules, check it (core: model_check). ${numbers}(context, stage key) gives the
 * permanent number of a stage.
 * Errors   MALFORMED_JSON, INVALID_MODEL, INVALID_RULE; the pointer starts at the document.
 */
typedef int (*stage_number_fn)(void *context, struct span stage_key);
enum status model_parse(struct arena *arena, struct span json, const char *key, stage_number_fn number, void *context,
                        int money_exponent, struct model **out, struct error *error) MUST_CHECK;

/** model_parse() without model_check(): for documents that were checked when they were published. */
enum status model_load(struct arena *arena, struct span json, const char *key, stage_number_fn number, void *context,
                       int money_exponent, struct model **out, struct error *error) MUST_CHECK;

/** {"rule":RULE,"name":{"zh","en"}?}. Does not check for dead rules. Errors: MALFORMED_JSON, INVALID_RULE. */
enum status segment_parse(struct arena *arena, struct span json, const char *key, int money_exponent,
                          struct segment **out, struct error *error) MUST_CHECK;

/** The embedded presets by their keys' order: the key and the document of number ${index}; false after the last. */
bool preset_at(size_t index, struct span *key, struct span *json);
/** The document of the preset ${key}; false: there is none. */
bool preset_find(struct span key, struct span *json);

/**
 * preset_list(out):
 * All presets as a JSON array, for those who choose one: [{"key","name","description","cadences":[{"key","name"}],
 * "settings":{..as in the document..},"stages":[{"key","name","role","description"}]}].
 */
void preset_list(struct buf *out);

/** The presets as Markdown: stages, what they mean in both languages, settings and cadences. */
void model_docs(struct buf *out);

/**
 * preset_expand(arena, preset, cadence, settings, out, error):
 * The model document of preset ${preset} under ${cadence} (n = 0: default) with single ${settings} replaced (a JSON
 * object of numbers, or n = 0). The result is complete: no {"setting"} is left in it.
 * Errors   NOT_FOUND: no such preset; INVALID_MODEL: no such cadence or setting, or a setting that is no number of
 *          0 or more; MALFORMED_JSON. Pointers are /preset, /cadence, /settings/NAME.
 */
enum status preset_expand(struct arena *arena, struct span preset, struct span cadence, struct span settings,
                          struct span *out, struct error *error) MUST_CHECK;

/**
 * model_document(arena, body, out, error):
 * A PUT body: a document (it has "stages"), or {"preset","cadence"?,"settings"?}: gives the complete document either
 * way, a given one as it was sent and not yet checked. Errors as preset_expand; INVALID_MODEL.
 */
enum status model_document(struct arena *arena, struct span body, struct span *out, struct error *error) MUST_CHECK;

#endif
