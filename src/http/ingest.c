#include "base/clock.h"
#include "exchange.h"
#include "loop.h"
#include "wire/outcome.h"

#include <assert.h>
#include <stdio.h>

/** Bytes of memory for each byte of a body while its messages are decoded and wait for their commit. */
#define WORK_FACTOR 10
/** How much smaller gzip is taken to make JSON before it is known. */
#define GZIP_FACTOR 8

/** A message that was refused before the committer saw it. */
struct refusal {
    size_t index;
    struct span message_id;
    enum status status;
    const char *pointer;
    const char *detail;
};

/** The messages of one request. Lives in its arena. */
struct ingest {
    struct ingest_job job;
    struct envelope *envelope;
    size_t *indexes; /* of the job's items in the body */
    struct refusal *refusals;
    size_t n_refusals;
};

static bool is_batch(const struct exchange *exchange)
{
    return exchange->call.request.route->handler.message_type == NULL;
}

/* --- the reply ------------------------------------------------------------------------------------------ */

static void print_id(struct buf *out, struct span id)
{
    if (id.n == 0) {
        buf_text(out, "null");
    } else {
        buf_json_string(out, id);
    }
}

static void print_single(struct buf *out, const struct ingest *ingest)
{
    const struct ingest_item *item = &ingest->job.items[0];
    buf_text(out, "{\"success\":true,\"messageId\":");
    print_id(out, item->message.message_id);
    buf_text(out, item->result == INGEST_DUPLICATE ? ",\"duplicate\":true" : ",\"duplicate\":false");
    buf_text(out, ",\"customer\":");
    buf_json_string(out, item->message.customer_id);
    buf_char(out, ',');
    outcome_print(out, ingest->job.definitions, &item->outcome);
    buf_char(out, '}');
}

static void print_refusal(struct buf *out, size_t *n, const struct refusal *refusal)
{
    buf_text(out, (*n)++ ? ",{\"index\":" : "{\"index\":");
    buf_int(out, (int64_t)refusal->index);
    buf_text(out, ",\"messageId\":");
    print_id(out, refusal->message_id);
    buf_text(out, ",\"code\":");
    buf_json_string(out, span_of(status_code(refusal->status)));
    buf_text(out, ",\"pointer\":");
    buf_json_string(out, span_of(refusal->pointer));
    buf_text(out, ",\"detail\":");
    buf_json_string(out, span_of(refusal->detail));
    buf_char(out, '}');
}

/** The refused messages in the order of the body: those of the decoder and those of the committer merged. */
static size_t print_refusals(struct buf *out, const struct ingest *ingest)
{
    size_t n = 0;
    size_t i = 0;
    size_t k = 0;
    while (i < ingest->n_refusals || k < ingest->job.n_items) {
        if (k == ingest->job.n_items ||
            (i < ingest->n_refusals && ingest->refusals[i].index < ingest->indexes[k])) {
            print_refusal(out, &n, &ingest->refusals[i++]);
            continue;
        }
        const struct ingest_item *item = &ingest->job.items[k];
        if (item->result == INGEST_REFUSED) {
            char pointer[sizeof(item->error.pointer) + 32]; /* the committer's starts at the message */
            snprintf(pointer, sizeof(pointer), "/batch/%zu%s", ingest->indexes[k], item->error.pointer);
            print_refusal(out, &n,
                          &(struct refusal){ingest->indexes[k], item->message.message_id, item->error.status,
                                            pointer, item->error.detail});
        }
        k++;
    }
    return n;
}

static void print_batch(struct buf *out, const struct ingest *ingest)
{
    int64_t accepted = 0;
    int64_t duplicates = 0;
    for (size_t i = 0; i < ingest->job.n_items; i++) {
        accepted += ingest->job.items[i].result == INGEST_ACCEPTED;
        duplicates += ingest->job.items[i].result == INGEST_DUPLICATE;
    }
    int64_t total = (int64_t)(ingest->job.n_items + ingest->n_refusals);
    buf_text(out, "{\"success\":true,\"accepted\":");
    buf_int(out, accepted);
    buf_text(out, ",\"duplicates\":");
    buf_int(out, duplicates);
    buf_text(out, ",\"refused\":");
    buf_int(out, total - accepted - duplicates);
    buf_text(out, ",\"errors\":[");
    size_t n = print_refusals(out, ingest);
    assert((int64_t)n == total - accepted - duplicates);
    (void)n;
    buf_text(out, "]}");
}

static void committed(struct exchange *exchange)
{
    struct ingest *ingest = exchange->ingest;
    struct ingest_job *job = &ingest->job;
    for (size_t i = 0; job->status == STATUS_OK && i < job->n_items; i++) {
        if (job->items[i].result == INGEST_REFUSED) {
            service_refused(exchange->server->service, job->shop, &job->items[i].error);
        }
    }
    if (job->status != STATUS_OK) {
        job->error.status = job->status;
        exchange_refuse(exchange, &job->error);
    } else if (is_batch(exchange)) {
        print_batch(&exchange->call.reply.body, ingest);
        exchange_answer(exchange);
    } else if (job->items[0].result == INGEST_REFUSED) {
        exchange_refuse(exchange, &job->items[0].error);
    } else {
        print_single(&exchange->call.reply.body, ingest);
        exchange_answer(exchange);
    }
}

