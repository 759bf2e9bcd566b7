/* Whatever the bytes, no more than the limit comes out, and what is no gzip is said to be none. */
#include "wire/inflate.h"

#include <assert.h>

#define LIMIT 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out;
    struct error error = {0};
    buf_init(&out, 0);
    enum status status = inflate_gzip((struct span){(const char *)data, size}, LIMIT, &out, &error);
    assert(status == STATUS_OK || status == STATUS_MALFORMED_GZIP || status == STATUS_TOO_LARGE);
    assert(error.status == status);
    assert(out.n <= LIMIT);
    buf_done(&out);
    return 0;
}
