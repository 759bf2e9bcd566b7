#include "marks.h"

#include <stdlib.h>

#define SAME_TOUCH (30 * 60 * USEC_PER_SEC)

bool marks_are_empty(const struct marks *marks)
{
    return marks->landing.at == NONE && marks->n_inquiries == 0 && marks->n_again == 0 && marks->churn_reason == 0;
}

/* --- touches ------------------------------------------------------------------------------------------------- */

static bool is_touch(const struct event *event)
{
    return event->by_campaign || event->touch.source.n ||
           (event->kind == EVENT_CAMPAIGN_TOUCHED && event->by_channel);
}

/* Of the TOUCH_DAYS before ${touch}, with it; when there are too many the first one stays: it counts for first touch. */
static void add_touch(struct arena *arena, struct marks *marks, const struct touched *touch)
{
    struct touched *touches = ARENA_ARRAY(arena, struct touched, marks->n_touches + 1);
    size_t n = 0;
    for (size_t i = 0; i < marks->n_touches; i++)
        if (marks->touches[i].at >= touch->at - TOUCH_DAYS * USEC_PER_DAY)
            touches[n++] = marks->touches[i];
    if (n == TOUCHES_MAX) {
        memmove(touches + 1, touches + 2, (n - 2) * sizeof(*touches));
        n--;
    }
    touches[n++] = *touch;
    marks->touches = touches;
    marks->n_touches = n;
}

void mark_touch(struct arena *arena, struct state *state, const struct event *event)
{
    struct profile *profile = &state->profile;
    struct marks *marks = &profile->marks;
    struct touched touch = {.at = event->occurred_at, .channel = event->by_channel, .campaign = event->by_campaign};
    if (touch.channel == 0 && touch.campaign == 0)
        return;
    if (marks->landing.at == NONE) {
        marks->landing = touch;
        marks->landing_is_late = state->a.last_order_at == touch.at;
        profile->is_changed = true;
    }
    if (!is_touch(event))
        return;
    const struct touched *last = marks->n_touches ? &marks->touches[marks->n_touches - 1] : NULL;
    if (last && last->channel == touch.channel && last->campaign == touch.campaign && touch.at - last->at < SAME_TOUCH)
        return;
    add_touch(arena, marks, &touch);
    profile->is_changed = true;
}

/* --- bought again ---------------------------------------------------------------------------------------------- */

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

bool hash_is_in(const uint64_t *set, size_t n, uint64_t hash)
{
    return n && bsearch(&hash, set, n, sizeof(hash), compare_hashes);
}

static size_t find_again(const struct marks *marks, const uint64_t *had, size_t n_had, const uint64_t *bought,
                         size_t n_bought, uint64_t turn, uint64_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < n_bought; i++)
        if (hash_is_in(had, n_had, bought[i]) && !hash_is_in(marks->again, marks->n_again, bought[i] ^ turn))
            out[n++] = bought[i] ^ turn;
    return n;
}

void mark_bought_again(struct arena *arena, struct state *state, const struct event *event)
{
    struct profile *profile = &state->profile;
    struct marks *marks = &profile->marks;
    const struct order *order = state_order(state, &event->order_key);
    size_t most = event->n_products + event->n_categories;
    if (most == 0 || (order && order->completed_at != NONE))
        return;
    uint64_t *again = ARENA_ARRAY(arena, uint64_t, marks->n_again + most);
    size_t n = find_again(marks, profile->products, profile->n_products, event->products, event->n_products, 0, again);
    n += find_again(marks, profile->categories, profile->n_categories, event->categories, event->n_categories,
                    AGAIN_CATEGORY, again + n);
    if (n == 0 || marks->n_again + n > 2 * SET_MAX)
        return;
    if (marks->n_again)
        memcpy(again + n, marks->again, marks->n_again * sizeof(*again));
    qsort(again, marks->n_again + n, sizeof(*again), compare_hashes);
    marks->again = again;
    marks->n_again += n;
    profile->is_changed = true;
}

/* --- inquiries -------------------------------------------------------------------------------------------------- */

/* May ${event} settle ${inquiry}? Answers go to what waits for one, resolutions to complaints. */
static bool settles(const struct event *event, const struct inquiry *inquiry)
{
    return event->kind == EVENT_SUPPORT_ANSWERED ? !inquiry->is_answered : inquiry->kind == EVENT_COMPLAINT_OPENED;
}

const struct inquiry *state_inquiry(const struct state *state, const struct event *event)
{
    const struct marks *marks = &state->profile.marks;
    const struct inquiry *oldest = NULL;
    if (event->kind != EVENT_SUPPORT_ANSWERED && event->kind != EVENT_COMPLAINT_RESOLVED)
        return NULL;
    for (size_t i = 0; i < marks->n_inquiries; i++) {
        const struct inquiry *inquiry = &marks->inquiries[i];
        if (!settles(event, inquiry))
            continue;
        if (event->inquiry && inquiry->key == event->inquiry)
            return inquiry;
        if (oldest == NULL && (event->inquiry == 0 || inquiry->key == 0))
            oldest = inquiry;
    }
    return oldest;
}

void open_inquiry(struct arena *arena, struct state *state, const struct event *event)
{
    struct marks *marks = &state->profile.marks;
    struct inquiry *inquiries = ARENA_ARRAY(arena, struct inquiry, marks->n_inquiries + 1);
    size_t forgotten = marks->n_inquiries == INQUIRIES_MAX, n = marks->n_inquiries - forgotten;
    if (n)
        memcpy(inquiries, marks->inquiries + forgotten, n * sizeof(*inquiries));
    inquiries[n] = (struct inquiry){.kind = event->kind, .key = event->inquiry, .at = event->occurred_at};
    marks->inquiries = inquiries;
    marks->n_inquiries = n + 1;
    state->profile.is_changed = true;
}

/* An answered complaint waits for its resolution; all else is settled and forgotten. */
void settle_inquiry(struct arena *arena, struct state *state, const struct event *event)
{
    struct marks *marks = &state->profile.marks;
    const struct inquiry *settled = state_inquiry(state, event);
    if (settled == NULL)
        return;
    struct inquiry *inquiries = ARENA_ARRAY(arena, struct inquiry, marks->n_inquiries);
    size_t n = 0;
    for (size_t i = 0; i < marks->n_inquiries; i++) {
        bool is_it = &marks->inquiries[i] == settled;
        if (is_it && (event->kind == EVENT_COMPLAINT_RESOLVED || settled->kind == EVENT_SUPPORT_REQUESTED))
            continue;
        inquiries[n] = marks->inquiries[i];
        inquiries[n++].is_answered |= is_it;
    }
    marks->inquiries = inquiries;
    marks->n_inquiries = n;
    state->profile.is_changed = true;
}
