#include "http/route.h"

#include "door.h"
#include "handle.h"
#include "own.h"
#include "sdk.h"
#include "wire/message.h"

/*
 * Every operation of the API. The handler's name is the operationId of openapi.yaml in snake_case.
 *
 * INLINE   answered at once, on the loop          READ     a handler on a reader thread
 * PAGE     the same, also for pages of a shop     GROUP    the same for all calls that wait, together
 * LIVE     a handler on a reader thread, also for pages of a shop
 * KEPT     READ, where the loop may know the answer already
 * ONCE     READ, of what makes or does something: an Idempotency-Key is understood
 * LONG     the same of what may take minutes
 * DOOR     messages, also from pages of a shop    HOOK     the same, from servers only
 */
#define INLINE(handler)                                                                                      \
#handler, ROUTE_INLINE, false, false,                                                                    \
    {                                                                                                        \
        .on_loop = (handler)                                                                                 \
    }
#define PAGE(handler)                                                                                        \
#handler, ROUTE_INLINE, true, false,                                                                     \
    {                                                                                                        \
        .on_loop = (handler)                                                                                 \
    }
#define READ(handler)                                                                                        \
#handler, ROUTE_READ, false, false,                                                                      \
    {                                                                                                        \
        .on_reader = {.run = (handler)}                                                                      \
    }
