#ifndef APP_DELIVERY_H
#define APP_DELIVERY_H

#include "app/session.h"
#include "wire/webhook.h"

/** What became of deliveries, as the owner of the endpoints sees it. On a session. */

/** Which ones. */
struct delivery_query {
    const struct uuid *endpoint; /* NULL: of all, also of those that are deleted */
    bool has_state;
    enum delivery_state state;
    uint32_t types; /* bit 1 << enum change_type; CHANGE_TYPES_ALL */
    usec_t since;   /* made then or later; NONE: all */
    struct span cursor;
    size_t limit;
};

struct delivery_page {
    struct delivery_line *lines; /* newest first; spans live in the session's arena */
    size_t n;
    struct span next; /* a cursor; n = 0: that was all */
};

/** Errors   INVALID_CURSOR. */
enum status deliveries_read(struct session *session, const struct shop *shop, const struct delivery_query *query,
                            struct delivery_page *out, struct error *error) MUST_CHECK;

/** One, with its attempts. Errors NOT_FOUND. */
enum status delivery_read(struct session *session, const struct shop *shop, const struct webhook_id *id,
                          struct delivery_line *out, struct error *error) MUST_CHECK;

/**
 * delivery_resend(session, shop, id, error):
 * Let it be attempted again, at once, whatever became of it: with the same webhook-id.
 * Errors   NOT_FOUND: no such delivery, or its endpoint was deleted; CONFLICT: what it told of is gone.
 */
enum status delivery_resend(struct session *session, const struct shop *shop, const struct webhook_id *id,
                            struct error *error) MUST_CHECK;

/**
 * webhook_samples(session, shop, types, format, limit, out, error):
 * Bodies as ${format} would make them of the shop's latest changes of ${types}, newest first, or of examples where there is none:
 * a JSON array, appended to ${out}.
 */
enum status webhook_samples(struct session *session, const struct shop *shop, uint32_t types,
                            enum endpoint_format format, size_t limit, struct buf *out,
                            struct error *error) MUST_CHECK;

#endif
