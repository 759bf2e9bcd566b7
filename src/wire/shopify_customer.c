#include "shop_order.h"
#include "shopify.h"

#define TAGS_MAX       100
#define CART_ITEMS_MAX 100

/* --- customers ------------------------------------------------------------------------------------------ */

/* What the record says: a member that is null was taken away. */
static void put_trait(struct translating *t, const char *name, const char *from, struct span value)
{
    struct span wanted = span_of(from);
    if (value.n) {
        message_text(t, name, value);
        return;
    }
    for (size_t key = 1; key < scan_next(&t->scan, 0); key = scan_next(&t->scan, key + 1))
        if (scan_name(&t->scan, key, &wanted, 1) == 0 && scan_type(&t->scan, key + 1) == TOKEN_NULL) {
            message_null(t, name);
            return;
        }
}

/* May they be written to? As it was told until 2022, and since. */
static void put_consent(struct translating *t)
{
    size_t told = translating_find(t, 0, "accepts_marketing");
    size_t consent = translating_find(t, 0, "email_marketing_consent");
    struct span state =
        consent ? translating_text(t, translating_find(t, consent, "state")) : (struct span){"", 0};
    if (state.n)
        message_bool(t, "accepts_marketing", span_is(state, "subscribed"));
    else if (told && scan_type(&t->scan, told) <= TOKEN_TRUE)
        message_bool(t, "accepts_marketing", translating_is_true(t, told));
}

/* "one, two": a list. */
static void put_tags(struct translating *t)
{
    size_t token = translating_find(t, 0, "tags");
    if (token == 0 || scan_type(&t->scan, token) != TOKEN_STRING)
        return;
    struct span rest = scan_string(t->arena, &t->scan, token);
    message_open(t, "tags", '[');
    for (size_t n = 0; rest.n && n < TAGS_MAX; n++) {
        struct span tag = span_take(&rest, ',');
        while (tag.n && tag.p[0] == ' ')
            tag = (struct span){tag.p + 1, tag.n - 1};
        if (tag.n <= TRANSLATED_TEXT_MAX)
            message_text(t, NULL, tag);
    }
    message_close(t, ']');
}

static void put_traits(struct translating *t, const struct who *who)
{
    size_t address = translating_find(t, 0, "default_address");
    size_t verified = translating_find(t, 0, "verified_email");
    message_open(t, "traits", '{');
    put_trait(t, "email", "email", who->email);
    put_trait(t, "phone", "phone", who->phone);
    put_consent(t);
    if (verified && scan_type(&t->scan, verified) <= TOKEN_TRUE)
        message_bool(t, "verified_email", translating_is_true(t, verified));
    message_text(t, "state", translating_text(t, translating_find(t, 0, "state")));
    if (address)
        message_text(t, "country", translating_text(t, translating_find(t, address, "country_code")));
    put_tags(t);
    message_close(t, '}');
}

static enum status customer_put(struct translating *t, bool is_new)
{
    struct span id;
    usec_t created_at, at;
    enum status status = translating_id(t, translating_find(t, 0, "id"), "/id", &id);
    if (status == STATUS_OK)
        status = translating_time(t, translating_find(t, 0, "created_at"), "/created_at", NONE, &created_at);
    if (status == STATUS_OK)
        status = translating_time(t, translating_find(t, 0, "updated_at"), "/updated_at", created_at, &at);
    if (status != STATUS_OK)
        return status;
    struct who who =
        translating_who(t, "shopify", id, translating_find(t, 0, "email"), translating_find(t, 0, "phone"));
    if (is_new && created_at != NONE)
        at = created_at;
    message_record(t, &who, is_new, at, put_traits);
    return STATUS_OK;
}

enum status shopify_new_customer(struct translating *t, const char **reason)
{
    (void)reason; /* it always says something */
    return customer_put(t, true);
}

enum status shopify_customer(struct translating *t, const char **reason)
{
    (void)reason;
    return customer_put(t, false);
}

/* --- checkouts and carts -------------------------------------------------------------------------------- */

/* A cart is known by its token, which checkouts name too: "cart:TOKEN" is an anonymous person until one joins
 * it. */
static struct span cart_person(const struct translating *t, size_t token)
{
    struct span text = translating_text(t, token);
    const char *key = text.n ? memchr(text.p, '?', text.n) : NULL; /* what opens the cart is not kept */
    size_t n = key ? (size_t)(key - text.p) : text.n;
    return n ? span_of(arena_printf(t->arena, "cart:%.*s", (int)n, text.p)) : (struct span){"", 0};
}