/* --- the messages --------------------------------------------------------------------------------------- */

static void job_done(struct ingest_job *job)
{
    exchange_wake(job->context);
}

static void commit(struct exchange *exchange)
{
    struct ingest *ingest = exchange->ingest;
    exchange_wait(exchange, committed);
    struct error error = {0};
    enum status status = service_ingest(exchange->server->service, &ingest->job, &error);
    if (status != STATUS_OK) {
        ingest->job.status = status;
        ingest->job.error = error;
        exchange_wake(exchange);
    }
}

static void refuse(struct exchange *exchange, size_t index, struct span message_id, const struct error *error)
{
    struct ingest *ingest = exchange->ingest;
    struct arena *arena = exchange->call.request.arena;
    ingest->refusals[ingest->n_refusals++] = (struct refusal){
        .index = index,
        .message_id = message_id,
        .status = error->status,
        .pointer = arena_text(arena, span_of(error->pointer)),
        .detail = arena_text(arena, span_of(error->detail)),
    };
}

/** Understand all messages, and send what is left of them on its way. */
static void decode(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct ingest *ingest = exchange->ingest;
    struct ingest_job *job = &ingest->job;
    size_t count = envelope_count(ingest->envelope);
    usec_t now = clock_now(service_clock(request->service));
    job->shop = request->access.shop;
    job->arena = request->arena;
    job->done = job_done;
    job->context = exchange;
    job->items = ARENA_ARRAY(request->arena, struct ingest_item, count);
    ingest->indexes = ARENA_ARRAY(request->arena, size_t, count);
    ingest->refusals = is_batch(exchange) ? ARENA_ARRAY(request->arena, struct refusal, count) : NULL;
    for (size_t i = 0; i < count; i++) {
        struct ingest_item *item = &job->items[job->n_items];
        struct error error = {0};
        if (message_decode(request->arena, ingest->envelope, i, request->route->handler.message_type,
                           job->shop, now, &item->message, &error) == STATUS_OK) {
            ingest->indexes[job->n_items++] = i;
            continue;
        }
        service_refused(request->service, job->shop, &error);
        if (!is_batch(exchange)) {
            exchange_refuse(exchange, &error);
            return;
        }
        refuse(exchange, i, item->message.message_id, &error);
        item->message = (struct message){0};
    }
    if (job->n_items == 0) {
        print_batch(&exchange->call.reply.body, ingest);
        exchange_answer(exchange);
        return;
    }
    commit(exchange);
}

static void authenticated(struct exchange *exchange)
{
    if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
        return;
    }
    decode(exchange);
}

static size_t decoded_limit(const struct exchange *exchange)
{
    const struct config *config = exchange->server->config;
    int64_t most = is_batch(exchange) ? config->max_body_bytes : config->max_message_bytes;
    size_t limit = exchange->call.request.route->body_limit;
    return (size_t)most < limit ? (size_t)most : limit;
}

static void read_envelope(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct ingest *ingest = ARENA_NEW(request->arena, struct ingest);
    size_t limit = decoded_limit(exchange);
    struct error error = {0};
    exchange->ingest = ingest;
    enum status status = exchange_body(exchange, limit, &request->body, &error);
    if (status == STATUS_OK && request->body.n > limit) {
        status = error_set(&error, STATUS_TOO_LARGE, "", "the body is larger than %zu bytes", limit);
    }
    if (status == STATUS_OK) {
        status = envelope_parse(request->arena, request->body, is_batch(exchange), &ingest->envelope, &error);
    }
    if (status != STATUS_OK && exchange->key_state == KEY_IN_BODY) {
        status = error_set(&error, STATUS_UNAUTHORIZED, "", "a key is needed");
    }
    if (status != STATUS_OK) {
        if (request->access.shop != NULL) {
            service_refused(request->service, request->access.shop, &error);
        }
        exchange_refuse(exchange, &error);
        return;
    }
    metrics_stripped(exchange->server->metrics, envelope_stripped(ingest->envelope));
    if (exchange->key_state == KEY_IN_BODY &&
        !auth_key(exchange, envelope_write_key(ingest->envelope), authenticated)) {
        return;
    }
    authenticated(exchange);
}

/** There is room now, or there was none for too long. */
static void let_in(struct exchange *exchange)
{
    if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
        return;
    }
    read_envelope(exchange);
}

void ingest_run(struct exchange *exchange)
{
    size_t limit = decoded_limit(exchange);
    size_t size = exchange->is_gzip ? exchange->body.n * GZIP_FACTOR : exchange->body.n;
    size = size < limit ? size : limit;
    if (size > GATE_FREE &&
        !gate_enter(&exchange->server->gates[GATE_WORK], exchange, size * WORK_FACTOR, let_in)) {
        return;
    }
    read_envelope(exchange);
}
