#include "shop_order.h"
#include "shopify.h"

/*
 * What a shop's money has done decides whether an order is one: paid, in part or wholly, or paid and given
 * back. Authorized money may still be let go.
 */
static const char *const paid[] = {"paid", "partially_paid", "partially_refunded", "refunded"};

static bool is_paid(struct span status)
{
    for (size_t i = 0; i < COUNT_OF(paid); i++)
        if (span_is(status, paid[i]))
            return true;
    return false;
}

enum order_field {
    ID,
    TEST,
    FINANCIAL_STATUS,
    CANCELLED_AT,
    CANCEL_REASON,
    PROCESSED_AT,
    CREATED_AT,
    UPDATED_AT,
    CURRENCY,
    SUBTOTAL_PRICE,
    TOTAL_DISCOUNTS,
    DISCOUNT_CODES,
    LINE_ITEMS,
    REFUNDS,
    SOURCE_NAME,
    CUSTOMER_LOCALE,
    LANDING_SITE,
    LANDING_SITE_REF,
    REFERRING_SITE,
    SHIPPING_ADDRESS,
    BILLING_ADDRESS,
    ORDER_FIELD_COUNT
};

static const struct span order_names[ORDER_FIELD_COUNT] = {
    [ID] = SCAN_NAME("id"),
    [TEST] = SCAN_NAME("test"),
    [FINANCIAL_STATUS] = SCAN_NAME("financial_status"),
    [CANCELLED_AT] = SCAN_NAME("cancelled_at"),
    [CANCEL_REASON] = SCAN_NAME("cancel_reason"),
    [PROCESSED_AT] = SCAN_NAME("processed_at"),
    [CREATED_AT] = SCAN_NAME("created_at"),
    [UPDATED_AT] = SCAN_NAME("updated_at"),
    [CURRENCY] = SCAN_NAME("currency"),
    [SHIPPING_ADDRESS] = SCAN_NAME("shipping_address"),
    [BILLING_ADDRESS] = SCAN_NAME("billing_address"),
    [SUBTOTAL_PRICE] = SCAN_NAME("subtotal_price"),
    [TOTAL_DISCOUNTS] = SCAN_NAME("total_discounts"),
    [DISCOUNT_CODES] = SCAN_NAME("discount_codes"),
    [LINE_ITEMS] = SCAN_NAME("line_items"),
    [REFUNDS] = SCAN_NAME("refunds"),
    [SOURCE_NAME] = SCAN_NAME("source_name"),
    [CUSTOMER_LOCALE] = SCAN_NAME("customer_locale"),
    [LANDING_SITE] = SCAN_NAME("landing_site"),
    [LANDING_SITE_REF] = SCAN_NAME("landing_site_ref"),
    [REFERRING_SITE] = SCAN_NAME("referring_site"),
};

static size_t either(size_t token, size_t other)
{
    return token ? token : other;
}

enum status shopify_who(const struct translating *t, struct who *out)
{
    struct span id = {"", 0};
    size_t customer = translating_find(t, 0, "customer");
    enum status status = translating_expect(t, customer, TOKEN_OBJECT, "/customer");
    if (status == STATUS_OK && customer && translating_find(t, customer, "id"))
        status = translating_id(t, translating_find(t, customer, "id"), "/customer/id", &id);
    if (status != STATUS_OK)
        return status;
    size_t email = customer ? translating_find(t, customer, "email") : 0;
    size_t phone = customer ? translating_find(t, customer, "phone") : 0;
    size_t left = either(translating_find(t, 0, "email"), translating_find(t, 0, "contact_email"));
    *out = translating_who(t, "shopify", id, either(email, left),
                           either(phone, translating_find(t, 0, "phone")));
    translating_who_order(t, out, left);
    return STATUS_OK;
}

/* An address is cut only after its parameters were read. */
static struct span string_of(const struct translating *t, size_t token)
{
    bool is_string = token != 0 && scan_type(&t->scan, token) == TOKEN_STRING;
    return is_string ? scan_string(t->arena, &t->scan, token) : (struct span){"", 0};
}

static void origin_read(const struct translating *t, const size_t *fields, struct origin *origin)
{
    origin->channel = translating_channel(t, translating_text(t, fields[SOURCE_NAME]));
    origin->locale = translating_text(t, fields[CUSTOMER_LOCALE]);
    translating_campaign(t, string_of(t, fields[LANDING_SITE]), origin);
    if (origin->campaign_source.n == 0)
        origin->campaign_source = translating_text(t, fields[LANDING_SITE_REF]);
    origin->referrer = translating_referrer(string_of(t, fields[REFERRING_SITE]));
}

/* --- refunds -------------------------------------------------------------------------------------------- */

