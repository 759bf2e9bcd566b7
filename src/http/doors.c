#include "door.h"

/*
 * Who sends with what words. `taken` is what the SDKs of the dialect look for in a reply, if they look at
 * all.
 */
#define SEGMENT .too_large = STATUS_TOO_LARGE, .taken = "\"success\":true"

const struct door door_track = {.type = "track", SEGMENT};
const struct door door_identify = {.type = "identify", SEGMENT};
const struct door door_page = {.type = "page", SEGMENT};
const struct door door_screen = {.type = "screen", SEGMENT};
const struct door door_group = {.type = "group", SEGMENT};
const struct door door_alias = {.type = "alias", SEGMENT};
const struct door door_batch = {.is_batch = true, SEGMENT};
/* its SDK sends the halves of a batch that was answered with 413 */
const struct door door_posthog = {
    .is_batch = true,
    .translate = posthog_translate,
    .too_large = STATUS_BODY_TOO_LARGE,
    .taken = "\"status\":1",
};
const struct door door_jitsu = {.too_large = STATUS_TOO_LARGE, .taken = "\"ok\":true"};