static enum status checkout_put(struct translating *t, const struct who *who, struct span id, usec_t at)
{
    struct decimal value;
    struct origin origin = {
        .channel = translating_channel(t, translating_text(t, translating_find(t, 0, "source_name"))),
        .locale = translating_text(t, translating_find(t, 0, "customer_locale"))};
    size_t landing = translating_find(t, 0, "landing_site"), items = translating_find(t, 0, "line_items");
    size_t subtotal = translating_find(t, 0, "subtotal_price");
    struct span currency = translating_text(t, translating_find(t, 0, "currency"));
    enum status status = translating_expect(t, items, TOKEN_ARRAY, "/line_items");
    if (status == STATUS_OK && subtotal)
        status = translating_amount(t, subtotal, "/subtotal_price", &value);
    if (status != STATUS_OK)
        return status;
    if (landing && scan_type(&t->scan, landing) == TOKEN_STRING)
        translating_campaign(t, scan_string(t->arena, &t->scan, landing), &origin);
    message_begin(t, "Checkout Started",
                  span_of(arena_printf(t->arena, "shopify:checkout:%.*s", (int)id.n, id.p)), at);
    message_context(t, who, &origin);
    message_open(t, "properties", '{');
    if (subtotal)
        message_decimal(t, "revenue", value);
    message_text(t, "currency", currency.n ? currency : t->settings->currency);
    shop_products_put(t, items);
    message_close(t, '}');
    message_end(t);
    return STATUS_OK;
}

enum status shopify_checkout(struct translating *t, const char **reason)
{
    struct span id;
    struct who who = {0};
    usec_t at;
    size_t token = translating_find(t, 0, "token");
    enum status status = translating_id(t, token ? token : translating_find(t, 0, "id"), "/token", &id);
    if (status == STATUS_OK)
        status = translating_time(t, translating_find(t, 0, "created_at"), "/created_at", NONE, &at);
    if (status == STATUS_OK)
        status = shopify_who(t, &who);
    if (status != STATUS_OK)
        return status;
    if (!who_is_known(&who)) {
        *reason = "a checkout that names nobody yet";
        return STATUS_OK;
    }
    who.anonymous_id = cart_person(t, translating_find(t, 0, "cart_token"));
    return checkout_put(t, &who, id, at);
}

/* A product is put into a cart once, however often the cart is told. */
static void cart_item_put(struct translating *t, const struct who *who, struct span cart, size_t item,
                          usec_t at)
{
    struct span key = translating_text(t, translating_find(t, item, "key"));
    if (key.n == 0)
        key = translating_text(t, translating_find(t, item, "variant_id"));
    size_t before = t->out.n;
    struct origin origin = {.channel = translating_channel(t, (struct span){"web", 3})};
    const char *id = arena_printf(t->arena, "shopify:%.*s:%.*s", (int)cart.n, cart.p, (int)key.n, key.p);
    message_begin(t, "Product Added", span_of(id), at);
    message_context(t, who, &origin);
    message_open(t, "properties", '{');
    if (key.n == 0 || !shop_product_put(t, item)) {
        t->out.n = before;
        return;
    }
    message_close(t, '}');
    message_end(t);
}

enum status shopify_cart(struct translating *t, const char **reason)
{
    struct who who = {0};
    struct span id;
    usec_t created_at, at;
    size_t token = translating_find(t, 0, "token"), items = translating_find(t, 0, "line_items");
    enum status status = translating_id(t, token ? token : translating_find(t, 0, "id"), "/token", &id);
    if (status == STATUS_OK)
        status = translating_time(t, translating_find(t, 0, "created_at"), "/created_at", NONE, &created_at);
    if (status == STATUS_OK)
        status = translating_time(t, translating_find(t, 0, "updated_at"), "/updated_at", created_at, &at);
    if (status == STATUS_OK)
        status = translating_expect(t, items, TOKEN_ARRAY, "/line_items");
    if (status != STATUS_OK)
        return status;
    who.anonymous_id = cart_person(t, token ? token : translating_find(t, 0, "id"));
    *reason = "the cart is empty";
    if (items == 0 || who.anonymous_id.n == 0)
        return STATUS_OK;
    for (size_t item = items + 1; item < scan_next(&t->scan, items) && t->n < CART_ITEMS_MAX;
         item = scan_next(&t->scan, item))
        cart_item_put(t, &who, who.anonymous_id, item, at);
    return STATUS_OK;
}
