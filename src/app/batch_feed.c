#include "batch_feed.h"

#include "app/settings.h"
#include "wire/change.h"

#include <stdlib.h>

static void add(struct feed *feed, const struct slot *slot, const struct change *change)
{
    feed->changes = arena_grow(feed->batch->arena, feed->changes, feed->n_changes, &feed->changes_capacity,
                               sizeof(*feed->changes));
    feed->changes[feed->n_changes++] = (struct shop_change){.shop_id = slot->shop->id, .change = *change};
}

/* The message of this batch that brought ${event_id}; NULL: none did. */
static const struct entry *fresh_entry(const struct slot *slot, const struct uuid *event_id)
{
    for (size_t i = 0; i < slot->n_entries; i++)
        if (slot->entries[i]->is_new &&
            uuid_compare(&slot->entries[i]->item->message.event.event_id, event_id) == 0)
            return slot->entries[i];
    return NULL;
}

static const struct entry *first_fresh_entry(const struct slot *slot)
{
    for (size_t i = 0; i < slot->n_entries; i++)
        if (slot->entries[i]->is_new)
            return slot->entries[i];
    return NULL;
}

/* --- what is silent ---------------------------------------------------------------------------------------------- */

/* The version of a definition that made a change wishes no delivery. */
static bool version_is_silent(const struct definitions *definitions, const struct change *change)
{
    if (change->type == CHANGE_ENTERED || change->type == CHANGE_LEFT) {
        const struct segment_history *history = &definitions->segments[change->number - 1];
        for (size_t i = 0; i < history->n; i++)
            if (history->versions[i]->version == change->version)
                return history->versions[i]->is_silent;
    } else {
        const struct model_history *history = &definitions->models[change->number - 1];
        for (size_t i = 0; i < history->n; i++)
            if (history->versions[i]->version == change->version)
                return history->versions[i]->is_silent;
    }
    return true;
}

/* What definitions cause is in the feed, but delivered only when their publisher asked for it. */
static bool change_is_silent(const struct slot *slot, const struct change *change)
{
    if (slot->is_stale && !fresh_entry(slot, &change->event_id))
        return !definitions_notify(slot->definitions, slot->met);
    return change->cause == CAUSE_DEFINITION && version_is_silent(slot->definitions, change);
}

/* --- what is said ------------------------------------------------------------------------------------------------ */

static bool is_correction(enum change_type type)
{
    return type == CHANGE_MOVED || type == CHANGE_WITHDRAWN || type == CHANGE_ADDED || type == CHANGE_LATE;
}

/* Why a history is told anew. */
static const char *reason(const struct slot *slot)
{
    if (slot->is_repair)
        return "repair";
    if (slot->is_stale)
        return "definition";
    return first_fresh_entry(slot) ? "late_event" : "merge";
}

/* ${detail} is completed here. */
static void say(struct feed *feed, const struct slot *slot, struct change change, struct change_detail detail)
{
    if (slot->is_silent)
        return;
    const struct entry *entry = fresh_entry(slot, &change.event_id);
    if (is_correction(change.type) || (slot->must_refold && !entry)) {
        detail.because = reason(slot);
        if (!slot->is_stale && !slot->is_repair && !entry)
            entry = first_fresh_entry(slot);
    }
    if (entry) {
        change.message_id = entry->item->message.message_id;
        if (entry->trace_id)
            change.trace_id = *entry->trace_id;
    }
    change.customer_key = slot->row.state.key;
    change.is_silent = change_is_silent(slot, &change);
    change.detail = change_detail_print(feed->batch->arena, &detail, slot->shop);
    add(feed, slot, &change);
}

void feed_transition(struct feed *feed, const struct slot *slot, enum change_type type, const struct transition *t,
                     usec_t before_at)
{
    say(feed, slot,
        (struct change){.type = type,
                        .number = t->model,
                        .version = t->version,
                        .from = t->from,
                        .to = t->to,
                        .at = t->at,
                        .before_at = before_at,
                        .cause = t->cause,
                        .event_id = t->event_id},
        (struct change_detail){.told = t->told, .n_told = t->n_told, .refunded = NONE});
}

void feed_membership(struct feed *feed, const struct slot *slot, const struct membership *m)
{
    say(feed, slot,
        (struct change){.type = m->entered ? CHANGE_ENTERED : CHANGE_LEFT,
                        .number = m->segment,
                        .version = m->version,
                        .at = m->at,
                        .before_at = NONE,
                        .cause = m->cause,
                        .event_id = m->event_id},
        (struct change_detail){.told = m->told, .n_told = m->n_told, .refunded = NONE});
}

void feed_never(struct feed *feed, const struct slot *slot, int segment, usec_t entered_at)
{
    const struct segment *version = segment_at(&slot->definitions->segments[segment - 1], TIME_MAX);
    struct membership left = {.segment = segment,
                              .version = version->version,
                              .at = entered_at,
                              .cause = slot->is_stale ? CAUSE_DEFINITION : CAUSE_EVENT};
    for (size_t i = 0; i < slot->n_entries && !slot->is_stale; i++)
        if (slot->entries[i]->is_new)
            left.event_id = slot->entries[i]->item->message.event.event_id;
    feed_membership(feed, slot, &left);
}

void feed_synced(struct feed *feed, const struct slot *slot)
{
    add(feed, slot,
        &(struct change){.type = CHANGE_SYNCED,
                         .customer_key = slot->row.state.key,
                         .at = feed->batch->now,
                         .before_at = NONE,
                         .is_silent = true});
}

void feed_identity(struct feed *feed, const struct slot *slot, enum change_type type, const struct uuid *other)
{
    add(feed, slot,
        &(struct change){.type = type,
                         .customer_key = slot->row.state.key,
                         .at = feed->batch->now,
                         .before_at = NONE,
                         .cause = CAUSE_MERGE,
                         .event_id = *other,
                         .is_silent = slot->is_silent});
}

