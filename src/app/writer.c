#include "base/log.h"
#include "batch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define PAUSE_LEAST_US 2000
#define PAUSE_MOST_US 500000
#define CONFLICTS_MOST 10

void writer_done(struct writer *writer)
{
    db_close(writer->db);
    writer->db = NULL;
    known_terms_free(writer->known_terms);
    writer->known_terms = NULL;
    if (writer->arena)
        arena_free(writer->arena);
    writer->arena = NULL;
}

static enum status connect(struct writer *writer, struct error *error)
{
    if (writer->db && !db_is_broken(writer->db))
        return STATUS_OK;
    db_close(writer->db);
    writer->db = NULL;
    known_terms_forget(writer->known_terms); /* a standby that took over may lack the last commits */
    return db_open(writer->url, &writer->options, &writer->db, error);
}

/* Make the definitions of every shop in the batch as new as the database. */
static enum status refresh(struct writer *writer, const struct entry *entries, size_t n, struct error *error)
{
    const struct shop *last = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct definitions *definitions;
        if (entries[i].shop == last)
            continue;
        last = entries[i].shop;
        enum status status = definitions_load(writer->registry, writer->db, last, &definitions, error);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static void count(struct writer *writer, const struct batch *batch)
{
    writer->metrics[METRIC_batches]++;
    writer->metrics[METRIC_events_accepted] += batch->n_accepted;
    writer->metrics[METRIC_events_duplicate] += batch->n_duplicates;
    writer->metrics[METRIC_events_refused] += batch->n_refused;
    writer->metrics[METRIC_refolds] += batch->n_refolds;
    writer->metrics[METRIC_transitions] += batch->n_transitions;
    writer->n_changes += (int64_t)batch->n_changes;
    writer->metrics[METRIC_transitions_superseded] += batch->n_superseded;
    if (batch->next_deadline != NONE &&
        (writer->next_deadline == NONE || batch->next_deadline < writer->next_deadline))
        writer->next_deadline = batch->next_deadline;
}

static bool must_stop(const struct writer *writer)
{
    return writer->gives_up && atomic_load(writer->gives_up);
}

/* Try one transaction until it is known to have taken place, or to be hopeless. */
static enum status commit(struct writer *writer, struct entry *entries, size_t n, struct error *error)
{
    usec_t deadline = clock_monotonic() + (usec_t)writer->patience_ms * 1000;
    useconds_t pause = PAUSE_LEAST_US;
    bool may_have_committed = false;
    int n_conflicts = 0;
    for (;;) {
        struct batch batch = {.registry = writer->registry,
                              .arena = writer->arena,
                              .clock = writer->clock,
                              .known_terms = writer->known_terms,
                              .entries = entries,
                              .n_entries = n,
                              .is_wary = n_conflicts > 0 || may_have_committed,
                              .may_have_committed = may_have_committed};
        for (size_t i = 0; i < n; i++)
            if (entries[i].item)
                entries[i].item->result = INGEST_PENDING;
        arena_reset(writer->arena);
        enum status status = connect(writer, error);
        if (status == STATUS_OK) {
            batch.db = writer->db;
            status = batch_commit(&batch, error);
            if (status == STATUS_OK) {
                count(writer, &batch);
                known_terms_add(writer->known_terms, batch.terms, batch.n_terms);
                return STATUS_OK;
            }
            may_have_committed = may_have_committed || db_commit_is_unknown(writer->db);
            db_rollback(writer->db);
            if (status == STATUS_RETRY && strcmp(error->pointer, "/definitions") == 0 &&
                refresh(writer, entries, n, error) == STATUS_OK) {
                pause = 0; /* nothing to wait for */
            }
        }
        writer->metrics[METRIC_batch_retries]++;
        /* somebody else was quicker, once or twice; always: one of these messages cannot be stored */
        if (status == STATUS_RETRY && strcmp(error->sqlstate, "23505") == 0 && ++n_conflicts > CONFLICTS_MOST)
            status = STATUS_INTERNAL;
        bool is_soft = status == STATUS_RETRY || status == STATUS_DATABASE_AWAY || status == STATUS_TIMED_OUT;
        if (!is_soft) {
            writer->metrics[METRIC_database_errors]++;
            return status;
        }
        if (clock_monotonic() > deadline || must_stop(writer)) {
            LOG(LOG_WARN, "gave up a transaction", LOG_TEXT("code", status_code(status)),
                LOG_TEXT("sqlstate", error->sqlstate), LOG_NUMBER("messages", n));
            return status == STATUS_RETRY ? STATUS_TIMED_OUT : status;
        }
        if (pause)
            usleep(pause);
        pause = pause * 2 < PAUSE_LEAST_US ? PAUSE_LEAST_US : pause * 2;
        if (pause > PAUSE_MOST_US)
            pause = PAUSE_MOST_US;
    }
}

/* What a message that stands alone and still fails is told. */
static enum status give_up_one(struct entry *entry, enum status status, const struct error *error)
{
    if (entry->item == NULL) {
        entry->has_failed = true;
        LOG(LOG_ERROR, "a customer cannot be moved", LOG_TEXT("code", status_code(status)),
            LOG_TEXT("sqlstate", error->sqlstate), LOG_TEXT("shop", entry->shop->key));
        return STATUS_OK;
    }
    entry->item->result = INGEST_REFUSED;
    entry->item->error = *error;
    LOG(LOG_ERROR, "a message cannot be stored", LOG_TEXT("code", status_code(status)),
        LOG_TEXT("sqlstate", error->sqlstate), LOG_TEXT("shop", entry->shop->key), LOG_TEXT("detail", error->detail));
    return STATUS_OK;
}

enum status writer_run(struct writer *writer, struct entry *entries, size_t n, struct error *error)
{
    if (writer->arena == NULL)
        writer->arena = arena_new(1 << 18);
    if (writer->known_terms == NULL)
        writer->known_terms = known_terms_new();
    if (n == 0)
        return STATUS_OK;
    enum status status = commit(writer, entries, n, error);
    if (status != STATUS_POISON && status != STATUS_INTERNAL)
        return status;
    if (n == 1)
        return give_up_one(entries, status, error);
    /* halve: each half is a transaction of its own, so that the culprit stands alone in the end */
    status = writer_run(writer, entries, n / 2, error);
    if (status != STATUS_OK)
        return status;
    return writer_run(writer, entries + n / 2, n - n / 2, error);
}
