#ifndef APP_SESSION_H
#define APP_SESSION_H

#include "app/service.h"
#include "core/definition.h"

struct db;
struct registry;

/** What a task may use while it runs: a connection of its own and scratch memory that is reset after it. */
struct session {
    struct service *service;   /* NULL in verbs that run without a service */
    struct registry *registry;
    const struct clock *clock;
    const struct config *config;
    struct db *db;             /* for point statements: cached plans that never scan */
    struct db *scan;           /* for statements over the whole base; NULL until session_scan() */
    int scan_timeout_ms;            /* of a statement over the whole base; 0: none */
    const _Atomic bool *gives_up;   /* NULL, or true: they end */
    struct arena *arena;
    struct writer *writer;     /* NULL until session_ingest() without a service */
};

/** The connection for statements over the whole base. Errors DATABASE_AWAY. */
enum status session_scan(struct session *session, struct db **out, struct error *error) MUST_CHECK;

/** Is the work of this session to end? Errors DRAINING. */
enum status session_goes_on(const struct session *session, struct error *error) MUST_CHECK;

/** A session for a verb of the command line. Errors DATABASE_AWAY, BAD_SCHEMA. */
enum status session_open(const struct config *config, const struct clock *clock, struct session **out,
                         struct error *error) MUST_CHECK;
void session_close(struct session *session);

/**
 * session_definitions(session, shop, fresh, out, error):
 * The definitions of ${shop}: the newest that the database has when ${fresh}, else those that this process knows.
 */
enum status session_definitions(struct session *session, const struct shop *shop, bool fresh,
                                const struct definitions **out, struct error *error) MUST_CHECK;

/** The shop with this key. Errors NOT_FOUND. */
enum status session_shop(struct session *session, struct span key, const struct shop **out,
                         struct error *error) MUST_CHECK;

/** Shop number ${n} in order of ids, as loaded; NULL beyond the last. */
const struct shop *session_shop_at(struct session *session, size_t n);

/**
 * session_ingest(session, job, error):
 * Commit a job on this session's own writer, without the committer: for import, the demo and tests. Blocks.
 */
enum status session_ingest(struct session *session, struct ingest_job *job, struct error *error) MUST_CHECK;

/** Let the committer (or, without a service, this session's own writer) move these customers to now. Blocks. */
enum status session_tick(struct session *session, const struct shop *shop, const struct uuid *keys, size_t n,
                         bool is_repair, struct error *error) MUST_CHECK;

#endif
