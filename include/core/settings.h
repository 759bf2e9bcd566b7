#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "base/arena.h"
#include "core/identity.h"
#include "core/rfm.h"

/** What the owner of a shop has chosen. Immutable. */

#define SETTINGS_IDENTITIES_MAX_DEFAULT 200
#define SETTINGS_SHARERS_MAX_DEFAULT    1
#define SETTINGS_FEED_DAYS_DEFAULT      30
#define SETTINGS_SCORE_DAYS_DEFAULT     7
#define SETTINGS_CADENCE_MAX            15
#define SETTINGS_BLOCKED_MAX            1000
#define SETTINGS_ORIGINS_MAX            100
#define SETTINGS_TEXT_MAX               255 /* bytes of an origin or a blocked identity */

struct settings {
    unsigned joins;     /* bit (1 << enum identity_kind): messages that name such an identity join it. All */
    int identities_max; /* a customer of so many identities is joined to no more by messages */
    int sharers_max;    /* an e-mail or phone that more than so many known customers gave joins nobody more */
    const struct uuid *blocked; /* keys of identities that never join; sorted */
    size_t n_blocked;
    const char *const *origins; /* that may send from a browser; "*": any */
    size_t n_origins;
    bool has_order_changes; /* the feed tells of orders and refunds */
    int feed_days;          /* how long changes are kept, at least */
    char cadence[SETTINGS_CADENCE_MAX + 1]; /* what customers are expected to do before there is a fit */
    double margin;                          /* of revenue: what lifetime value counts, 0 to 1 */
    double discount;                        /* a year, 0 to 1 */
    int fit_days;                           /* parameters are fitted so often; 0: never by themselves */
    int rfm_days;                           /* RFM bounds are taken so often; 0: never by themselves */
    bool has_rfm_bounds;                    /* the owner's own stand instead; as in struct rfm */
    int32_t rfm_recency[RFM_BOUNDS];
    int32_t rfm_frequency[RFM_BOUNDS];
    int64_t rfm_monetary[RFM_BOUNDS];
    int version; /* for If-Match */
};

/** Those of a shop whose owner has chosen nothing. */
extern const struct settings settings_default;

/** A copy with all that it points to. */
const struct settings *settings_copy(struct arena *arena, const struct settings *settings);

/** May a page of ${origin} (as a browser sends it) send to the shop? */
bool settings_allow(const struct settings *settings, struct span origin);

#endif
