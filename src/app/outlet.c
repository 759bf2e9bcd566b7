#include "base/uuid.h"
#include "crypto/digest.h"
#include "crypto/signature.h"
#include "dispatcher.h"
#include "wire/webhook.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOW_DOWN_PAUSE USEC_PER_SEC /* one burst of refusals halves once */
#define EVICT_AHEAD     (30 * USEC_PER_SEC)
#define BODY_FRESH      USEC_PER_SEC /* what waits longer is read again: it may be blank by now */
#define HELD_MOST       DELIVERY_OVERTAKE_AFTER

struct outlet *outlet_new(struct dispatcher *dispatcher, const struct shop *shop, const struct uuid *id)
{
    struct outlet *outlet = calloc(1, sizeof(*outlet));
    if (outlet == NULL)
        abort();
    *outlet = (struct outlet){.dispatcher = dispatcher,
                              .shop = shop,
                              .id = *id,
                              .arena = arena_new(4096),
                              .flying_most = OUTLET_FLYING_FIRST,
                              .oldest_at = NONE,
                              .is_behind = true,
                              .must_look = true};
    return outlet;
}

void outlet_free(struct outlet *outlet)
{
    while (outlet->first)
        outlet_drop(outlet, outlet->first);
    arena_free(outlet->arena);
    free(outlet);
}

/* --- the window ----------------------------------------------------------------------------------------- */

static int compare_place(const struct delivery *d, int64_t seq, int part)
{
    return d->seq != seq ? (d->seq > seq) - (d->seq < seq) : d->part - part;
}

static struct delivery *last_before(const struct outlet *outlet, int64_t seq, int part)
{
    struct delivery *d = outlet->last;
    while (d && compare_place(d, seq, part) > 0)
        d = d->previous;
    return d;
}

struct delivery *outlet_find(const struct outlet *outlet, int64_t seq, int part)
{
    struct delivery *d = last_before(outlet, seq, part);
    return d && compare_place(d, seq, part) == 0 ? d : NULL;
}

struct delivery *outlet_add(struct outlet *outlet, int64_t seq, int part)
{
    struct delivery *d = calloc(1, sizeof(*d)), *before = last_before(outlet, seq, part);
    if (d == NULL)
        abort();
    *d = (struct delivery){.outlet = outlet,
                           .previous = before,
                           .next = before ? before->next : outlet->first,
                           .seq = seq,
                           .part = part,
                           .state = DELIVERY_PENDING,
                           .created_at = NONE,
                           .attempted_at = NONE,
                           .next_at = NONE};
    *(before ? &before->next : &outlet->first) = d;
    *(d->next ? &d->next->previous : &outlet->last) = d;
    outlet->n_deliveries++;
    return d;
}

/* Waits for its first attempt, and can be read from the feed again. */
static bool is_queued(const struct delivery *d)
{
    return d->attempts == 0 && !d->is_stored && !d->is_flying && !d->is_result;
}

void outlet_drop(struct outlet *outlet, struct delivery *d)
{
    outlet->n_queued -= is_queued(d);
    *(d->previous ? &d->previous->next : &outlet->first) = d->next;
    *(d->next ? &d->next->previous : &outlet->last) = d->previous;
    outlet->n_deliveries--;
    buf_done(&d->log);
    buf_done(&d->body);
    buf_done(&d->head);
    free(d);
}

void outlet_unread(struct outlet *outlet)
{
    for (struct delivery *d = outlet->first, *next; d; d = next) {
        next = d->next;
        if (is_queued(d))
            outlet_drop(outlet, d);
    }
}

void outlet_evict(struct outlet *outlet, usec_t now)
{
    for (struct delivery *d = outlet->first, *next; d; d = next) {
        next = d->next;
        if (d->is_stored && !d->is_flying && !d->is_result &&
            now >= d->created_at + DELIVERY_OVERTAKE_AFTER && d->next_at > now + EVICT_AHEAD)
            outlet_drop(outlet, d);
    }
}

int64_t outlet_position(const struct outlet *outlet)
{
    for (const struct delivery *d = outlet->first; d; d = d->next)
        if (!d->is_stored && !d->is_result && d->seq >= 0)
            return d->seq - 1 < outlet->read_after ? d->seq - 1 : outlet->read_after;
    return outlet->read_after;
}

/* --- one attempt ---------------------------------------------------------------------------------------- */

struct letter {
    struct delivery *delivery;
    struct arena *arena;
    size_t starts[COURIER_HEADERS_MAX];
    size_t n;
};

static void add_header(struct letter *letter, const char *name, struct span value)
{
    struct buf *head = &letter->delivery->head;
    letter->starts[letter->n++] = head->n;
    buf_text(head, name);
    buf_text(head, ": ");
    buf_span(head, value);
    buf_char(head, 0);
}

