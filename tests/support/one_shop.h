#ifndef TESTS_SUPPORT_ONE_SHOP_H
#define TESTS_SUPPORT_ONE_SHOP_H

#include "app/session.h"
#include "core/tally.h"
#include "database.h"

/** One shop in a database of a test program's own, and what it is told. Whatever fails here ends the test. */
extern struct database database;
extern struct clock now;
extern struct session *session;
extern const struct shop *shop;
extern struct arena *arena;

/* For the whole program: */
int one_shop_make(void **state);
int one_shop_drop(void **state);
/* And for each of its tests, from 2026-03-01 on; at its end nothing may have drifted from the ledger: */
int one_shop_open(void **state);
int one_shop_close(void **state);

/** ${n} messages. OK, or why the first was refused. */
enum status tell_batch(const char *batch, size_t n, struct ingest_item **out);
/** One message: ${format} is what stands between its braces. OK, or why it was refused. */
enum status tell(const char *format, ...) PRINTF_LIKE(1, 2);
/** One message, with its braces, which must be accepted. */
void tell_whole(const char *format, ...) PRINTF_LIKE(1, 2);

/** Let the journal of tallies become sums. */
void add_up(void);
/** The first sum of all rows of a cube, once all was added up. */
int64_t sum_of(enum cube cube);

#endif
