#ifndef APP_IMPORT_H
#define APP_IMPORT_H

#include "app/session.h"
#include "wire/row.h"
#include "wire/translate.h"

#include <signal.h>
#include <stdio.h>

/**
 * History from a file or a stream, at its true dates and without telling anybody but by customer.synced.
 *
 * Two passes. The first reads rows, refuses those that are no message, and keeps the others in a temporary file with
 * an index of 48 bytes a row: the input may be larger than the memory. The index is then sorted by customer and time, so
 * that the second pass commits whole customers and no history is written twice: only a customer with more
 * events than a batch takes is cut.
 *
 * Every batch is one transaction, and the same row is the same message whenever it is imported: an import that was
 * killed at any moment is finished by running it again.
 */

/**
 * What a row is: a record of a table, an object on a line of its own, or an order as WooCommerce exports it (in arrays or
 * lines), which becomes the messages that its webhooks would have given: what they told already is a duplicate.
 */
enum import_format { IMPORT_CSV, IMPORT_NDJSON, IMPORT_WOOCOMMERCE };

/** A row is at most this long; a message that is made of it has the limits of any message. */
#define IMPORT_ROW_MAX (1 << 20)

enum import_phase { IMPORT_READING, IMPORT_SORTING, IMPORT_COMMITTING };

struct import_figures {
    enum import_phase phase;
    int64_t bytes;      /* read */
    int64_t bytes_all;  /* of the input; 0: not known */
    int64_t rows;       /* read; blank lines and the header are none */
    int64_t skipped;    /* rows that say nothing that counts: orders that nobody paid */
    int64_t messages;   /* of the rows: one each, but of orders */
    int64_t done;       /* messages committed or found to be there */
    int64_t accepted;
    int64_t duplicates;
    int64_t refused;    /* rows, and messages that the commit refused */
    int64_t customers;  /* of the messages */
};

struct import_source {
    int fd;
    int64_t bytes_all;        /* 0: not known */
    struct row_map *map;      /* fields were added; the import binds it. NULL: of orders */
    enum import_format format;
    struct translate_settings settings; /* of orders: those of the source whose webhooks told of them */
    const char *refused_path; /* made when the first row is refused */
    const volatile sig_atomic_t *must_stop;
    void (*progress)(const struct import_figures *figures, void *context); /* often: it must be quick */
    void *context;
};

/**
 * import_run(session, shop, source, figures, error):
 * Import all rows of ${source}. ${figures} are right whatever is returned.
 * Errors   those of row_map_bind(); BAD_REQUEST: no header; INTERNAL: a file cannot be read or written, and the detail says
 *          which; those of session_ingest(); RETRY: *must_stop was set, and all that is counted is committed.
 * Cost     48 bytes of memory a row, and twice while sorting; the size of the input in TMPDIR (/var/tmp).
 */
enum status import_run(struct session *session, const struct shop *shop, const struct import_source *source,
                       struct import_figures *figures, struct error *error) MUST_CHECK;

/** A file without a name in TMPDIR, else /var/tmp, else /tmp: gone with the process, however it ends. NULL: none can be made. */
FILE *import_spool(void);

#endif
