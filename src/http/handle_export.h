#ifndef SRC_HTTP_HANDLE_EXPORT_H
#define SRC_HTTP_HANDLE_EXPORT_H

#include "app/export.h"
#include "http/handler.h"

/**
 * Does ${request} ask for a table of all rather than a page, by ?format=, ?preset= or Accept? Errors INVALID_PARAMETER,
 * also of a page for which something is asked that only tables have; FORBIDDEN.
 */
enum status export_is_wanted(const struct request *request, bool *out, struct error *error) MUST_CHECK;

/** Does ${request} ask for a table, by ?format= or Accept? Errors INVALID_PARAMETER. */
enum status table_is_wanted(const struct request *request, bool *out, struct error *error) MUST_CHECK;
/** What a table's reply says of itself; ${name} is the file's, without what the format adds. */
void reply_table_headers(struct reply *reply, enum table_format format, usec_t at, const char *name);

/** What every table knows: format, limit (0: all); of CSV: guard (without a preset on unless it is asked for), bom. */
struct table_options {
    enum table_format format;
    size_t limit;
    bool guards;
    bool has_bom;
};
enum status table_options_read(const struct request *request, struct table_options *out,
                               struct error *error) MUST_CHECK;

/** What an exporter does after the reply has begun. */
struct table_work {
    void *what;
    enum status (*run)(void *what, struct session *session, export_write_fn write, void *context,
                       struct export_count *count, struct error *error);
    void (*free)(void *what);
    usec_t as_of;
};
/**
 * Answer with the table that ${work} writes; ${name} is the file's, without what the format adds. ${work}->what is freed
 * here or later, whatever comes back.
 */
enum status reply_table(struct reply *reply, const struct table_work *work, enum table_format format, const char *name,
                        struct error *error) MUST_CHECK;

/** Answer with all customers of ${query}; ${name} is the file's, to which a preset is added. */
enum status reply_export(struct session *session, const struct request *request, const struct customer_query *query,
                         const char *name, struct reply *reply, struct error *error) MUST_CHECK;
/** Answer with all customers of ${query}, if that is wanted, else with a page of them. */
enum status reply_customers(struct session *session, const struct request *request, struct customer_query *query,
                            const char *name, struct reply *reply, struct error *error) MUST_CHECK;

#endif