static void add_signatures(struct letter *letter, struct span id, usec_t now)
{
    const struct outlet *outlet = letter->delivery->outlet;
    struct span body = {letter->delivery->body.p, letter->delivery->body.n};
    struct span timestamp = span_of(arena_printf(letter->arena, "%" PRId64, now / USEC_PER_SEC));
    struct buf all;
    buf_init(&all, 0);
    for (size_t i = 0; i < outlet->n_secrets; i++) {
        if (outlet->secrets[i].expires_at != NONE && outlet->secrets[i].expires_at <= now)
            continue;
        if (all.n)
            buf_char(&all, ' ');
        buf_span(&all, signature_standard(letter->arena, outlet->secrets[i].secret, id, timestamp, body));
    }
    add_header(letter, "webhook-id", id);
    add_header(letter, "webhook-timestamp", timestamp);
    add_header(letter, "webhook-signature", (struct span){all.p, all.n});
    buf_done(&all);
    if (outlet->endpoint.format == ENDPOINT_SEGMENT && outlet->n_secrets)
        add_header(letter, "X-Signature", signature_sha1(letter->arena, outlet->secrets[0].secret, body));
}

static void add_trace(struct letter *letter)
{
    const unsigned char *b = letter->delivery->trace_id.b;
    unsigned char span[8];
    char text[64];
    size_t n = 3;
    if (uuid_is_nil(&letter->delivery->trace_id))
        return;
    random_bytes(span, sizeof(span));
    memcpy(text, "00-", 3);
    for (int i = 0; i < 16; i++)
        n += (size_t)snprintf(text + n, 3, "%02x", b[i]);
    text[n++] = '-';
    for (int i = 0; i < 8; i++)
        n += (size_t)snprintf(text + n, 3, "%02x", span[i]);
    memcpy(text + n, "-01", 4);
    add_header(letter, "traceparent", span_of(text));
}

/* What became of an attempt, in the terms of the endpoint: how many at a time it takes, since when it fails.
 */
static void adjust(struct outlet *outlet, const struct delivery_verdict *verdict,
                   const struct receipt *receipt, usec_t now)
{
    outlet->has_moved = true;
    if (verdict->state == DELIVERY_DONE) {
        outlet->failing_since = NONE;
        outlet->last_success_at = now;
        outlet->flying_most += 1 / outlet->flying_most;
        if (outlet->flying_most > OUTLET_FLYING_MOST)
            outlet->flying_most = OUTLET_FLYING_MOST;
        return;
    }
    if (outlet->failing_since == NONE)
        outlet->failing_since = now;
    if (verdict->must_slow_down && clock_monotonic() >= outlet->slowed_at + SLOW_DOWN_PAUSE) {
        outlet->slowed_at = clock_monotonic();
        outlet->flying_most = outlet->flying_most > 2 ? outlet->flying_most / 2 : 1;
    }
    if (receipt->retry_after_s > 0 && (receipt->status == 429 || receipt->status == 503)) {
        usec_t pause = receipt->retry_after_s * USEC_PER_SEC;
        outlet->held_until = now + (pause < HELD_MOST ? pause : HELD_MOST);
    }
    if (verdict->is_gone)
        outlet->disabled_for = ENDPOINT_GONE;
    else if (now - outlet->failing_since >= ENDPOINT_PATIENCE)
        outlet->disabled_for = ENDPOINT_FAILING;
    outlet->is_closing |= outlet->disabled_for != ENDPOINT_AS_CHOSEN;
}

static void count(struct service *service, enum delivery_state state)
{
    atomic_fetch_add(state == DELIVERY_DONE        ? &service->webhooks.delivered
                     : state == DELIVERY_EXHAUSTED ? &service->webhooks.exhausted
                                                   : &service->webhooks.failed,
                     1);
}

static void settle(struct delivery *d)
{
    struct dispatcher *dispatcher = d->outlet->dispatcher;
    if (d->is_result)
        return;
    d->is_result = true;
    if (dispatcher->results == NULL)
        dispatcher->results_since = clock_monotonic();
    d->next_result = dispatcher->results;
    dispatcher->results = d;
    dispatcher->n_results++;
}

void outlet_cancel(struct delivery *d)
{
    d->outlet->n_queued -= is_queued(d);
    d->state = DELIVERY_CANCELLED;
    d->next_at = NONE;
    if (d->created_at == NONE)
        d->created_at = d->since;
    settle(d);
}

static void log_attempt(struct delivery *d, const struct receipt *receipt)
{
    struct webhook_attempt attempt = {.at = d->attempted_at,
                                      .status = receipt->status,
                                      .duration_ms = receipt->duration / 1000,
                                      .failure =
                                          receipt->failure ? courier_failure_code(receipt->failure) : NULL,
                                      .reply = receipt->reply};
    if (d->log.n)
        buf_char(&d->log, ',');
    webhook_attempt_print(&d->log, &attempt);
}

