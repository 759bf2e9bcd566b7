#include "woocommerce.h"

#include "base/time.h"
#include "shop_order.h"

enum status woocommerce_time(const struct translating *t, size_t token, const char *pointer, usec_t if_absent,
                             usec_t *out)
{
    struct span text = translating_text(t, token);
    if (token && scan_type(&t->scan, token) == TOKEN_STRING &&
        time_parse(span_of(arena_printf(t->arena, "%.*sZ", (int)text.n, text.p)), out))
        return STATUS_OK;
    return translating_time(t, token, pointer, if_absent, out);
}

struct who woocommerce_who(const struct translating *t, struct span id, size_t email, size_t phone)
{
    struct span known = id.n && !span_is(id, "0") ? shop_prefixed(t, id) : (struct span){"", 0};
    return translating_who(t, "woocommerce", known, email, phone);
}

/* --- customers ------------------------------------------------------------------------------------------ */

static void put_traits(struct translating *t, const struct who *who)
{
    size_t billing = translating_find(t, 0, "billing");
    size_t paying = translating_find(t, 0, "is_paying_customer");
    message_open(t, "traits", '{');
    message_text(t, "email", who->email);
    message_text(t, "phone", who->phone);
    if (billing)
        message_text(t, "country", translating_text(t, translating_find(t, billing, "country")));
    message_text(t, "role", translating_text(t, translating_find(t, 0, "role")));
    if (paying && scan_type(&t->scan, paying) <= TOKEN_TRUE)
        message_bool(t, "is_paying_customer", translating_is_true(t, paying));
    message_close(t, '}');
}

static enum status account_put(struct translating *t, bool is_new, const char **reason)
{
    struct span id;
    usec_t created_at, at;
    size_t billing = translating_find(t, 0, "billing"), email = translating_find(t, 0, "email");
    enum status status = translating_id(t, translating_find(t, 0, "id"), "/id", &id);
    if (status == STATUS_OK)
        status = woocommerce_time(t, translating_find(t, 0, "date_created_gmt"), "/date_created_gmt", NONE,
                                  &created_at);
    if (status == STATUS_OK)
        status = woocommerce_time(t, translating_find(t, 0, "date_modified_gmt"), "/date_modified_gmt",
                                  created_at, &at);
    if (status == STATUS_OK)
        status = translating_expect(t, billing, TOKEN_OBJECT, "/billing");
    if (status != STATUS_OK)
        return status;
    if (email == 0 && billing)
        email = translating_find(t, billing, "email");
    struct who who = woocommerce_who(t, id, email, billing ? translating_find(t, billing, "phone") : 0);
    *reason = "nobody's account";
    if (!who_is_known(&who))
        return STATUS_OK;
    message_record(t, &who, is_new, at, put_traits);
    return STATUS_OK;
}

static enum status new_customer_put(struct translating *t, const char **reason)
{
    return account_put(t, true, reason);
}

static enum status customer_put(struct translating *t, const char **reason)
{
    return account_put(t, false, reason);
}

/* --- topics --------------------------------------------------------------------------------------------- */

/** What becomes of a topic. Topics that are not here are of no use to us. */
static const struct topic {
    const char *name;
    enum status (*put)(struct translating *t, const char **reason); /* NULL: nothing */
    const char *reason;
} topics[] = {
    {"order.created", woocommerce_order_put, NULL},
    {"order.updated", woocommerce_order_put, NULL},
    {"order.restored", woocommerce_order_put, NULL},
    {"order.deleted", woocommerce_deleted_put, NULL},
    {"customer.created", new_customer_put, NULL},
    {"customer.updated", customer_put, NULL},
    {"customer.restored", customer_put, NULL},
    {"customer.deleted", NULL, "an account was closed; to erase a person is DELETE /v1/customers"},
};

static const struct topic *topic_of(struct span name)
{
    for (size_t i = 0; i < COUNT_OF(topics); i++)
        if (span_is(name, topics[i].name))
            return &topics[i];
    return NULL;
}

static bool is_ping(struct span body)
{
    static const char begin[] = "webhook_id=";
    return body.n >= sizeof(begin) - 1 && memcmp(body.p, begin, sizeof(begin) - 1) == 0;
}

/* --- the whole ------------------------------------------------------------------------------------------ */

static enum status translate(struct arena *arena, struct span body, const struct translate_settings *settings,
                             enum status (*put)(struct translating *t, const char **reason),
                             struct span delivery, struct translation *out, struct error *error)
{
    struct translating t;
    const char *reason = "nothing in it counts";
    translating_init(&t, arena, settings, error);
    t.delivery = delivery;
    enum status status = translating_read(&t, body);
    if (status == STATUS_OK)
        status = put(&t, &reason);
    if (status == STATUS_OK)
        status = translating_finish(&t, reason, out);
    translating_done(&t);
    return status;
}

enum status woocommerce_translate(struct arena *arena, const struct translate_request *request,
                                  const struct translate_settings *settings, struct translation *out,
                                  struct error *error)
{
    struct translation made = {.kind = TRANSLATION_NOTHING};
    struct span name = request->header(request->context, "X-WC-Webhook-Topic");
    if (is_ping(request->body)) {
        made.reason = "the ping of a new webhook";
        made.subject = span_of("ping");
        *out = made;
        return STATUS_OK;
    }
    if (name.n == 0)
        return error_set(error, STATUS_BAD_REQUEST, "", "the header X-WC-Webhook-Topic is missing");
    const struct topic *topic = topic_of(name);
    made.subject = translating_subject(arena, name);
    made.reason = topic ? topic->reason : "a topic of no use here";
    if (topic && topic->put) {
        struct span delivery = request->header(request->context, "X-WC-Webhook-Delivery-ID");
        enum status status = translate(arena, request->body, settings, topic->put, delivery, &made, error);
        if (status != STATUS_OK)
            return status;
    }
    *out = made;
    return STATUS_OK;
}

enum status woocommerce_order(struct arena *arena, struct span body,
                              const struct translate_settings *settings, struct translation *out,
                              struct error *error)
{
    struct translation made = {.subject = span_of("order")};
    enum status status =
        translate(arena, body, settings, woocommerce_order_put, (struct span){"", 0}, &made, error);
    if (status == STATUS_OK)
        *out = made;
    return status;
}
