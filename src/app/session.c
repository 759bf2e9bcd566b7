#include "app/session.h"
#include "batch.h"
#include "db/migrate.h"
#include "session_private.h"

#include <stdatomic.h>
#include <stdlib.h>

#define PATIENCE 6

void session_init(struct session *session, const struct config *config, const struct clock *clock,
                  struct registry *registry, struct service *service)
{
    *session = (struct session){.service = service,
                                .registry = registry,
                                .clock = clock,
                                .config = config,
                                .scan_timeout_ms = service ? (int)config->statement_timeout_ms : 0,
                                .arena = arena_new(1 << 16)};
}

enum status session_ready(struct session *session, struct error *error)
{
    if (session->db && db_is_broken(session->db)) {
        db_close(session->db);
        session->db = NULL;
    }
    if (session->db)
        return STATUS_OK;
    struct db_options options = {.prepared = session->config->prepared_statements,
                                 .index_only = true,
                                 .timeout_ms = session->service ? (int)session->config->read_timeout_ms : 0};
    return db_open(session->config->database_url, &options, &session->db, error);
}

enum status session_scan(struct session *session, struct db **out, struct error *error)
{
    if (session->scan && db_is_broken(session->scan)) {
        db_close(session->scan);
        session->scan = NULL;
    }
    if (session->scan == NULL) {
        struct db_options options = {
            .prepared = false, .timeout_ms = session->scan_timeout_ms, .gives_up = session->gives_up};
        enum status status = db_open(session->config->database_url, &options, &session->scan, error);
        if (status != STATUS_OK)
            return status;
    }
    *out = session->scan;
    return STATUS_OK;
}

enum status session_goes_on(const struct session *session, struct error *error)
{
    if (session->gives_up && atomic_load(session->gives_up))
        return error_set(error, STATUS_DRAINING, "", "the service stops");
    return STATUS_OK;
}

void session_be_patient(struct session *session, const _Atomic bool *gives_up)
{
    session->scan_timeout_ms *= PATIENCE;
    session->gives_up = gives_up;
}

void session_done(struct session *session)
{
    db_close(session->db);
    db_close(session->scan);
    if (session->writer) {
        writer_done(session->writer);
        free(session->writer);
    }
    arena_free(session->arena);
}

enum status session_open(const struct config *config, const struct clock *clock, struct session **out,
                         struct error *error)
{
    struct session *session = calloc(1, sizeof(*session));
    if (session == NULL)
        abort();
    session_init(session, config, clock, registry_new(span_of(config->secret_key)), NULL);
    enum status status = session_ready(session, error);
    if (status == STATUS_OK)
        status = migrate_check(session->db, error);
    if (status == STATUS_OK)
        status = registry_load(session->registry, session->db, true, error);
    if (status != STATUS_OK) {
        session_close(session);
        return status;
    }
    *out = session;
    return STATUS_OK;
}

void session_close(struct session *session)
{
    if (session == NULL)
        return;
    struct registry *registry = session->registry;
    session_done(session);
    registry_free(registry);
    free(session);
}

enum status session_definitions(struct session *session, const struct shop *shop, bool fresh,
                                const struct definitions **out, struct error *error)
{
    const struct definitions *known = definitions_known(session->registry, shop);
    if (known && !fresh) {
        *out = known;
        return STATUS_OK;
    }
    return definitions_load(session->registry, session->db, shop, out, error);
}

enum status session_shop(struct session *session, struct span key, const struct shop **out, struct error *error)
{
    enum status status = registry_load(session->registry, session->db, false, error);
    if (status != STATUS_OK)
        return status;
    *out = registry_shop_by_key(session->registry, key);
    if (*out == NULL)
        return error_set(error, STATUS_NOT_FOUND, "", "no shop has this key");
    return STATUS_OK;
}

const struct shop *session_shop_at(struct session *session, size_t n)
{
    return registry_shop_at(session->registry, n);
}

/* --- writing without a committer --------------------------------------------------------------------------- */

static struct writer *own_writer(struct session *session)
{
    if (session->writer)
        return session->writer;
    session->writer = calloc(1, sizeof(*session->writer));
    if (session->writer == NULL)
        abort();
    *session->writer = (struct writer){.options = {.prepared = session->config->prepared_statements, .index_only = true},
                                       .url = session->config->database_url,
                                       .registry = session->registry,
                                       .clock = session->clock,
                                       .lanes = (unsigned)session->config->lanes,
                                       .patience_ms = (int)session->config->commit_timeout_ms,
                                       .next_deadline = NONE};
    return session->writer;
}

enum status session_ingest(struct session *session, struct ingest_job *job, struct error *error)
{
    struct writer *writer = own_writer(session);
    struct entry *entries = calloc(job->n_items + 1, sizeof(*entries));
    size_t most = (size_t)session->config->batch_max;
    enum status status = STATUS_OK;
    if (entries == NULL)
        abort();
    for (size_t i = 0; i < job->n_items; i++)
        entries[i] = entry_of_item(job, &job->items[i]);
    for (size_t i = 0; status == STATUS_OK && i < job->n_items; i += most)
        status = writer_run(writer, entries + i, job->n_items - i < most ? job->n_items - i : most, error);
    free(entries);
    job->status = status;
    job->definitions = definitions_known(session->registry, job->shop);
    return status;
}

enum status session_tick(struct session *session, const struct shop *shop, const struct uuid *keys, size_t n,
                         bool is_repair, struct error *error)
{
    struct writer *writer = own_writer(session);
    struct entry *entries = calloc(n + 1, sizeof(*entries));
    if (entries == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        entries[i] = (struct entry){.shop = shop, .key = keys[i], .is_repair = is_repair};
    enum status status = writer_run(writer, entries, n, error);
    free(entries);
    return status;
}

enum status session_operate(struct session *session, const struct shop *shop, struct identity_op *op,
                            struct error *error)
{
    struct writer *writer = own_writer(session);
    struct entry entry = {.shop = shop, .key = op->subject.key, .op = op};
    enum status status = writer_run(writer, &entry, 1, error);
    if (status == STATUS_OK && entry.has_failed)
        return error_set(error, STATUS_INTERNAL, "", "the database refused it");
    if (status == STATUS_OK && op->error.status != STATUS_OK) {
        *error = op->error;
        return op->error.status;
    }
    return status;
}

struct entry entry_of_item(const struct ingest_job *job, struct ingest_item *item)
{
    return (struct entry){.shop = job->shop,
                          .item = item,
                          .arena = job->arena,
                          .key = item->message.event.identity_key,
                          .trace_id = &job->trace_id,
                          .is_silent = job->is_silent};
}