void feed_erased(struct feed *feed, const struct slot *slot)
{
    add(feed, slot,
        &(struct change){.type = CHANGE_ERASED,
                         .customer_key = slot->row.state.key,
                         .at = feed->batch->now,
                         .before_at = NONE});
}

/* --- orders ------------------------------------------------------------------------------------------------------ */

static const struct order *find_order(const struct order *orders, size_t n, const struct uuid *key)
{
    for (size_t i = 0; i < n; i++)
        if (uuid_compare(&orders[i].key, key) == 0)
            return &orders[i];
    return NULL;
}

/* The order as it was loaded: of this customer, or of one who has become them. */
static const struct order *old_order(const struct batch *batch, const struct slot *slot, const struct uuid *key)
{
    const struct order *order = state_order(&slot->row.state, key);
    for (size_t i = 0; order == NULL && batch->has_members && i < batch->n_slots; i++)
        if (batch->slots[i].is_absorbed)
            order = find_order(batch->slots[i].old_orders, batch->slots[i].n_old_orders, key);
    return order;
}

void orders_remember(struct batch *batch, struct slot *slot, struct entry **fresh, size_t n)
{
    if (slot->is_silent || n == 0 || !settings_known(batch->registry, slot->shop)->has_order_changes)
        return;
    for (size_t i = 0; i < n; i++) {
        const struct event *event = &fresh[i]->item->message.event;
        if (!event_is_order(event->kind) || uuid_is_nil(&event->order_key))
            continue;
        if (slot->orders_before == NULL)
            slot->orders_before = ARENA_ARRAY(batch->arena, struct order_before, n);
        const struct order *order = old_order(batch, slot, &event->order_key);
        slot->orders_before[slot->n_orders_before++] =
            (struct order_before){.entry = fresh[i],
                                  .was_completed = order && order->completed_at != NONE,
                                  .was_refunded = order && order->completed_at != NONE ? order_refunded(order) : 0};
    }
}

static void say_order(struct feed *feed, const struct slot *slot, const struct entry *entry, enum change_type type,
                      const struct order *order, int64_t refunded)
{
    const struct event *event = &entry->item->message.event;
    say(feed, slot,
        (struct change){.type = type,
                        .at = type == CHANGE_ORDERED ? order->completed_at : event->occurred_at,
                        .before_at = NONE,
                        .cause = CAUSE_EVENT,
                        .event_id = event->event_id},
        (struct change_detail){.order = order, .refunded = refunded});
}

/* Each order once, however many of the messages name it. */
static bool is_first_naming(const struct slot *slot, size_t i)
{
    const struct uuid *key = &slot->orders_before[i].entry->item->message.event.order_key;
    for (size_t k = 0; k < i; k++)
        if (uuid_compare(&slot->orders_before[k].entry->item->message.event.order_key, key) == 0)
            return false;
    return true;
}

/* The message of an order that this is news of: of ${kind}, else the last. */
static const struct entry *bringer(const struct slot *slot, size_t first, enum event_kind kind)
{
    const struct uuid *key = &slot->orders_before[first].entry->item->message.event.order_key;
    const struct entry *entry = NULL;
    for (size_t i = first; i < slot->n_orders_before; i++) {
        const struct event *event = &slot->orders_before[i].entry->item->message.event;
        if (uuid_compare(&event->order_key, key) != 0)
            continue;
        entry = slot->orders_before[i].entry;
        if (event->kind == kind)
            break;
    }
    return entry;
}

void feed_orders(struct feed *feed, const struct slot *slot)
{
    for (size_t i = 0; i < slot->n_orders_before; i++) {
        const struct order_before *before = &slot->orders_before[i];
        const struct order *order =
            state_order(&slot->row.state, &before->entry->item->message.event.order_key);
        if (!is_first_naming(slot, i) || order == NULL || order->completed_at == NONE)
            continue;
        int64_t refunded = order_refunded(order) - before->was_refunded;
        if (!before->was_completed)
            say_order(feed, slot, bringer(slot, i, EVENT_ORDER_COMPLETED), CHANGE_ORDERED, order, NONE);
        if (refunded > 0)
            say_order(feed, slot, bringer(slot, i, EVENT_ORDER_REFUNDED), CHANGE_REFUNDED, order, refunded);
    }
}

/* --- numbers ----------------------------------------------------------------------------------------------------- */

static int compare_shops(const void *a, const void *b)
{
    const struct shop_change *x = *(struct shop_change *const *)a, *y = *(struct shop_change *const *)b;
    int c = x->shop_id - y->shop_id;
    return c ? c : (x > y) - (x < y);
}

void feed_send(struct feed *feed)
{
    struct batch *batch = feed->batch;
    size_t n_all = feed->n_changes;
    if (n_all == 0)
        return;
    struct shop_change **sorted = ARENA_ARRAY(batch->arena, struct shop_change *, n_all);
    struct change *changes = ARENA_ARRAY(batch->arena, struct change, n_all);
    for (size_t i = 0; i < n_all; i++)
        sorted[i] = &feed->changes[i];
    qsort(sorted, n_all, sizeof(*sorted), compare_shops);
    for (size_t i = 0; i < n_all;) {
        int shop_id = sorted[i]->shop_id;
        size_t n = 0;
        for (; i < n_all && sorted[i]->shop_id == shop_id; i++)
            changes[n++] = sorted[i]->change;
        db_send(batch->db, SQL_CHANGE_APPEND, change_args(batch->arena, shop_id, changes, n, batch->now));
    }
    batch->n_changes = n_all;
}
