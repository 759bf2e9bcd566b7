#ifndef WIRE_INFLATE_H
#define WIRE_INFLATE_H

#include "base/buf.h"
#include "base/status.h"

/**
 * inflate_gzip(bytes, limit, out, error):
 * Append to ${out} what the gzip file ${bytes} (one member or several) holds, at most ${limit} bytes.
 * Errors   MALFORMED_GZIP: corrupt, truncated, empty, or with something behind it;
 *          TOO_LARGE: it holds more than ${limit} bytes. What ${out} then holds is of no use.
 * Cost     stops reading at the limit: a bomb costs no more than an honest body of the limit's size.
 */
enum status inflate_gzip(struct span bytes, size_t limit, struct buf *out, struct error *error) MUST_CHECK;

#endif
