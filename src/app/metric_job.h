#ifndef SRC_APP_METRIC_JOB_H
#define SRC_APP_METRIC_JOB_H

#include "app/metric.h"
#include "core/tally.h"
#include "tally_read.h"
#include "wire/metric_table.h"

/**
 * Private to app/: what an evaluator of a metric is given and what helps it. It finds the query read and checked against the
 * catalogue, says its columns, reads tallies and fills the table; as_of, lag, ETag, formats and the cache are the frame's.
 */
struct metric_job {
    struct session *session;
    const struct shop *shop;
    const struct definitions *definitions;
    const struct metric_info *metric;
    const struct metric_request *request;
    struct arena *arena; /* the session's */
    usec_t now;
    usec_t as_of;  /* of the answer: ${now}, unless the evaluator tells of another instant */
    int64_t today; /* the shop's */
    /* the range; when there is none (${has_range} is false) only today and now are asked for */
    bool has_range;
    bool is_given;   /* the query told it */
    bool is_all;     /* DEFAULT_ALL: from_day is the least day there can be */
    usec_t from, to; /* of METRIC_TAKES_INSTANTS; else the midnights of the days */
    bool is_exact;   /* both are midnights */
    int64_t from_day;
    int64_t to_day;  /* the first day that is left out: at most tomorrow, days that have not begun are cut off */
    enum metric_interval interval;
    enum grain grain;   /* of DAY, WEEK, MONTH */
    unsigned groups;    /* BY_... */
    const struct model *model;     /* NULL: all in force */
    const struct segment *segment; /* NULL: not asked for */
    struct metric_table *table;
    struct tally_state state; /* of what was read; of several reads the least */
    bool has_read;
};

typedef enum status metric_evaluator(struct metric_job *job, struct error *error);
#define X(NAME, name) metric_evaluator evaluate_##name;
METRIC_TABLE(X)
#undef X

/* --- the query ------------------------------------------------------------------------------------------------- */

/** A parameter of the metric's own; n = 0: not told. */
struct span metric_parameter(const struct metric_job *job, const char *name);
/** A whole number. Errors INVALID_PARAMETER. */
enum status metric_parameter_int(const struct metric_job *job, const char *name, int64_t least, int64_t most,
                                 int64_t fallback, int64_t *out, struct error *error) MUST_CHECK;
/** Which of ${n} words; the first unless told. Errors INVALID_PARAMETER: names them. */
enum status metric_parameter_word(const struct metric_job *job, const char *name, const char *const *words, size_t n,
                                  size_t *out, struct error *error) MUST_CHECK;

/** Are from and to first days of months (to: or in the future)? ${what}, such as "by stage", they must be. Errors CANNOT_ANSWER. */
enum status metric_months_check(const struct metric_job *job, const char *what, struct error *error) MUST_CHECK;

/* --- periods: the rows of time --------------------------------------------------------------------------------- */

/** How many periods of the interval the range has (TOTAL: 1): those that have begun. */
size_t metric_periods(const struct metric_job *job);
/** The first day of period ${n} as rows tell it: not cut off by the range. */
int64_t metric_period_day(const struct metric_job *job, size_t n);
/** In which period of the range ${day} lies; the caller knows that it does. */
size_t metric_period_of(const struct metric_job *job, int64_t day);
/** Is the period over, and wholly in the range? */
bool metric_period_is_complete(const struct metric_job *job, size_t n);

/* --- columns and rows ------------------------------------------------------------------------------------------ */

/**
 * metric_columns(job, parts):
 * The columns of the answer: of time (`time`, `day` or `period`, `complete`; not when the interval is TOTAL), of group_by, and those of
 * the catalogue whose parts are 0 or among ${parts}. The others do the second and the last of these alone.
 */
void metric_columns(struct metric_job *job, unsigned parts);
void metric_columns_groups(struct metric_job *job);
void metric_columns_own(struct metric_job *job, unsigned parts);
/** The cells of time of period ${n}: none when the interval is TOTAL. */
void metric_row_period(struct metric_job *job, size_t n);
/** Would ${n} rows be too many? To be asked before they are made. Errors TOO_MANY_GROUPS. */
enum status metric_rows_check(size_t n, struct error *error) MUST_CHECK;
/** `time` and a date of this name: of any day. */
void metric_row_day(struct metric_job *job, const char *name, int64_t day);

