#ifndef SRC_WIRE_TRANSLATING_H
#define SRC_WIRE_TRANSLATING_H

#include "base/buf.h"
#include "core/money.h"
#include "scan.h"
#include "wire/translate.h"

/**
 * A translation while it is made: what all translators of shop systems read and write alike. A body is read
 * with the scanner, and the batch of messages is written as text; nothing passes through a double.
 */

/** Names, codes and other short texts that are copied are cut to this; ids are refused when they are longer.
 */
#define TRANSLATED_TEXT_MAX  100
#define TRANSLATED_EMAIL_MAX 254
#define TRANSLATED_DEPTH_MAX 64

struct translating {
    struct arena *arena;
    const struct translate_settings *settings;
    struct error *error;
    struct scan scan; /* the body */
    struct span
        delivery;   /* the sender's name for this delivery, where only that tells two facts apart; or n = 0 */
    struct buf out; /* {"batch":[...: the messages so far */
    size_t n;       /* of them */
};

void translating_init(struct translating *t, struct arena *arena, const struct translate_settings *settings,
                      struct error *error);
void translating_done(struct translating *t);

/** Read the body: one JSON object. Errors: those of scan_parse(); WRONG_TYPE. */
enum status translating_read(struct translating *t, struct span body) MUST_CHECK;

/**
 * translating_finish(t, reason, out):
 * The messages as a batch, or NOTHING for ${reason} when there are none.
 * Errors   TOO_LARGE: more than envelope_parse() takes.
 */
enum status translating_finish(struct translating *t, const char *reason, struct translation *out) MUST_CHECK;

/* --- reading: tokens of t->scan. A value is 0 when it is absent or null; as an ${object} 0 is the body -- */

/** The member ${name} of ${object}; 0 when it is absent or null, or ${object} is no object. */
size_t translating_find(const struct translating *t, size_t object, const char *name);

/** The text of a string or integer, cut to TRANSLATED_TEXT_MAX; n = 0 when ${token} is anything else. */
struct span translating_text(const struct translating *t, size_t token);
/** The digits of a number, or of a string that may hold one; n = 0: neither. */
struct span translating_number(const struct translating *t, size_t token);
bool translating_is_true(const struct translating *t, size_t token);

/** Errors: MISSING_MEMBER, WRONG_TYPE (neither string nor integer), INVALID_VALUE (empty or too long). */
enum status translating_id(const struct translating *t, size_t token, const char *pointer,
                           struct span *out) MUST_CHECK;
/** Errors: MISSING_MEMBER, WRONG_TYPE, INVALID_AMOUNT. */
enum status translating_amount(const struct translating *t, size_t token, const char *pointer,
                               struct decimal *out) MUST_CHECK;
/** ${if_absent} when the member is. Errors: INVALID_TIMESTAMP. */
enum status translating_time(const struct translating *t, size_t token, const char *pointer, usec_t if_absent,
                             usec_t *out) MUST_CHECK;
/** Errors: WRONG_TYPE when ${token} is there and of another type. */
enum status translating_expect(const struct translating *t, size_t token, enum token_type type,
                               const char *pointer) MUST_CHECK;

/** ${a} - ${b}, exact. False: more digits than are reckoned with. */
bool translating_less(struct decimal a, struct decimal b, struct decimal *out) MUST_CHECK;
/** ${a} / ${b} to 12 decimals, both positive. False: they are not, or it has too many digits. */
bool translating_ratio(struct decimal a, struct decimal b, struct decimal *out) MUST_CHECK;

/* --- whom and where from -------------------------------------------------------------------------------- */

struct who {
    struct span user_id;
    struct span anonymous_id;
    const char *system; /* whose id this is: "shopify" */
    struct span id;
    struct span email; /* in clear: for the customer's own record, and a userId */
    struct span phone;
    struct span email_hash; /* n = 0: it names nobody */
    struct span order_email_hash;
    struct span phone_hash;
};

/** A person by what a shop system knows: ${id}, an e-mail and a phone as tokens. userId by the source's
 * setting. */
struct who translating_who(const struct translating *t, const char *system, struct span id, size_t email,
                           size_t phone);
/** And by another e-mail, which was left with an order. */
void translating_who_order(const struct translating *t, struct who *who, size_t email);
/** By anything that names somebody. */
bool who_is_known(const struct who *who);

struct origin {
    struct span channel;
    struct span locale;
    struct span campaign_source;
    struct span campaign_medium;
    struct span campaign_name;
    struct span referrer;
};

/** The source's channel, else ${told}. */
struct span translating_channel(const struct translating *t, struct span told);
/** utm_source, utm_medium and utm_campaign of the query of ${url}, into what of ${origin} is empty. */
void translating_campaign(const struct translating *t, struct span url, struct origin *origin);
/** A referring address without its query, which may tell of a person; n = 0 when it is no web address. */
struct span translating_referrer(struct span url);

/** What a delivery was about, as its header says: for people to read, so that odd bytes make it "unknown". */
struct span translating_subject(struct arena *arena, struct span header);

/* --- writing: translating_write.c -------------------------------------------------------------------- */

/** Begin a message. ${event} NULL: an identify. ${at} NONE: when it is received. */
void message_begin(struct translating *t, const char *event, struct span message_id, usec_t at);
/** Whose it is, e-mail and phone as hashes, and where from (NULL: not told). */
void message_context(struct translating *t, const struct who *who, const struct origin *origin);
/**
 * The same of an identify, which has e-mail and phone in its own traits. ${is_active}: the customer did
 * something; else their record was changed, by whomever.
 */
void message_account(struct translating *t, const struct who *who, bool is_active);
void message_end(struct translating *t);
/**
 * message_record(t, who, is_new, at, put_traits):
 * An identify with what a system knows of a customer: ${put_traits} writes the member. Its id is whose it is, of when
 * (${at}, NONE: not told), and what it says.
 */
void message_record(struct translating *t, const struct who *who, bool is_new, usec_t at,
                    void (*put_traits)(struct translating *t, const struct who *who));

/** Open an object or array as the member ${name}, or (NULL) as an element. */
void message_open(struct translating *t, const char *name, char bracket);
void message_close(struct translating *t, char bracket);
/** A member; none when ${text} is empty. */
void message_text(struct translating *t, const char *name, struct span text);
void message_bool(struct translating *t, const char *name, bool value);
void message_null(struct translating *t, const char *name);
void message_decimal(struct translating *t, const char *name, struct decimal value);
/** A number or numeric string as it stands; none when ${token} is anything else. */
void message_number(struct translating *t, const char *name, size_t token);

#endif
