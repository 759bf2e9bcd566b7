#include "ledger.h"
#include "base/buf.h"
#include "base/time.h"
#include "wire/identity.h"

#define ORDERS 5 /* of one customer */

bool ledger_is_anonymous(int customer)
{
    return customer % 6 == 5;
}

struct identity ledger_identity(struct arena *arena, const struct shop *shop, int customer)
{
    struct identity identity = {.kind = ledger_is_anonymous(customer) ? IDENTITY_ANONYMOUS : IDENTITY_USER,
                                .value = span_of(ledger_customer_id(arena, customer))};
    identity_key(shop, identity.kind, identity.value, &identity.key);
    return identity;
}

const char *ledger_customer_id(struct arena *arena, int customer)
{
    return arena_printf(arena, "c%d", customer);
}

static usec_t some_instant(struct chance *c, const struct ledger_shape *shape)
{
    static const usec_t beside[] = {0,
                                    0,
                                    0,
                                    0,
                                    0,
                                    1,
                                    -1,
                                    43200 * USEC_PER_SEC,
                                    1799 * USEC_PER_SEC,
                                    1800 * USEC_PER_SEC,
                                    1801 * USEC_PER_SEC,
                                    300};
    /* half of the days lie on a coarse grid, where deadlines of other events fall */
    int64_t day = chance_of(c, shape->days);
    if (one_in(c, 2))
        day -= day % 7;
    usec_t at = shape->begin + day * USEC_PER_DAY + ONE_OF(c, beside);
    if (shape->calendar && one_in(c, 2))
        at = calendar_midnight(shape->calendar, calendar_day(shape->calendar, at) + 1) + ONE_OF(c, beside);
    return at < shape->begin ? shape->begin : at;
}

static enum event_kind some_kind(struct chance *c)
{
    static const enum event_kind orders[] = {
        EVENT_ORDER_COMPLETED, EVENT_ORDER_COMPLETED, EVENT_ORDER_COMPLETED, EVENT_ORDER_COMPLETED,
        EVENT_ORDER_UPDATED,   EVENT_ORDER_REFUNDED,  EVENT_ORDER_REFUNDED,  EVENT_ORDER_CANCELLED};
    if (one_in(c, 2))
        return ONE_OF(c, orders);
    if (one_in(c, 3))
        return EVENT_IDENTIFY;
    return (enum event_kind)(1 + chance_of(c, EVENT_KIND_COUNT - 1));
}

/* One product is called what a category is; some lack an id or a category. The last have no price. */
static void goods(struct chance *c, bool have_prices, struct buf *out)
{
    static const char *const goods[] = {
        "{\"product_id\":\"p1\",\"category\":\"Tea\",\"price\":12.5,\"quantity\":2,\"name\":\"Assam\"}",
        "{\"product_id\":\"p1\",\"category\":\"Tea\",\"price\":12.5}",
        "{\"product_id\":\"p1\",\"category\":\"Gifts\",\"price\":14,\"quantity\":\"0.5\"}",
        "{\"sku\":\"p2\",\"category\":\"tea\",\"price\":\"3.10\"}",
        "{\"product_id\":\"p3\",\"category\":\"Books\",\"price\":40}",
        "{\"product_id\":\"p4\",\"category\":\"Shoes\",\"price\":\"99.99\",\"quantity\":1}",
        "{\"product_id\":\"p5\",\"price\":1.01,\"quantity\":3}",
        "{\"category\":\"Books\",\"price\":0.99}",
        "{\"price\":5}",
        "{\"id\":\"tea\",\"category\":\"Books\",\"price\":2.25,\"quantity\":0}",
        "{\"product_id\":\"p1\"}",
        "{\"product_id\":\"p5\",\"category\":\"Tea\",\"quantity\":1.001}",
    };
    buf_text(out, ",\"products\":[");
    for (int64_t i = 0, n = 1 + chance_of(c, 3); i < n; i++)
        buf_printf(out, "%s%s", i ? "," : "", goods[chance_of(c, COUNT_OF(goods) - (have_prices ? 2 : 0))]);
    buf_char(out, ']');
}

static void refund_properties(struct chance *c, struct buf *out)
{
    if (one_in(c, 3))
        buf_printf(out, ",\"refund_id\":\"r%d\"", (int)chance_of(c, 3));
    bool has_total = !one_in(c, 3);
    if (one_in(c, 2))
        goods(c, !has_total, out);
    if (has_total)
        buf_printf(out, ",\"total\":\"%d.00\"", (int)(5 + chance_of(c, 60)));
}

static void value_properties(struct chance *c, enum event_kind kind, struct buf *out)
{
    static const char *const countries[] = {"DE", "de", " cn", "Nepal"};
    bool has_products = one_in(c, 2);
    if (has_products)
        goods(c, true, out);
    if (!has_products || one_in(c, 2))
        buf_printf(out, ",\"revenue\":%d.%02d", (int)chance_of(c, 120), (int)chance_of(c, 4) * 25);
    if (one_in(c, 4))
        buf_printf(out, ",\"discount\":\"%d.10\"", (int)chance_of(c, 9));
    if (one_in(c, 5))
        buf_text(out, ",\"coupon\":\"WELCOME\"");
    if (one_in(c, 4))
        buf_printf(out, ",\"country\":\"%s\"", ONE_OF(c, countries));
    if (kind == EVENT_ORDER_UPDATED && one_in(c, 3))
        buf_text(out, one_in(c, 4) ? ",\"cancelled\":true" : ",\"cancelled\":false");
}

