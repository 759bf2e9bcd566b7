#ifndef APP_SESSION_PRIVATE_H
#define APP_SESSION_PRIVATE_H

#include "app/session.h"
#include "batch.h"

/* For the threads of the service, which own their sessions. */
void session_init(struct session *session, const struct config *config, const struct clock *clock,
                  struct registry *registry, struct service *service);
/** Connect, or connect again after the connection broke. Errors DATABASE_AWAY. */
enum status session_ready(struct session *session, struct error *error) MUST_CHECK;
/** Statements over the whole base may take PATIENCE times as long, and end early when ${gives_up} becomes true. */
void session_be_patient(struct session *session, const _Atomic bool *gives_up);
void session_done(struct session *session);

struct entry entry_of_item(const struct ingest_job *job, struct ingest_item *item);

#endif
