#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "base/arena.h"
#include "core/value.h"

/**
 * What an event means: the only list. Rows: enum name, canonical name, aliases (comma-separated, matched like
 * the name: letter case, '_' and '-' don't matter), rank at one instant, sentence.
 * Message types other than track have the names in parentheses; unknown track names are CUSTOM.
 * The enum value is stored in event.kind: append only.
 */
#define EVENT_TABLE(X)                                                                                        \
    X(IDENTIFY, "(identify)", "", 1, "traits were sent")                                                      \
    X(PAGE, "(page)", "", 2, "a page was viewed")                                                             \
    X(SCREEN, "(screen)", "", 2, "a screen was viewed")                                                       \
    X(GROUP, "(group)", "", 2, "the customer was put into a group")                                           \
    X(ALIAS, "(alias)", "", 2, "an alias was reported; identities are not joined")                            \
    X(CUSTOM, "(custom)", "", 2, "an event of the shop's own; kept and counted by name")                      \
    X(ORDER_COMPLETED, "Order Completed", "Completed Order", 3, "an order was completed")                     \
    X(ORDER_UPDATED, "Order Updated", "Updated Order", 4, "the values of an order changed")                   \
    X(ORDER_REFUNDED, "Order Refunded", "Refunded Order", 5, "an order was refunded, wholly or in part")      \
    X(ORDER_CANCELLED, "Order Cancelled", "Order Canceled,Cancelled Order", 6, "an order was cancelled")      \
    X(CHECKOUT_STARTED, "Checkout Started", "Started Order,Started Checkout", 2, "a checkout was started")    \
    X(PRODUCT_VIEWED, "Product Viewed", "Viewed Product", 2, "a product was looked at")                       \
    X(PRODUCT_ADDED, "Product Added", "Added Product", 2, "a product was put into the cart")                  \
    X(PRODUCT_REMOVED, "Product Removed", "Removed Product", 2, "a product was taken out of the cart")        \
    X(PRODUCT_LIST_VIEWED, "Product List Viewed", "Viewed Product Category,Product List Filtered", 2,         \
      "a list of products was looked at")                                                                     \
    X(PRODUCTS_SEARCHED, "Products Searched", "Product Searched,Searched Products", 2, "products were searched") \
    X(CART_VIEWED, "Cart Viewed", "Viewed Cart", 2, "the cart was looked at")                                 \
    X(COUPON_APPLIED, "Coupon Applied", "Applied Coupon", 2, "a coupon was applied")                          \
    X(PRODUCT_SHARED, "Product Shared", "Shared Product", 2, "a product was shared with somebody")            \
    X(CART_SHARED, "Cart Shared", "Shared Cart", 2, "a cart was shared with somebody")                        \
    X(PRODUCT_REVIEWED, "Product Reviewed", "Reviewed Product", 2, "a product was reviewed")                  \
    X(WISHLIST_ADDED, "Product Added to Wishlist", "", 2, "a product was put on a wish list")                 \
    X(WISHLIST_REMOVED, "Product Removed from Wishlist", "", 2, "a product was taken off a wish list")        \
    X(WISHLIST_TO_CART, "Wishlist Product Added to Cart", "", 2, "a product went from a wish list to the cart") \
    X(SURVEY_ANSWERED, "Survey Answered", "Answered Survey", 2, "a survey was answered: kind nps or csat, score") \
    X(COMPLAINT_OPENED, "Complaint Opened", "Opened Complaint", 2, "a complaint was opened")                  \
    X(COMPLAINT_RESOLVED, "Complaint Resolved", "Resolved Complaint", 3, "a complaint was resolved")          \
    X(SUPPORT_REQUESTED, "Support Requested", "Requested Support", 2, "help was asked for")                   \
    X(SUPPORT_ANSWERED, "Support Answered", "Answered Support", 3, "help was given")                          \
    X(REFERRAL_MADE, "Referral Made", "Made Referral", 2, "somebody was referred")                            \
    X(SUBSCRIPTION_STARTED, "Subscription Started", "Started Subscription", 2, "a subscription began")        \
    X(SUBSCRIPTION_RENEWED, "Subscription Renewed", "Renewed Subscription", 3, "a subscription was renewed")  \
    X(SUBSCRIPTION_CANCELLED, "Subscription Cancelled", "Subscription Canceled,Cancelled Subscription", 4,    \
      "a subscription was cancelled: reason")                                                                 \
    X(CUSTOMER_CHURNED, "Customer Churned", "Churned Customer", 4, "the shop was told that the customer left: reason") \
    X(POINTS_EARNED, "Points Earned", "Earned Points", 2, "points were earned: points")                       \
    X(POINTS_REDEEMED, "Points Redeemed", "Redeemed Points", 3, "points were redeemed: points")               \
    X(CAMPAIGN_TOUCHED, "Campaign Touched", "", 2, "a campaign reached the customer: campaign, channel")

enum event_kind {
    EVENT_NONE = 0,
#define X(name, text, aliases, rank, sentence) EVENT_##name,
    EVENT_TABLE(X)
#undef X
        EVENT_KIND_COUNT
};

struct trait {
    struct span name;
    struct span json; /* the value as it was sent; n = 0: the trait was removed (null) */
    struct value value; /* what rules read of ${json}: see trait_value() */
};

/**
 * trait_value(arena, trait):
 * Fill ${trait}->value from ${trait}->json, which is valid JSON: a string, number, boolean, or list of these (an
 * item that is none of them is null); anything else is null, also a number written with more than 40 characters
 * before its exponent or with an exponent of more than two digits.
 * Owns     strings with escapes and lists are in ${arena}; other strings borrow from ${trait}->json.
 */
