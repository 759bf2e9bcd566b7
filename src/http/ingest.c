#include "app/source.h"
#include "base/clock.h"
#include "door.h"
#include "loop.h"
#include "wire/defaults.h"

/** Bytes of memory for each byte of a body while its messages are decoded and wait for their commit. */
#define WORK_FACTOR 10
/** As much again for a body that is translated first. */
#define TRANSLATION_FACTOR 10
/** How much smaller gzip is taken to make JSON before it is known. */
#define GZIP_FACTOR 8

/* --- what became of them -------------------------------------------------------------------------------- */

static void count_refusal(void *context, const struct refusal *refusal)
{
    const struct request *request = context;
    struct error error;
    (void)error_set(&error, refusal->status, refusal->pointer, "%s", refusal->detail);
    service_refused(request->service, request->access.shop, &error);
}

/** The shop of ${exchange} is known and its messages have their results, which are on disk. */
static void report(struct exchange *exchange)
{
    ingest_each_refusal(exchange->ingest, count_refusal, &exchange->call.request);
    source_report(exchange);
}

/** The body as a whole, or its only message, is refused. */
static void refuse_whole(struct exchange *exchange, const struct error *error)
{
    const struct request *request = &exchange->call.request;
    if (request->access.shop != NULL) {
        service_refused(request->service, request->access.shop, error);
        source_report_whole(exchange, error);
    }
    exchange_refuse(exchange, error);
}

static void answer(struct exchange *exchange)
{
    ingest_print(&exchange->call.reply.body, door_of(exchange), exchange->ingest);
    exchange_answer(exchange);
}

