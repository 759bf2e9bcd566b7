#ifndef SRC_HTTP_SDK_H
#define SRC_HTTP_SDK_H

#include "http/handler.h"

/** What Segment's SDK for browsers asks besides sending messages. */

/** Its settings: that messages go to this host. Errors BAD_REQUEST: the host that was called is not told. */
inline_handler get_sdk_settings;
/** What it counts of itself: nobody wants it. */
inline_handler drop_sdk_metrics;

#endif
