#ifndef SRC_WIRE_PATCH_H
#define SRC_WIRE_PATCH_H

#include "base/arena.h"
#include "base/status.h"

/**
 * patch_merge(arena, target, patch, out, error):
 * ${target} changed by ${patch} as RFC 7396 has it: members of ${patch} replace those of the same name, objects are
 * merged, null deletes. Of repeated members the last counts.
 * Errors   MALFORMED_JSON, INVALID_UTF8, TOO_DEEP.
 */
enum status patch_merge(struct arena *arena, struct span target, struct span patch, struct span *out,
                        struct error *error) MUST_CHECK;

#endif
