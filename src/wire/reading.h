#ifndef SRC_WIRE_READING_H
#define SRC_WIRE_READING_H

#include "core/event.h"
#include "core/money.h"
#include "core/shop.h"
#include "scan.h"

/**
 * One message while it is read: where its known members are. The tables below are the only members that have
 * a meaning here; all others are kept in the ledger as they are.
 */

/* clang-format off */
#define MEMBER_TABLE(X)                                                                                       \
    X(TYPE, "type") X(USER_ID, "userId") X(ANONYMOUS_ID, "anonymousId") X(MESSAGE_ID, "messageId")            \
    X(EVENT, "event") X(PROPERTIES, "properties") X(TIMESTAMP, "timestamp") X(CONTEXT, "context")             \
    X(INTEGRATIONS, "integrations") X(TRAITS, "traits") X(ORIGINAL_TIMESTAMP, "originalTimestamp")            \
    X(NAME, "name") X(CATEGORY, "category") X(GROUP_ID, "groupId") X(PREVIOUS_ID, "previousId")               \
    X(CHANNEL, "channel")                                                                                     \
    /* these four are not kept: the first two are keys, the others are of one delivery, not of the message */ \
    X(WRITE_KEY, "writeKey") X(API_KEY, "api_key") X(SENT_AT, "sentAt") X(RECEIVED_AT, "receivedAt")

#define PROPERTY_TABLE(X)                                                                                     \
    X(ORDER_ID, "order_id") X(REVENUE, "revenue") X(SUBTOTAL, "subtotal") X(TOTAL, "total")                   \
    X(DISCOUNT, "discount") X(COUPON, "coupon") X(CURRENCY, "currency") X(PRODUCTS, "products")               \
    X(EXCHANGE_RATE, "exchange_rate") X(REFUND_ID, "refund_id") X(AMOUNT, "amount")                           \
    X(CHANNEL, "channel") X(KIND, "kind") X(SCORE, "score") X(POINTS, "points") X(REASON, "reason")           \
    X(CAMPAIGN, "campaign") X(CANCELLED, "cancelled") X(COUNTRY, "country")                                   \
    X(COMPLAINT_ID, "complaint_id") X(TICKET_ID, "ticket_id") X(REQUEST_ID, "request_id") X(ID, "id")

#define CONTEXT_TABLE(X)                                                                                      \
    X(CHANNEL, "channel") X(ACTIVE, "active") X(LIBRARY, "library") X(CAMPAIGN, "campaign")                   \
    X(LOCALE, "locale") X(PAGE, "page") X(TRAITS, "traits") X(EXTERNAL_IDS, "externalIds") \
    X(LOCATION, "location")
/* clang-format on */

enum member {
#define X(name, text) MEMBER_##name,
    MEMBER_TABLE(X)
#undef X
        MEMBER_COUNT
};

enum property {
#define X(name, text) PROPERTY_##name,
    PROPERTY_TABLE(X)
#undef X
        PROPERTY_COUNT
};

enum context {
#define X(name, text) CONTEXT_##name,
    CONTEXT_TABLE(X)
#undef X
        CONTEXT_COUNT
};

extern const struct span member_names[MEMBER_COUNT];

/** Tokens; 0: the member is absent or null. */
struct reading {
    struct arena *arena;
    const struct shop *shop;
    struct error *error;
    const struct scan *scan;
    size_t message;
    size_t members[MEMBER_COUNT];
    size_t properties[PROPERTY_COUNT];
    size_t context[CONTEXT_COUNT];
    struct span message_id;
    usec_t sent_at; /* NONE: not told, or no time */
    char place[32]; /* pointer of the message in the body: "" or "/batch/3" */
};

/** A name of a known member as a pointer: "/properties/revenue". */
const char *property_pointer(enum property property);
const char *member_pointer(enum member member);

/** Fill properties and context from members. Errors: WRONG_TYPE when these or traits are no objects. */
enum status reading_open(struct reading *r) MUST_CHECK;

/** error_set() at ${pointer} inside the message. */
enum status reading_refuse(const struct reading *r, enum status status, const char *pointer,
                           const char *format, ...) PRINTF_LIKE(4, 5);

/**
 * reading_id(r, token, pointer, out):
 * A string, or an integer as its text; n = 0 when it is absent or empty.
 * Errors   WRONG_TYPE, INVALID_VALUE over 255 bytes.
 */
enum status reading_id(const struct reading *r, size_t token, const char *pointer,
                       struct span *out) MUST_CHECK;

/** The text of a string or an integer; n = 0 when ${token} is anything else. */
struct span reading_text(const struct reading *r, size_t token);

/** A number, or a string that holds one. Errors: WRONG_TYPE, else ${if_bad}. */
enum status reading_decimal(const struct reading *r, size_t token, const char *pointer, enum status if_bad,
                            struct decimal *out) MUST_CHECK;

/** ${text} without white space around it. */
struct span reading_trim(struct span text);

/** The first characters of ${text}, which is UTF-8, that take at most ${most} bytes. */
struct span reading_start(struct span text, size_t most);

/** ASCII lower case and trimmed, in the arena. */
struct span reading_lower(const struct reading *r, struct span text);

/** hash_text of the lower-case trimmed text; 0 when nothing is left. */
uint64_t reading_hash(const struct reading *r, struct span text);

#endif