static void order_properties(struct chance *c, const struct ledger_shape *shape, int customer,
                             enum event_kind kind, struct buf *out)
{
    int order = (int)chance_of(c, ORDERS);
    buf_text(out, "{\"currency\":\"EUR\"");
    if (shape->shared_orders && one_in(c, shape->shared_orders))
        buf_printf(out, ",\"order_id\":\"shared-%d\"", (int)chance_of(c, 20));
    else if (kind != EVENT_ORDER_COMPLETED || !one_in(c, 8))
        buf_printf(out, ",\"order_id\":\"c%d-o%d\"", customer, order);
    if (kind == EVENT_ORDER_REFUNDED)
        refund_properties(c, out);
    else if (kind != EVENT_ORDER_CANCELLED)
        value_properties(c, kind, out);
    buf_char(out, '}');
}

static void inquiry_properties(struct chance *c, struct buf *out)
{
    static const char *const names[] = {"complaint_id", "ticket_id", "request_id", "id"};
    if (one_in(c, 2))
        buf_printf(out, "{\"%s\":\"t%d\"}", ONE_OF(c, names), (int)chance_of(c, 3));
    else
        buf_text(out, "{}");
}

static void properties(struct chance *c, const struct ledger_shape *shape, int customer, enum event_kind kind,
                       struct buf *out)
{
    static const char *const reasons[] = {"price", "moved away", "搬家"};
    if (event_is_order(kind)) {
        order_properties(c, shape, customer, kind, out);
    } else if (kind == EVENT_SURVEY_ANSWERED) {
        bool is_nps = one_in(c, 2);
        buf_printf(out, "{\"kind\":\"%s\",\"score\":%d}", is_nps ? "nps" : "csat",
                   (int)(is_nps ? chance_of(c, 11) : 1 + chance_of(c, 5)));
    } else if (kind == EVENT_POINTS_EARNED || kind == EVENT_POINTS_REDEEMED) {
        buf_printf(out, "{\"points\":%d}", (int)chance_of(c, 200));
    } else if ((kind == EVENT_SUBSCRIPTION_CANCELLED || kind == EVENT_CUSTOMER_CHURNED) && !one_in(c, 3)) {
        buf_printf(out, "{\"reason\":\"%s\"}", ONE_OF(c, reasons));
    } else if (kind == EVENT_CAMPAIGN_TOUCHED) {
        buf_printf(out, "{\"campaign\":\"%s\",\"channel\":\"%s\"}", one_in(c, 2) ? "spring" : "autumn",
                   one_in(c, 2) ? "email" : "sms");
    } else if (kind == EVENT_COMPLAINT_OPENED || kind == EVENT_COMPLAINT_RESOLVED ||
               kind == EVENT_SUPPORT_REQUESTED || kind == EVENT_SUPPORT_ANSWERED) {
        inquiry_properties(c, out);
    } else {
        buf_text(out, "{}");
    }
}

static void traits(struct chance *c, const struct ledger_shape *shape, int customer, struct buf *out)
{
    static const char *const vips[] = {"true", "false", "null", "\"yes\""};
    static const char *const ages[] = {"17", "18", "19.0", "1.8e1", "null", "\"18\"", "[18]"};
    buf_text(out, "{");
    buf_printf(out, "\"vip\":%s", ONE_OF(c, vips));
    if (shape->links && one_in(c, shape->links))
        buf_printf(out, ",\"email\":\" G%d@Shop.example\"", customer / LEDGER_GROUP);
    if (one_in(c, 2))
        buf_printf(out, ",\"age\":%s", ONE_OF(c, ages));
    if (one_in(c, 3))
        buf_printf(out, ",\"city %d\":\"a\\\"b\\n\\u5317\\u4eac %d\"", (int)chance_of(c, 3),
                   (int)chance_of(c, 3));
    buf_char(out, '}');
}

static void put_context(struct buf *out, bool *is_open, const char *name, const char *json)
{
    buf_printf(out, "%s\"%s\":%s", *is_open ? "," : ",\"context\":{", name, json);
    *is_open = true;
}

