#include "crypto/digest.h"
#include "shop_order.h"
#include "woocommerce.h"

#include <inttypes.h>

enum field {
    ID,
    STATUS,
    CURRENCY,
    DATE_CREATED,
    DATE_MODIFIED,
    DATE_PAID,
    TOTAL,
    TOTAL_TAX,
    SHIPPING_TOTAL,
    DISCOUNT_TOTAL,
    CUSTOMER_ID,
    BILLING,
    CREATED_VIA,
    META_DATA,
    LINE_ITEMS,
    COUPON_LINES,
    REFUNDS,
    FIELD_COUNT
};

static const struct span names[FIELD_COUNT] = {
    [ID] = SCAN_NAME("id"),
    [STATUS] = SCAN_NAME("status"),
    [CURRENCY] = SCAN_NAME("currency"),
    [DATE_CREATED] = SCAN_NAME("date_created_gmt"),
    [DATE_MODIFIED] = SCAN_NAME("date_modified_gmt"),
    [DATE_PAID] = SCAN_NAME("date_paid_gmt"),
    [TOTAL] = SCAN_NAME("total"),
    [TOTAL_TAX] = SCAN_NAME("total_tax"),
    [SHIPPING_TOTAL] = SCAN_NAME("shipping_total"),
    [DISCOUNT_TOTAL] = SCAN_NAME("discount_total"),
    [CUSTOMER_ID] = SCAN_NAME("customer_id"),
    [BILLING] = SCAN_NAME("billing"),
    [CREATED_VIA] = SCAN_NAME("created_via"),
    [META_DATA] = SCAN_NAME("meta_data"),
    [LINE_ITEMS] = SCAN_NAME("line_items"),
    [COUPON_LINES] = SCAN_NAME("coupon_lines"),
    [REFUNDS] = SCAN_NAME("refunds"),
};

static bool is_one_of(struct span text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (span_is(text, words[i]))
            return true;
    return false;
}

/* --- where from ----------------------------------------------------------------------------------------- */

/* Both kinds of WooCommerce's own checkout are the web shop. */
static struct span channel_of(struct span created_via)
{
    static const char *const checkouts[] = {"checkout", "store-api"};
    return is_one_of(created_via, checkouts, COUNT_OF(checkouts)) ? span_of("web") : created_via;
}

/* What WooCommerce notes of where an order came from; "(direct)" and "(none)" are nowhere. */
static void attribution_read(const struct translating *t, size_t meta, struct origin *origin)
{
    struct span referrer = {"", 0};
    const struct {
        const char *key;
        struct span *value;
    } keys[] = {{"_wc_order_attribution_utm_source", &origin->campaign_source},
                {"_wc_order_attribution_utm_medium", &origin->campaign_medium},
                {"_wc_order_attribution_utm_campaign", &origin->campaign_name},
                {"_wc_order_attribution_referrer", &referrer}};
    if (meta == 0 || scan_type(&t->scan, meta) != TOKEN_ARRAY)
        return;
    for (size_t item = meta + 1; item < scan_next(&t->scan, meta); item = scan_next(&t->scan, item)) {
        struct span key = translating_text(t, translating_find(t, item, "key"));
        struct span value = translating_text(t, translating_find(t, item, "value"));
        for (size_t i = 0; i < COUNT_OF(keys); i++)
            if (value.n && value.p[0] != '(' && span_is(key, keys[i].key))
                *keys[i].value = value;
    }
    origin->referrer = translating_referrer(referrer);
}

/* --- what counts ---------------------------------------------------------------------------------------- */

/*
 * An order counts when it was paid, or is being worked on as if it were: with cash on delivery the money
 * comes last, and WooCommerce tells no date of payment until then.
 */
static bool is_counted(struct span status, bool is_paid)
{
    static const char *const sold[] = {"processing", "completed", "refunded"};
    return is_paid || is_one_of(status, sold, COUNT_OF(sold));
}

/* Whatever it was before: a payment that failed may yet succeed, and an order that was put away may be
 * restored. */
static bool is_cancelled(struct span status)
{
    static const char *const ended[] = {"cancelled", "failed", "trash"};
    return is_one_of(status, ended, COUNT_OF(ended));
}

