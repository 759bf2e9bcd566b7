#ifndef SRC_WIRE_FOREIGN_H
#define SRC_WIRE_FOREIGN_H

#include "base/buf.h"
#include "mapping.h"
#include "scan.h"
#include "wire/translate.h"

/**
 * An event in the words of a system that we do not know, and what it is as a message: by the mapping of its
 * source, and where that says nothing by what such events are usually called (docs/cloudevents.md).
 */

#define FOREIGN_DEPTH_MAX 60 /* of an event, so that its message is not too deep */

struct foreign {
    struct arena *arena;
    const struct translate_settings *settings;
    const struct scan *scan;                 /* the event; NULL: its attributes are headers */
    size_t object;                           /* of ${scan} */
    const struct translate_request *headers; /* "ce-NAME", of an event whose attributes are headers */
    const struct scan *data_scan;            /* may be another document than the event */
    size_t data;                             /* token; meaningless without has_data */
    bool has_data;
    const char *data_place; /* pointer of the data in the body */
    struct span type;
    struct span subject; /* n = 0: none */
    struct span message_id;
    struct span time; /* n = 0: when it is received */
};

/**
 * foreign_message(event, rule, out, error):
 * Append the message to ${out}; ${rule} is not one that ignores.
 * Errors   WRONG_TYPE: the data is no object, and no mapping says what to take from it.
 */
enum status foreign_message(const struct foreign *event, const struct mapping_rule *rule, struct buf *out,
                            struct error *error) MUST_CHECK;

/** Messages while they are made of events, one after the other. */
struct foreign_batch {
    struct arena *arena;
    struct mapping mapping;
    struct buf out;
    size_t n;
    size_t *indexes;
    size_t indexes_capacity;
    struct translation_refusal *refusals;
    size_t n_refusals;
    size_t refusals_capacity;
};

/** Errors: INTERNAL: the settings hold a mapping that mapping_check() would not take. */
enum status foreign_batch_init(struct foreign_batch *batch, struct arena *arena,
                               const struct translate_settings *settings, struct error *error) MUST_CHECK;
void foreign_batch_done(struct foreign_batch *batch);

/**
 * foreign_batch_add(batch, event, index, error):
 * The message of an event, unless the mapping ignores its type.
 * Errors   those of foreign_message(), and TOO_LARGE over MESSAGE_BYTES_MAX; nothing is added then.
 */
enum status foreign_batch_add(struct foreign_batch *batch, const struct foreign *event, size_t index,
                              struct error *error) MUST_CHECK;

/** Item ${index} is refused for ${error}, whose pointer starts at the item. */
void foreign_batch_refuse(struct foreign_batch *batch, size_t index, struct span message_id,
                          const struct error *error);

/** All of it, or NOTHING when there is no message. Errors: TOO_LARGE. */
enum status foreign_batch_finish(struct foreign_batch *batch, struct translation *out,
                                 struct error *error) MUST_CHECK;

/**
 * foreign_message_id(arena, prefix, one, other):
 * PREFIX:ONE OTHER, or (when that is too long, or ambiguous) PREFIX:HASH.
 */
struct span foreign_message_id(struct arena *arena, const char *prefix, struct span one, struct span other);

/** "application/json" of "Application/JSON; charset=utf-8". */
struct span foreign_media_type(struct arena *arena, struct span header);
/** No type at all, or one whose documents are JSON. */
bool foreign_is_json(struct span media_type);

/**
 * foreign_header(arena, value, out):
 * The value of a CloudEvents header: undone if all of it is a quoted string, then one round of
 * percent-decoding. False when that is not UTF-8, or holds control characters.
 */
bool foreign_header(struct arena *arena, struct span value, struct span *out) MUST_CHECK;

#endif
