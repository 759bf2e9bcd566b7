#ifndef WIRE_AUDIENCE_H
#define WIRE_AUDIENCE_H

#include "wire/table.h"

/**
 * Customers as other tools take lists of people: their column names, and values normalised (and, for advertising,
 * hashed) as they ask for. What is known of a person comes from the customer's traits.
 */
enum audience { AUDIENCE_NONE, AUDIENCE_MAILCHIMP, AUDIENCE_META, AUDIENCE_GOOGLE, AUDIENCE_TIKTOK, AUDIENCE_KLAVIYO };

/** AUDIENCE_NONE: there is none of this name. */
enum audience audience_of(struct span name);
/** The columns of its file. */
const struct span *audience_columns(enum audience audience, size_t *n);

struct audience_person {
    struct span traits; /* a JSON object */
    int64_t revenue;    /* minor units */
    int exponent;
    bool is_vouched; /* the caller knows that the person agreed, if traits do not say the contrary */
};

/**
 * audience_row(audience, arena, person, table):
 * Print the person, or nothing and return false when no way to name them there may be used: an e-mail address (or, for
 * advertising, a telephone number) of somebody whose traits say that they agreed to marketing and do not say the
 * contrary; a telephone number for messages needs an agreement of its own. Of somebody vouched for it is enough that
 * traits do not say the contrary.
 */
bool audience_row(enum audience audience, struct arena *arena, const struct audience_person *person,
                  struct table *table);

#endif
