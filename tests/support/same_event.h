#ifndef TESTS_SUPPORT_SAME_EVENT_H
#define TESTS_SUPPORT_SAME_EVENT_H

#include "core/event.h"

/** Is every member of ${a} as in ${b}, what they point to included? The name of the first that differs, or
 * NULL. */
static inline const char *event_difference(const struct event *a, const struct event *b)
{
#define SAME(member)                                                                                         \
    if (a->member != b->member) {                                                                            \
        return #member;                                                                                      \
    }
#define SAME_SPAN(member)                                                                                    \
    if (!span_equal(a->member, b->member)) {                                                                 \
        return #member;                                                                                      \
    }
#define SAME_UUID(member)                                                                                    \
    if (uuid_compare(&a->member, &b->member) != 0) {                                                         \
        return #member;                                                                                      \
    }
    SAME_UUID(identity_key)
    SAME_UUID(event_id)
    SAME(occurred_at)
    SAME(received_at)
    SAME(kind)
    SAME_SPAN(name)
    SAME(seen)
    SAME_UUID(order_key)
    SAME_SPAN(order_id)
    SAME(has_value)
    SAME(value)
    SAME(has_discount)
    SAME(discount)
    SAME(has_coupon)
    SAME(is_reinstated)
    SAME_UUID(refund_key)
    SAME(refund_whole)
    SAME(refund_amount)
    SAME(n_products)
    SAME(n_categories)
    SAME(channel)
    SAME_SPAN(touch.channel)
    SAME_SPAN(touch.campaign)
    SAME_SPAN(touch.source)
    SAME_SPAN(touch.medium)
    SAME_SPAN(touch.locale)
    SAME(by_channel)
    SAME(by_campaign)
    SAME(by_country)
    SAME(by_reason)
    SAME(inquiry)
    SAME(n_lines)
    SAME(n_terms)
    SAME(score)
    SAME(score_is_nps)
    SAME(points)
    SAME_SPAN(reason)
    SAME(n_traits)
    for (size_t i = 0; i < a->n_products; i++) {
        SAME(products[i])
    }
    for (size_t i = 0; i < a->n_categories; i++) {
        SAME(categories[i])
    }
    for (size_t i = 0; i < a->n_lines; i++) {
        SAME(lines[i].product)
        SAME(lines[i].category)
        SAME(lines[i].units)
        SAME(lines[i].value)
    }
    for (size_t i = 0; i < a->n_terms; i++) {
        SAME(terms[i].hash)
        SAME_SPAN(terms[i].text)
        SAME_SPAN(terms[i].label)
    }
    for (size_t i = 0; i < a->n_traits; i++) {
        SAME_SPAN(traits[i].name)
        SAME_SPAN(traits[i].json)
        SAME(traits[i].value.type)
    }
    return NULL;
#undef SAME
#undef SAME_SPAN
#undef SAME_UUID
}

#endif
