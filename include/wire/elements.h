#ifndef WIRE_ELEMENTS_H
#define WIRE_ELEMENTS_H

#include "wire/csv.h"

/**
 * elements_take(text, is_last, out, before):
 * Take the first JSON object off ${text}: an element of an array, of several arrays one after the other
 * (pages of an export), or a line of its own. What stands between objects (space, commas, the brackets of
 * arrays) is skipped;
 * ${before} says how many line ends that were, and ${out}->lines how many are within the object.
 * Only its end is found: whether it is valid is for scan_parse() to say. What cannot be an object is broken:
 * something else, up to the end of its line; a string with a line end in it, up to there; an object that does
 * not end, up to the next line that begins one. Returns false when there is no whole object: more bytes are
 * needed, or (${is_last}) nothing is left. Cost     one pass over the object.
 */
bool elements_take(struct span *text, bool is_last, struct csv_record *out, size_t *before) MUST_CHECK;

#endif
