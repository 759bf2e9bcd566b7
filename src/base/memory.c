#include "memory.h"

#include "base/log.h"

#include <stdlib.h>
#include <sysexits.h>

void memory_end(size_t size)
{
    LOG(LOG_ERROR, "out of memory", LOG_NUMBER("bytes", size));
    _Exit(EX_OSERR); /* no core file: it would hold customers' data */
}

void *memory_resize(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    if (p == NULL) {
        memory_end(size);
    }
    return p;
}
