#include "naive_tallies.h"

#include <stdlib.h>
#include <time.h>

/* Of orders: naive_sales.c. */
#include "naive_sales.h"

/* --- the calendar --- */

/* The date that clocks show, as days since 1970. */
static int64_t shown_day(time_t seconds)
{
    struct tm tm;
    localtime_r(&seconds, &tm);
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    return timegm(&tm) / 86400;
}

/* The latest day that clocks have shown: they may be put back over midnight. */
static int64_t day_at(usec_t at)
{
    time_t seconds = at / USEC_PER_SEC;
    int64_t day = shown_day(seconds);
    for (int minute = 0; minute < 180; minute++) {
        int64_t before = shown_day(seconds - seconds % 60 - minute * 60);
        if (before > day)
            day = before;
    }
    return day;
}

int64_t naive_period(enum grain grain, int64_t day)
{
    for (;; day--) {
        time_t noon = day * 86400 + 43200;
        struct tm tm;
        gmtime_r(&noon, &tm);
        if (grain == GRAIN_DAY || (grain == GRAIN_WEEK && tm.tm_wday == 1) || (grain == GRAIN_MONTH && tm.tm_mday == 1))
            return day;
    }
}

int64_t naive_next_period(enum grain grain, int64_t day)
{
    int64_t next = day + 1;
    while (naive_period(grain, next) == naive_period(grain, day))
        next++;
    return next;
}

/* --- rows --- */

int64_t *naive_row(struct naive_tallies *t, enum cube cube, int64_t day, int64_t a, int64_t b, int64_t c)
{
    struct tally_key key = {.shop_id = t->shop_id, .cube = cube, .day = day, .a = a, .b = b, .c = c};
    for (size_t i = 0; i < t->n; i++)
        if (tally_key_compare(&t->rows[i].key, &key) == 0)
            return t->rows[i].n;
    t->rows = arena_grow(t->arena, t->rows, t->n, &t->capacity, sizeof(*t->rows));
    t->rows[t->n] = (struct tally){.key = key};
    return t->rows[t->n++].n;
}

static int compare_rows(const void *a, const void *b)
{
    return tally_key_compare(&((const struct tally *)a)->key, &((const struct tally *)b)->key);
}

void naive_tallies_sort(struct naive_tallies *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->n; i++) {
        bool is_empty = true;
        for (size_t k = 0; k < TALLY_SUMS; k++)
            is_empty = is_empty && t->rows[i].n[k] == 0;
        if (!is_empty)
            t->rows[kept++] = t->rows[i];
    }
    t->n = kept;
    if (kept > 1)
        qsort(t->rows, kept, sizeof(*t->rows), compare_rows);
}

/* --- what customers do --- */

static bool is_one_of(const struct event *e, const enum event_kind *kinds, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (e->kind == kinds[i])
            return true;
    return false;
}

#define IS(event, ...)                                                                                       \
    is_one_of(event, (const enum event_kind[]){__VA_ARGS__},                                                 \
              sizeof((const enum event_kind[]){__VA_ARGS__}) / sizeof(enum event_kind))

/* The first event of one of two kinds; n: there is none. */
static size_t first_of(const struct naive_ledger *l, enum event_kind kind, enum event_kind or_kind)
{
    size_t i = 0;
    while (i < l->n && l->events[i]->kind != kind && l->events[i]->kind != or_kind)
        i++;
    return i;
}

static void one_step(struct naive_tallies *t, const struct naive_ledger *l, enum funnel_step step, size_t i)
{
    if (i >= l->n || l->seen > i)
        return;
    int64_t days = l->day[i] - l->day[l->seen];
    naive_row(t, CUBE_FUNNEL, naive_period(GRAIN_MONTH, l->day[l->seen]), step, days > 366 ? 366 : days, 0)[0]++;
}

static void steps(struct naive_tallies *t, const struct naive_ledger *l)
{
    one_step(t, l, STEP_SEEN, l->seen);
    one_step(t, l, STEP_LOOKED, first_of(l, EVENT_PRODUCT_VIEWED, EVENT_PRODUCT_VIEWED));
    one_step(t, l, STEP_CARTED, first_of(l, EVENT_PRODUCT_ADDED, EVENT_WISHLIST_TO_CART));
    one_step(t, l, STEP_CHECKOUT, first_of(l, EVENT_CHECKOUT_STARTED, EVENT_CHECKOUT_STARTED));
    one_step(t, l, STEP_ORDERED, l->n_sales > 0 ? l->sales[0].i : l->n);
    one_step(t, l, STEP_ORDERED_AGAIN, l->n_sales > 1 ? l->sales[1].i : l->n);
}

static void acts(struct naive_tallies *t, const struct naive_ledger *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct event *e = l->events[i];
        if (event_is_act(e->kind))
            naive_row(t, CUBE_ACTS, l->day[i], e->kind, 0, 0)[0]++;
        if (e->kind == EVENT_SURVEY_ANSWERED)
            naive_row(t, CUBE_SURVEY, l->day[i], e->score_is_nps ? 1 : 2, e->score, 0)[0]++;
        if (e->by_reason)
            naive_row(t, CUBE_REASON, l->day[i], (int64_t)e->by_reason, 0, 0)[0]++;
        for (enum grain grain = GRAIN_DAY; event_is_participation(e->kind) && grain <= GRAIN_MONTH; grain++)
            naive_row(t, CUBE_PARTICIPANTS, naive_period(grain, l->day[i]), grain, 0, 0)[0] = 1;
    }
}

