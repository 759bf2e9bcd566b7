#ifndef SRC_HTTP_SDK_H
#define SRC_HTTP_SDK_H

#include "http/handler.h"

/** What Segment's SDK for browsers asks besides sending messages. */

/** Its settings: that messages go to this host. Errors BAD_REQUEST: the host that was called is not told. */
enum status get_sdk_settings(const struct request *request, struct reply *reply, struct error *error);
/** What it counts of itself: nobody wants it. */
enum status drop_sdk_metrics(const struct request *request, struct reply *reply, struct error *error);

#endif