static bool is_refunded(const struct translating *t, size_t transaction)
{
    return scan_type(&t->scan, transaction) == TOKEN_OBJECT &&
           span_is(translating_text(t, translating_find(t, transaction, "kind")), "refund") &&
           span_is(translating_text(t, translating_find(t, transaction, "status")), "success") &&
           !translating_is_true(t, translating_find(t, transaction, "test"));
}

static enum status refund_time(const struct translating *t, size_t refund, size_t transaction,
                               const char *place, usec_t *out)
{
    const struct {
        size_t object;
        const char *name;
    } times[] = {{refund, "created_at"},
                 {refund, "processed_at"},
                 {transaction, "created_at"},
                 {transaction, "processed_at"}};
    *out = NONE;
    for (size_t i = 0; i < COUNT_OF(times); i++) { /* the last that is told */
        size_t token = translating_find(t, times[i].object, times[i].name);
        enum status status = translating_time(t, token, place, *out, out);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* Money of a purchase in both currencies, {"shop_money":{},"presentment_money":{}}: what one of the
 * customer's is worth. */
static void rate_read(const struct translating *t, size_t set, struct shop_refund *refund)
{
    struct decimal ours, theirs;
    struct translating quiet = *t; /* a rate that cannot be read is none */
    quiet.error = NULL;
    size_t shop = set ? translating_find(t, set, "shop_money") : 0;
    size_t customer = set ? translating_find(t, set, "presentment_money") : 0;
    if (shop == 0 || customer == 0)
        return;
    struct span currency = translating_text(t, translating_find(t, customer, "currency_code"));
    if (!span_equal(currency, refund->currency) ||
        span_equal(currency, translating_text(t, translating_find(t, shop, "currency_code"))))
        return;
    refund->has_rate =
        translating_amount(&quiet, translating_find(t, shop, "amount"), "", &ours) == STATUS_OK &&
        translating_amount(&quiet, translating_find(t, customer, "amount"), "", &theirs) == STATUS_OK &&
        translating_ratio(ours, theirs, &refund->rate);
}

/* Where the order, or the refund itself, tells an amount in both currencies. */
static size_t money_set(const struct translating *t, size_t refund)
{
    size_t lines = translating_find(t, refund, "refund_line_items");
    size_t set = translating_find(t, 0, "total_price_set");
    if (set || lines == 0 || scan_type(&t->scan, lines) != TOKEN_ARRAY ||
        scan_next(&t->scan, lines) == lines + 1)
        return set;
    return translating_find(t, lines + 1, "subtotal_set");
}

/* One transaction that gave money back: it is the refund, for a second one may succeed long after the first.
 */
static enum status transaction_put(struct translating *t, struct span order_id, struct span currency,
                                   size_t refund, size_t transaction, const char *place)
{
    struct shop_refund given = {.currency = currency};
    size_t told = translating_find(t, transaction, "currency");
    if (told)
        given.currency = translating_text(t, told);
    rate_read(t, money_set(t, refund), &given);
    const char *pointer = arena_printf(t->arena, "%s/id", place);
    enum status status = translating_id(t, translating_find(t, transaction, "id"), pointer, &given.id);
    pointer = arena_printf(t->arena, "%s/amount", place);
    if (status == STATUS_OK)
        status = translating_amount(t, translating_find(t, transaction, "amount"), pointer, &given.amount);
    if (status == STATUS_OK && given.amount.digits < 0)
        return error_set(t->error, STATUS_INVALID_AMOUNT, pointer, "an amount must not be negative");
    pointer = arena_printf(t->arena, "%s/created_at", place);
    if (status == STATUS_OK)
        status = refund_time(t, refund, transaction, pointer, &given.at);
    if (status == STATUS_OK && given.amount.digits > 0) {
        given.id = shop_prefixed(t, given.id);
        shop_refund_put(t, "shopify", order_id, &given);
    }
    return status;
}

static enum status refund_put(struct translating *t, struct span order_id, struct span currency,
                              size_t refund, const char *place)
{
    size_t i = 0, transactions = translating_find(t, refund, "transactions");
    enum status status = translating_expect(t, refund, TOKEN_OBJECT, place);
    if (status == STATUS_OK)
        status = translating_expect(t, transactions, TOKEN_ARRAY,
                                    arena_printf(t->arena, "%s/transactions", place));
    if (status != STATUS_OK || transactions == 0)
        return status;
    for (size_t item = transactions + 1; item < scan_next(&t->scan, transactions);
         item = scan_next(&t->scan, item)) {
        const char *pointer = arena_printf(t->arena, "%s/transactions/%zu", place, i++);
        if (is_refunded(t, item))
            status = transaction_put(t, order_id, currency, refund, item, pointer);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static enum status refunds_put(struct translating *t, const struct shop_order *order, size_t refunds)
{
    size_t i = 0;
    enum status status = translating_expect(t, refunds, TOKEN_ARRAY, "/refunds");
    if (status != STATUS_OK || refunds == 0)
        return status;
    for (size_t item = refunds + 1; item < scan_next(&t->scan, refunds); item = scan_next(&t->scan, item)) {
        const char *place = arena_printf(t->arena, "/refunds/%zu", i++);
        status = refund_put(t, order->id, order->currency, item, place);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status shopify_refund(struct translating *t, const char **reason)
{
    struct span order_id;
    enum status status = translating_id(t, translating_find(t, 0, "order_id"), "/order_id", &order_id);
    *reason = "no money was given back";
    return status == STATUS_OK ? refund_put(t, shop_prefixed(t, order_id), t->settings->currency, 0, "")
                               : status;
}

/* --- orders --------------------------------------------------------------------------------------------- */

static enum status times_read(struct translating *t, const size_t *fields, struct shop_order *order)
{
    usec_t created_at;
    enum status status = translating_time(t, fields[CREATED_AT], "/created_at", NONE, &created_at);
    if (status == STATUS_OK)
        status = translating_time(t, fields[PROCESSED_AT], "/processed_at", created_at, &order->completed_at);
    if (status == STATUS_OK)
        status =
            translating_time(t, fields[UPDATED_AT], "/updated_at", order->completed_at, &order->updated_at);
    if (status == STATUS_OK)
        status = translating_time(t, fields[CANCELLED_AT], "/cancelled_at", NONE, &order->cancelled_at);
    if (status == STATUS_OK && order->completed_at == NONE)
        return error_set(t->error, STATUS_MISSING_MEMBER, "/created_at", "is missing");
    return status;
}

static enum status values_read(struct translating *t, const size_t *fields, struct shop_order *order)
{
    enum status status = translating_amount(t, fields[SUBTOTAL_PRICE], "/subtotal_price", &order->value);
    order->has_discount = fields[TOTAL_DISCOUNTS] != 0;
    if (status == STATUS_OK && order->has_discount)
        status = translating_amount(t, fields[TOTAL_DISCOUNTS], "/total_discounts", &order->discount);
    if (status == STATUS_OK && order->value.digits < 0)
        return error_set(t->error, STATUS_INVALID_AMOUNT, "/subtotal_price",
                         "an amount must not be negative");
    if (status == STATUS_OK && order->discount.digits < 0)
        return error_set(t->error, STATUS_INVALID_AMOUNT, "/total_discounts",
                         "an amount must not be negative");
    if (status == STATUS_OK)
        status = translating_expect(t, fields[LINE_ITEMS], TOKEN_ARRAY, "/line_items");
    if (status == STATUS_OK)
        status = translating_expect(t, fields[DISCOUNT_CODES], TOKEN_ARRAY, "/discount_codes");
    size_t codes = fields[DISCOUNT_CODES];
    if (status == STATUS_OK && codes && scan_next(&t->scan, codes) > codes + 1)
        order->coupon = translating_text(t, translating_find(t, codes + 1, "code"));
    size_t address = fields[SHIPPING_ADDRESS] ? fields[SHIPPING_ADDRESS] : fields[BILLING_ADDRESS];
    if (address && scan_type(&t->scan, address) == TOKEN_OBJECT)
        order->country = translating_text(t, translating_find(t, address, "country_code"));
    order->items = fields[LINE_ITEMS];
    return status;
}

enum status shopify_order(struct translating *t, const char **reason)
{
    size_t fields[ORDER_FIELD_COUNT];
    struct shop_order order = {.system = "shopify", .coupon = {"", 0}};
    scan_members(&t->scan, 0, order_names, ORDER_FIELD_COUNT, fields);
    enum status status = translating_id(t, fields[ID], "/id", &order.id);
    if (status != STATUS_OK)
        return status;
    if (translating_is_true(t, fields[TEST])) {
        *reason = "a test order";
        return STATUS_OK;
    }
    *reason = "the order is not paid";
    order.id = shop_prefixed(t, order.id);
    order.is_counted = is_paid(translating_text(t, fields[FINANCIAL_STATUS]));
    order.currency = fields[CURRENCY] ? translating_text(t, fields[CURRENCY]) : t->settings->currency;
    order.reason = translating_text(t, fields[CANCEL_REASON]);
    origin_read(t, fields, &order.origin);
    status = times_read(t, fields, &order);
    if (status == STATUS_OK)
        status = shopify_who(t, &order.who);
    if (status == STATUS_OK && order.is_counted)
        status = values_read(t, fields, &order);
    if (status != STATUS_OK)
        return status;
    shop_order_put(t, &order);
    return refunds_put(t, &order, fields[REFUNDS]);
}
