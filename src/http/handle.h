#ifndef SRC_HTTP_HANDLE_H
#define SRC_HTTP_HANDLE_H

#include "core/identity.h"
#include "http/handler.h"

/** The handlers of reading and defining, a file a noun; routes.c says when they are called. */

/* handle_customer.c */
group_handler get_customer;
read_handler list_customers, list_customer_events, list_customer_orders, list_customer_transitions;

/* handle_people.c */
read_handler get_customer_identities, merge_customers, unmerge_customer, erase_customer, export_customer,
    list_erasures, get_erasure, list_privacy_requests;

/* handle_change.c */
read_handler list_changes, list_segment_changes, stream_changes, create_stream_ticket;

/* handle_explain.c */
read_handler get_customer_explanation;
read_handler list_customer_recommendations;

/* handle_segment.c */
read_handler list_segments, get_segment, put_segment, delete_segment, list_segment_customers, preview_segment;

/* handle_model.c */
read_handler list_models, get_model, put_model, delete_model;
inline_handler list_model_presets;

/* handle_metric.c */
read_handler get_metric, list_refusals;
kept_handler kept_get_metric;
inline_handler list_metrics, list_facts;

/* handle_spend.c */
read_handler post_spend, list_spend;

/* handle_score.c */
read_handler get_score_parameters, get_score_accuracy, get_customer_scores, run_score_fit;

/* handle_source.c */
read_handler list_sources, create_source, get_source, patch_source, delete_source, rotate_source,
    list_source_messages;

/* handle_settings.c */
read_handler get_settings, patch_settings;

/* handle_endpoint.c */
read_handler list_webhook_endpoints, create_webhook_endpoint, get_webhook_endpoint, patch_webhook_endpoint,
    delete_webhook_endpoint, rotate_webhook_endpoint, pause_webhook_endpoint, resume_webhook_endpoint,
    test_webhook_endpoint, recover_webhook_endpoint;

/* handle_delivery.c */
read_handler list_webhook_deliveries, get_webhook_delivery, resend_webhook_delivery, list_webhook_samples;

/* handle_due.c */
read_handler list_due;

/* handle.c: what several of them share */

#define PAGE_DEFAULT 50
#define PAGE_MOST 1000

/** The text of a query parameter; n = 0 when it was not sent or is empty. */
struct span query_text(const struct request *request, const char *name);
/** `limit`. Errors INVALID_PARAMETER. */
enum status query_limit(const struct request *request, int64_t fallback, int64_t most, size_t *out,
                        struct error *error) MUST_CHECK;
/** The path's {id}, of ${what}. Errors NOT_FOUND: it is no id. */
enum status request_id(const struct request *request, const char *what, struct uuid *out,
                       struct error *error) MUST_CHECK;
/**
 * request_customer(request, id, by, error):
 * The path's {id} and what `by` says it is (IDENTITY_NONE: nothing); an e-mail address or a telephone number becomes
 * its hash here. Errors INVALID_PARAMETER, without the value.
 */
enum status request_customer(const struct request *request, struct span *id, enum identity_kind *by,
                             struct error *error) MUST_CHECK;
/** 201 with `Location: ${path}/ID`. */
void reply_created(struct reply *reply, const char *path, const struct uuid *id);
/** `Link: <...>; rel="next"`: the same request with this cursor. Nothing when it is empty. */
void reply_next(struct reply *reply, struct span cursor);
/** A comma, unless nothing stands before it in its list. */
void reply_separate(struct reply *reply);
/** The end of a list whose lines were printed: has_more, next_cursor, as_of (of which the ETag knows nothing), Link. */
void reply_page_end(struct reply *reply, struct span next, usec_t as_of);
/** The version in If-Match, as app/version.h has it. */
int64_t request_version(const struct request *request);

#endif
