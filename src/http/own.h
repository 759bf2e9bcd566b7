#ifndef SRC_HTTP_OWN_H
#define SRC_HTTP_OWN_H

#include "http/handler.h"

/** What the service says about itself, without a key. */
enum status get_healthz(const struct request *request, struct reply *reply, struct error *error);
enum status get_readyz(const struct request *request, struct reply *reply, struct error *error);
enum status get_metrics(const struct request *request, struct reply *reply, struct error *error);
enum status get_openapi(const struct request *request, struct reply *reply, struct error *error);
enum status get_problem(const struct request *request, struct reply *reply, struct error *error);

#endif
