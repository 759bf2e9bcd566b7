#ifndef APP_DEFINITION_VIEW_H
#define APP_DEFINITION_VIEW_H

#include "app/publish.h"
#include "wire/definition.h"

/** Reading models and segments; app/publish.h changes them. */

/** The models in force, by number. */
enum status models_list(struct session *session, const struct shop *shop, struct model_line **lines, size_t *n,
                        struct error *error) MUST_CHECK;

struct model_reply {
    struct model_line line;
    struct progress progress;
};
/** Errors   NOT_FOUND. */
enum status model_get(struct session *session, const struct shop *shop, struct span key, struct model_reply *out,
                      struct error *error) MUST_CHECK;

/** The segments in force, by number, with how many customers are members of each. */
enum status segments_list(struct session *session, const struct shop *shop, struct segment_line **lines, size_t *n,
                          struct error *error) MUST_CHECK;

struct segment_reply {
    struct segment_line line;
    struct progress progress;
    usec_t as_of;
};
/** Errors   NOT_FOUND. */
enum status segment_get(struct session *session, const struct shop *shop, struct span key, struct segment_reply *out,
                        struct error *error) MUST_CHECK;

/**
 * definition_put(session, shop, publication, version, is_created, error):
 * definition_publish(), and whether nothing was in force under this key before.
 */
enum status definition_put(struct session *session, const struct shop *shop, const struct publication *publication,
                           int *version, bool *is_created, struct error *error) MUST_CHECK;

#endif
