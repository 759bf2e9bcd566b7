#include "core/event.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

static const struct row {
    const char *name;
    const char *aliases;
    int rank;
    const char *sentence;
} rows[EVENT_KIND_COUNT] = {
#define X(name, text, aliases, rank, sentence) [EVENT_##name] = {text, aliases, rank, sentence},
    EVENT_TABLE(X)
#undef X
};

static const struct row *row_of(enum event_kind kind)
{
    assert(kind > EVENT_NONE && kind < EVENT_KIND_COUNT);
    return &rows[kind];
}

const char *event_kind_name(enum event_kind kind)
{
    return row_of(kind)->name;
}

const char *event_kind_sentence(enum event_kind kind)
{
    return row_of(kind)->sentence;
}

int event_kind_rank(enum event_kind kind)
{
    return row_of(kind)->rank;
}

bool event_is_order(enum event_kind kind)
{
    return kind == EVENT_ORDER_COMPLETED || kind == EVENT_ORDER_UPDATED || kind == EVENT_ORDER_REFUNDED ||
           kind == EVENT_ORDER_CANCELLED;
}

bool event_is_act(enum event_kind kind)
{
    switch (kind) {
    case EVENT_COUPON_APPLIED:
    case EVENT_PRODUCT_SHARED:
    case EVENT_CART_SHARED:
    case EVENT_PRODUCT_REVIEWED:
    case EVENT_WISHLIST_ADDED:
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
    case EVENT_CAMPAIGN_TOUCHED: return true;
    case EVENT_NONE:
    case EVENT_IDENTIFY:
    case EVENT_PAGE:
    case EVENT_SCREEN:
    case EVENT_GROUP:
    case EVENT_ALIAS:
    case EVENT_CUSTOM:
    case EVENT_ORDER_COMPLETED:
    case EVENT_ORDER_UPDATED:
    case EVENT_ORDER_REFUNDED:
    case EVENT_ORDER_CANCELLED:
    case EVENT_CHECKOUT_STARTED:
    case EVENT_PRODUCT_VIEWED:
    case EVENT_PRODUCT_ADDED:
    case EVENT_PRODUCT_REMOVED:
    case EVENT_PRODUCT_LIST_VIEWED:
    case EVENT_PRODUCTS_SEARCHED:
    case EVENT_CART_VIEWED:
    case EVENT_WISHLIST_REMOVED:
    case EVENT_WISHLIST_TO_CART:
    case EVENT_KIND_COUNT: return false;
    }
    return false;
}

bool event_is_participation(enum event_kind kind)
{
    return kind == EVENT_PRODUCT_SHARED || kind == EVENT_CART_SHARED || kind == EVENT_PRODUCT_REVIEWED ||
           kind == EVENT_SURVEY_ANSWERED || kind == EVENT_REFERRAL_MADE;
}

static bool is_gap(char c)
{
    return c == ' ' || c == '_' || c == '-' || (c >= '\t' && c <= '\r');
}

size_t event_name_normalise(struct span text, char *out, size_t size)
{
    size_t n = 0;
    bool is_after_gap = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (is_gap(c)) {
            is_after_gap = n != 0;
            continue;
        }
        if (n + is_after_gap + 1 > size) {
            return 0;
        }
        if (is_after_gap) {
            out[n++] = ' ';
        }
        out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        is_after_gap = false;
    }
    return n;
}

/*
 * The names and aliases of the table, normalised and sorted. They are made from it at first use: threads that
 * come at once make the same, and the first to be done is kept.
 */
#define NAME_SIZE 48
#define NAMES_MAX 128

struct name {
    char text[NAME_SIZE];
    size_t n;
    enum event_kind kind;
};

struct index {
    struct name names[NAMES_MAX];
    size_t n;
    struct name canonical[EVENT_KIND_COUNT]; /* n = 0 for what is no track event */
};

static _Atomic(const struct index *) the_index;

