#ifndef SRC_HTTP_URI_H
#define SRC_HTTP_URI_H

#include "base/arena.h"
#include "base/status.h"
#include "http/handler.h"

#define QUERY_PAIRS_MAX 32

/** A request target cut at its '?'; an absolute one ("http://host/path") loses scheme and host. */
struct target {
    struct span path;
    struct span query;
};

struct target target_split(struct span raw);

/**
 * percent_decode(arena, raw, plus_is_space, out):
 * Undo %XX (and '+' in a query). ${out} is ${raw} itself when there is nothing to undo.
 * Returns false when an escape is broken, or when the result holds a NUL or is not valid UTF-8.
 */
bool percent_decode(struct arena *arena, struct span raw, bool plus_is_space, struct span *out) MUST_CHECK;

/** True when ${s} is well-formed UTF-8 without a NUL. */
bool text_is_valid(struct span s);

/**
 * query_parse(arena, raw, known, pairs, n, error):
 * Decode "a=1&b=2". ${known} lists the names that may come, separated by commas.
 * Errors   INVALID_PARAMETER: another name, one that comes twice, a broken escape, more than
 * QUERY_PAIRS_MAX.
 */
enum status query_parse(struct arena *arena, struct span raw, const char *known, struct query_pair **pairs,
                        size_t *n, struct error *error) MUST_CHECK;

/** The first parameter ${name} of any query, decoded. False: there is none, or an empty or broken one. */
bool query_find(struct arena *arena, struct span raw, const char *name, struct span *out) MUST_CHECK;

/** True when ${name} is one of the comma-separated ${list}. */
bool list_has(const char *list, struct span name);

/** Percent-encoded, but for what is plain in any part of a URI. */
void uri_encode(struct buf *out, struct span s);

#endif
