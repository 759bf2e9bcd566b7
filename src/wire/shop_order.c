#include "shop_order.h"

#include "base/time.h"
#include "crypto/digest.h"

#include <inttypes.h>

/* A message has at most 32 KiB: the value of an order is that of all line items, those above this are not
 * listed. */
#define PRODUCTS_BYTES_MAX 18000

struct span shop_prefixed(const struct translating *t, struct span id)
{
    struct span prefix = t->settings->order_prefix;
    if (prefix.n == 0)
        return id;
    char *text = arena_alloc(t->arena, prefix.n + id.n);
    memcpy(text, prefix.p, prefix.n);
    memcpy(text + prefix.n, id.p, id.n);
    return (struct span){text, prefix.n + id.n};
}

/* "shopify:order:727:completed". */
static struct span id_of(const struct translating *t, const struct shop_order *order, const char *what)
{
    return span_of(
        arena_printf(t->arena, "%s:order:%.*s:%s", order->system, (int)order->id.n, order->id.p, what));
}

static struct span id_of_time(const struct translating *t, const struct shop_order *order, const char *what,
                              usec_t at)
{
    char time[TIME_TEXT];
    time_print(at, time);
    return id_of(t, order, arena_printf(t->arena, "%s:%s", what, time));
}

/* --- products ------------------------------------------------------------------------------------------- */

static bool is_number_of_something(struct span id)
{
    return id.n && !span_is(id, "0");
}

bool shop_product_put(struct translating *t, size_t item)
{
    static const struct span names[] = {
        SCAN_NAME("product_id"),   SCAN_NAME("sku"),   SCAN_NAME("variant_id"), SCAN_NAME("variation_id"),
        SCAN_NAME("product_type"), SCAN_NAME("price"), SCAN_NAME("quantity"), SCAN_NAME("title"),
        SCAN_NAME("name"),
    };
    size_t tokens[COUNT_OF(names)];
    if (scan_type(&t->scan, item) != TOKEN_OBJECT)
        return false;
    scan_members(&t->scan, item, names, COUNT_OF(names), tokens);
    struct span product = translating_text(t, tokens[0]), sku = translating_text(t, tokens[1]);
    struct span variant = translating_text(t, tokens[2] ? tokens[2] : tokens[3]);
    if (!is_number_of_something(product) && sku.n == 0)
        return false;
    if (is_number_of_something(product))
        message_text(t, "product_id", product);
    message_text(t, "sku", sku);
    if (is_number_of_something(variant))
        message_text(t, "variant", variant);
    message_text(t, "name", translating_text(t, tokens[7] ? tokens[7] : tokens[8]));
    message_text(t, "category", translating_text(t, tokens[4]));
    message_number(t, "price", tokens[5]);
    message_number(t, "quantity", tokens[6]);
    return true;
}

void shop_products_put(struct translating *t, size_t items)
{
    if (items == 0)
        return;
    message_open(t, "products", '[');
    size_t start = t->out.n;
    for (size_t item = items + 1; item < scan_next(&t->scan, items); item = scan_next(&t->scan, item)) {
        if (t->out.n - start > PRODUCTS_BYTES_MAX)
            break;
        size_t before = t->out.n;
        message_open(t, NULL, '{');
        if (shop_product_put(t, item))
            message_close(t, '}');
        else
            t->out.n = before;
    }
    message_close(t, ']');
}

/* --- what an order says --------------------------------------------------------------------------------- */

static void put_values(struct translating *t, const struct shop_order *order)
{
    message_decimal(t, "revenue", order->value);
    if (order->has_discount)
        message_decimal(t, "discount", order->discount);
    message_text(t, "coupon", order->coupon);
    message_text(t, "currency", order->currency);
}

/* Where a customer came from is told where they bought, not again where the shop works on the order. */
static void begin(struct translating *t, const struct shop_order *order, const struct origin *origin,
                  const char *event, struct span id, usec_t at)
{
    message_begin(t, event, id, at);
    message_context(t, &order->who, origin);
    message_open(t, "properties", '{');
    message_text(t, "order_id", order->id);
}

static void end(struct translating *t)
{
    message_close(t, '}');
    message_end(t);
}

/* Values of one instant that differ are two messages: systems tell the time in whole seconds. */
static struct span update_id(struct translating *t, const struct shop_order *order)
{
    size_t before = t->out.n;
    message_open(t, NULL, '{');
    size_t start = t->out.n;
    put_values(t, order);
    uint64_t content = hash64((struct span){t->out.p + start, t->out.n - start});
    t->out.n = before;
    struct span id = id_of_time(t, order, "updated", order->updated_at);
    return span_of(arena_printf(t->arena, "%.*s:%016" PRIx64, (int)id.n, id.p, content));
}

void shop_order_put(struct translating *t, const struct shop_order *order)
{
    if (order->is_counted) {
        begin(t, order, &order->origin, "Order Completed", id_of(t, order, "completed"), order->completed_at);
        put_values(t, order);
        message_text(t, "country", order->country);
        shop_products_put(t, order->items);
        end(t);
    }
    if (order->is_counted && order->updated_at > order->completed_at) {
        begin(t, order, NULL, "Order Updated", update_id(t, order), order->updated_at);
        put_values(t, order);
        if (order->cancelled_at == NONE)
            message_bool(t, "cancelled", false);
        end(t);
    }
    if (order->cancelled_at != NONE) {
        struct span id = id_of_time(t, order, "cancelled", order->cancelled_at);
        begin(t, order, NULL, "Order Cancelled", id, order->cancelled_at);
        message_text(t, "reason", order->reason);
        end(t);
    }
}

void shop_refund_put(struct translating *t, const char *system, struct span order_id,
                     const struct shop_refund *refund)
{
    const char *id = arena_printf(t->arena, "%s:refund:%.*s", system, (int)refund->id.n, refund->id.p);
    message_begin(t, "Order Refunded", span_of(id), refund->at);
    message_open(t, "properties", '{');
    message_text(t, "order_id", order_id);
    message_text(t, "refund_id", refund->id);
    if (!refund->is_whole)
        message_decimal(t, "amount", refund->amount);
    message_text(t, "currency", refund->currency);
    if (refund->has_rate)
        message_decimal(t, "exchange_rate", refund->rate);
    end(t);
}