static void committed(struct exchange *exchange)
{
    struct ingest_job *job = &exchange->ingest->job;
    if (job->status != STATUS_OK) {
        job->error.status = job->status;
        exchange_refuse(exchange, &job->error);
    } else if (!door_of(exchange)->is_batch && job->items[0].result == INGEST_REFUSED) {
        refuse_whole(exchange, &job->items[0].error);
    } else {
        report(exchange);
        answer(exchange);
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

/** The item of the body that became message ${place}. */
static size_t index_of(const struct ingest *ingest, size_t place)
{
    const size_t *indexes = ingest->translation.indexes;
    return indexes != NULL ? indexes[place] : place;
}

/** In place of message ${place} the translation has a reason why it is none. */
static bool refuse_translated(struct exchange *exchange, size_t place)
{
    const struct translation *translation = &exchange->ingest->translation;
    for (size_t i = 0; i < translation->n_refusals && translation->refusals[i].place <= place; i++) {
        const struct translation_refusal *refusal = &translation->refusals[i];
        if (refusal->place == place) {
            struct error error;
            (void)error_set(&error, refusal->status, refusal->pointer, "%s", refusal->detail);
            refuse(exchange, index_of(exchange->ingest, place), refusal->message_id, &error);
            return true;
        }
    }
    return false;
}

/** The type of the message if it does not say so itself; NULL: it does. */
static const char *type_named(const struct exchange *exchange)
{
    const struct request *request = &exchange->call.request;
    const struct door *door = door_of(exchange);
    if (door->is_batch || door->type != NULL) {
        return door->type;
    }
    return arena_text(request->arena, request_param(request, "type"));
}

/** Understand all messages, and send what is left of them on its way. */
static void decode(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    struct ingest *ingest = exchange->ingest;
    struct ingest_job *job = &ingest->job;
    bool is_batch = door_of(exchange)->is_batch;
    size_t count = envelope_count(ingest->envelope);
    usec_t now = clock_now(service_clock(request->service));
    const char *type = type_named(exchange);
    job->shop = request->access.shop;
    job->arena = request->arena;
    job->done = job_done;
    job->context = exchange;
    job->trace_id = request->is_traced ? request->trace_id : (struct uuid){{0}};
    job->items = ARENA_ARRAY(request->arena, struct ingest_item, count);
    ingest->indexes = ARENA_ARRAY(request->arena, size_t, count);
    ingest->refusals = is_batch ? ARENA_ARRAY(request->arena, struct refusal, count) : NULL;
    for (size_t i = 0; i < count; i++) {
        struct ingest_item *item = &job->items[job->n_items];
        struct error error = {0};
        if (refuse_translated(exchange, i)) {
            continue;
        }
        if (message_decode(request->arena, ingest->envelope, i, type, job->shop, now, &item->message,
                           &error) == STATUS_OK) {
            ingest->indexes[job->n_items++] = index_of(ingest, i);
            continue;
        }
        if (!is_batch) {
            refuse_whole(exchange, &error);
            return;
        }
        refuse(exchange, index_of(ingest, i), item->message.message_id, &error);
        item->message = (struct message){0};
    }
    if (job->n_items == 0) {
        report(exchange);
        answer(exchange);
        return;
    }
    commit(exchange);
}

/** What the source says once for all of its messages; a translator has heard it already. */
static enum status apply_defaults(struct exchange *exchange, struct error *error)
{
    struct request *request = &exchange->call.request;
    const struct source *source = request->access.source;
    const struct door *door = door_of(exchange);
    if (source == NULL || door->settle != NULL || (source->settings.channel.n == 0 && source->settings.currency.n == 0)) {
        return STATUS_OK;
    }
    const struct message_defaults defaults = {source->settings.channel, source->settings.currency};
    exchange->ingest->sent = exchange->ingest->envelope;
    struct span body = defaults_apply(request->arena, request->body, door->is_batch, &defaults);
    return envelope_parse(request->arena, body, door->is_batch, &exchange->ingest->envelope, error);
}

static void authenticated(struct exchange *exchange)
{
    struct error error = {0};
    if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
    } else if (apply_defaults(exchange, &error) != STATUS_OK) {
        refuse_whole(exchange, &error);
    } else {
        decode(exchange);
    }
}

/* --- the body ------------------------------------------------------------------------------------------- */

static size_t decoded_limit(const struct exchange *exchange)
{
    const struct config *config = exchange->server->config;
    const struct route *route = exchange->call.request.route;
    size_t limit = exchange_limit(exchange);
    size_t most = (size_t)config->max_message_bytes;
    return !route->handler.door->is_batch && most < limit ? most : limit;
}

/**
 * A body whose key cannot be read is nobody's. That it is too large is told to anybody: the SDK that has its key
 * there then sends half of it.
 */
static void refuse_body(struct exchange *exchange, struct error *error)
{
    if (error->status == STATUS_TOO_LARGE) {
        error->status = door_of(exchange)->too_large;
    } else if (exchange->key_state == KEY_IN_BODY && door_of(exchange)->settle == NULL) {
        (void)error_set(error, STATUS_UNAUTHORIZED, "", "a key is needed");
    }
    refuse_whole(exchange, error);
}

/** The body as the door's size limit lets it in. */
static enum status read_body(struct exchange *exchange, struct error *error)
{
    struct request *request = &exchange->call.request;
    size_t limit = decoded_limit(exchange);
    enum status status = exchange_body(exchange, limit, &request->body, error);
    if (status == STATUS_OK && request->body.n > limit) {
        status = error_set(error, STATUS_TOO_LARGE, "", "the body is larger than %zu bytes", limit);
    }
    return status;
}

static struct span header_of(void *context, const char *name)
{
    return request_header(context, name);
}

static enum status translate(struct exchange *exchange, struct error *error)
{
    struct request *request = &exchange->call.request;
    struct translation *translation = &exchange->ingest->translation;
    const struct translate_request foreign = {
        .header = header_of,
        .context = request,
        .body = request->body,
        .received_at = clock_now(service_clock(request->service)),
    };
    static const struct translate_settings none = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
    const struct source *source = request->access.source;
    const struct translate_settings *settings = source != NULL ? &source->settings : &none;
    enum status status = door_of(exchange)->translate(request->arena, &foreign, settings, translation, error);
    if (status == STATUS_OK && translation->kind == TRANSLATION_MESSAGES) {
        request->body = translation->body;
    }
    return status;
}

/** False: the translation was no messages, and is dealt with. */
static bool is_messages(struct exchange *exchange)
{
    switch (exchange->ingest->translation.kind) {
    case TRANSLATION_MESSAGES: return true;
    case TRANSLATION_NOTHING:
        report(exchange);
        answer(exchange);
        return false;
    case TRANSLATION_ERASE:
    case TRANSLATION_DISCLOSE:
    case TRANSLATION_ERASE_SHOP:
        door_of(exchange)->act(exchange, &exchange->ingest->translation);
        return false;
    }
    return false;
}

/** The body is there, and who sent it is known unless a key in it says so. */
static void understand(struct exchange *exchange)
{
    struct request *request = &exchange->call.request;
    const struct door *door = door_of(exchange);
    struct ingest *ingest = exchange->ingest;
    struct error error = {0};
    enum status status = door->translate != NULL ? translate(exchange, &error) : STATUS_OK;
    if (status == STATUS_OK && exchange->key_state == KEY_SETTLED && !is_messages(exchange)) {
        return;
    }
    if (status == STATUS_OK) {
        status = envelope_parse(request->arena, request->body, door->is_batch, &ingest->envelope, &error);
    }
    if (status != STATUS_OK) {
        refuse_body(exchange, &error);
        return;
    }
    metrics_stripped(exchange->server->metrics, envelope_stripped(ingest->envelope));
    if (exchange->key_state == KEY_IN_BODY &&
        !auth_body(exchange, envelope_write_key(ingest->envelope), authenticated)) {
        return;
    }
    authenticated(exchange);
}

static void settled(struct exchange *exchange)
{
    exchange->key_state = KEY_SETTLED;
    if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
        return;
    }
    understand(exchange);
}

static void read_messages(struct exchange *exchange)
{
    const struct door *door = door_of(exchange);
    exchange->ingest = ARENA_NEW(exchange->call.request.arena, struct ingest);
    struct error error = {0};
    enum status status = read_body(exchange, &error);
    exchange->ingest->body = exchange->call.request.body;
    if (status != STATUS_OK) {
        refuse_body(exchange, &error);
        return;
    }
    if (door->settle == NULL) {
        understand(exchange);
    } else if (door->settle(exchange, settled)) {
        settled(exchange);
    }
}

/** There is room now, or there was none for too long. */
static void let_in(struct exchange *exchange)
{
    if (exchange->error.status != STATUS_OK) {
        exchange_refuse(exchange, &exchange->error);
        return;
    }
    read_messages(exchange);
}

void ingest_run(struct exchange *exchange)
{
    size_t limit = decoded_limit(exchange);
    size_t size = exchange->is_gzip ? exchange->body.n * GZIP_FACTOR : exchange->body.n;
    size_t factor = WORK_FACTOR + (door_of(exchange)->translate != NULL ? TRANSLATION_FACTOR : 0);
    size = size < limit ? size : limit;
    if (size > GATE_FREE &&
        !gate_enter(&exchange->server->gates[GATE_WORK], exchange, size * factor, let_in)) {
        return;
    }
    read_messages(exchange);
}
