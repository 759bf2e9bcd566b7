#include "webhook.h"

#include "app/source.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "crypto/signature.h"
#include "header.h"

/** How old, or how far ahead, the timestamp of a Standard Webhook may be. */
#define TOLERANCE (300 * USEC_PER_SEC)

/* --- signatures ------------------------------------------------------------------------------------------- */

/** What is signed are the bytes that came, packed or not. */
static struct span raw_body(const struct exchange *exchange)
{
    return (struct span){exchange->body.n ? exchange->body.p : "", exchange->body.n};
}

static struct span first_header(const struct request *request, const char *name, const char *other)
{
    struct span value = request_header(request, name);
    return value.n != 0 ? value : request_header(request, other);
}

bool shopify_signed(const struct exchange *exchange, struct span secret)
{
    const struct request *request = &exchange->call.request;
    struct span signature = first_header(request, "X-Shopify-Hmac-Sha256", "shopify-hmac-sha256");
    return signature_base64_matches(request->arena, secret, raw_body(exchange), signature);
}

bool woocommerce_signed(const struct exchange *exchange, struct span secret)
{
    const struct request *request = &exchange->call.request;
    struct span signature = request_header(request, "X-WC-Webhook-Signature");
    return signature_base64_matches(request->arena, secret, raw_body(exchange), signature);
}

bool standard_signed(const struct exchange *exchange, struct span secret)
{
    const struct request *request = &exchange->call.request;
    struct span id = request_header(request, "webhook-id");
    struct span timestamp = request_header(request, "webhook-timestamp");
    int64_t seconds = digits_parse(timestamp, TIME_MAX / USEC_PER_SEC);
    usec_t age = clock_now(service_clock(request->service)) - seconds * USEC_PER_SEC;
    if (id.n == 0 || seconds < 0 || age > TOLERANCE || age < -TOLERANCE) {
        return false;
    }
    return signature_standard_matches(request->arena, secret, id, timestamp, raw_body(exchange),
                                      request_header(request, "webhook-signature"));
}

bool woocommerce_pings(const struct exchange *exchange)
{
    struct span body = raw_body(exchange);
    struct span name = span_of("webhook_id=");
    return body.n > name.n && memcmp(body.p, name.p, name.n) == 0 &&
           digits_parse((struct span){body.p + name.n, body.n - name.n}, INT64_MAX) >= 0;
}

/* --- who calls -------------------------------------------------------------------------------------------- */

/** The source that the path names, if it is of the door's type; NULL: it is not known here. */
static const struct source *named(const struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    struct uuid id;
    if (!uuid_parse(request_param(request, "source"), &id)) {
        return NULL;
    }
    const struct source *source = source_find(request->service, &id);
    return source != NULL && source->type == door_of(exchange)->source ? source : NULL;
}

/** Nothing of a body that its source may not have sent is shown: only that it came. */
static void refuse_signature(struct exchange *exchange, const struct source *source, usec_t now)
{
    (void)error_set(&exchange->error, STATUS_BAD_SIGNATURE, "",
                    "no secret of this source makes the signature that was sent");
    if (source_count(source, RESULT_REFUSED, STATUS_BAD_SIGNATURE, now)) {
        source_log(exchange->server->service, source,
                   &(struct source_note){
                       .result = RESULT_REFUSED, .received_at = now, .error = &exchange->error, .body = {"", 0}});
    }
}

static void check(struct exchange *exchange, const struct source *source)
{
    const struct door *door = door_of(exchange);
    struct request *request = &exchange->call.request;
    usec_t now = clock_now(service_clock(request->service));
    struct span secrets[SECRETS_VALID];
    if (source == NULL) {
        (void)error_set(&exchange->error, STATUS_NOT_FOUND, "", "there is no source at this path");
        return;
    }
    size_t n = source_secrets(source, now, secrets);
    bool is_signed = door->pings != NULL && door->pings(exchange);
    for (size_t i = 0; i < n && !is_signed; i++) {
        is_signed = door->is_signed(exchange, secrets[i]);
    }
    if (is_signed) {
        request->access = (struct access){.shop = source->shop, .scope = SCOPE_WRITE, .source = source};
    } else if (n == 0) {
        (void)error_set(&exchange->error, STATUS_SECRET_KEY_MISSING, "",
                        "the secrets of this source cannot be opened: LIFECYCLED_SECRET_KEY is not the one that sealed them");
    } else {
        refuse_signature(exchange, source, now);
    }
}

static void asked(struct exchange *exchange)
{
    if (exchange->error.status == STATUS_OK) {
        check(exchange, named(exchange));
    }
    exchange->settled(exchange);
}

bool webhook_settle(struct exchange *exchange, void (*resume)(struct exchange *exchange))
{
    const struct source *source = named(exchange);
    if (source == NULL && auth_ask(exchange, asked)) {
        exchange->settled = resume;
        return false;
    }
    check(exchange, source);
    return true;
}

/* --- what a shop system asks for -------------------------------------------------------------------------- */

static void keep(struct task *task, struct session *session)
{
    struct exchange *exchange = task->context;
    const struct request *request = &exchange->call.request;
    struct error error = {0};
    if (privacy_request_keep(session, request->access.source, &exchange->ingest->translation,
                             clock_now(service_clock(request->service)), &error) != STATUS_OK) {
        exchange->error = error;
    }
}

static void keep_done(struct task *task)
{
    exchange_wake(task->context);
}

static void kept(struct exchange *exchange)
{
    if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
        return;
    }
    source_report_request(exchange);
    ingest_print(&exchange->call.reply.body, door_of(exchange), exchange->ingest);
    exchange_answer(exchange);
}

void webhook_act(struct exchange *exchange, const struct translation *translation)
{
    struct error error = {0};
    (void)translation; /* it is that of the exchange */
    exchange->task = (struct task){.run = keep, .done = keep_done, .context = exchange};
    exchange_wait(exchange, kept);
    if (service_read(exchange->server->service, &exchange->task, &error) != STATUS_OK) {
        exchange->error = error;
        exchange_wake(exchange);
    }
}
