#ifndef SRC_HTTP_HANDLE_H
#define SRC_HTTP_HANDLE_H

#include "core/identity.h"
#include "http/handler.h"

/** The handlers of reading and defining, a file a noun; routes.c says when they are called. */

/* handle_customer.c */
void get_customer(struct session *session, struct call **calls, size_t n);
enum status list_customers(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error);
enum status list_customer_events(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);
enum status list_customer_orders(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);
enum status list_customer_transitions(struct session *session, const struct request *request, struct reply *reply,
                                      struct error *error);

/* handle_people.c */
enum status get_customer_identities(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error);
enum status merge_customers(struct session *session, const struct request *request, struct reply *reply,
                            struct error *error);
enum status unmerge_customer(struct session *session, const struct request *request, struct reply *reply,
                             struct error *error);
enum status erase_customer(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error);
enum status export_customer(struct session *session, const struct request *request, struct reply *reply,
                            struct error *error);
enum status list_erasures(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error);
enum status get_erasure(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error);
enum status list_privacy_requests(struct session *session, const struct request *request, struct reply *reply,
                                  struct error *error);

/* handle_change.c */
enum status list_changes(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error);
enum status list_segment_changes(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);
enum status stream_changes(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error);
enum status create_stream_ticket(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);

/* handle_explain.c */
enum status get_customer_explanation(struct session *session, const struct request *request, struct reply *reply,
                                     struct error *error);

/* handle_segment.c */
enum status list_segments(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error);
enum status get_segment(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error);
enum status put_segment(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error);
enum status delete_segment(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error);
enum status list_segment_customers(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error);
enum status preview_segment(struct session *session, const struct request *request, struct reply *reply,
                            struct error *error);

/* handle_model.c */
enum status list_models(struct session *session, const struct request *request, struct reply *reply,
                        struct error *error);
enum status list_model_presets(const struct request *request, struct reply *reply, struct error *error);
enum status get_model(struct session *session, const struct request *request, struct reply *reply, struct error *error);
enum status put_model(struct session *session, const struct request *request, struct reply *reply, struct error *error);
enum status delete_model(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error);

/* handle_metric.c */
enum status get_stage_metrics(struct session *session, const struct request *request, struct reply *reply,
                              struct error *error);
enum status get_transition_metrics(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error);
enum status list_facts(const struct request *request, struct reply *reply, struct error *error);
enum status list_refusals(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error);

/* handle_source.c */
enum status list_sources(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error);
enum status create_source(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error);
enum status get_source(struct session *session, const struct request *request, struct reply *reply,
                       struct error *error);
enum status patch_source(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error);
enum status delete_source(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error);
enum status rotate_source(struct session *session, const struct request *request, struct reply *reply,
                          struct error *error);
enum status list_source_messages(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);

/* handle_settings.c */
enum status get_settings(struct session *session, const struct request *request, struct reply *reply,
                         struct error *error);
enum status patch_settings(struct session *session, const struct request *request, struct reply *reply,
                           struct error *error);

/* handle_endpoint.c */
enum status list_webhook_endpoints(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error);
enum status create_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error);
enum status get_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);
enum status patch_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error);
enum status delete_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error);
enum status rotate_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error);
enum status pause_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                   struct error *error);
enum status resume_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error);
enum status test_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                  struct error *error);
enum status recover_webhook_endpoint(struct session *session, const struct request *request, struct reply *reply,
                                     struct error *error);

/* handle_delivery.c */
enum status list_webhook_deliveries(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error);
enum status get_webhook_delivery(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);
enum status resend_webhook_delivery(struct session *session, const struct request *request, struct reply *reply,
                                    struct error *error);
enum status list_webhook_samples(struct session *session, const struct request *request, struct reply *reply,
                                 struct error *error);
/* handle_due.c */
enum status list_due(struct session *session, const struct request *request, struct reply *reply, struct error *error);

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
