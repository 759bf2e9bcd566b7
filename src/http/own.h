#ifndef SRC_HTTP_OWN_H
#define SRC_HTTP_OWN_H

#include "http/handler.h"

/** What the service says about itself, without a key. */
inline_handler get_healthz, get_readyz, get_metrics, get_openapi, get_problem;

#endif