/* What brought them, or that nobody was there. */
static void context(struct chance *c, struct buf *out)
{
    static const char *const campaigns[] = {
        "{\"name\":\"spring\",\"source\":\"News\",\"medium\":\"email\"}", "{\"name\":\"summer\"}",
        "{\"source\":\"shop\",\"medium\":\"cpc\"}", "{\"name\":7,\"source\":\" \"}"};
    static const char *const pages[] = {
        "{\"search\":\"?utm_campaign=s%C3%BCmmer+2&utm_source=Shop\"}",
        "{\"url\":\"https://shop.example/?a=1&utm_medium=Email#utm_source=x\"}",
        "{\"search\":\"?utm_campaign=%FF&utm_source=\",\"url\":\"https://shop.example/\"}"};
    if (one_in(c, 6)) {
        buf_text(out, ",\"context\":{\"active\":false}");
        return;
    }
    bool is_open = false;
    if (one_in(c, 5))
        put_context(out, &is_open, "channel", one_in(c, 2) ? "\"Server\"" : "\"email\"");
    if (one_in(c, 8))
        put_context(out, &is_open, "campaign", ONE_OF(c, campaigns));
    if (one_in(c, 8))
        put_context(out, &is_open, "page", ONE_OF(c, pages));
    if (one_in(c, 8))
        put_context(out, &is_open, "location", one_in(c, 2) ? "{\"country\":\"fr\"}" : "{\"country\":7}");
    if (one_in(c, 8))
        put_context(out, &is_open, "locale", one_in(c, 2) ? "\"zh-CN\"" : "\"de-DE\"");
    if (is_open)
        buf_char(out, '}');
}

/* Names as clients write them. */
static const char *event_name(struct chance *c, enum event_kind kind)
{
    static const char *const own[] = {"Page Turned", "page_turned", "Video  Played"};
    static const char *const completed[] = {"Order Completed", "order_completed", "Completed Order"};
    if (kind == EVENT_CUSTOM)
        return ONE_OF(c, own);
    if (kind == EVENT_ORDER_COMPLETED)
        return ONE_OF(c, completed);
    return event_kind_name(kind);
}

static int some_of_group(struct chance *c, int customer)
{
    return customer / LEDGER_GROUP * LEDGER_GROUP + (int)chance_of(c, LEDGER_GROUP);
}

static struct telling tell(struct arena *arena, struct chance *c, const struct ledger_shape *shape,
                           int customer, int number, usec_t at, enum event_kind kind)
{
    char time[TIME_TEXT];
    struct buf out;
    buf_init(&out, 0);
    time_print(at, time);
    const char *type = kind == EVENT_IDENTIFY ? "identify"
                       : kind == EVENT_PAGE   ? "page"
                       : kind == EVENT_SCREEN ? "screen"
                       : kind == EVENT_GROUP  ? "group"
                       : kind == EVENT_ALIAS  ? "alias"
                                              : "track";
    buf_printf(&out, "{\"type\":\"%s\",\"%s\":\"c%d\",\"timestamp\":\"%s\"", type,
               ledger_is_anonymous(customer) ? "anonymousId" : "userId", customer, time);
    /* Ids are unique among a customer's messages only. A message without one is known by what it says, which is
       not its context: two that differ in nothing else are one, of which the first accepted counts. */
    bool has_id = !one_in(c, 10);
    if (has_id)
        buf_printf(&out, ",\"messageId\":\"m%d\"", number);
    bool links = has_id && shape->links && one_in(c, shape->links);
    if (links && kind != EVENT_ALIAS && !ledger_is_anonymous(customer))
        buf_printf(&out, ",\"anonymousId\":\"c%d\"",
                   customer / LEDGER_GROUP * LEDGER_GROUP + LEDGER_GROUP - 1);
    if (has_id)
        context(c, &out);
    if (kind == EVENT_IDENTIFY) {
        buf_text(&out, ",\"traits\":");
        traits(c, shape, customer, &out);
    } else if (kind == EVENT_GROUP) {
        buf_text(&out, ",\"groupId\":\"g\"");
    } else if (kind == EVENT_ALIAS) {
        if (links)
            buf_printf(&out, ",\"previousId\":\"c%d\"", some_of_group(c, customer));
        else
            buf_printf(&out, ",\"previousId\":\"before c%d\"", customer);
    } else if (kind == EVENT_PAGE || kind == EVENT_SCREEN) {
        buf_text(&out, ",\"name\":\"Home\"");
    } else {
        buf_printf(&out, ",\"event\":\"%s\",\"properties\":", event_name(c, kind));
        properties(c, shape, customer, kind, &out);
    }
    buf_char(&out, '}');
    struct telling telling = {
        .json = arena_text(arena, (struct span){out.p, out.n}), .customer = customer, .at = at, .kind = kind};
    buf_done(&out);
    return telling;
}

struct telling ledger_event(struct arena *arena, struct chance *c, int customer, int number, usec_t at)
{
    struct ledger_shape shape = {.shared_orders = 0}; /* and no links */
    return tell(arena, c, &shape, customer, number, at, some_kind(c));
}

size_t ledger_make(struct arena *arena, struct chance *c, const struct ledger_shape *shape, int customer,
                   struct telling **out)
{
    size_t n = (size_t)(1 + chance_of(c, 2 * shape->events));
    struct telling *tellings = ARENA_ARRAY(arena, struct telling, n);
    for (size_t i = 0; i < n; i++) {
        usec_t at = i && one_in(c, 5) ? tellings[chance_of(c, (int64_t)i)].at : some_instant(c, shape);
        bool is_alias = shape->links && one_in(c, 2 * shape->links);
        tellings[i] = tell(arena, c, shape, customer, (int)i, at, is_alias ? EVENT_ALIAS : some_kind(c));
    }
    *out = tellings;
    return n;
}
