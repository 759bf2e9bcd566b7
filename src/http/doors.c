#include "door.h"

#include "webhook.h"

/*
 * Who sends with what words. `taken` is what the SDKs of the dialect look for in a reply, if they look at
 * all.
 */
#define SEGMENT .too_large = STATUS_TOO_LARGE, .taken = "\"success\":true"

const struct door door_track = {.type = "track", SEGMENT};
const struct door door_identify = {.type = "identify", SEGMENT};
const struct door door_page = {.type = "page", SEGMENT};
const struct door door_screen = {.type = "screen", SEGMENT};
const struct door door_group = {.type = "group", SEGMENT};
const struct door door_alias = {.type = "alias", SEGMENT};
const struct door door_batch = {.is_batch = true, SEGMENT};
/* its SDK sends the halves of a batch that was answered with 413 */
const struct door door_posthog = {
    .is_batch = true,
    .translate = posthog_translate,
    .too_large = STATUS_BODY_TOO_LARGE,
    .taken = "\"status\":1",
};
const struct door door_jitsu = {.too_large = STATUS_TOO_LARGE, .taken = "\"ok\":true"};

/* shop systems and services look at the status alone */
#define WEBHOOK .is_batch = true, .too_large = STATUS_TOO_LARGE, .taken = "\"success\":true"
#define SIGNED(type, signature) .settle = webhook_settle, .source = (type), .is_signed = (signature), .act = webhook_act

const struct door door_shopify = {WEBHOOK, SIGNED(SOURCE_SHOPIFY, shopify_signed), .translate = shopify_translate};
const struct door door_woocommerce = {
    WEBHOOK,
    SIGNED(SOURCE_WOOCOMMERCE, woocommerce_signed),
    .pings = woocommerce_pings,
    .translate = woocommerce_translate,
};
const struct door door_cloudevents = {WEBHOOK, .settle = auth_token, .translate = cloudevents_translate};
const struct door door_inbound = {
    WEBHOOK,
    SIGNED(SOURCE_STANDARD_WEBHOOKS, standard_signed),
    .translate = standard_webhook_translate,
};
