#ifndef WIRE_SECRET_H
#define WIRE_SECRET_H

#include "base/buf.h"

/** The secrets of a source or of a webhook endpoint as their owner may see them: when, never what. */

#define SECRETS_VALID 2 /* at a time: the present one, and for some hours the one before it */

struct secret_lives {
    struct {
        usec_t created_at;
        usec_t expires_at; /* NONE: until it is rotated */
    } of[SECRETS_VALID];   /* the newest first */
    size_t n;
};

/** `,"secrets":[{"created_at","expires_at"}]` */
void secret_lives_print(struct buf *buf, const struct secret_lives *lives);

#endif
