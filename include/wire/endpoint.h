#ifndef WIRE_ENDPOINT_H
#define WIRE_ENDPOINT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "core/definition.h"
#include "core/endpoint.h"
#include "wire/secret.h"

/** Webhook endpoints as their owner writes them, as they are stored, and as they are told. */

#define ENDPOINT_SECRET_MIN         24 /* bytes, before base64 */
#define ENDPOINT_SECRET_MAX         64
#define ENDPOINT_AUTHORIZATION_MAX  1024
#define ENDPOINT_ROTATION_HOURS     24
#define ENDPOINT_ROTATION_MOST      168

/** What was sent. Of ${endpoint} only what the owner chooses: the filter, url, description, format, status. */
struct endpoint_document {
    struct endpoint endpoint;
    struct span secret;        /* "whsec_...", dictated by the owner; n = 0: one of ours */
    struct span authorization; /* never printed, never stored in the settings; n = 0: none */
    const char *url_pointer;   /* where the document has the url */
    bool names_url;            /* of a patch: it has a member `url` */
    bool names_authorization;
    bool names_status;
};

/**
 * endpoint_parse(arena, definitions, json, out, error):
 * A new endpoint. The names that REST-hook clients (Zapier, n8n, Make) give to `url` and `event_types` are taken too, and what
 * else they send about themselves is passed over; any other member is refused. Models, segments and stages must be
 * among ${definitions}. Whether the url may be called is for net/guard.h to say.
 * Errors   INVALID_ENDPOINT with a pointer, MALFORMED_JSON, INVALID_UTF8.
 */
enum status endpoint_parse(struct arena *arena, const struct definitions *definitions, struct span json,
                           struct endpoint_document *out, struct error *error) MUST_CHECK;

/**
 * endpoint_patch(arena, definitions, stored, patch, out, error):
 * ${stored} changed by ${patch} (RFC 7396). A list that the patch does not name may hold what is no longer defined. `status` is
 * enabled or paused. Errors as above.
 */
enum status endpoint_patch(struct arena *arena, const struct definitions *definitions,
                           const struct endpoint *stored, struct span patch, struct endpoint_document *out,
                           struct error *error) MUST_CHECK;

/** webhook_endpoint.settings, and back. Errors INTERNAL: it is none of ours. */
void endpoint_settings_print(struct buf *buf, const struct endpoint *endpoint);
enum status endpoint_settings_read(struct arena *arena, struct span json, struct endpoint *out,
                                   struct error *error) MUST_CHECK;

/**
 * endpoint_filter(definitions, endpoint, out):
 * Which changes it wants. What it names and the shop no longer has matches nothing.
 */
void endpoint_filter(const struct definitions *definitions, const struct endpoint *endpoint,
                     struct change_filter *out);

/* --- what may be asked of an endpoint ------------------------------------------------------------------------- */

/** `{"hours","secret"}`, both optional, or nothing. Errors as endpoint_parse(). */
struct endpoint_rotation {
    int hours; /* the present secret is valid so much longer */
    struct span secret;
};
enum status endpoint_rotation_parse(struct arena *arena, struct span json, struct endpoint_rotation *out,
                                    struct error *error) MUST_CHECK;

/** `{"type"}`, or nothing: stage.changed. Errors as endpoint_parse(). */
enum status endpoint_test_parse(struct arena *arena, struct span json, enum change_type *out,
                                struct error *error) MUST_CHECK;

/** A place in the feed: a change by its number, or by when it was recorded. */
struct endpoint_place {
    bool is_given;
    usec_t at;   /* NONE: by number */
    int64_t seq;
};

/** `{"since","until","all"}`; `since` is needed. Errors as endpoint_parse(). */
struct endpoint_recovery {
    struct endpoint_place since, until;
    bool is_all; /* also what was delivered */
};
enum status endpoint_recovery_parse(struct arena *arena, struct span json, struct endpoint_recovery *out,
                                    struct error *error) MUST_CHECK;

/* --- replies -------------------------------------------------------------------------------------------------- */

/** An endpoint and what is known of its deliveries. */
struct endpoint_line {
    struct endpoint endpoint;
    bool has_authorization;
    int64_t position;  /* of webhook_progress */
    int64_t head;      /* of the feed */
    int64_t n_pending; /* deliveries that wait for another attempt */
    int64_t n_replays; /* ranges that are being delivered again */
    usec_t failing_since, last_success_at; /* NONE */
    struct secret_lives secrets;
};

const char *endpoint_status_word(enum endpoint_status status);
const char *endpoint_format_word(enum endpoint_format format);
bool endpoint_format_of(struct span word, enum endpoint_format *out) MUST_CHECK;

/** ${secret} is shown here or never; n = 0: there is nothing to show. */
void endpoint_print(struct buf *buf, const struct endpoint_line *line, struct span secret);
void endpoint_list_print(struct buf *buf, const struct endpoint_line *lines, size_t n);

#endif
