#ifndef BASE_QUOTA_H
#define BASE_QUOTA_H

#include "base/types.h"

#define QUOTA_REQUESTS_MAX 1000000000
#define QUOTA_WINDOW_MAX   86400
#define QUOTA_EXPECTED     "0, or REQUESTS/SECONDS with 1 to 1000000000 requests in 1 to 86400 seconds"
/** "1000000000/86400" and its NUL. */
#define QUOTA_TEXT 17

/** How many requests there may be in a window of time. */
struct quota {
    int requests; /* 0: any number */
    int window_s;
};

/** "600/60", or "0" for any number. */
bool quota_parse(struct span text, struct quota *out) MUST_CHECK;
void quota_print(const struct quota *quota, char out[QUOTA_TEXT]);

#endif