void trait_value(struct arena *arena, struct trait *trait);

/** What brought the customer, as one event tells it: texts of at most TOUCH_BYTES_MAX bytes; n = 0: not told. */
#define TOUCH_BYTES_MAX 255
struct touch {
    struct span channel;  /* lower case */
    struct span campaign; /* its name, as sent */
    struct span source;   /* of the campaign, lower case */
    struct span medium;   /* of the campaign, lower case */
    struct span locale;   /* as sent */
};

/** The reason of somebody who leaves without one. */
#define REASON_UNSPECIFIED "unspecified"

/** The text behind a hash by which metrics group; for the table term. */
struct term {
    uint64_t hash;     /* what metrics know it by: hash_text of it, whole (of a category in lower case) */
    struct span text;  /* an id, channel, campaign, country, category, reason; cut to TOUCH_BYTES_MAX bytes */
    struct span label; /* of a product: its name as it was sent; n = 0: none */
};

/** What was bought of one product in an order, or returned. Products with neither id nor category are left out. */
struct order_line {
    uint64_t product;  /* 0: it has no id */
    uint64_t category; /* 0: none told */
    int64_t units;     /* thousandths; not negative, at most UNITS_MAX; 1000 when no quantity was told */
    int64_t value;     /* price times quantity, minor units, at most MONEY_MAX; 0 when no price was told */
};
#define LINES_MAX 1000
#define UNITS_MAX INT64_C(1000000000) /* a million: 2^31 orders of it are a sum that bigint holds */

/** The meaning of one accepted message, all that the fold needs of it. Borrows from the arena that decoded it. */
struct event {
    /* fixed at acceptance */
    struct uuid identity_key;
    struct uuid event_id;
    usec_t occurred_at;
    usec_t received_at;
    enum event_kind kind;
    struct span name;       /* name for counting, normalised: the table's own, of custom events the shop's; else n = 0 */
    bool seen;              /* false: context.active is false, so the customer was not "seen" */
    /* orders */
    struct uuid order_key;  /* of events that name an order (or, for a completed one, are their own) */
    struct span order_id;   /* as sent; n = 0: no order */
    bool has_value;         /* the message told the order's value */
    int64_t value;          /* minor units */
    bool has_discount;
    int64_t discount;       /* minor units */
    bool has_coupon;
    bool is_reinstated;     /* ORDER_UPDATED: the order stands, also if it was cancelled before */
    struct uuid refund_key; /* identity of a reversal */
    bool refund_whole;
    int64_t refund_amount;  /* minor units, of a partial refund */
    /* sets: hash_text of normalised names, sorted, without repeats */
    const uint64_t *products;
    size_t n_products;
    const uint64_t *categories;
    size_t n_categories;
    uint64_t channel; /* 0: none told */
    struct touch touch;
    /* what metrics group by: hash_text of texts, 0: not told */
    uint64_t by_channel;  /* touch.channel, else touch.source */
    uint64_t by_campaign; /* touch.campaign */
    uint64_t by_country;  /* properties.country, else context.location.country, in upper case */
    uint64_t by_reason;   /* reason, or "unspecified": of the kinds that have one, never 0 */
    uint64_t inquiry;     /* COMPLAINT_*, SUPPORT_*: its complaint_id, ticket_id, request_id or id */
    const struct order_line *lines; /* ORDER_COMPLETED, ORDER_UPDATED: what was bought; ORDER_REFUNDED: returned */
    size_t n_lines;                 /* at most LINES_MAX; by product and category, without repeats */
    const struct term *terms; /* of all these hashes; may repeat */
    size_t n_terms;
    /* others */
    int score;              /* SURVEY_ANSWERED */
    bool score_is_nps;      /* else csat */
    int64_t points;         /* POINTS_*: not negative */
    struct span reason;     /* *_CANCELLED, CUSTOMER_CHURNED: at most 255 bytes; n = 0: not told */
    const struct trait *traits;
    size_t n_traits;
};

const char *event_kind_name(enum event_kind kind);
const char *event_kind_sentence(enum event_kind kind);
/** Rank at one instant (design 9.1): definitions 0, events 1..9, deadlines 255. */
int event_kind_rank(enum event_kind kind);
/** True for the four kinds that report on an order. */
bool event_is_order(enum event_kind kind);

/**
 * event_name_normalise(text, out, size):
 * Lower case (ASCII), '_' '-' and runs of space become one space, trimmed. Returns the length, or 0 when the
 * name is empty or longer than ${size}.
 */
size_t event_name_normalise(struct span text, char *out, size_t size);

/** The kind of a track event with this normalised name; EVENT_CUSTOM when the table does not know it. */
enum event_kind event_kind_of(struct span normalised);

/** The normalised canonical name of a kind of track event ("order completed"); n = 0 for the others. */
struct span event_kind_normalised(enum event_kind kind);

/** Does the kind count in the metrics of what customers do (CUBE_ACTS), and as taking part (CUBE_PARTICIPANTS)? */
bool event_is_act(enum event_kind kind);
bool event_is_participation(enum event_kind kind);

/** A copy of ${event} with all that it borrows, in ${arena}. */
struct event *event_copy(struct arena *arena, const struct event *event);

/** Timeline order: (occurred_at, rank of the kind, event_id), and of one customer's identities that say the same, their keys. */
int event_compare(const struct event *a, const struct event *b);

#endif
