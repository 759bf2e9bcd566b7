#ifndef SRC_WIRE_ESCAPE_H
#define SRC_WIRE_ESCAPE_H

#include "base/arena.h"

/** What stands between the quotes of a JSON string: UTF-8 and escapes. */

#define ESCAPE_NONE (-1) /* not four hexadecimal digits */
#define ESCAPE_LONE (-2) /* half of a surrogate pair */

/** Length of the character at ${p}, which is not ASCII; 0 when it is not UTF-8 (Unicode 15, table 3-7). */
size_t escape_utf8_size(const char *p, const char *end);

/** The character of the "\uXXXX" at ${p} (or of two, a pair), and its size; else ESCAPE_LONE or ESCAPE_NONE. */
int32_t escape_read(const char *p, const char *end, size_t *size);

/**
 * A copy of a valid document without "\u0000" and with "\ufffd" for lone surrogates: in valid JSON a
 * backslash is always inside a string, so that strings need not be found.
 */
struct span escape_clean(struct arena *arena, struct span text);

/** Writes the text of a clean string to ${to}, which has room for its raw bytes. Returns its length. */
size_t escape_undo(struct span inside, char *to);

#endif