static enum status times_read(struct translating *t, const size_t *fields, struct shop_order *order)
{
    enum status status =
        woocommerce_time(t, fields[DATE_CREATED], "/date_created_gmt", NONE, &order->completed_at);
    if (status == STATUS_OK && order->completed_at == NONE)
        return error_set(t->error, STATUS_MISSING_MEMBER, "/date_created_gmt", "is missing");
    if (status == STATUS_OK)
        status = woocommerce_time(t, fields[DATE_MODIFIED], "/date_modified_gmt", order->completed_at,
                                  &order->updated_at);
    return status;
}

static enum status part_read(const struct translating *t, size_t token, const char *pointer,
                             struct decimal *out)
{
    *out = (struct decimal){0, 0};
    return token ? translating_amount(t, token, pointer, out) : STATUS_OK;
}

/* total - total_tax - shipping_total; store credit may make it less than nothing, which is nothing. */
static enum status values_read(struct translating *t, const size_t *fields, struct shop_order *order)
{
    struct decimal tax, shipping;
    enum status status = translating_amount(t, fields[TOTAL], "/total", &order->value);
    if (status == STATUS_OK)
        status = part_read(t, fields[TOTAL_TAX], "/total_tax", &tax);
    if (status == STATUS_OK)
        status = part_read(t, fields[SHIPPING_TOTAL], "/shipping_total", &shipping);
    if (status == STATUS_OK)
        status = part_read(t, fields[DISCOUNT_TOTAL], "/discount_total", &order->discount);
    if (status != STATUS_OK)
        return status;
    if (!translating_less(order->value, tax, &order->value) ||
        !translating_less(order->value, shipping, &order->value))
        return error_set(t->error, STATUS_INVALID_AMOUNT, "/total", "the amounts have too many digits");
    if (order->value.digits < 0)
        order->value = (struct decimal){0, 0};
    if (order->discount.digits < 0)
        return error_set(t->error, STATUS_INVALID_AMOUNT, "/discount_total",
                         "an amount must not be negative");
    order->has_discount = fields[DISCOUNT_TOTAL] != 0;
    size_t coupons = fields[COUPON_LINES];
    status = translating_expect(t, coupons, TOKEN_ARRAY, "/coupon_lines");
    if (status == STATUS_OK && coupons && scan_next(&t->scan, coupons) > coupons + 1)
        order->coupon = translating_text(t, translating_find(t, coupons + 1, "code"));
    order->items = fields[LINE_ITEMS];
    return status == STATUS_OK ? translating_expect(t, order->items, TOKEN_ARRAY, "/line_items") : status;
}

/* --- refunds -------------------------------------------------------------------------------------------- */

/* {"id","reason","total":"-10.00"}: when it was is not told; it is found out at the first state that has it.
 */
static enum status refund_put(struct translating *t, const struct shop_order *order, size_t item,
                              const char *place, struct decimal *left)
{
    static const struct decimal nothing = {0, 0};
    struct shop_refund refund = {.currency = order->currency, .at = order->updated_at};
    struct decimal total;
    enum status status = translating_expect(t, item, TOKEN_OBJECT, place);
    if (status == STATUS_OK)
        status = translating_id(t, translating_find(t, item, "id"), arena_printf(t->arena, "%s/id", place),
                                &refund.id);
    const char *pointer = arena_printf(t->arena, "%s/total", place);
    if (status == STATUS_OK)
        status = translating_amount(t, translating_find(t, item, "total"), pointer, &total);
    if (status != STATUS_OK)
        return status;
    refund.amount = (struct decimal){total.digits < 0 ? -total.digits : total.digits, total.scale};
    if (!translating_less(*left, refund.amount, left))
        *left = nothing; /* such digits are not reckoned with: nothing is left */
    refund.id = shop_prefixed(t, refund.id);
    if (refund.amount.digits)
        shop_refund_put(t, "woocommerce", order->id, &refund);
    return STATUS_OK;
}

