#include "state_parts.h"

/* The second row of a customer: sets, counters, traits, what brought them. */

bool set_merge(struct arena *arena, uint64_t **set, size_t *n, const uint64_t *added, size_t n_added)
{
    size_t i = 0, fresh = 0;
    for (size_t k = 0; k < n_added; k++) {
        while (i < *n && (*set)[i] < added[k])
            i++;
        fresh += i == *n || (*set)[i] != added[k];
    }
    if (fresh > SET_MAX - *n)
        fresh = SET_MAX - *n;
    if (fresh == 0)
        return false;
    uint64_t *merged = ARENA_ARRAY(arena, uint64_t, *n + fresh);
    size_t total = *n + fresh, out = 0, k = 0;
    for (i = 0; out < total;) {
        if (k < n_added && fresh > 0 && (i == *n || added[k] < (*set)[i])) {
            merged[out++] = added[k++];
            fresh--;
        } else if (i < *n) {
            if (k < n_added && added[k] == (*set)[i])
                k++;
            else if (k < n_added && added[k] < (*set)[i]) {
                k++; /* the set is full */
                continue;
            }
            merged[out++] = (*set)[i++];
        }
    }
    *set = merged;
    *n = total;
    return true;
}

static void count_name(struct arena *arena, struct profile *profile, struct span name)
{
    size_t low = 0, high = profile->n_counters;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(profile->counters[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == profile->n_counters || !span_equal(profile->counters[low].name, name)) {
        if (profile->n_counters == COUNTERS_MAX)
            return;
        struct counter *counters = ARENA_ARRAY(arena, struct counter, profile->n_counters + 1);
        if (profile->n_counters) {
            memcpy(counters, profile->counters, low * sizeof(*counters));
            memcpy(counters + low + 1, profile->counters + low, (profile->n_counters - low) * sizeof(*counters));
        }
        counters[low] = (struct counter){.name = arena_span(arena, name)};
        profile->counters = counters;
        profile->n_counters++;
    }
    profile->counters[low].count++;
    profile->is_changed = true;
}

/* What a trait takes of TRAITS_BYTES_MAX: as a member of a JSON object. */
static size_t trait_bytes(const struct trait *trait)
{
    return trait->name.n + trait->json.n + 6;
}

/* Where the trait with this name is, or would be. */
static size_t trait_place(const struct profile *profile, struct span name)
{
    size_t low = 0, high = profile->n_traits;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (span_compare(profile->traits[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/*
 * One trait into an array that has room for it. ${bytes} is what all traits take. What would pass a bound is left out.
 */
static void set_trait(struct arena *arena, struct profile *profile, const struct trait *trait, size_t *bytes)
{
    size_t i = trait_place(profile, trait->name);
    struct trait *at = &profile->traits[i];
    bool found = i < profile->n_traits && span_equal(at->name, trait->name);
    if (found && trait->json.n == 0) {
        *bytes -= trait_bytes(at);
        memmove(at, at + 1, (--profile->n_traits - i) * sizeof(*at));
        return;
    }
    size_t old = found ? trait_bytes(at) : 0;
    if (trait->json.n == 0 || *bytes - old + trait_bytes(trait) > TRAITS_BYTES_MAX ||
        (!found && profile->n_traits == TRAITS_MAX))
        return;
    if (!found) {
        memmove(at + 1, at, (profile->n_traits++ - i) * sizeof(*at));
        at->name = arena_span(arena, trait->name);
    }
    at->json = arena_span(arena, trait->json);
    trait_value(arena, at);
    *bytes += trait_bytes(trait) - old;
}

/* Does the customer have this trait with this value, or lack the one that is removed? */
static bool trait_stands(const struct profile *profile, const struct trait *trait)
{
    size_t i = trait_place(profile, trait->name);
    bool found = i < profile->n_traits && span_equal(profile->traits[i].name, trait->name);
    return found ? span_equal(profile->traits[i].json, trait->json) : trait->json.n == 0;
}

/* The array is copied once for an event that changes something: other states may share it. */
void set_traits(struct arena *arena, struct profile *profile, const struct event *event)
{
    size_t first = 0, bytes = 0;
    while (first < event->n_traits && trait_stands(profile, &event->traits[first]))
        first++;
    if (first == event->n_traits)
        return;
    struct trait *traits = ARENA_ARRAY(arena, struct trait, profile->n_traits + event->n_traits - first);
    if (profile->n_traits)
        memcpy(traits, profile->traits, profile->n_traits * sizeof(*traits));
    profile->traits = traits;
    for (size_t i = 0; i < profile->n_traits; i++)
        bytes += trait_bytes(&traits[i]);
    for (size_t i = first; i < event->n_traits; i++)
        set_trait(arena, profile, &event->traits[i], &bytes);
    profile->is_changed = true;
}

enum touch_which { FIRST, LAST };

static void set_touch(struct arena *arena, struct profile *profile, enum touch_which which, struct span told,
                      struct span *known)
{
    if (told.n == 0 || (which == FIRST && known->n != 0) || span_equal(*known, told))
        return;
    *known = arena_span(arena, told);
    profile->is_changed = true;
}

void set_touches(struct arena *arena, struct profile *profile, const struct touch *touch)
{
#define X(name, member, which) set_touch(arena, profile, which, touch->member, &profile->name);
    TOUCH_TABLE(X)
#undef X
}

static bool touch_is_told(const struct touch *touch)
{
#define X(name, member, which) touch->member.n != 0 ||
    return TOUCH_TABLE(X) false;
#undef X
}

bool profile_is_empty(const struct profile *profile)
{
#define X(name, member, which) profile->name.n == 0 &&
    return TOUCH_TABLE(X) profile->n_traits == 0 && profile->n_counters == 0 && profile->n_categories == 0 &&
           profile->n_products == 0 && profile->n_channels == 0 && profile->churn_reason.n == 0 &&
           marks_are_empty(&profile->marks);
#undef X
}

/* Events that are counted by an accumulator of their own, or have no name. */
static bool is_counted_by_name(enum event_kind kind)
{
    switch (kind) {
    case EVENT_NONE:
    case EVENT_IDENTIFY:
    case EVENT_PAGE:
    case EVENT_SCREEN:
    case EVENT_GROUP:
    case EVENT_ALIAS:
    case EVENT_ORDER_COMPLETED:
    case EVENT_CHECKOUT_STARTED:
    case EVENT_PRODUCT_VIEWED:
    case EVENT_PRODUCT_ADDED:
    case EVENT_KIND_COUNT:
        return false;
    case EVENT_CUSTOM:
    case EVENT_ORDER_UPDATED:
    case EVENT_ORDER_REFUNDED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_PRODUCT_REMOVED:
    case EVENT_PRODUCT_LIST_VIEWED:
    case EVENT_PRODUCTS_SEARCHED:
    case EVENT_CART_VIEWED:
    case EVENT_COUPON_APPLIED:
    case EVENT_PRODUCT_SHARED:
    case EVENT_CART_SHARED:
    case EVENT_PRODUCT_REVIEWED:
    case EVENT_WISHLIST_ADDED:
    case EVENT_WISHLIST_REMOVED:
    case EVENT_WISHLIST_TO_CART:
    case EVENT_SURVEY_ANSWERED:
    case EVENT_COMPLAINT_OPENED:
    case EVENT_COMPLAINT_RESOLVED:
    case EVENT_SUPPORT_REQUESTED:
    case EVENT_SUPPORT_ANSWERED:
    case EVENT_REFERRAL_MADE:
    case EVENT_SUBSCRIPTION_STARTED:
    case EVENT_SUBSCRIPTION_RENEWED:
    case EVENT_SUBSCRIPTION_CANCELLED:
    case EVENT_CUSTOMER_CHURNED:
    case EVENT_POINTS_EARNED:
    case EVENT_POINTS_REDEEMED:
    case EVENT_CAMPAIGN_TOUCHED:
        return true;
    }
    return false;
}

bool event_needs_profile(const struct event *event)
{
    return touch_is_told(&event->touch) || event->n_traits || is_counted_by_name(event->kind) ||
           event->kind == EVENT_ORDER_COMPLETED;
}

/* Known events are counted under their canonical name, whatever alias was sent. */
void count_event(struct arena *arena, struct state *state, const struct event *event)
{
    if (!is_counted_by_name(event->kind))
        return;
    if (event->kind == EVENT_CUSTOM) {
        count_name(arena, &state->profile, event->name);
        return;
    }
    char name[64];
    size_t n = event_name_normalise(span_of(event_kind_name(event->kind)), name, sizeof(name));
    count_name(arena, &state->profile, (struct span){name, n});
}
