#ifndef WIRE_DEFAULTS_H
#define WIRE_DEFAULTS_H

#include "base/arena.h"

/** What a source says once for all messages that do not say it themselves. n = 0: nothing. */
struct message_defaults {
    struct span channel;  /* context.channel */
    struct span currency; /* properties.currency of messages with an amount */
};

/**
 * defaults_apply(arena, body, is_batch, defaults):
 * ${body}, a message or a batch of the Segment spec, with the defaults written where they are lacking; all else stays
 * byte for byte, and what is no such body stays as it is, to be refused by envelope_parse(). A message's channel may
 * stand in its context, that of its batch, beside it or in its properties.
 * Owns     the result, in ${arena}, or ${body} itself when nothing was lacking.
 */
struct span defaults_apply(struct arena *arena, struct span body, bool is_batch,
                           const struct message_defaults *defaults);

#endif
