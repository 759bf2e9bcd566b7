#include "base/uuid.h"
#include "crypto/digest.h"
#include "message_parts.h"
#include "message_products.h"
#include "wire/message.h"

#include <stdio.h>

struct order_reading {
    const struct reading *r;
    struct product *products;
    size_t n_products;
    bool has_rate; /* the currency was looked at */
    struct exchange exchange;
};

/* --- money --- */

/** A currency's code in upper case; false when it has not three letters. */
static bool currency_read(struct span text, char code[4])
{
    if (text.n != 3) {
        return false;
    }
    for (size_t i = 0; i < 3; i++) {
        char c = text.p[i];
        code[i] = (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
    }
    code[3] = '\0';
    return true;
}

/** How the event's money becomes the shop's: looked at once, and only when an amount is used. */
static enum status rate_read(struct order_reading *o)
{
    const struct reading *r = o->r;
    size_t token = r->properties[PROPERTY_CURRENCY];
    o->has_rate = true;
    if (token == 0) {
        return STATUS_OK;
    }
    const char *pointer = property_pointer(PROPERTY_CURRENCY);
    if (scan_type(r->scan, token) != TOKEN_STRING) {
        return reading_refuse(r, STATUS_WRONG_TYPE, pointer, "currency must be a string");
    }
    char code[4];
    struct span text = reading_lower(r, scan_string(r->arena, r->scan, token));
    if (text.n == 0) {
        return STATUS_OK;
    }
    bool is_code = currency_read(text, code);
    if (is_code && memcmp(code, r->shop->currency, sizeof(code)) == 0) {
        return STATUS_OK;
    }
    if (!is_code || currency_exponent(code) < 0) {
        return reading_refuse(r, STATUS_INVALID_VALUE, pointer, "not a currency of ISO 4217");
    }
    size_t rate = r->properties[PROPERTY_EXCHANGE_RATE];
    if (rate == 0) {
        return reading_refuse(r, STATUS_CURRENCY_MISMATCH, pointer,
                              "the event is in %s, the shop in %s, and there is no exchange_rate", code,
                              r->shop->currency);
    }
    pointer = property_pointer(PROPERTY_EXCHANGE_RATE);
    enum status status = reading_decimal(r, rate, pointer, STATUS_INVALID_VALUE, &o->exchange.rate);
    if (status != STATUS_OK) {
        return status;
    }
    if (o->exchange.rate.digits <= 0) {
        return reading_refuse(r, STATUS_INVALID_VALUE, pointer, "exchange_rate must be positive");
    }
    o->exchange.is_foreign = true;
    return STATUS_OK;
}

static enum status money_read(struct order_reading *o, struct decimal amount, const char *pointer,
                              int64_t *minor)
{
    const struct reading *r = o->r;
    enum status status = o->has_rate ? STATUS_OK : rate_read(o);
    if (status != STATUS_OK) {
        return status;
    }
    if (amount.digits < 0) {
        return reading_refuse(r, STATUS_INVALID_AMOUNT, pointer, "an amount must not be negative");
    }
    bool is_in_range = o->exchange.is_foreign ? money_from_product(amount, o->exchange.rate, r->shop->exponent, minor)
                                     : money_from_decimal(amount, r->shop->exponent, minor);
    if (!is_in_range) {
        return reading_refuse(r, STATUS_INVALID_AMOUNT, pointer, "the amount is too large");
    }
    return STATUS_OK;
}

static enum status amount_read(struct order_reading *o, enum property property, int64_t *minor)
{
    const char *pointer = property_pointer(property);
    struct decimal amount;
    enum status status =
        reading_decimal(o->r, o->r->properties[property], pointer, STATUS_INVALID_AMOUNT, &amount);
    return status == STATUS_OK ? money_read(o, amount, pointer, minor) : status;
}

/** A price or quantity: a decimal that is not negative. */
static enum status factor_read(const struct reading *r, size_t product, size_t token, const char *name,
                               struct decimal *out)
{
    char pointer[64];
    snprintf(pointer, sizeof(pointer), "/properties/products/%zu/%s", product, name);
    enum status status = reading_decimal(r, token, pointer, STATUS_INVALID_AMOUNT, out);
    if (status == STATUS_OK && out->digits < 0) {
        return reading_refuse(r, STATUS_INVALID_AMOUNT, pointer, "must not be negative");
    }
    return status;
}

/** The sum of prices times quantities; *is_told is false when no product has a price. */
static enum status sum_read(struct order_reading *o, int64_t *minor, bool *is_told)
{
    const struct reading *r = o->r;
    struct decimal *prices = ARENA_ARRAY(r->arena, struct decimal, o->n_products);
    struct decimal *quantities = ARENA_ARRAY(r->arena, struct decimal, o->n_products);
    size_t n = 0;
    for (size_t i = 0; i < o->n_products; i++) {
        const struct product *product = &o->products[i];
        if (product->fields[PRICE] == 0) {
            continue;
        }
        enum status status = factor_read(r, i, product->fields[PRICE], "price", &prices[n]);
        quantities[n] = (struct decimal){1, 0};
        if (status == STATUS_OK && product->fields[QUANTITY] != 0) {
            status = factor_read(r, i, product->fields[QUANTITY], "quantity", &quantities[n]);
        }
        if (status != STATUS_OK) {
            return status;
        }
        n++;
    }
    *is_told = n != 0;
    if (n == 0) {
        return STATUS_OK;
    }
    struct decimal sum;
    if (!decimal_sum_of_products(prices, quantities, n, &sum)) {
        return reading_refuse(r, STATUS_INVALID_AMOUNT, "/properties/products", "the sum is too large");
    }
    return money_read(o, sum, "/properties/products", minor);
}

/** The first of ${properties} that is given, else the sum of the products. */
static enum status total_read(struct order_reading *o, const enum property *properties, size_t n,
                              int64_t *minor, bool *is_told)
{
    for (size_t i = 0; i < n; i++) {
        if (o->r->properties[properties[i]] != 0) {
            *is_told = true;
            return amount_read(o, properties[i], minor);
        }
    }
    return sum_read(o, minor, is_told);
}

/* --- the four kinds --- */

/** Order Completed and Order Updated: the values of an order. */
static enum status values_read(struct order_reading *o, struct event *event)
{
    static const enum property value[] = {PROPERTY_REVENUE, PROPERTY_SUBTOTAL, PROPERTY_TOTAL};
    const struct reading *r = o->r;
    enum status status = total_read(o, value, COUNT_OF(value), &event->value, &event->has_value);
    if (status != STATUS_OK) {
        return status;
    }
    if (event->kind == EVENT_ORDER_COMPLETED) {
        event->has_value = true; /* nothing told: an order of 0.00 */
    }
    event->has_discount = r->properties[PROPERTY_DISCOUNT] != 0;
    if (event->has_discount) {
        status = amount_read(o, PROPERTY_DISCOUNT, &event->discount);
        if (status != STATUS_OK) {
            return status;
        }
    }
    size_t coupon = r->properties[PROPERTY_COUPON];
    event->has_coupon =
        coupon != 0 && scan_type(r->scan, coupon) == TOKEN_STRING && scan_raw(r->scan, coupon).n > 2;
    size_t cancelled = r->properties[PROPERTY_CANCELLED];
    event->is_reinstated =
        event->kind == EVENT_ORDER_UPDATED && cancelled != 0 && scan_type(r->scan, cancelled) == TOKEN_FALSE;
    message_sets_read(r, o->products, o->n_products, event);
    return STATUS_OK;
}

static enum status refund_read(struct order_reading *o, struct event *event)
{
    static const enum property amount[] = {PROPERTY_REVENUE, PROPERTY_SUBTOTAL, PROPERTY_TOTAL,
                                           PROPERTY_AMOUNT};
    const struct reading *r = o->r;
    bool is_told;
    enum status status = total_read(o, amount, COUNT_OF(amount), &event->refund_amount, &is_told);
    if (status != STATUS_OK) {
        return status;
    }
    if (!is_told && o->n_products != 0) {
        return reading_refuse(r, STATUS_MISSING_MEMBER, "/properties/products/0/price",
                              "a refund of products needs their prices, or an amount");
    }
    event->refund_whole = !is_told;
    struct span id;
    status = reading_id(r, r->properties[PROPERTY_REFUND_ID], property_pointer(PROPERTY_REFUND_ID), &id);
    if (status != STATUS_OK) {
        return status;
    }
    if (id.n != 0) {
        message_key(&r->shop->space, "refund:", id, &event->refund_key);
    } else {
        event->refund_key = event->event_id;
    }
    return STATUS_OK;
}

/* An order that has no id is its own: of this message of this customer of this shop. */
static void message_own_order_key(const struct shop *shop, struct event *event)
{
    char name[2 * UUID_TEXT];
    uuid_print(&event->identity_key, name);
    uuid_print(&event->event_id, name + UUID_TEXT - 1);
    message_key(&shop->space, "own-order:", span_of(name), &event->order_key);
}

/** The lines have a value only where the money has: an unknown rate refuses nothing that is not used. */
static void lines_read(const struct order_reading *o, struct event *event)
{
    struct error unused;
    struct reading r = *o->r;
    struct order_reading asking = *o;
    r.error = &unused;
    asking.r = &r;
    bool is_known = asking.has_rate || rate_read(&asking) == STATUS_OK;
    message_lines_read(o->r, o->products, o->n_products, is_known ? &asking.exchange : NULL, event);
}

enum status message_order_read(const struct reading *r, struct event *event)
{
    const char *pointer = property_pointer(PROPERTY_ORDER_ID);
    enum status status = reading_id(r, r->properties[PROPERTY_ORDER_ID], pointer, &event->order_id);
    if (status != STATUS_OK) {
        return status;
    }
    if (event->order_id.n != 0) {
        message_order_key(r->shop, event->order_id, &event->order_key);
    } else if (event->kind == EVENT_ORDER_COMPLETED) {
        char *text = ARENA_ARRAY(r->arena, char, UUID_TEXT);
        uuid_print(&event->event_id, text);
        message_own_order_key(r->shop, event);
        event->order_id = r->message_id.n != 0 ? r->message_id : span_of(text);
    } else {
        return reading_refuse(r, STATUS_MISSING_MEMBER, pointer, "order_id is missing");
    }
    struct order_reading o = {.r = r};
    status = message_products_read(r, &o.products, &o.n_products);
    if (status != STATUS_OK) {
        return status;
    }
    if (event->kind == EVENT_ORDER_CANCELLED) {
        return STATUS_OK;
    }
    status = event->kind == EVENT_ORDER_REFUNDED ? refund_read(&o, event) : values_read(&o, event);
    if (status == STATUS_OK && o.n_products != 0) {
        lines_read(&o, event);
    }
    return status;
}
