#include "wire/inflate.h"

#define ZLIB_CONST
#include <zlib.h>

#define CHUNK     16384
#define GZIP_ONLY (16 + MAX_WBITS)

static enum status malformed(struct error *error, const char *what)
{
    return error_set(error, STATUS_MALFORMED_GZIP, "", "the body %s", what);
}

/** One step: inflate into a chunk and keep it. Gives zlib's result; ${full} is set when the limit was passed.
 */
static int step(z_stream *stream, size_t start, size_t limit, struct buf *out, bool *full)
{
    unsigned char chunk[CHUNK];
    stream->next_out = chunk;
    stream->avail_out = sizeof(chunk);
    int result = inflate(stream, Z_NO_FLUSH);
    size_t n = sizeof(chunk) - stream->avail_out;
    if (n > limit - (out->n - start)) {
        *full = true;
        return result;
    }
    buf_append(out, chunk, n);
    *full = out->overflow;
    return result;
}

static enum status inflate_all(z_stream *stream, size_t limit, struct buf *out, struct error *error)
{
    size_t start = out->n;
    for (;;) {
        bool full = false;
        int result = step(stream, start, limit, out, &full);
        if (full) {
            return error_set(error, STATUS_TOO_LARGE, "", "the body inflates to more than %zu bytes", limit);
        }
        if (result == Z_STREAM_END) {
            if (stream->avail_in == 0) {
                return STATUS_OK;
            }
            if (inflateReset(stream) != Z_OK) {
                return malformed(error, "is not valid gzip");
            }
        } else if (result == Z_BUF_ERROR ||
                   (result == Z_OK && stream->avail_in == 0 && stream->avail_out != 0)) {
            return malformed(error, "is gzip that was cut short");
        } else if (result == Z_MEM_ERROR) {
            return error_set(error, STATUS_NO_MEMORY, "", "the service is short of memory");
        } else if (result != Z_OK) {
            return malformed(error, "is not valid gzip");
        }
    }
}

enum status inflate_gzip(struct span bytes, size_t limit, struct buf *out, struct error *error)
{
    if (bytes.n == 0) {
        return malformed(error, "is empty, which is not valid gzip");
    }
    if (bytes.n > UINT32_MAX) {
        return error_set(error, STATUS_TOO_LARGE, "", "the body is too large");
    }
    z_stream stream = {.next_in = (const Bytef *)bytes.p, .avail_in = (uInt)bytes.n};
    if (inflateInit2(&stream, GZIP_ONLY) != Z_OK) {
        return error_set(error, STATUS_NO_MEMORY, "", "the service is short of memory");
    }
    enum status status = inflate_all(&stream, limit, out, error);
    inflateEnd(&stream);
    return status;
}
