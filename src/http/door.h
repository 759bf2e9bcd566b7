#ifndef SRC_HTTP_DOOR_H
#define SRC_HTTP_DOOR_H

#include "exchange.h"
#include "wire/source.h"
#include "wire/translate.h"

/**
 * A way in for messages: what differs between the dialects of those who send. All of them end as messages of
 * the Segment spec before the committer (ingest.c); a row of routes.c names the door behind its path.
 */
struct door {
    bool is_batch;    /* the body, as it is read or translated, holds many messages */
    const char *type; /* of the one message; NULL: the path's parameter {type} names it */
    /**
     * Says who is calling, where it is no key: from the path, the headers and the body as it came
     * (request.body, inflated). Sets request.access, or exchange.error. Returns as auth_key() does: true when
     * that is settled, false when ${resume} will be called. NULL: a key in the headers, the query or the
     * body.
     */
    bool (*settle)(struct exchange *exchange, void (*resume)(struct exchange *exchange));
    /* of doors at which a source in the path signs (webhook.h) */
    enum source_type source;
    bool (*is_signed)(const struct exchange *exchange, struct span secret);
    bool (*pings)(const struct exchange *exchange); /* a request that is taken unsigned; NULL: there is none */
    /** The body as a batch of the Segment spec. NULL: it is one already. */
    enum status (*translate)(struct arena *arena, const struct translate_request *request,
                             const struct translate_settings *settings, struct translation *out,
                             struct error *error);
    /** Does what is asked when it is neither messages nor nothing, and answers. NULL: no translation asks for
     * it. */
    void (*act)(struct exchange *exchange, const struct translation *translation);
    enum status
        too_large; /* what a body over the limit is: TOO_LARGE, or BODY_TOO_LARGE where 413 halves a batch */
    const char *taken; /* the first member of a reply to what was taken */
};

/* doors.c; the names are those of the messages and of the dialects */
extern const struct door door_track;
extern const struct door door_identify;
extern const struct door door_page;
extern const struct door door_screen;
extern const struct door door_group;
extern const struct door door_alias;
extern const struct door door_batch;
extern const struct door door_posthog;
extern const struct door door_jitsu;
extern const struct door door_shopify;
extern const struct door door_woocommerce;
extern const struct door door_cloudevents;
extern const struct door door_inbound;

/** A message that was refused before the committer saw it. */
struct refusal {
    size_t index;
    struct span message_id;
    enum status status;
    const char *pointer;
    const char *detail;
};

/** The messages of one request. Lives in its arena. */
struct ingest {
    struct span body; /* as it came, inflated */
    struct translation translation; /* of doors that translate */
    const struct envelope *sent; /* as it came, when defaults of its source were added to the envelope */
    struct envelope *envelope;
    struct ingest_job job;
    size_t *indexes;          /* of the job's items in the body */
    struct refusal *refusals; /* by index, like the items */
    size_t n_refusals;
};

/** The door of an exchange whose route is ROUTE_INGEST. */
static inline const struct door *door_of(const struct exchange *exchange)
{
    return exchange->call.request.route->handler.door;
}

/* --- source_report.c: for the counters and the log of the source that sent it, if one did ------------------ */

/** Its messages have their results. */
void source_report(struct exchange *exchange);
/** The body as a whole, or its only message, is refused. */
void source_report_whole(struct exchange *exchange, const struct error *error);
/** What it asks for in the name of a person is stored. */
void source_report_request(struct exchange *exchange);

/* --- ingest_reply.c ------------------------------------------------------------------------------------- */

/** Calls ${each} for every refused message in the order of the body: those of the decoder and of the
 * committer. */
void ingest_each_refusal(const struct ingest *ingest,
                         void (*each)(void *context, const struct refusal *refusal), void *context);
/** The reply to one message that was taken, or to a batch, in the words of the door. */
void ingest_print(struct buf *out, const struct door *door, const struct ingest *ingest);

#endif
