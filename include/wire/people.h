#ifndef WIRE_PEOPLE_H
#define WIRE_PEOPLE_H

#include "base/arena.h"
#include "base/buf.h"
#include "core/identity.h"
#include "core/shop.h"
#include "wire/history.h"

/** Who is who, as callers ask and as replies tell it. */

/** What `?by=` and `type` may say, for sentences. */
#define PEOPLE_WORDS "user_id, anonymous_id, email, phone, shopify, woocommerce, member or order"

/** The kind with this word: one of identity_word(), or user_id, anonymous_id. IDENTITY_NONE: there is none. */
enum identity_kind people_kind_of(struct span word);

/**
 * people_value(arena, kind, text, out):
 * The value as identities have it: of an e-mail or phone, which may be given in clear or as its SHA-256, the hash.
 * False    when ${text} is empty, or neither an address (a number) that names somebody nor a hash.
 */
bool people_value(struct arena *arena, enum identity_kind kind, struct span text, struct span *out) MUST_CHECK;

/** `{"identity":{"type","value"}}`. Errors   CANNOT_MERGE with a pointer, MALFORMED_JSON, INVALID_UTF8, TOO_DEEP. */
enum status people_merge_parse(struct arena *arena, const struct shop *shop, struct span json, struct identity *out,
                               struct error *error) MUST_CHECK;

struct people_unmerge {
    struct identity identity; /* IDENTITY_NONE: not told */
    struct uuid link_id;      /* all zero: not told */
};
/** `{}`, `{"identity":{"type","value"}}` or `{"link":"uuid"}`; nothing at all is `{}`. Errors as above. */
enum status people_unmerge_parse(struct arena *arena, const struct shop *shop, struct span json,
                                 struct people_unmerge *out, struct error *error) MUST_CHECK;

/* --- replies -------------------------------------------------------------------------------------------------- */

/** An identity as it is stored: the value of a userId or anonymousId, else "WORD:VALUE". */
struct identity_name {
    enum identity_kind kind;
    struct span text;
};

struct identity_line {
    struct uuid key;
    struct identity_name name;
    bool is_used; /* messages name it first */
};

struct link_line {
    struct uuid id;
    struct identity_name from, to;
    int cause; /* as stored in identity_link.cause */
    usec_t at;
    usec_t withdrawn_at; /* NONE: holds */
};

struct separation_line {
    struct identity_name from, to;
    usec_t at;
};

struct identities_view {
    const struct identity_line *lines;
    size_t n_lines;
    const struct link_line *links;
    size_t n_links;
    const struct separation_line *separations;
    size_t n_separations;
};

/** `"data":[...],"links":[...],"separated":[...]` with ${name} for "data", without braces around it. */
void identities_print(struct buf *buf, const char *name, const struct identities_view *view);

/** The receipt of an erasure: numbers, no name. */
struct erasure_line {
    struct uuid id;
    usec_t erased_at;
    int cause; /* as stored in erasure.cause */
    int64_t identities, events, orders, transitions;
};
void erasure_print(struct buf *buf, const struct erasure_line *line);

/** What a shop system has asked for. Stored in privacy_request.kind: append only. */
enum privacy_kind { PRIVACY_ERASE = 1, PRIVACY_DISCLOSE, PRIVACY_ERASE_SOURCE };

struct privacy_line {
    struct uuid id;
    struct uuid source_id;
    enum privacy_kind kind;
    usec_t received_at;
    usec_t done_at;               /* NONE: still to be carried out */
    int64_t erased;               /* how many were erased so far */
    struct span erasures;         /* a JSON list of the ids of the first of them; n = 0: none */
    const struct span *customers; /* of DISCLOSE: those whom it names and who are there now */
    size_t n_customers;
};
void privacy_print(struct buf *buf, const struct privacy_line *line);

/* --- the export: items of its lists ----------------------------------------------------------------------------- */

struct export_event {
    struct uuid id;
    struct identity_name of;
    enum event_kind kind;
    usec_t occurred_at;
    usec_t received_at;
    struct span message; /* JSON, as it is kept */
};
void export_event_print(struct buf *buf, const struct export_event *event);

#endif
