#ifndef WIRE_SOURCE_H
#define WIRE_SOURCE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "wire/secret.h"

/**
 * Kinds of sources: name, word, whether it proves itself by a key of its own (else by signatures), where it
 * sends to (with a "%s" for the source's id), what it is. The enum value is stored in source.type: append
 * only.
 */
#define SOURCE_TYPE_TABLE(X)                                                                                 \
    X(SEGMENT, "segment", true, "/v1/batch", "an SDK of Segment or one that speaks like it")                 \
    X(SHOPIFY, "shopify", false, "/webhooks/shopify/%s", "webhooks of Shopify")                              \
    X(WOOCOMMERCE, "woocommerce", false, "/webhooks/woocommerce/%s", "webhooks of WooCommerce")              \
    X(CLOUDEVENTS, "cloudevents", true, "/v1/cloudevents", "CloudEvents 1.0")                                \
    X(STANDARD_WEBHOOKS, "standard-webhooks", false, "/webhooks/inbound/%s",                                 \
      "whatever signs as Standard Webhooks 1.0 has it")

enum source_type {
    SOURCE_NONE = 0,
#define X(name, word, has_key, url, sentence) SOURCE_##name,
    SOURCE_TYPE_TABLE(X)
#undef X
        SOURCE_TYPE_COUNT
};

const char *source_type_word(enum source_type type);
enum source_type source_type_of(struct span word);
bool source_has_key(enum source_type type);
/** The path to paste, in the arena. */
const char *source_url(struct arena *arena, enum source_type type, const struct uuid *id);

#define SOURCE_NAME_MAX       100
#define SOURCE_TEXT_MAX       64
#define SOURCE_SECRET_MIN     8
#define SOURCE_SECRET_MAX     256
#define SOURCE_ROTATION_HOURS 24
#define SOURCE_ROTATION_MOST  168

/** `settings` of a source. Texts with n = 0 are not set. */
struct source_settings {
    struct span currency;
    struct span channel;
    struct span order_prefix;
    struct span user_id;
    struct span mapping; /* a JSON object */
    int rotation_hours;  /* an old secret is valid so long after it was rotated */
    struct span secret;  /* as it was sent; never printed, never stored in the settings */
};

struct source_document {
    enum source_type type;
    struct span name;
    struct source_settings settings;
};

/**
 * source_parse(arena, json, out, error):
 * `{"type","name","settings"}`, strictly: no member but these, and of the settings only those that mean
 * something to sources of the type. Errors   INVALID_SOURCE with a pointer, MALFORMED_JSON, INVALID_UTF8.
 */
enum status source_parse(struct arena *arena, struct span json, struct source_document *out,
                         struct error *error) MUST_CHECK;

/** source_parse() of what is stored, changed by ${patch} (RFC 7396) of `name` and `settings`. Errors as
 * above. */
enum status source_patch(struct arena *arena, const struct source_document *stored, struct span patch,
                         struct source_document *out, struct error *error) MUST_CHECK;

/** `{"secret"}`, or nothing: what the next secret shall be; n = 0: one of ours. Errors as above. */
enum status source_rotation_parse(struct arena *arena, enum source_type type, struct span json,
                                  struct span *secret, struct error *error) MUST_CHECK;

/** The settings as they are stored and told: without the secret, without what is not set. */
void source_settings_print(struct buf *buf, const struct source_settings *settings);
/** Back from what source_settings_print() wrote. Errors INTERNAL: it is none of ours. */
enum status source_settings_read(struct arena *arena, enum source_type type, struct span json,
                                 struct source_settings *out, struct error *error) MUST_CHECK;

/* --- replies ----------------------------------------------------------------------------------------- */

struct source_line {
    struct uuid id;
    enum source_type type;
    int version;
    struct span name;
    struct span settings; /* JSON */
    usec_t created_at;
    usec_t last_heard_at; /* NONE: never */
    struct secret_lives secrets;
    int64_t accepted;
    int64_t duplicate;
    int64_t ignored;
    struct {
        struct span code;
        int64_t n;
    } * refused;
    size_t n_refused;
};

void source_print(struct buf *buf, struct arena *arena, const struct source_line *line);
/** The same with `key` or `secret`, which is shown here or never; n = 0: there is nothing to show. */
void source_created_print(struct buf *buf, struct arena *arena, const struct source_line *line,
                          struct span secret);
void source_list_print(struct buf *buf, struct arena *arena, const struct source_line *lines, size_t n);

/** What became of a message of a source. Stored in source_message.result: append only. */
#define SOURCE_RESULT_TABLE(X)                                                                               \
    X(ACCEPTED, "accepted") X(DUPLICATE, "duplicate") X(IGNORED, "ignored") X(REFUSED, "refused")

enum source_result {
    RESULT_ANY = 0,
#define X(name, word) RESULT_##name,
    SOURCE_RESULT_TABLE(X)
#undef X
        RESULT_COUNT
};

const char *source_result_word(enum source_result result);
/** RESULT_ANY: no such word. */
enum source_result source_result_of(struct span word);

/** One line of the log of a source. Texts with n = 0 are not told. */
struct source_entry {
    usec_t received_at;
    struct uuid id;
    enum source_result result;
    struct span code; /* of a refusal */
    struct span pointer;
    struct span detail;
    struct span subject;
    struct span message; /* JSON, masked */
    struct span kind;
    struct span message_id;
    struct uuid customer_key;
    bool has_customer;
    struct span outcome; /* JSON */
};

void source_entry_print(struct buf *buf, const struct source_entry *entry);

#endif
