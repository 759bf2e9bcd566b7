#ifndef CORE_IDENTITY_H
#define CORE_IDENTITY_H

#include "base/status.h"
#include "base/types.h"

/**
 * What a person is known by. One row a kind: enum name, word (in ids "WORD:VALUE", in ?by=, in externalIds), how
 * many a customer may have when messages alone join identities (0: the shop's limit), sentence.
 * Rank is the order of rows: the customer of several identities bears the name of the first kind, of these the
 * smallest key. The enum value is stored in customer.identity_kind: append only.
 */
#define IDENTITY_TABLE(X)                                                                                    \
    X(USER, "user", 1, "userId, as the shop sends it")                                                       \
    X(SHOPIFY, "shopify", 1, "a customer's id in Shopify")                                                   \
    X(WOOCOMMERCE, "woocommerce", 1, "a customer's id in WooCommerce")                                       \
    X(MEMBER, "member", 1, "a member or loyalty number")                                                     \
    X(ANONYMOUS, "anonymous", 0, "anonymousId of a browser or device")                                       \
    X(EMAIL, "email", 0, "SHA-256 of an e-mail address, trimmed and in lower case")                          \
    X(PHONE, "phone", 0, "SHA-256 of a telephone number's digits")                                           \
    X(ORDER, "order", 0, "the id of an order that nobody has claimed yet")

enum identity_kind {
    IDENTITY_NONE = 0,
#define X(name, word, most, sentence) IDENTITY_##name,
    IDENTITY_TABLE(X)
#undef X
        IDENTITY_KIND_COUNT
};

/** One name of a person, as a message gives it. */
struct identity {
    enum identity_kind kind;
    struct uuid key;   /* UUIDv5 of "WORD:VALUE" in the shop's space */
    struct span value; /* userId and anonymousId as sent; else "WORD:VALUE", of an e-mail or phone with its hash */
    bool is_alias;     /* previousId of an alias: it joins two user ids too */
};

/** "user", "shopify", ...; NULL for IDENTITY_NONE. */
const char *identity_word(enum identity_kind kind);
/** How many of a kind a customer may have by automatic joins; 0: no bound of its own. */
int identity_most(enum identity_kind kind);
/**
 * identity_rank(kind, is_used):
 * Of the identities of one customer the one of the least rank, and of these of the least key, gives the name: the
 * first kind, before the same kind that messages only mention. A user id that was only mentioned is the guess of an
 * alias, whose previousId may be none: it comes last.
 */
int identity_rank(enum identity_kind kind, bool is_used);
/** The kind with this word; IDENTITY_NONE: none. */
enum identity_kind identity_kind_of(struct span word);

#endif
