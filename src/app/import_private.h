#ifndef SRC_APP_IMPORT_PRIVATE_H
#define SRC_APP_IMPORT_PRIVATE_H

#include "app/import.h"
#include "base/buf.h"
#include "wire/csv.h"

#include <stdio.h>

#define IMPORT_READ_BYTES (256 * 1024)

/** Where an accepted message is, and where it belongs. */
struct place {
    struct uuid customer;
    usec_t occurred_at;
    uint64_t content; /* equal for equal messages */
    int64_t offset;   /* in the spool */
    uint32_t size;
    uint32_t line;
};
_Static_assert(sizeof(struct place) == 48, "what include/app/import.h promises");

struct import {
    struct session *session;
    const struct shop *shop;
    const struct import_source *source;
    struct import_figures *figures;
    struct error *error;
    struct arena *arena; /* of a row, or of a batch */
    usec_t received_at;  /* of all rows */
    /* input */
    char *buffer;
    size_t start, end;
    bool is_at_end;
    uint32_t line;      /* of the row at hand */
    uint32_t next_line; /* the first that was not read */
    size_t before;      /* line ends between the last row and the one at hand */
    bool is_broken;     /* the row at hand is no CSV */
    /* accepted rows */
    FILE *spool;
    int64_t spooled;
    struct place *places;
    size_t n_places, capacity;
    /* refused rows */
    FILE *refused;
    struct buf row;
};

enum import_taken { IMPORT_TAKEN_NONE, IMPORT_TAKEN_ROW, IMPORT_TAKEN_TOO_LONG };

/* --- import_input.c: rows out of bytes */

/** The head of the input, up to the first row. */
enum status import_begin(struct import *import) MUST_CHECK;
/** The next row; its text lives until the next call, and import->line is where it begins. */
enum status import_next(struct import *import, struct csv_record *out, enum import_taken *taken) MUST_CHECK;
bool import_is_blank(struct span text);

/* --- import_row.c: messages out of rows */

/** Keep the messages of a row, or refuse all of it. */
enum status import_row(struct import *import, struct span text) MUST_CHECK;
/**
 * What was kept as a message: the same in both passes but for its ordinal among equal ones. Errors: those of
 * one message.
 */
enum status import_decode(struct import *import, struct arena *arena, struct span text, uint64_t ordinal,
                          struct message *message, uint64_t *content, struct error *error) MUST_CHECK;

/* --- import_refused.c */

enum status import_refuse(struct import *import, uint32_t line, struct span text,
                          const struct error *reason) MUST_CHECK;

/* --- import.c */

enum status import_file_error(struct import *import, const char *what, const char *path);
bool import_must_stop(const struct import *import);
enum status import_stopped(struct import *import);

#endif