/* Those that are listed; and of an order that is `refunded`, whatever they leave. */
static enum status refunds_put(struct translating *t, const struct shop_order *order, size_t refunds,
                               bool is_refunded)
{
    struct decimal left = order->value;
    size_t i = 0;
    enum status status = translating_expect(t, refunds, TOKEN_ARRAY, "/refunds");
    if (status != STATUS_OK)
        return status;
    for (size_t item = refunds + 1; refunds && item < scan_next(&t->scan, refunds);
         item = scan_next(&t->scan, item)) {
        status = refund_put(t, order, item, arena_printf(t->arena, "/refunds/%zu", i++), &left);
        if (status != STATUS_OK)
            return status;
    }
    if (is_refunded && (i == 0 || left.digits > 0)) {
        const char *id = arena_printf(t->arena, "%.*s:rest", (int)order->id.n, order->id.p);
        shop_refund_put(t, "woocommerce", order->id,
                        &(struct shop_refund){.id = span_of(id), .is_whole = true, .at = order->updated_at});
    }
    return STATUS_OK;
}

/* --- the order ------------------------------------------------------------------------------------------ */

static enum status who_read(const struct translating *t, const size_t *fields, struct who *out)
{
    struct span id = {"", 0};
    size_t billing = fields[BILLING];
    enum status status = translating_expect(t, billing, TOKEN_OBJECT, "/billing");
    if (status == STATUS_OK && fields[CUSTOMER_ID])
        status = translating_id(t, fields[CUSTOMER_ID], "/customer_id", &id);
    if (status == STATUS_OK)
        *out = woocommerce_who(t, id, billing ? translating_find(t, billing, "email") : 0,
                               billing ? translating_find(t, billing, "phone") : 0);
    return status;
}

enum status woocommerce_order_put(struct translating *t, const char **reason)
{
    size_t fields[FIELD_COUNT];
    struct shop_order order = {.system = "woocommerce", .cancelled_at = NONE};
    scan_members(&t->scan, 0, names, FIELD_COUNT, fields);
    struct span state = translating_text(t, fields[STATUS]);
    usec_t paid_at;
    enum status status = translating_id(t, fields[ID], "/id", &order.id);
    if (status == STATUS_OK)
        status = woocommerce_time(t, fields[DATE_PAID], "/date_paid_gmt", NONE, &paid_at);
    if (status == STATUS_OK)
        status = times_read(t, fields, &order);
    if (status == STATUS_OK)
        status = who_read(t, fields, &order.who);
    if (status != STATUS_OK)
        return status;
    order.id = shop_prefixed(t, order.id);
    order.is_counted = is_counted(state, paid_at != NONE);
    if (is_cancelled(state)) {
        order.cancelled_at = order.updated_at;
        order.reason = state;
    }
    order.currency = fields[CURRENCY] ? translating_text(t, fields[CURRENCY]) : t->settings->currency;
    order.origin.channel = translating_channel(t, channel_of(translating_text(t, fields[CREATED_VIA])));
    if (fields[BILLING])
        order.country = translating_text(t, translating_find(t, fields[BILLING], "country"));
    attribution_read(t, fields[META_DATA], &order.origin);
    *reason = "the order is not paid";
    if (order.is_counted)
        status = values_read(t, fields, &order);
    if (status != STATUS_OK)
        return status;
    shop_order_put(t, &order);
    return order.is_counted ? refunds_put(t, &order, fields[REFUNDS], span_is(state, "refunded")) : STATUS_OK;
}

enum status woocommerce_deleted_put(struct translating *t, const char **reason)
{
    struct span id;
    (void)reason; /* it always says something */
    enum status status = translating_id(t, translating_find(t, 0, "id"), "/id", &id);
    if (status != STATUS_OK)
        return status;
    id = shop_prefixed(t, id);
    const char *message = arena_printf(t->arena, "woocommerce:order:%.*s:deleted:%016" PRIx64, (int)id.n,
                                       id.p, hash64(t->delivery));
    message_begin(t, "Order Cancelled", span_of(message), NONE);
    message_open(t, "properties", '{');
    message_text(t, "order_id", id);
    message_text(t, "reason", span_of("deleted"));
    message_close(t, '}');
    message_end(t);
    return STATUS_OK;
}
