#include "shopify.h"

/* --- the topics ----------------------------------------------------------------------------------------- */

/** What becomes of a topic. Topics that are not here are of no use to us. */
static const struct topic {
    const char *name;
    enum translation_kind kind;
    enum status (*put)(struct translating *t, const char **reason); /* of MESSAGES */
    const char *reason;                                             /* of NOTHING */
} topics[] = {
    {"orders/create", TRANSLATION_MESSAGES, shopify_order, NULL},
    {"orders/paid", TRANSLATION_MESSAGES, shopify_order, NULL},
    {"orders/updated", TRANSLATION_MESSAGES, shopify_order, NULL},
    {"orders/fulfilled", TRANSLATION_MESSAGES, shopify_order, NULL},
    {"orders/partially_fulfilled", TRANSLATION_MESSAGES, shopify_order, NULL},
    {"orders/cancelled", TRANSLATION_MESSAGES, shopify_order, NULL},
    {"orders/edited", TRANSLATION_NOTHING, NULL, "orders/updated tells the whole order"},
    {"orders/delete", TRANSLATION_NOTHING, NULL, "an order that is put away was still an order"},
    {"refunds/create", TRANSLATION_MESSAGES, shopify_refund, NULL},
    {"customers/create", TRANSLATION_MESSAGES, shopify_new_customer, NULL},
    {"customers/update", TRANSLATION_MESSAGES, shopify_customer, NULL},
    {"customers/enable", TRANSLATION_MESSAGES, shopify_customer, NULL},
    {"customers/disable", TRANSLATION_MESSAGES, shopify_customer, NULL},
    {"customers/delete", TRANSLATION_NOTHING, NULL, "an account was closed; erasure is customers/redact"},
    {"checkouts/create", TRANSLATION_MESSAGES, shopify_checkout, NULL},
    {"checkouts/update", TRANSLATION_MESSAGES, shopify_checkout, NULL},
    {"carts/create", TRANSLATION_MESSAGES, shopify_cart, NULL},
    {"carts/update", TRANSLATION_MESSAGES, shopify_cart, NULL},
    {"app/uninstalled", TRANSLATION_NOTHING, NULL, "the app was uninstalled: nothing more will come"},
    {"customers/data_request", TRANSLATION_DISCLOSE, NULL, NULL},
    {"customers/redact", TRANSLATION_ERASE, NULL, NULL},
    {"shop/redact", TRANSLATION_ERASE_SHOP, NULL, NULL},
};

static const struct topic *topic_of(struct span name)
{
    for (size_t i = 0; i < COUNT_OF(topics); i++)
        if (span_is(name, topics[i].name))
            return &topics[i];
    return NULL;
}

/* --- people that are asked for, or to be forgotten ------------------------------------------------------ */

static void add_person(struct translation_person *people, size_t *n, enum identity_kind kind,
                       struct span value)
{
    if (value.n)
        people[(*n)++] = (struct translation_person){kind, value};
}

/* {"customer":{"id","email","phone"}}: all that we may know them by. */
static enum status people_read(struct translating *t, struct translation *out)
{
    struct span id = {"", 0};
    size_t n = 0, customer = translating_find(t, 0, "customer");
    if (customer == 0)
        return error_set(t->error, STATUS_MISSING_MEMBER, "/customer", "is missing");
    enum status status = translating_expect(t, customer, TOKEN_OBJECT, "/customer");
    size_t token = status == STATUS_OK ? translating_find(t, customer, "id") : 0;
    if (token)
        status = translating_id(t, token, "/customer/id", &id);
    if (status != STATUS_OK)
        return status;
    struct who who = translating_who(t, "shopify", id, translating_find(t, customer, "email"),
                                     translating_find(t, customer, "phone"));
    struct translation_person *people = ARENA_ARRAY(t->arena, struct translation_person, 4);
    add_person(people, &n, IDENTITY_USER, who.user_id);
    add_person(people, &n, IDENTITY_SHOPIFY, who.id);
    add_person(people, &n, IDENTITY_EMAIL, who.email_hash);
    add_person(people, &n, IDENTITY_PHONE, who.phone_hash);
    if (n == 0)
        return error_set(t->error, STATUS_MISSING_MEMBER, "/customer/id",
                         "neither id, e-mail nor phone is given");
    out->people = people;
    out->n_people = n;
    return STATUS_OK;
}

/* --- the whole ------------------------------------------------------------------------------------------ */

static enum status translate(struct translating *t, const struct topic *topic, struct span body,
                             struct translation *out)
{
    const char *reason = "nothing in it counts";
    enum status status = translating_read(t, body);
    if (status == STATUS_OK && topic->kind == TRANSLATION_MESSAGES)
        status = topic->put(t, &reason);
    if (status == STATUS_OK && topic->kind == TRANSLATION_MESSAGES)
        return translating_finish(t, reason, out);
    if (status == STATUS_OK && (topic->kind == TRANSLATION_ERASE || topic->kind == TRANSLATION_DISCLOSE))
        status = people_read(t, out);
    if (status == STATUS_OK)
        out->kind = topic->kind;
    return status;
}

enum status shopify_translate(struct arena *arena, const struct translate_request *request,
                              const struct translate_settings *settings, struct translation *out,
                              struct error *error)
{
    struct span name = request->header(request->context, "X-Shopify-Topic");
    if (name.n == 0)
        name = request->header(request->context, "shopify-topic");
    if (name.n == 0)
        return error_set(error, STATUS_BAD_REQUEST, "", "the header X-Shopify-Topic is missing");
    struct translation made = {.kind = TRANSLATION_NOTHING, .subject = translating_subject(arena, name)};
    const struct topic *topic = topic_of(name);
    if (topic == NULL || topic->kind == TRANSLATION_NOTHING) {
        made.reason = topic ? topic->reason : "a topic of no use here";
        *out = made;
        return STATUS_OK;
    }
    struct translating t;
    translating_init(&t, arena, settings, error);
    enum status status = translate(&t, topic, request->body, &made);
    translating_done(&t);
    if (status == STATUS_OK)
        *out = made;
    return status;
}