static void returns_of_lost_customers(struct naive_tallies *t, const struct naive_ledger *l)
{
    for (size_t i = 0; i < l->n; i++) {
        size_t left = i;
        if (!IS(l->events[i], EVENT_ORDER_COMPLETED, EVENT_SUBSCRIPTION_STARTED, EVENT_SUBSCRIPTION_RENEWED))
            continue;
        while (left-- > 0)
            if (IS(l->events[left], EVENT_ORDER_COMPLETED, EVENT_SUBSCRIPTION_STARTED, EVENT_SUBSCRIPTION_RENEWED,
                   EVENT_SUBSCRIPTION_CANCELLED, EVENT_CUSTOMER_CHURNED))
                break;
        if (left != SIZE_MAX && IS(l->events[left], EVENT_SUBSCRIPTION_CANCELLED, EVENT_CUSTOMER_CHURNED))
            naive_row(t, CUBE_WONBACK, l->day[i], (int64_t)l->events[left]->by_reason, l->day[i] - l->day[left], 0)[0]++;
    }
}

/* --- requests and complaints --- */

struct request {
    const struct event *e;
    bool is_answered, is_over;
};

/* Of those that wait for ${e}: the oldest of its name, else the oldest of no name; if it has no name, the oldest. */
static struct request *meant_by(struct request *requests, size_t n, const struct event *e)
{
    for (int named = 1; named >= 0; named--)
        for (size_t k = 0; k < n; k++) {
            struct request *r = &requests[k];
            bool waits = !r->is_over && (e->kind == EVENT_SUPPORT_ANSWERED ? !r->is_answered
                                                                           : r->e->kind == EVENT_COMPLAINT_OPENED);
            bool fits = e->inquiry == 0 || r->e->inquiry == (named ? e->inquiry : 0);
            if (waits && fits)
                return r;
        }
    return NULL;
}

static void forget_the_oldest(struct request *requests, size_t n)
{
    size_t waiting = 0;
    for (size_t k = 0; k < n; k++)
        waiting += !requests[k].is_over;
    for (size_t k = 0; k < n && waiting > INQUIRIES_MAX; k++)
        if (!requests[k].is_over) {
            requests[k].is_over = true;
            waiting--;
        }
}

static void answers(struct naive_tallies *t, const struct naive_ledger *l)
{
    struct request *requests = ARENA_ARRAY(t->arena, struct request, l->n);
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct event *e = l->events[i];
        if (IS(e, EVENT_SUPPORT_REQUESTED, EVENT_COMPLAINT_OPENED)) {
            requests[n++] = (struct request){.e = e};
            forget_the_oldest(requests, n);
        }
        struct request *r = NULL;
        if (IS(e, EVENT_SUPPORT_ANSWERED, EVENT_COMPLAINT_RESOLVED))
            r = meant_by(requests, n, e);
        if (r == NULL)
            continue;
        int64_t s = (e->occurred_at - r->e->occurred_at) / USEC_PER_SEC;
        s = s < 6000 ? s : s < 360000 ? s / 60 * 60 : s / 3600 * 3600;
        naive_row(t, CUBE_ANSWERS, l->day[i], e->kind == EVENT_SUPPORT_ANSWERED ? 1 : 2, s, 0)[0]++;
        r->is_answered = true;
        r->is_over = e->kind == EVENT_COMPLAINT_RESOLVED || r->e->kind == EVENT_SUPPORT_REQUESTED;
    }
}

/* --- all of it --- */

void naive_tallies(struct naive_tallies *out, const char *zone, const struct event **events, size_t n)
{
    struct naive_ledger l = {.events = events, .n = n};
    setenv("TZ", zone, 1);
    tzset();
    l.day = ARENA_ARRAY(out->arena, int64_t, n);
    for (size_t i = 0; i < n; i++)
        l.day[i] = day_at(events[i]->occurred_at);
    while (l.seen < n && !events[l.seen]->seen)
        l.seen++;
    naive_sales(out, &l);
    steps(out, &l);
    acts(out, &l);
    returns_of_lost_customers(out, &l);
    answers(out, &l);
}

void naive_stays(struct naive_tallies *out, const char *zone, const struct transition *transitions, size_t n)
{
    setenv("TZ", zone, 1);
    tzset();
    for (size_t i = 0; i < n; i++) {
        const struct transition *t = &transitions[i], *next = t + 1;
        int64_t day = day_at(t->at);
        naive_row(out, CUBE_MOVES, day, t->model, t->from, t->to)[0]++;
        if (t->to == 0)
            continue;
        while (next < transitions + n && next->model != t->model)
            next++;
        if (next < transitions + n)
            naive_row(out, CUBE_SPELL, naive_period(GRAIN_MONTH, day), t->model, t->to,
                      (day_at(next->at) - day) * 256 + next->to)[0]++;
        else
            naive_row(out, CUBE_OPEN, day, t->model, t->to, 0)[0]++;
    }
}
