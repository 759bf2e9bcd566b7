#ifndef TESTS_SUPPORT_TRANSLATED_H
#define TESTS_SUPPORT_TRANSLATED_H

#include "wire/message.h"
#include "wire/translate.h"

/** What must hold of a translator whatever it is given. */

typedef enum status translator(struct arena *arena, const struct translate_request *request,
                               const struct translate_settings *settings, struct translation *out,
                               struct error *error);

/** When everything here is received: 2026-11-21T18:00:00Z. */
#define TRANSLATED_AT INT64_C(1795284000000000)

/**
 * translated_fault(arena, function, topic, body, settings, shop, status):
 * Translate ${body}, decode what becomes of it beside two good messages, and look at every outcome: it is one
 * of the documented ones; a refusal is the caller's, points to a place as RFC 6901 has it, and quotes
 * nobody's e-mail; a batch is one that envelope_parse() takes, and its neighbours are understood; the same
 * again gives the same. Returns NULL, or what is wrong. ${status} says how the translation went.
 */
const char *translated_fault(struct arena *arena, translator *function, struct span topic, struct span body,
                             const struct translate_settings *settings, const struct shop *shop,
                             enum status *status);

/** The same of a body that is no shop system's: one message, or a batch. */
const char *decoded_fault(struct arena *arena, struct span body, bool is_batch, const char *type,
                          const struct shop *shop, enum status *status);

#endif