/* --- reading --------------------------------------------------------------------------------------------------- */

/** tallies_read() into ${out}, which is made here; notes how fresh it is. */
enum status metric_read(struct metric_job *job, const struct tally_range *ranges, size_t n, struct tallies *out,
                        struct error *error) MUST_CHECK;

/**
 * The same of cubes whose ranges are those of the periods: ${cubes} tell the cube and a. Longer periods than a day come as one
 * row each, whose day lies in them.
 */
enum status metric_read_periods(struct metric_job *job, const struct tally_range *cubes, size_t n, struct tallies *out,
                                struct error *error) MUST_CHECK;

/**
 * Sums by period and up to two further keys (hashes of texts): what an evaluator adds rows of tallies up in. Which sum is
 * which is the evaluator's.
 */
#define METRIC_SUMS 16
struct metric_sum {
    int64_t period; /* of the range: metric_period_of(); or what the evaluator takes for one */
    int64_t x, y;
    struct span x_text, y_text; /* after metric_sums_finish(); p = NULL: of 0 */
    int64_t n[METRIC_SUMS];
};
struct metric_sums {
    struct arena *arena;
    struct metric_sum *rows;
    size_t n, capacity;
    uint32_t *places;
    size_t n_places;
};
void metric_sums_init(struct metric_sums *sums, struct arena *arena);
/** The sums of this key, which are there from now on. Borrowed until the next call. */
int64_t *metric_sums_at(struct metric_sums *sums, int64_t period, int64_t x, int64_t y);
/** The same, of a source: what of ${channel} and ${campaign} is not in group_by is left out. */
int64_t *metric_sums_source(const struct metric_job *job, struct metric_sums *sums, int64_t period, int64_t channel,
                            int64_t campaign);

/**
 * metric_sums_finish(job, sums, fills, error):
 * Make the sums rows of an answer, in order of period and then of the texts of x and y, which are read here. With ${fills} there is a row
 * for each period of the range and each pair (x, y) that occurs in one of them (without group_by: for each period).
 * Errors   those of terms_read(); TOO_MANY_GROUPS.
 */
enum status metric_sums_finish(struct metric_job *job, struct metric_sums *sums, bool fills,
                               struct error *error) MUST_CHECK;
/** The cells of time and of group_by: channel, campaign, country, category, product, reason, in this order x and y. */
void metric_row_sum(struct metric_job *job, const struct metric_sum *sum);

/** The texts of hashes, after metric_terms_load(): p = NULL: of 0, or not known. */
struct metric_terms {
    struct known_term {
        int64_t hash;
        struct term term;
    } *rows; /* by hash */
    size_t n;
};
enum status metric_terms_load(struct metric_job *job, const int64_t *hashes, size_t n, struct metric_terms *out,
                              struct error *error) MUST_CHECK;
struct span metric_term(const struct metric_terms *terms, int64_t hash);
/** Of a product: its name. */
struct span metric_term_label(const struct metric_terms *terms, int64_t hash);

/** By what a product, or a category (in whatever case), is known that a query names. */
int64_t metric_item_hash(struct arena *arena, struct span text, bool is_category);
/** Did anybody ever buy it? A text may be known as a channel or a reason alone. Errors CANNOT_ANSWER: nobody; those of metric_read(). */
enum status metric_item_check(struct metric_job *job, int64_t hash, bool is_category, struct error *error) MUST_CHECK;

/** What was paid for advertising. */
struct metric_spend {
    int64_t day;
    int64_t channel, campaign;
    int64_t amount, impressions, clicks;
};
/** Of the range, by days; of longer periods as one each, as metric_read_periods() has them. Errors those of db_sync(). */
enum status metric_spend_read(struct metric_job *job, struct metric_spend **out, size_t *n,
                              struct error *error) MUST_CHECK;

#endif
