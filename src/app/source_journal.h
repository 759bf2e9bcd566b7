#ifndef APP_SOURCE_JOURNAL_H
#define APP_SOURCE_JOURNAL_H

#include "source_shelf.h"

#include <pthread.h>

/** Private to app/: what became of messages, between the loop that answered them and the monitor that writes
 * it down. */

struct journal_entry;

struct source_journal {
    pthread_mutex_t lock;
    struct journal_entry *first, *last;
    size_t n;
};

void source_journal_init(struct source_journal *journal);
void source_journal_done(struct source_journal *journal);

/**
 * source_journal_write(journal, meters, session, error):
 * Counts, times and entries since the last call, in a transaction. When it fails counts are kept for the next
 * call and entries are dropped. Only a COMMIT whose outcome was lost with the connection can count a message
 * twice.
 */
enum status source_journal_write(struct source_journal *journal, struct source_meter *meters,
                                 struct session *session, struct error *error) MUST_CHECK;

#endif
