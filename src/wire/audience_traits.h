#ifndef SRC_WIRE_AUDIENCE_TRAITS_H
#define SRC_WIRE_AUDIENCE_TRAITS_H

#include "base/arena.h"

/** What traits say of a person, under the names that are usual. */

/** Fields and the traits that may hold them, the first that does counts. Those from CITY on are also looked for in `address`. */
#define TRAIT_FIELDS(X)                                                                                       \
    X(EMAIL, "email")                                                                                         \
    X(PHONE, "phone")                                                                                         \
    X(PHONE, "phone_number")                                                                                  \
    X(PHONE, "phoneNumber")                                                                                   \
    X(PHONE, "mobile")                                                                                        \
    X(FIRST, "firstName")                                                                                     \
    X(FIRST, "first_name")                                                                                    \
    X(FIRST, "firstname")                                                                                     \
    X(FIRST, "given_name")                                                                                    \
    X(LAST, "lastName")                                                                                       \
    X(LAST, "last_name")                                                                                      \
    X(LAST, "lastname")                                                                                       \
    X(LAST, "family_name")                                                                                    \
    X(BIRTHDAY, "birthday")                                                                                   \
    X(BIRTHDAY, "birthdate")                                                                                  \
    X(BIRTHDAY, "birth_date")                                                                                 \
    X(BIRTHDAY, "date_of_birth")                                                                              \
    X(BIRTHDAY, "dateOfBirth")                                                                                \
    X(BIRTHDAY, "dob")                                                                                        \
    X(GENDER, "gender")                                                                                       \
    X(GENDER, "sex")                                                                                          \
    X(TAGS, "tags")                                                                                           \
    X(CITY, "city")                                                                                           \
    X(CITY, "town")                                                                                           \
    X(STATE, "province")                                                                                      \
    X(STATE, "province_code")                                                                                 \
    X(STATE, "region")                                                                                        \
    X(STATE, "state")                                                                                         \
    X(ZIP, "zip")                                                                                             \
    X(ZIP, "zip_code")                                                                                        \
    X(ZIP, "zipCode")                                                                                         \
    X(ZIP, "postal_code")                                                                                     \
    X(ZIP, "postalCode")                                                                                      \
    X(ZIP, "postcode")                                                                                        \
    X(COUNTRY, "country_code")                                                                                \
    X(COUNTRY, "countryCode")                                                                                 \
    X(COUNTRY, "country")

enum trait_field {
    TRAIT_EMAIL,
    TRAIT_PHONE,
    TRAIT_FIRST,
    TRAIT_LAST,
    TRAIT_BIRTHDAY,
    TRAIT_GENDER,
    TRAIT_TAGS,
    TRAIT_CITY,
    TRAIT_STATE,
    TRAIT_ZIP,
    TRAIT_COUNTRY,
    TRAIT_FIELD_COUNT
};

/**
 * Traits that say yes or no to marketing. YES: a yes agrees, anything else refuses. SMS: the same for messages to the
 * telephone. NO: a yes refuses both; NO_EMAIL: the first.
 */
#define TRAIT_CONSENTS(X)                                                                                     \
    X(YES, "accepts_marketing")                                                                               \
    X(YES, "acceptsMarketing")                                                                                \
    X(YES, "marketing_consent")                                                                               \
    X(YES, "marketingConsent")                                                                                \
    X(YES, "marketing_opt_in")                                                                                \
    X(YES, "marketingOptIn")                                                                                  \
    X(YES, "email_marketing_consent")                                                                         \
    X(YES, "emailMarketingConsent")                                                                           \
    X(YES, "email_consent")                                                                                   \
    X(YES, "email_opt_in")                                                                                    \
    X(YES, "emailOptIn")                                                                                      \
    X(YES, "email_subscribe")                                                                                 \
    X(YES, "newsletter")                                                                                      \
    X(YES, "subscribed_to_newsletter")                                                                        \
    X(NO, "unsubscribed")                                                                                     \
    X(NO_EMAIL, "unsubscribed_from_emails")                                                                   \
    X(NO_EMAIL, "email_opt_out")                                                                              \
    X(NO_EMAIL, "emailOptOut")                                                                                \
    X(NO, "opted_out")                                                                                        \
    X(NO, "do_not_contact")                                                                                   \
    X(NO, "doNotContact")                                                                                     \
    X(SMS, "sms_marketing_consent")                                                                           \
    X(SMS, "smsMarketingConsent")                                                                             \
    X(SMS, "accepts_sms_marketing")                                                                           \
    X(SMS, "sms_consent")                                                                                     \
    X(SMS, "sms_opt_in")                                                                                      \
    X(SMS, "smsOptIn")

#define TRAIT_TAGS_MAX 100

struct traits {
    struct span fields[TRAIT_FIELD_COUNT]; /* texts, trimmed; n = 0: not told. Not of tags */
    struct span tags[TRAIT_TAGS_MAX];
    size_t n_tags;
    bool agrees;     /* to marketing: by e-mail, and in general; never when they refuse */
    bool agrees_sms; /* to messages to the telephone; never when they refuse these */
    bool refuses;    /* what ${agrees} is of; neither: nothing is said */
    bool refuses_sms;
};

/** All in ${arena}, or borrowed from ${json}. What cannot be read says nothing. */
void traits_read(struct arena *arena, struct span json, struct traits *out);

#endif