static void add_name(struct index *index, struct span text, enum event_kind kind)
{
    assert(index->n < NAMES_MAX);
    struct name *name = &index->names[index->n++];
    name->n = event_name_normalise(text, name->text, sizeof(name->text) - 1);
    name->kind = kind;
    assert(name->n != 0);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

static const struct index *make_index(void)
{
    struct index *index = calloc(1, sizeof(*index));
    assert(index != NULL);
    for (enum event_kind kind = EVENT_NONE + 1; kind < EVENT_KIND_COUNT; kind++) {
        if (rows[kind].name[0] == '(') {
            continue;
        }
        add_name(index, span_of(rows[kind].name), kind);
        index->canonical[kind] = index->names[index->n - 1];
        for (const char *p = rows[kind].aliases; *p != '\0';) {
            size_t n = strcspn(p, ",");
            add_name(index, (struct span){p, n}, kind);
            p += n + (p[n] == ',');
        }
    }
    qsort(index->names, index->n, sizeof(index->names[0]), compare_names);
    const struct index *first = NULL;
    if (atomic_compare_exchange_strong(&the_index, &first, index)) {
        return index;
    }
    free(index);
    return first;
}

static const struct index *get_index(void)
{
    const struct index *index = atomic_load_explicit(&the_index, memory_order_acquire);
    return index != NULL ? index : make_index();
}

enum event_kind event_kind_of(struct span normalised)
{
    const struct index *index = get_index();
    size_t low = 0;
    size_t high = index->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct name *name = &index->names[middle];
        int c = span_compare(normalised, (struct span){name->text, name->n});
        if (c == 0) {
            return name->kind;
        }
        if (c < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return EVENT_CUSTOM;
}

struct span event_kind_normalised(enum event_kind kind)
{
    assert(kind > EVENT_NONE && kind < EVENT_KIND_COUNT);
    const struct name *name = &get_index()->canonical[kind];
    return (struct span){name->text, name->n};
}

int event_compare(const struct event *a, const struct event *b)
{
    if (a->occurred_at != b->occurred_at) {
        return a->occurred_at < b->occurred_at ? -1 : 1;
    }
    int rank_a = event_kind_rank(a->kind);
    int rank_b = event_kind_rank(b->kind);
    if (rank_a != rank_b) {
        return rank_a < rank_b ? -1 : 1;
    }
    int c = uuid_compare(&a->event_id, &b->event_id);
    return c ? c : uuid_compare(&a->identity_key, &b->identity_key);
}

static const struct term *copy_terms(struct arena *arena, const struct term *terms, size_t n)
{
    struct term *copies = ARENA_ARRAY(arena, struct term, n);
    for (size_t i = 0; i < n; i++)
        copies[i] = (struct term){terms[i].hash, arena_span(arena, terms[i].text), arena_span(arena, terms[i].label)};
    return copies;
}

struct event *event_copy(struct arena *arena, const struct event *event)
{
    struct event *copy = arena_copy(arena, event, sizeof(*event));
    copy->name = arena_span(arena, event->name);
    copy->order_id = arena_span(arena, event->order_id);
    copy->reason = arena_span(arena, event->reason);
    copy->touch = (struct touch){.channel = arena_span(arena, event->touch.channel),
                                 .campaign = arena_span(arena, event->touch.campaign),
                                 .source = arena_span(arena, event->touch.source),
                                 .medium = arena_span(arena, event->touch.medium),
                                 .locale = arena_span(arena, event->touch.locale)};
    if (event->n_products)
        copy->products = arena_copy(arena, event->products, event->n_products * sizeof(*event->products));
    if (event->n_categories)
        copy->categories = arena_copy(arena, event->categories, event->n_categories * sizeof(*event->categories));
    if (event->n_lines)
        copy->lines = arena_copy(arena, event->lines, event->n_lines * sizeof(*event->lines));
    copy->terms = copy_terms(arena, event->terms, event->n_terms);
    if (event->n_traits == 0)
        return copy;
    struct trait *traits = arena_copy(arena, event->traits, event->n_traits * sizeof(*traits));
    for (size_t i = 0; i < event->n_traits; i++) {
        traits[i].name = arena_span(arena, traits[i].name);
        traits[i].json = arena_span(arena, traits[i].json);
        trait_value(arena, &traits[i]);
    }
    copy->traits = traits;
    return copy;
}
