#include "app/source.h"
#include "base/clock.h"
#include "door.h"
#include "loop.h"
#include "wire/outcome.h"

/* What became of a request, for the counters and the log of the source that sent it. */

/** A report of one request. */
struct reporting {
    struct exchange *exchange;
    const struct source *source;
    usec_t now;
};

/** False: no source sent it. */
static bool begin(struct exchange *exchange, struct reporting *out)
{
    const struct request *request = &exchange->call.request;
    *out = (struct reporting){.exchange = exchange,
                              .source = request->access.source,
                              .now = clock_now(service_clock(request->service))};
    return out->source != NULL;
}

/** The message as it came: the delivery that was translated, or the item of a batch. */
static struct span body_of(const struct exchange *exchange, size_t index)
{
    const struct ingest *ingest = exchange->ingest;
    if (door_of(exchange)->translate != NULL || ingest->envelope == NULL) {
        return ingest->body;
    }
    return envelope_item(ingest->sent != NULL ? ingest->sent : ingest->envelope, index);
}

static struct span subject_of(const struct exchange *exchange, const struct message *message)
{
    struct span subject = exchange->ingest->translation.subject;
    if (subject.n != 0 || message == NULL) {
        return subject.n != 0 ? subject : (struct span){"", 0};
    }
    return message->event.name.n != 0 ? message->event.name : (struct span){"", 0};
}

static void report(const struct reporting *r, enum source_result result, struct source_note *note)
{
    note->result = result;
    note->received_at = r->now;
    source_log(r->exchange->server->service, r->source, note);
}

static void report_refusal(void *context, const struct refusal *refusal)
{
    const struct reporting *r = context;
    struct error error;
    if (!source_count(r->source, RESULT_REFUSED, refusal->status, r->now)) {
        return;
    }
    (void)error_set(&error, refusal->status, refusal->pointer, "%s", refusal->detail);
    report(r, RESULT_REFUSED,
           &(struct source_note){.error = &error,
                                 .subject = subject_of(r->exchange, NULL),
                                 .body = body_of(r->exchange, refusal->index)});
}

static void report_item(const struct reporting *r, const struct ingest_item *item, size_t index)
{
    enum source_result result = item->result == INGEST_DUPLICATE ? RESULT_DUPLICATE : RESULT_ACCEPTED;
    struct buf outcome;
    if (item->result == INGEST_REFUSED || !source_count(r->source, result, STATUS_OK, r->now)) {
        return;
    }
    buf_init(&outcome, 0);
    buf_char(&outcome, '{');
    outcome_print(&outcome, r->exchange->ingest->job.definitions, &item->outcome);
    buf_char(&outcome, '}');
    report(r, result,
           &(struct source_note){.subject = subject_of(r->exchange, &item->message),
                                 .body = body_of(r->exchange, index),
                                 .message = &item->message,
                                 .outcome = {outcome.p, outcome.n}});
    buf_done(&outcome);
}

void source_report(struct exchange *exchange)
{
    const struct ingest *ingest = exchange->ingest;
    const struct translation *translation = &ingest->translation;
    struct reporting r;
    if (!begin(exchange, &r)) {
        return;
    }
    if (door_of(exchange)->translate != NULL && translation->kind == TRANSLATION_NOTHING) {
        if (source_count(r.source, RESULT_IGNORED, STATUS_OK, r.now)) {
            report(&r, RESULT_IGNORED,
                   &(struct source_note){.reason = translation->reason,
                                         .subject = subject_of(exchange, NULL),
                                         .body = ingest->body});
        }
        return;
    }
    for (size_t i = 0; i < ingest->job.n_items; i++) {
        report_item(&r, &ingest->job.items[i], ingest->indexes[i]);
    }
    ingest_each_refusal(ingest, report_refusal, &r);
}

void source_report_whole(struct exchange *exchange, const struct error *error)
{
    struct reporting r;
    if (begin(exchange, &r) && source_count(r.source, RESULT_REFUSED, error->status, r.now)) {
        report(&r, RESULT_REFUSED,
               &(struct source_note){
                   .error = error, .subject = subject_of(exchange, NULL), .body = exchange->ingest->body});
    }
}

void source_report_request(struct exchange *exchange)
{
    struct reporting r;
    if (begin(exchange, &r) && source_count(r.source, RESULT_ACCEPTED, STATUS_OK, r.now)) {
        report(&r, RESULT_ACCEPTED,
               &(struct source_note){.subject = subject_of(exchange, NULL), .body = exchange->ingest->body});
    }
}
