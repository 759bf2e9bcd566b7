/* The header traceparent: what names a trace is read back from it as it was written. */
#include "base/trace.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span value = {(const char *)data, size};
    struct uuid trace;
    if (traceparent_parse(value, &trace)) {
        char text[TRACE_TEXT];
        trace_print(&trace, text);
        assert(size >= 55 && memcmp(data + 3, text, TRACE_TEXT - 1) == 0);
    }
    return 0;
}
