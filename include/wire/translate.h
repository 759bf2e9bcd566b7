#ifndef WIRE_TRANSLATE_H
#define WIRE_TRANSLATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/status.h"
#include "core/identity.h"

/**
 * Translators at the door: what a shop system sends, in the words of the Segment spec. Pure functions of
 * (headers, body, settings): from the raw body to a batch that envelope_parse() and message_decode() take, so that
 * the rest of the engine knows one language. JSON is read with wire/scan.h: numbers keep all their digits.
 *
 * In what they write: people are named by userId only when the shop's setting says so, else by
 * context.externalIds [{"type":"shopify"|"woocommerce"|"member"|"email_sha256"|"phone_sha256","id"}], and e-mail and
 * phone stand in traits of an identify (context.traits of others), from where message_decode() makes hashed
 * identities; a message that names an order only (a refund) has properties.order_id and no person. messageId
 * is made of what the sender guarantees to be the same for the same fact. Names and addresses are not copied.
 */

/** Of the source (app/source.h). Empty: not set. */
struct translate_settings {
    struct span currency;     /* of amounts that come without one */
    struct span channel;      /* context.channel of what comes without one: "shopify", "web", "pos" ... */
    struct span order_prefix; /* before every order id: a namespace of its own */
    struct span user_id;      /* of shop systems: "none" (default), "id", "email": what becomes userId */
    struct span mapping;      /* cloudevents, standard-webhooks: the JSON object `mapping` of the settings */
};

enum translation_kind {
    TRANSLATION_MESSAGES,   /* ${body} is a batch with ${n} >= 1 messages */
    TRANSLATION_NOTHING,    /* understood, and nothing of it concerns us: ${reason} says why; answer success */
    TRANSLATION_ERASE,      /* erase the person of ${people} */
    TRANSLATION_DISCLOSE,   /* somebody asks what is held about the person of ${people} */
    TRANSLATION_ERASE_SHOP, /* erase everybody who came from this source */
};

/** A person by one identity: ${value} as in customer ids, an e-mail or phone already hashed. */
struct translation_person {
    enum identity_kind kind;
    struct span value;
};

/** An item of a batch that is no event: its place among the messages, where a null stands, and why. */
struct translation_refusal {
    size_t place;
    struct span message_id;
    enum status status;
    const char *pointer; /* into the body as it came; in the arena, as is ${detail} */
    const char *detail;
};

struct translation {
    enum translation_kind kind;
    struct span body;
    size_t n;
    const size_t *indexes; /* of each message: its item in the body as it came; NULL: the same */
    const struct translation_refusal *refusals; /* by place: said instead of what message_decode() says of a null */
    size_t n_refusals;
    const char *reason; /* "a test order", "topic not used", ...; static */
    const struct translation_person *people;
    size_t n_people;
    struct span subject; /* what the delivery was about, for the log of a source: topic or type; in the arena */
};

/**
 * translation_take(rest, message):
 * Take the first message off ${rest}, which begins as the body of a translation, as text. False: none is left.
 */
bool translation_take(struct span *rest, struct span *message) MUST_CHECK;

/** A header of the request: value with n = 0 when it is absent. ${name} in any letter case. */
struct translate_request {
    struct span (*header)(void *context, const char *name);
    void *context;
    struct span body;
    usec_t received_at;
};

/**
 * shopify_translate(arena, request, settings, out, error):
 * A webhook of Shopify; the signature was checked before. Both spellings of the headers (X-Shopify-Topic,
 * shopify-topic).
 * Errors   BAD_REQUEST: no header says the topic; MALFORMED_JSON and others of envelope_parse(), MISSING_MEMBER,
 *          WRONG_TYPE, INVALID_VALUE, INVALID_AMOUNT, INVALID_TIMESTAMP: pointer into the body; TOO_LARGE: it makes
 *          more messages than a batch may hold.
 */
enum status shopify_translate(struct arena *arena, const struct translate_request *request,
                              const struct translate_settings *settings, struct translation *out,
                              struct error *error) MUST_CHECK;

/** A webhook of WooCommerce; the ping (form-encoded webhook_id=N) is NOTHING. Errors as above. */
enum status woocommerce_translate(struct arena *arena, const struct translate_request *request,
                                  const struct translate_settings *settings, struct translation *out,
                                  struct error *error) MUST_CHECK;

/**
 * woocommerce_order(arena, body, settings, out, error):
 * One order as GET /wp-json/wc/v3/orders exports it, as the messages that its webhooks would have given: for import.
 */
enum status woocommerce_order(struct arena *arena, struct span body, const struct translate_settings *settings,
                              struct translation *out, struct error *error) MUST_CHECK;

/**
 * cloudevents_translate(arena, request, settings, out, error):
 * CloudEvents 1.0: binary, structured or batch mode by Content-Type. Each event is a message, whose messageId is made
 * of source and id; what it means is told by settings->mapping, else by its type. A batch item that is no event is
 * refused in its place, and sinks nobody.
 * Errors   UNSUPPORTED_MEDIA_TYPE: a format or data that is not JSON; those of scan_parse(), TOO_MANY, TOO_LARGE,
 *          MISSING_MEMBER, WRONG_TYPE, INVALID_VALUE, INVALID_UTF8, INVALID_TIMESTAMP: pointer into the body, "" of a
 *          header.
 */
enum status cloudevents_translate(struct arena *arena, const struct translate_request *request,
                                  const struct translate_settings *settings, struct translation *out,
                                  struct error *error) MUST_CHECK;

/**
 * standard_webhook_translate(arena, request, settings, out, error):
 * The body {"type","timestamp","data"} of a Standard Webhook; the signature was checked before. messageId is made of
 * the header webhook-id. Meaning and errors as of a CloudEvent.
 */
enum status standard_webhook_translate(struct arena *arena, const struct translate_request *request,
                                       const struct translate_settings *settings, struct translation *out,
                                       struct error *error) MUST_CHECK;

/**
 * mapping_check(json, error):
 * Is ${json} a mapping as docs/cloudevents.md describes it? For settings of sources, before they are stored.
 * Errors   INVALID_SOURCE: pointer into the source's document ("/settings/mapping/user_id").
 */
enum status mapping_check(struct span json, struct error *error) MUST_CHECK;

/** PostHog's batch ({"api_key","batch":[{event,distinct_id,properties,timestamp,uuid}]}) as Segment's. */
enum status posthog_translate(struct arena *arena, const struct translate_request *request,
                              const struct translate_settings *settings, struct translation *out,
                              struct error *error) MUST_CHECK;

#endif
