#ifndef WIRE_MASK_H
#define WIRE_MASK_H

#include "base/arena.h"

/**
 * What is kept of a message to show it to those who look for a fault: its structure, and of its values only those
 * that do not tell who somebody is. A text stays when its name is one of a list (ids, event names, statuses, currency,
 * campaigns) or when it is a time or an amount, and in both cases only when it does not look like an e-mail address,
 * a telephone number or a token; every other text is replaced. Nothing can be recovered from what is put in its place.
 */

#define MASK_BYTES_MAX 8192

/**
 * mask_json(arena, json, most, out):
 * ${json} with personal values replaced, as valid JSON of at most ${most} (>= 256) bytes: what comes after that is left
 * out, and a member "..." says so.
 * False    ${json} is no JSON (or nested deeper than SCAN_DEPTH_MAX): there is nothing that may be shown.
 */
bool mask_json(struct arena *arena, struct span json, size_t most, struct span *out);

/** ${text}, or what is put in its place when it looks personal or is longer than 128 bytes: for ids and topics. */
struct span mask_text(struct span text);

#endif
