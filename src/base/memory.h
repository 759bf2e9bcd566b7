#ifndef SRC_BASE_MEMORY_H
#define SRC_BASE_MEMORY_H

#include <stddef.h>

/** realloc() that never returns NULL: without memory the process ends (status 71) after a log line. */
void *memory_resize(void *old, size_t size);
/** End the process because ${size} bytes cannot be had. */
_Noreturn void memory_end(size_t size);

#endif
