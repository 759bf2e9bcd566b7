#ifndef WIRE_CSV_H
#define WIRE_CSV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"

/**
 * Comma-separated values as RFC 4180 has them: pure functions of bytes, so that a reader of any stream can use
 * them. Lines end with LF or CRLF; a quoted field may hold both, commas and doubled quotes. A quote within a field
 * that does not begin with one is an ordinary character.
 */

#define CSV_FIELDS_MAX 4096

/** One record, as it stands in the text. */
struct csv_record {
    struct span text; /* without its line end */
    size_t lines;     /* physical lines that it takes */
    bool is_broken;   /* its quotes make no sense: csv_fields() will refuse it */
};

/**
 * csv_take(text, is_last, out):
 * Take the first record off ${text}. A record of several lines whose quotes make no sense (one is never closed, or
 * text follows a closing one) is taken as its first line alone: a stray quote costs its own line, not the next ones.
 * Returns false when there is no whole record: more bytes are needed, or (${is_last}) nothing is left.
 * Cost     one pass over the record.
 */
bool csv_take(struct span *text, bool is_last, struct csv_record *out) MUST_CHECK;

/**
 * csv_fields(arena, record, out, n, error):
 * The fields of a record, without their quotes.
 * Owns     the list and fields with doubled quotes are in ${arena}; other fields borrow from ${record}.
 * Errors   INVALID_VALUE: something stands after a closing quote, or a quote is open; TOO_MANY.
 */
enum status csv_fields(struct arena *arena, struct span record, struct span **out, size_t *n,
                       struct error *error) MUST_CHECK;

/** Append one field, in quotes where it needs them; the caller appends commas and line ends. */
void csv_put(struct buf *out, struct span field);

#endif
