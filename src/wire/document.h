#ifndef SRC_WIRE_DOCUMENT_H
#define SRC_WIRE_DOCUMENT_H

#include "scan.h"

/**
 * A definition that a user sends, read strictly: a member that is unknown, repeated or of the wrong type
 * refuses the whole document. null counts as absent.
 */
struct document {
    struct arena *arena;
    struct scan scan;
    enum status fault; /* what is wrong with a document of this kind: INVALID_MODEL, INVALID_RULE */
    struct error *error;
};

/**
 * document_open(d, arena, json, fault, error):
 * Read ${json} into a copy of its own in ${arena}; it must be an object.
 * Errors   as scan_parse(); ${fault} when it is no object or nested too deeply.
 */
enum status document_open(struct document *d, struct arena *arena, struct span json, enum status fault,
                          struct error *error) MUST_CHECK;

/** error_set() with the document's fault. */
enum status document_refuse(const struct document *d, const char *pointer, const char *format, ...)
    PRINTF_LIKE(3, 4);

/**
 * document_members(d, object, pointer, names, n, values):
 * The members of the object ${object}, which stands at ${pointer}: for each of ${names} the token of its
 * value, 0 when it is absent. Errors: ${object} is no object, has a member of another name, or one of them
 * twice.
 */
enum status document_members(const struct document *d, size_t object, const char *pointer,
                             const struct span *names, size_t n, size_t *values) MUST_CHECK;

/** The text of a string. Errors: ${token} is absent or no string. */
enum status document_text(const struct document *d, size_t token, const char *pointer,
                          struct span *out) MUST_CHECK;

/** A number from ${least} >= 0 to ${most}, written in digits only. Errors: ${token} is absent or none. */
enum status document_whole(const struct document *d, size_t token, const char *pointer, int64_t least, int64_t most,
                           int64_t *out) MUST_CHECK;

/** The last member of ${object} that is named ${name}; 0: none. For documents of our own. */
size_t document_find(const struct document *d, size_t object, struct span name);

/** ${pointer} and one reference token more, escaped as RFC 6901 has it. */
const char *document_pointer(const struct document *d, const char *pointer, struct span name);

#endif
