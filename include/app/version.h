#ifndef APP_VERSION_H
#define APP_VERSION_H

#include <stdint.h>

/** What callers say of the version that they have read, where it is none. Versions count from 1. */
#define VERSION_ABSENT INT64_C(0) /* they have seen none: fine when there is none */
#define VERSION_ANY INT64_C(-1)   /* whatever there is */

#endif
