#include "app/demo.h"

#include "app/import.h"
#include "app/publish.h"
#include "base/buf.h"
#include "base/time.h"
#include "wire/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEED UINT64_C(20240229)
#define HISTORY (730 * USEC_PER_DAY)
#define MINUTE (60 * USEC_PER_SEC)
#define HOUR (60 * MINUTE)

/* --- chance ------------------------------------------------------------------------------------------------------ */

struct chance {
    uint64_t state;
};

/* SplitMix64 by Sebastiano Vigna (public domain). */
static uint64_t draw(struct chance *chance)
{
    uint64_t z = chance->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* From ${least} to ${most}, both included. */
static int64_t between(struct chance *chance, int64_t least, int64_t most)
{
    return least + (int64_t)(draw(chance) % (uint64_t)(most - least + 1));
}

static bool in_percent(struct chance *chance, int percent)
{
    return between(chance, 1, 100) <= percent;
}

#define PICK(chance, table) (&(table)[between((chance), 0, (int64_t)COUNT_OF(table) - 1)])

/* --- what there is ------------------------------------------------------------------------------------------------ */

static const struct product {
    const char *sku;
    const char *name;
    const char *category;
    int cents;
} products[] = {
    {"TEA-01", "Longjing green tea", "tea", 1890},       {"TEA-02", "Jasmine pearls", "tea", 1450},
    {"TEA-03", "Assam breakfast", "tea", 890},           {"TEA-04", "Aged pu-erh", "tea", 3990},
    {"POT-01", "Stoneware teapot", "ceramics", 4900},    {"POT-02", "Gaiwan, white", "ceramics", 2750},
    {"CUP-01", "Two cups, celadon", "ceramics", 2200},   {"CUP-02", "Travel mug", "ceramics", 1990},
    {"COF-01", "Espresso, dark", "coffee", 1290},        {"COF-02", "Filter roast, light", "coffee", 1390},
    {"GRI-01", "Hand grinder", "equipment", 7900},       {"KET-01", "Gooseneck kettle", "equipment", 8900},
    {"SCA-01", "Pocket scale", "equipment", 3450},       {"SWT-01", "Almond biscuits", "sweets", 690},
    {"SWT-02", "Candied ginger", "sweets", 790},         {"BOK-01", "The way of tea", "books", 2400},
};

static const struct person {
    const char *name;
    const char *city;
    const char *language;
} people[] = {
    {"Mira Holm", "Berlin", "en"},      {"Jonas Weidler", "Hamburg", "en"},  {"林若溪", "上海", "zh"},
    {"Clara Sontag", "Leipzig", "en"},  {"周子墨", "杭州", "zh"},             {"Theo Brandis", "München", "en"},
    {"Ida Falk", "Köln", "en"},         {"沈嘉宁", "北京", "zh"},             {"Nora Lindqvist", "Malmö", "en"},
    {"Emil Rasper", "Dresden", "en"},   {"顾安然", "广州", "zh"},             {"Paula Fenn", "Wien", "en"},
    {"Luca Moretto", "Zürich", "en"},   {"许知遥", "成都", "zh"},             {"Hanna Vogt", "Bremen", "en"},
    {"Felix Ahrend", "Frankfurt", "en"}, {"唐一鸣", "深圳", "zh"},            {"Greta Solberg", "Oslo", "en"},
};

static const char *const channels[] = {"shop", "shop", "shop", "app", "app", "wechat", "store"};
static const char *const campaigns[] = {"spring", "newsletter", "birthday"};
static const char *const coupons[] = {"WELCOME10", "SPRING5", "TEATIME"};
static const char *const reasons[] = {"moved away", "too expensive", "搬家了"};

/* --- how they live ------------------------------------------------------------------------------------------------ */

/* Kinds of customers: how many, orders, days since the last one, days between orders, do they say that they leave. */
static const struct kind {
    int customers;
    int orders_least, orders_most;
    int age_least, age_most;
    int gap_least, gap_most;
    bool leaves;
} kinds[] = {
    {38, 0, 0, 1, 400, 0, 0, false},      /* look, and have not bought */
    {16, 1, 1, 21, 59, 0, 0, false},      /* bought once: the second order is due */
    {22, 1, 1, 1, 170, 0, 0, false},      /* bought once */
    {28, 1, 1, 185, 700, 0, 0, false},    /* bought once, long ago */
    {36, 2, 3, 2, 165, 20, 110, false},   /* came back */
    {6, 2, 3, 174, 179, 30, 90, false},   /* about to slip in the next days */
    {34, 4, 12, 1, 90, 12, 45, false},    /* loyal */
    {14, 3, 7, 181, 400, 20, 60, false},  /* used to be loyal */
    {6, 1, 3, 20, 120, 20, 60, true},     /* say that they leave */
};

struct writer {
    struct buf *out;
    struct chance *chance;
    usec_t now;
    const char *id;
    bool is_anonymous;
    int n_orders;
};

/* The head of a message, up to its properties or traits; nothing is told of the time to come. */
static bool begin(struct writer *w, const char *type, const char *event, usec_t at)
{
    char when[TIME_TEXT];
    if (at >= w->now)
        return false;
    time_print(at, when);
    buf_printf(w->out, "{\"type\":\"%s\",\"%s\":\"%s\",\"timestamp\":\"%s\"", type,
               w->is_anonymous ? "anonymousId" : "userId", w->id, when);
    if (event)
        buf_printf(w->out, ",\"event\":\"%s\"", event);
    return true;
}

static void end(struct writer *w, const char *channel)
{
    if (channel)
        buf_printf(w->out, ",\"context\":{\"channel\":\"%s\"}", channel);
    buf_text(w->out, "}\n");
}

static void tell(struct writer *w, const char *event, usec_t at, const char *properties)
{
    if (!begin(w, "track", event, at))
        return;
    if (properties)
        buf_printf(w->out, ",\"properties\":{%s}", properties);
    end(w, NULL);
}

static void tell_product(struct writer *w, const char *event, usec_t at, const struct product *product,
                         const char *channel)
{
    if (!begin(w, "track", event, at))
        return;
    buf_printf(w->out, ",\"properties\":{\"product_id\":\"%s\",\"name\":\"%s\",\"category\":\"%s\",\"price\":%d.%02d}",
               product->sku, product->name, product->category, product->cents / 100, product->cents % 100);
    end(w, channel);
}

static void identify(struct writer *w, usec_t at)
{
    const struct person *person = PICK(w->chance, people);
    if (!begin(w, "identify", NULL, at))
        return;
    buf_printf(w->out,
               ",\"traits\":{\"name\":\"%s\",\"city\":\"%s\",\"language\":\"%s\",\"email\":\"%s@example.com\","
               "\"newsletter\":%s}",
               person->name, person->city, person->language, w->id, in_percent(w->chance, 55) ? "true" : "false");
    end(w, NULL);
}

/* A visit without an order: looks, and sometimes fills a cart. */
static void visit(struct writer *w, usec_t at)
{
    const char *channel = *PICK(w->chance, channels);
    if (begin(w, "page", NULL, at)) {
        buf_text(w->out, ",\"name\":\"Home\"");
        end(w, channel);
    }
    int64_t views = between(w->chance, 0, 3);
    for (int64_t i = 0; i < views; i++)
        tell_product(w, "Product Viewed", at + (i + 1) * MINUTE, PICK(w->chance, products), channel);
    if (views && in_percent(w->chance, 40))
        tell_product(w, "Product Added", at + 6 * MINUTE, PICK(w->chance, products), channel);
}

/* What may follow an order. */
static void follow_up(struct writer *w, usec_t at, const char *order_id, int64_t cents)
{
    char text[256];
    struct chance *chance = w->chance;
    if (in_percent(chance, 7)) {
        int64_t amount = in_percent(chance, 40) ? cents : cents / 3;
        snprintf(text, sizeof(text), "\"order_id\":\"%s\",\"refund_id\":\"R-%s\",\"total\":%lld.%02lld", order_id,
                 order_id, (long long)amount / 100, (long long)amount % 100);
        tell(w, "Order Refunded", at + between(chance, 3, 14) * USEC_PER_DAY, text);
    }
    if (in_percent(chance, 2)) {
        snprintf(text, sizeof(text), "\"order_id\":\"%s\"", order_id);
        tell(w, "Order Cancelled", at + between(chance, 1, 20) * HOUR, text);
    }
    if (in_percent(chance, 18)) {
        snprintf(text, sizeof(text), "\"product_id\":\"%s\",\"rating\":%d", PICK(chance, products)->sku,
                 (int)between(chance, 2, 5));
        tell(w, "Product Reviewed", at + between(chance, 5, 20) * USEC_PER_DAY, text);
    }
    if (in_percent(chance, 16)) {
        bool is_nps = in_percent(chance, 60);
        snprintf(text, sizeof(text), "\"kind\":\"%s\",\"score\":%d", is_nps ? "nps" : "csat",
                 (int)(is_nps ? between(chance, 3, 10) : between(chance, 2, 5)));
        tell(w, "Survey Answered", at + between(chance, 4, 10) * USEC_PER_DAY, text);
    }
    if (in_percent(chance, 6)) {
        usec_t opened = at + between(chance, 2, 9) * USEC_PER_DAY;
        tell(w, "Complaint Opened", opened, "\"subject\":\"broken in transit\"");
        if (in_percent(chance, 75))
            tell(w, "Complaint Resolved", opened + between(chance, 4, 90) * HOUR, NULL);
    }
    if (in_percent(chance, 8))
        tell(w, "Referral Made", at + between(chance, 6, 30) * USEC_PER_DAY, NULL);
    if (in_percent(chance, 6))
        tell(w, "Product Shared", at + between(chance, 1, 9) * USEC_PER_DAY, "\"share_via\":\"wechat\"");
}

static void order(struct writer *w, usec_t at)
{
    struct chance *chance = w->chance;
    const char *channel = *PICK(chance, channels);
    const struct product *basket[3];
    int64_t quantities[3], cents = 0;
    size_t n = (size_t)between(chance, 1, 3);
    bool has_coupon = in_percent(chance, 22);
    char order_id[64];
    snprintf(order_id, sizeof(order_id), "D-%s-%d", w->id, ++w->n_orders);
    for (size_t i = 0; i < n; i++) {
        basket[i] = PICK(chance, products);
        quantities[i] = between(chance, 1, 2);
        cents += quantities[i] * basket[i]->cents;
        tell_product(w, "Product Viewed", at - 20 * MINUTE + (usec_t)i * MINUTE, basket[i], channel);
        tell_product(w, "Product Added", at - 10 * MINUTE + (usec_t)i * MINUTE, basket[i], channel);
    }
    tell(w, "Checkout Started", at - 4 * MINUTE, NULL);
    const char *coupon = *PICK(chance, coupons);
    int64_t discount = has_coupon ? cents / 10 : 0;
    cents -= discount;
    if (begin(w, "track", "Order Completed", at)) {
        buf_printf(w->out, ",\"properties\":{\"order_id\":\"%s\",\"revenue\":%lld.%02lld,\"currency\":\"EUR\"", order_id,
                   (long long)cents / 100, (long long)cents % 100);
        if (has_coupon)
            buf_printf(w->out, ",\"coupon\":\"%s\",\"discount\":%lld.%02lld", coupon, (long long)discount / 100,
                       (long long)discount % 100);
        buf_text(w->out, ",\"products\":[");
        for (size_t i = 0; i < n; i++)
            buf_printf(w->out,
                       "%s{\"product_id\":\"%s\",\"name\":\"%s\",\"category\":\"%s\",\"price\":%d.%02d,\"quantity\":%lld}",
                       i ? "," : "", basket[i]->sku, basket[i]->name, basket[i]->category, basket[i]->cents / 100,
                       basket[i]->cents % 100, (long long)quantities[i]);
        buf_text(w->out, "]}");
        end(w, channel);
    }
    follow_up(w, at, order_id, cents);
}

/* An instant on the day ${days} ago, at an hour at which shops sell. */
static usec_t days_ago(const struct writer *w, int64_t days)
{
    return w->now - days * USEC_PER_DAY - between(w->chance, 0, 13) * HOUR - between(w->chance, 0, 59) * MINUTE;
}

static void live(struct writer *w, const struct kind *kind)
{
    struct chance *chance = w->chance;
    int64_t orders = between(chance, kind->orders_least, kind->orders_most);
    int64_t age = between(chance, kind->age_least, kind->age_most);
    usec_t at = days_ago(w, age);
    for (int64_t i = 0; i < orders && at > w->now - HISTORY; i++) {
        order(w, at);
        if (i + 1 < orders)
            at -= between(chance, kind->gap_least, kind->gap_most) * USEC_PER_DAY + between(chance, -5, 5) * HOUR;
    }
    for (int64_t i = between(chance, 0, 4); i >= 0; i--)
        visit(w, at - between(chance, 1, 20) * USEC_PER_DAY + between(chance, -9, 9) * HOUR);
    for (int64_t i = between(chance, 0, 3); orders && i > 0; i--)
        visit(w, at + between(chance, 1, 60) * USEC_PER_DAY);
    if (!w->is_anonymous && (orders || in_percent(chance, 60)))
        identify(w, at - 30 * MINUTE);
    if (in_percent(chance, 30)) {
        char text[128];
        snprintf(text, sizeof(text), "\"campaign\":\"%s\",\"channel\":\"email\"", *PICK(chance, campaigns));
        tell(w, "Campaign Touched", at + between(chance, 5, 40) * USEC_PER_DAY, text);
    }
    if (orders >= 4 && in_percent(chance, 25))
        tell(w, "Subscription Started", at + 40 * USEC_PER_DAY, "\"plan\":\"tea of the month\"");
    if (kind->leaves) {
        char text[128];
        snprintf(text, sizeof(text), "\"reason\":\"%s\"", *PICK(chance, reasons));
        tell(w, "Customer Churned", w->now - between(chance, 1, 15) * USEC_PER_DAY, text);
    }
}

/* One order whose 180th day ends soon, and nothing after it. */
static void live_slipping(struct writer *w)
{
    usec_t at = w->now + DEMO_SLIPS_AFTER - 180 * USEC_PER_DAY;
    char when[TIME_TEXT];
    identify(w, at - 30 * MINUTE);
    tell_product(w, "Product Viewed", at - 20 * MINUTE, &products[4], "shop");
    time_print(at, when);
    buf_printf(w->out,
               "{\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"%s\",\"timestamp\":\"%s\",\"properties\":{"
               "\"order_id\":\"D-%s-1\",\"revenue\":49.00,\"currency\":\"EUR\",\"products\":[{\"product_id\":\"%s\","
               "\"name\":\"%s\",\"category\":\"%s\",\"price\":49.00,\"quantity\":1}]}}\n",
               w->id, when, w->id, products[4].sku, products[4].name, products[4].category);
}

static void live_all(struct buf *out, usec_t now)
{
    int number = 0;
    struct chance chance = {SEED};
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        for (int k = 0; k < kinds[i].customers; k++) {
            char id[32];
            /* some of those who only look have not told who they are */
            bool is_anonymous = kinds[i].orders_most == 0 && k % 4 == 3;
            snprintf(id, sizeof(id), "%s-%03d", is_anonymous ? "visitor" : "customer", ++number);
            struct writer writer = {
                .out = out, .chance = &chance, .now = now, .id = id, .is_anonymous = is_anonymous};
            live(&writer, &kinds[i]);
        }
    struct writer slipping = {.out = out, .chance = &chance, .now = now, .id = DEMO_SLIPPING};
    live_slipping(&slipping);
}

/* --- the shop ----------------------------------------------------------------------------------------------------- */

static enum status publish(struct session *session, const struct shop *shop, enum definition_kind kind,
                           const char *key, struct span document, struct error *error)
{
    struct publication publication = {
        .kind = kind, .key = span_of(key), .document = document, .if_match = VERSION_ABSENT};
    int version;
    return definition_publish(session, shop, &publication, &version, error);
}

static enum status define(struct session *session, const struct shop *shop, struct error *error)
{
    static const char vip[] = "{\"name\":{\"zh\":\"贵宾\",\"en\":\"VIP\"},"
                              "\"rule\":{\">=\":[{\"var\":\"revenue\"},\"400.00\"]}}";
    static const char due[] = "{\"name\":{\"zh\":\"该下第二单了\",\"en\":\"Second order due\"},\"rule\":{\"and\":["
                              "{\"==\":[{\"var\":\"orders_count\"},1]},"
                              "{\">=\":[{\"var\":\"days_since_last_order\"},20]},"
                              "{\"<\":[{\"var\":\"days_since_last_order\"},60]}]}}";
    struct span none = {"", 0}, journey;
    enum status status = preset_expand(session->arena, span_of("journey"), none, none, &journey, error);
    if (status == STATUS_OK)
        status = publish(session, shop, KIND_MODEL, "journey", journey, error);
    if (status == STATUS_OK)
        status = publish(session, shop, KIND_SEGMENT, "vip", span_of(vip), error);
    if (status == STATUS_OK)
        status = publish(session, shop, KIND_SEGMENT, "second_order_due", span_of(due), error);
    return status;
}

/* The lines go the way of any import. */
static enum status bring(struct session *session, struct demo *demo, struct error *error)
{
    struct buf lines;
    struct import_figures figures;
    struct import_source source = {.format = IMPORT_NDJSON, .refused_path = "/dev/null"};
    FILE *file = import_spool();
    if (file == NULL)
        return error_set(error, STATUS_INTERNAL, "", "cannot make a temporary file");
    buf_init(&lines, 0);
    live_all(&lines, clock_now(session->clock));
    bool is_written = fwrite(lines.p, 1, lines.n, file) == lines.n && fflush(file) == 0;
    buf_done(&lines);
    rewind(file);
    source.fd = fileno(file);
    source.map = row_map_new(ROW_NDJSON);
    enum status status = is_written ? import_run(session, demo->shop, &source, &figures, error)
                                    : error_set(error, STATUS_INTERNAL, "", "cannot write a temporary file");
    if (status == STATUS_OK && figures.refused != 0)
        status = error_set(error, STATUS_INTERNAL, "", "%lld of the demo's messages were refused",
                           (long long)figures.refused);
    if (status == STATUS_OK) {
        demo->customers = figures.customers;
        demo->events = figures.accepted;
    }
    row_map_free(source.map);
    fclose(file);
    return status;
}

enum status demo_make(struct session *session, struct demo *out, struct error *error)
{
    struct demo demo = {0};
    const struct {
        enum scope scope;
        char *key;
    } keys[] = {{SCOPE_WRITE, demo.write_key}, {SCOPE_READ, demo.read_key}, {SCOPE_ADMIN, demo.admin_key}};
    enum status status = shop_create(session, DEMO_SHOP, "EUR", "Europe/Berlin", &demo.shop, error);
    if (status == STATUS_OK)
        status = define(session, demo.shop, error);
    if (status == STATUS_OK)
        status = bring(session, &demo, error);
    for (size_t i = 0; i < COUNT_OF(keys) && status == STATUS_OK; i++)
        status = key_create(session, demo.shop, keys[i].scope, "demo", NULL, keys[i].key, error);
    if (status == STATUS_OK)
        *out = demo;
    return status;
}
