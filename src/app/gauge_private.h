#ifndef SRC_APP_GAUGE_PRIVATE_H
#define SRC_APP_GAUGE_PRIVATE_H

#include "app/gauge.h"
#include "app/session.h"

/** The latest reading; under the service's lock. */
struct gauges {
    struct gauge *rows;
    size_t n;
    usec_t read_at;
    usec_t taken_at; /* the same, monotonic */
    usec_t asked_at; /* monotonic; 0: nobody has */
};

/** Read them if it is time, somebody asks, and there are few enough shops. ${next_at}: when it is time again; monotonic. */
void gauges_step(struct session *session, usec_t *next_at);
void gauges_done(struct gauges *gauges);

#endif