#define KEPT(handler)                                                                                        \
#handler, ROUTE_READ, false, false,                                                                      \
    {                                                                                                        \
        .on_reader = {.run = (handler), .kept = (kept_##handler)}                                            \
    }
#define ONCE(handler)                                                                                        \
#handler, ROUTE_READ, false, true,                                                                       \
    {                                                                                                        \
        .on_reader = {.run = (handler)}                                                                      \
    }
#define LONG(handler)                                                                                        \
#handler, ROUTE_LONG, false, true,                                                                       \
    {                                                                                                        \
        .on_reader = {.run = (handler)}                                                                      \
    }
#define LIVE(handler)                                                                                        \
#handler, ROUTE_READ, true, false,                                                                            \
    {                                                                                                        \
        .on_reader = {.run = (handler)}                                                                      \
    }
#define GROUP(handler)                                                                                       \
#handler, ROUTE_GROUP, false, false,                                                                     \
    {                                                                                                        \
        .together = (handler)                                                                                \
    }
#define DOOR(operation, door_)                                                                               \
#operation, ROUTE_INGEST, true, false,                                                                   \
    {                                                                                                        \
        .door = &(door_)                                                                                     \
    }

#define HOOK(operation, door_)                                                                               \
#operation, ROUTE_INGEST, false, false,                                                                  \
    {                                                                                                        \
        .door = &(door_)                                                                                     \
    }

#define GET    METHOD_GET
#define POST   METHOD_POST
#define PUT    METHOD_PUT
#define PATCH  METHOD_PATCH
#define DELETE METHOD_DELETE

/* who may call */
#define NONE_  CALLER_ANYBODY
#define NAMED  CALLER_NAMED
#define WRITE  CALLER_WRITE
#define READER CALLER_READ
#define ADMIN  CALLER_ADMIN
#define TICKET CALLER_TICKET

/* bodies and queries */
#define ONE      MESSAGE_BYTES_MAX
#define MANY     BATCH_BYTES_MAX
#define DOCUMENT 262144
#define SMALL    32768
#define ORDER    1048576
#define NO_BODY  0
#define ANY      NULL
#define NO_QUERY ""

/* clang-format off */
const struct route routes[] = {
    /* method, path, handler, who may call, largest body, query parameters */

    /* --- send --- */
    {POST, "/v1/track",                 DOOR(track, door_track),        WRITE,  ONE,     ANY},
    {POST, "/v1/identify",              DOOR(identify, door_identify),  WRITE,  ONE,     ANY},
    {POST, "/v1/page",                  DOOR(page, door_page),          WRITE,  ONE,     ANY},
    {POST, "/v1/screen",                DOOR(screen, door_screen),      WRITE,  ONE,     ANY},
    {POST, "/v1/group",                 DOOR(group, door_group),        WRITE,  ONE,     ANY},
    {POST, "/v1/alias",                 DOOR(alias, door_alias),        WRITE,  ONE,     ANY},
    {POST, "/v1/batch",                 DOOR(batch, door_batch),        WRITE,  MANY,    ANY},
    {POST, "/v1/import",                DOOR(import, door_batch),       WRITE,  MANY,    ANY},
    {POST, "/v1/t",                     DOOR(send_t, door_track),       WRITE,  ONE,     ANY},
    {POST, "/v1/i",                     DOOR(send_i, door_identify),    WRITE,  ONE,     ANY},
    {POST, "/v1/p",                     DOOR(send_p, door_page),        WRITE,  ONE,     ANY},
    {POST, "/v1/s",                     DOOR(send_s, door_screen),      WRITE,  ONE,     ANY},
    {POST, "/v1/g",                     DOOR(send_g, door_group),       WRITE,  ONE,     ANY},
    {POST, "/v1/a",                     DOOR(send_a, door_alias),       WRITE,  ONE,     ANY},
    {POST, "/v1/b",                     DOOR(send_b, door_batch),       WRITE,  MANY,    ANY},
    {POST, "/v1/m",                     PAGE(drop_sdk_metrics),         NONE_,  ONE,     ANY},
    {GET,  "/v1/projects/{key}/settings", PAGE(get_sdk_settings),       NAMED,  NO_BODY, ANY},
    {POST, "/batch",                    DOOR(posthog_batch, door_posthog),       WRITE, MANY, ANY},
    {POST, "/batch/",                   DOOR(posthog_batch_slash, door_posthog), WRITE, MANY, ANY},
    {POST, "/api/s/{type}",             DOOR(jitsu_event, door_jitsu),           WRITE, ONE,  ANY},
    {POST, "/api/s/s2s/{type}",         DOOR(jitsu_server_event, door_jitsu),    WRITE, ONE,  ANY},

    {POST, "/v1/cloudevents",           HOOK(cloudevents, door_cloudevents), WRITE,  MANY,   ANY},
    {POST, "/webhooks/inbound/{source}", HOOK(inbound_webhook, door_inbound), NONE_, ORDER,  ANY},
    {POST, "/webhooks/shopify/{source}", HOOK(shopify_webhook, door_shopify),         NONE_, ORDER, ANY},
    {POST, "/webhooks/woocommerce/{source}", HOOK(woocommerce_webhook, door_woocommerce), NONE_, ORDER, ANY},

    /* --- customers --- */
    {GET,  "/v1/customers",             READ(list_customers),   READER, NO_BODY,
     "model,stage,role,segment,rule,sort,due_within,cursor,limit,format,columns,preset,consent,guard,bom,lang"},
    {GET,  "/v1/customers/{id}",        GROUP(get_customer),    READER, NO_BODY, "as_of,by,lang"},
    {GET,  "/v1/customers/{id}/events", READ(list_customer_events), READER, NO_BODY, "by,cursor,limit,lang"},
    {GET,  "/v1/customers/{id}/orders", READ(list_customer_orders), READER, NO_BODY, "by,cursor,limit,lang"},
    {GET,  "/v1/customers/{id}/transitions", READ(list_customer_transitions), READER, NO_BODY,
     "superseded,by,cursor,limit,lang"},
    {GET,  "/v1/customers/{id}/explain", READ(get_customer_explanation), READER, NO_BODY, "model,as_of,by,lang"},
    {GET,  "/v1/customers/{id}/scores", READ(get_customer_scores), READER, NO_BODY, "as_of,by,lang"},
    {GET,  "/v1/customers/{id}/recommendations", READ(list_customer_recommendations), READER, NO_BODY, "by,limit,lang"},
    {GET,  "/v1/customers/{id}/identities", READ(get_customer_identities), READER, NO_BODY, "by,lang"},
    {POST, "/v1/customers/{id}/merge",  ONCE(merge_customers),  ADMIN,  SMALL,   "by,lang"},
    {POST, "/v1/customers/{id}/unmerge", ONCE(unmerge_customer), ADMIN, SMALL,   "by,lang"},
    {GET,  "/v1/customers/{id}/export", READ(export_customer),  ADMIN,  NO_BODY, "by,cursor,lang"},
    {DELETE, "/v1/customers/{id}",      READ(erase_customer),   ADMIN,  NO_BODY, "by,lang"},
    {GET,  "/v1/erasures",              READ(list_erasures),    READER, NO_BODY, "cursor,limit,lang"},
    {GET,  "/v1/erasures/{id}",         READ(get_erasure),      READER, NO_BODY, "lang"},
    {GET,  "/v1/privacy-requests",      READ(list_privacy_requests), ADMIN, NO_BODY, "cursor,limit,lang"},

    {GET,  "/v1/due",                   READ(list_due),         READER, NO_BODY,
     "within,model,to,sort,cursor,limit,format,guard,bom,lang"},

    /* --- segments --- */
    {GET,  "/v1/segments",              READ(list_segments),    READER, NO_BODY, "lang"},
    {POST, "/v1/segments/preview",      READ(preview_segment),  READER, DOCUMENT, "lang"},
    {GET,  "/v1/segments/{key}",        READ(get_segment),      READER, NO_BODY, "lang"},
    {PUT,  "/v1/segments/{key}",        READ(put_segment),      ADMIN,  DOCUMENT, "notify,restate,lang"},
    {DELETE, "/v1/segments/{key}",      READ(delete_segment),   ADMIN,  NO_BODY, "lang"},
    {GET,  "/v1/segments/{key}/customers", READ(list_segment_customers), READER, NO_BODY,
     "cursor,limit,format,columns,preset,consent,guard,bom,lang"},

    {GET,  "/v1/segments/{key}/changes", READ(list_segment_changes), READER, NO_BODY, "after,limit,wait,lang"},

    /* --- the feed of changes --- */
    {GET,  "/v1/changes",               READ(list_changes),     READER, NO_BODY,
     "after,types,model,segment,stage,silent,limit,wait,lang"},
    {GET,  "/v1/stream",                LIVE(stream_changes),   TICKET, NO_BODY,
     "after,types,model,segment,stage,silent,ticket,lang"},
    {POST, "/v1/stream/tickets",        ONCE(create_stream_ticket), READER, NO_BODY, "lang"},

    /* --- models --- */
    {GET,  "/v1/models",                READ(list_models),      READER, NO_BODY, "lang"},
    {GET,  "/v1/models/presets",        INLINE(list_model_presets), READER, NO_BODY, "lang"},
    {GET,  "/v1/models/{key}",          READ(get_model),        READER, NO_BODY, "lang"},
    {PUT,  "/v1/models/{key}",          READ(put_model),        ADMIN,  DOCUMENT, "notify,restate,lang"},
    {DELETE, "/v1/models/{key}",        READ(delete_model),     ADMIN,  NO_BODY, "lang"},

    /* --- sources --- */
    {GET,  "/v1/sources",               READ(list_sources),     READER, NO_BODY, "lang"},
    {POST, "/v1/sources",               ONCE(create_source),    ADMIN,  SMALL,   "lang"},
    {GET,  "/v1/sources/{id}",          READ(get_source),       READER, NO_BODY, "lang"},
    {PATCH, "/v1/sources/{id}",         READ(patch_source),     ADMIN,  SMALL,   "lang"},
    {DELETE, "/v1/sources/{id}",        READ(delete_source),    ADMIN,  NO_BODY, "lang"},
    {POST, "/v1/sources/{id}/rotate",   ONCE(rotate_source),    ADMIN,  SMALL,   "lang"},
    {GET,  "/v1/sources/{id}/recent",   READ(list_source_messages), READER, NO_BODY, "result,cursor,limit,lang"},

    /* --- webhooks --- */
    {GET,  "/v1/webhook-endpoints",     READ(list_webhook_endpoints), ADMIN, NO_BODY, "lang"},
    {POST, "/v1/webhook-endpoints",     ONCE(create_webhook_endpoint), ADMIN, SMALL, "lang"},
    {GET,  "/v1/webhook-endpoints/{id}", READ(get_webhook_endpoint), ADMIN, NO_BODY, "lang"},
    {PATCH, "/v1/webhook-endpoints/{id}", READ(patch_webhook_endpoint), ADMIN, SMALL, "lang"},
    {DELETE, "/v1/webhook-endpoints/{id}", READ(delete_webhook_endpoint), ADMIN, SMALL, "lang"},
    {POST, "/v1/webhook-endpoints/{id}/rotate", ONCE(rotate_webhook_endpoint), ADMIN, SMALL, "lang"},
    {POST, "/v1/webhook-endpoints/{id}/pause", READ(pause_webhook_endpoint), ADMIN, NO_BODY, "lang"},
    {POST, "/v1/webhook-endpoints/{id}/resume", READ(resume_webhook_endpoint), ADMIN, NO_BODY, "lang"},
    {POST, "/v1/webhook-endpoints/{id}/test", ONCE(test_webhook_endpoint), ADMIN, SMALL, "lang"},
    {POST, "/v1/webhook-endpoints/{id}/recover", ONCE(recover_webhook_endpoint), ADMIN, SMALL, "lang"},
    {GET,  "/v1/webhook-deliveries",    READ(list_webhook_deliveries), READER, NO_BODY,
     "endpoint,state,type,since,cursor,limit,lang"},
    {GET,  "/v1/webhook-deliveries/{id}", READ(get_webhook_delivery), READER, NO_BODY, "lang"},
    {POST, "/v1/webhook-deliveries/{id}/resend", ONCE(resend_webhook_delivery), ADMIN, NO_BODY, "lang"},
    {GET,  "/v1/webhook-samples",       READ(list_webhook_samples), READER, NO_BODY, "types,format,limit,lang"},

    /* --- the shop's settings --- */
    {GET,  "/v1/settings",              READ(get_settings),     ADMIN,  NO_BODY, "lang"},
    {PATCH, "/v1/settings",             READ(patch_settings),   ADMIN,  DOCUMENT, "lang"},

    /* --- prediction --- */
    {GET,  "/v1/scores/parameters",     READ(get_score_parameters), READER, NO_BODY, "lang"},
    {GET,  "/v1/scores/accuracy",       READ(get_score_accuracy), READER, NO_BODY, "lang"},
    {POST, "/v1/scores/fit",            LONG(run_score_fit),    ADMIN,  SMALL,   "lang"},

    /* --- metrics and what rules are made of --- */
    {GET,  "/v1/metrics",               INLINE(list_metrics),   READER, NO_BODY, "lang"},
    {GET,  "/v1/metrics/{name}",        KEPT(get_metric),       READER, NO_BODY,
     "at,from,to,interval,group_by,model,stage,step,segment,within,attribution,kind,product,category,sort,order,limit,least,orders,"
     "share,channels,cursor,format,guard,bom,lang"},
    {POST, "/v1/spend",                 ONCE(post_spend),       WRITE,  ORDER,   "lang"},
    {GET,  "/v1/spend",                 READ(list_spend),       READER, NO_BODY, "from,to,cursor,limit,lang"},
    {GET,  "/v1/facts",                 INLINE(list_facts),     READER, NO_BODY, "lang"},
    {GET,  "/v1/refusals",              READ(list_refusals),    READER, NO_BODY, "limit,lang"},

    /* --- the service itself --- */
    {GET,  "/healthz",                  INLINE(get_healthz),    NONE_,  NO_BODY, ANY},
    {GET,  "/readyz",                   INLINE(get_readyz),     NONE_,  NO_BODY, ANY},
    {GET,  "/metrics",                  INLINE(get_metrics),    NONE_,  NO_BODY, ANY},
    {GET,  "/openapi.yaml",             INLINE(get_openapi),    NONE_,  NO_BODY, ANY},
    {GET,  "/problems/{code}",          INLINE(get_problem),    NONE_,  NO_BODY, ANY},
};
/* clang-format on */

const size_t n_routes = COUNT_OF(routes);