static void on_done(struct parcel *parcel, const struct receipt *receipt)
{
    struct delivery *d = parcel->context;
    struct outlet *outlet = d->outlet;
    struct service *service = outlet->dispatcher->service;
    usec_t now = clock_now(service->clock);
    uint32_t chance;
    random_bytes(&chance, sizeof(chance));
    d->is_flying = false;
    outlet->n_flying--;
    outlet->dispatcher->n_flying--;
    d->attempts++;
    d->status = receipt->status;
    d->duration_ms = receipt->duration / 1000;
    d->failure = receipt->failure;
    log_attempt(d, receipt);
    struct delivery_verdict verdict =
        delivery_judge(receipt->status, receipt->retry_after_s, receipt->failure == COURIER_TIMEOUT,
                       d->attempts, now, chance / 4294967296.0);
    d->state = verdict.state;
    d->next_at = verdict.next_at;
    buf_done(&d->head);
    buf_done(&d->body);
    adjust(outlet, &verdict, receipt, now);
    count(service, verdict.state);
    settle(d);
}

static void send_one(struct delivery *d, usec_t now)
{
    struct outlet *outlet = d->outlet;
    struct webhook_id id = {.endpoint_id = outlet->id, .seq = d->seq, .part = d->part};
    char id_text[WEBHOOK_ID_TEXT];
    struct letter letter = {.delivery = d, .arena = outlet->dispatcher->session.arena};
    webhook_id_print(&id, id_text);
    buf_init(&d->head, 0);
    buf_span(&d->head, outlet->endpoint.url);
    buf_char(&d->head, 0);
    add_header(&letter, "Content-Type", span_of("application/json"));
    add_header(&letter, "User-Agent", span_of("lifecycled/" LIFECYCLED_VERSION));
    add_signatures(&letter, span_of(id_text), now);
    add_trace(&letter);
    if (outlet->authorization.n)
        add_header(&letter, "Authorization", outlet->authorization);
    d->parcel = (struct parcel){.url = d->head.p,
                                .n_headers = letter.n,
                                .body = {d->body.p, d->body.n},
                                .timeout_ms = DELIVERY_TIMEOUT_MS,
                                .done = on_done,
                                .context = d};
    for (size_t i = 0; i < letter.n; i++)
        d->parcel.headers[i] = d->head.p + letter.starts[i];
    outlet->n_queued -= is_queued(d);
    d->attempted_at = now;
    if (d->created_at == NONE)
        d->created_at = now;
    d->is_flying = true;
    outlet->n_flying++;
    outlet->dispatcher->n_flying++;
    courier_send(outlet->dispatcher->courier, &d->parcel);
}

/* --- which is next -------------------------------------------------------------------------------------- */

/* An earlier one of the same customer that is not settled, and was not attempted too long ago. */
static bool is_held_back(const struct delivery *d, usec_t now)
{
    if (d->seq < 0 || uuid_is_nil(&d->customer))
        return false;
    for (const struct delivery *e = d->outlet->first; e != d; e = e->next)
        if (e->state == DELIVERY_PENDING && e->seq >= 0 && uuid_compare(&e->customer, &d->customer) == 0 &&
            (e->created_at == NONE || now < e->created_at + DELIVERY_OVERTAKE_AFTER))
            return true;
    return false;
}

static bool has_room(const struct outlet *outlet)
{
    size_t all = outlet->dispatcher->n_flying;
    return outlet->n_flying < (size_t)outlet->flying_most &&
           (all < FLYING_MOST || (outlet->n_flying == 0 && all < 2 * FLYING_MOST));
}

usec_t outlet_send(struct outlet *outlet, usec_t now, usec_t wake_at)
{
    if (outlet->is_closing || now >= outlet->leased_until || !has_room(outlet))
        return wake_at;
    if (outlet->n_secrets == 0) /* none can be opened: nothing goes out unsigned */
        return wake_at;
    if (now < outlet->held_until)
        return outlet->held_until < wake_at ? outlet->held_until : wake_at;
    for (struct delivery *d = outlet->first; d && has_room(outlet); d = d->next) {
        if (d->state != DELIVERY_PENDING || d->is_flying)
            continue;
        if (d->next_at != NONE && d->next_at > now) {
            wake_at = d->next_at < wake_at ? d->next_at : wake_at;
            continue;
        }
        if (d->body.n == 0 || is_held_back(d, now))
            continue;
        if (clock_monotonic() < d->printed_at + BODY_FRESH) {
            send_one(d, now);
            continue;
        }
        buf_done(&d->body);
        wake_at = now;
    }
    return wake_at;
}
