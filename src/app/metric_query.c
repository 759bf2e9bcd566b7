#include "metric_query.h"

#include "range.h"

#include <stdio.h>
#include <stdlib.h>

/* A request read and held to the catalogue. */

/* From and to of what is kept for ever. */
#define FIRST_DAY (-719162) /* 0001-01-01 */

struct span metric_parameter(const struct metric_job *job, const char *name)
{
    const struct metric_request *request = job->request;
    for (size_t i = 0; i < request->n_parameters; i++)
        if (span_is(request->parameters[i].name, name))
            return request->parameters[i].value;
    return (struct span){"", 0};
}

static enum status invalid(struct error *error, const char *name, const char *expected)
{
    return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is %s", name, expected);
}

enum status metric_parameter_int(const struct metric_job *job, const char *name, int64_t least, int64_t most,
                                 int64_t fallback, int64_t *out, struct error *error)
{
    struct span text = metric_parameter(job, name);
    char digits[24] = "", *end = digits;
    if (text.n == 0) {
        *out = fallback;
        return STATUS_OK;
    }
    if (text.n < sizeof(digits) && text.p[0] != ' ')
        memcpy(digits, text.p, text.n);
    long long n = strtoll(digits, &end, 10);
    if (end == digits || *end || n < least || n > most)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "%s is a whole number from %lld to %lld", name,
                         (long long)least, (long long)most);
    *out = n;
    return STATUS_OK;
}

enum status metric_parameter_word(const struct metric_job *job, const char *name, const char *const *words, size_t n,
                                  size_t *out, struct error *error)
{
    struct span text = metric_parameter(job, name);
    char expected[256] = "";
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        if (span_is(text, words[i]) || (i == 0 && text.n == 0)) {
            *out = i;
            return STATUS_OK;
        }
        length += (size_t)snprintf(expected + length, sizeof(expected) - length, "%s%s",
                                   i == 0 ? "" : i + 1 == n ? " or " : ", ", words[i]);
    }
    return invalid(error, name, expected);
}

/* --- what the metric knows --------------------------------------------------------------------------------------- */

static enum status check_names(const struct metric_job *job, struct error *error)
{
    const struct metric_info *info = job->metric;
    const struct metric_request *request = job->request;
    for (size_t i = 0; i < request->n_parameters; i++)
        if (!metric_has_parameter(info, request->parameters[i].name))
            return error_set(error, STATUS_INVALID_PARAMETER, "", "the metric %s does not know %.*s; it knows %s%sgroup_by%s%s",
                             info->name, (int)request->parameters[i].name.n, request->parameters[i].name.p,
                             info->flags & METRIC_NO_RANGE ? "" : "from, to, ", info->intervals ? "interval, " : "",
                             info->parameters[0] ? "," : "", info->parameters);
    return STATUS_OK;
}

static enum status read_groups(struct metric_job *job, struct error *error)
{
    char sets[400] = "", set[METRIC_SET_TEXT];
    size_t n = 0;
    if (!metric_set_read(metric_parameter(job, "group_by"), &job->groups)) {
        metric_set_print((1u << METRIC_DIMENSIONS) - 1, set);
        return error_set(error, STATUS_INVALID_PARAMETER, "", "group_by is a list, each once and commas between them, of %s", set);
    }
    if (metric_can_group(job->metric, job->groups))
        return STATUS_OK;
    for (size_t i = 0; i < METRIC_GROUPS_MAX && job->metric->groups[i] && n < sizeof(sets); i++) {
        metric_set_print(job->metric->groups[i], set);
        n += (size_t)snprintf(sets + n, sizeof(sets) - n, "%s%s", i ? "; " : ": ", set);
    }
    return error_set(error, STATUS_CANNOT_COMBINE, "", n ? "the metric %s can be broken down by one of%s" : "the metric %s cannot be broken down",
                     job->metric->name, sets);
}

static enum status read_definitions(struct metric_job *job, struct error *error)
{
    struct span model = metric_parameter(job, "model"), segment = metric_parameter(job, "segment");
    if (model.n) {
        job->model = definitions_model(job->definitions, model, job->now);
        if (job->model == NULL)
            return error_set(error, STATUS_INVALID_PARAMETER, "", "model: no model in force has this key");
    }
    if (segment.n) {
        job->segment = definitions_segment(job->definitions, segment, job->now);
        if (job->segment == NULL)
            return error_set(error, STATUS_INVALID_PARAMETER, "", "segment: no segment in force has this key");
    }
    return STATUS_OK;
}

/* --- time -------------------------------------------------------------------------------------------------------- */

static enum status read_interval(struct metric_job *job, struct error *error)
{
    struct span text = metric_parameter(job, "interval");
    unsigned known = job->metric->intervals;
    char expected[64] = "";
    size_t n = 0;
    job->interval = known ? job->metric->interval : INTERVAL_TOTAL;
    bool is_word = text.n == 0, is_known = text.n == 0;
    for (int i = 0; i < METRIC_INTERVALS && text.n; i++) {
        bool is_this = span_is(text, metric_interval_name((enum metric_interval)i));
        is_word = is_word || is_this;
        if (!(known >> i & 1))
            continue;
        if (is_this) {
            job->interval = (enum metric_interval)i;
            is_known = true;
        }
        n += (size_t)snprintf(expected + n, sizeof(expected) - n, "%s%s", n ? ", " : "",
                              metric_interval_name((enum metric_interval)i));
    }
    if (!is_word)
        return invalid(error, "interval", "day, week, month or total");
    if (!is_known)
        return error_set(error, STATUS_CANNOT_ANSWER, "", "the metric %s is told by interval=%s", job->metric->name, expected);
    job->grain = job->interval == INTERVAL_WEEK ? GRAIN_WEEK : job->interval == INTERVAL_MONTH ? GRAIN_MONTH : GRAIN_DAY;
    return STATUS_OK;
}

static void take_default(struct metric_job *job)
{
    const struct calendar *calendar = job->shop->calendar;
    job->has_range = job->metric->range != DEFAULT_NOW;
    job->to_day = job->today + 1;
    job->to = calendar_midnight(calendar, job->to_day);
    job->is_exact = true;
    job->from_day = job->today;
    switch (job->metric->range) {
    case DEFAULT_NOW: break;
    case DEFAULT_ALL:
        job->is_all = true;
        job->from_day = FIRST_DAY;
        break;
    case DEFAULT_MONTHS: job->from_day = period_add(GRAIN_MONTH, job->today, -12); break;
    case DEFAULT_RECENT:
        job->from_day = job->interval == INTERVAL_DAY || job->interval == INTERVAL_TOTAL
                            ? job->today - 29
                            : period_add(job->grain, job->today, -12);
        break;
    }
    job->from = job->is_all ? TIME_MIN : calendar_midnight(calendar, job->from_day);
}

/* Periods that cannot be divided: their first days, or an end that has not come yet. */
static enum status check_periods(const struct metric_job *job, int64_t to_day, struct error *error)
{
    static const char *const words[] = {"days", "weeks, which begin on Mondays", "months"};
    enum grain grain = job->metric->flags & METRIC_WHOLE_MONTHS ? GRAIN_MONTH : job->grain;
    bool begins = period_begin(grain, job->from_day) == job->from_day;
    bool ends = to_day > job->today || period_begin(grain, to_day) == to_day;
    char day[DATE_TEXT];
    if (begins && ends)
        return STATUS_OK;
    date_print(period_begin(grain, begins ? to_day : job->from_day), day);
    return error_set(error, STATUS_CANNOT_ANSWER, "", "the metric %s counts by whole %s: %s is the first day of one, such as %s%s",
                     job->metric->name, words[grain], begins ? "to" : "from", day, begins ? ", or lies in the future" : "");
}

enum status metric_months_check(const struct metric_job *job, const char *what, struct error *error)
{
    bool begins = period_begin(GRAIN_MONTH, job->from_day) == job->from_day;
    bool ends = job->to_day > job->today || period_begin(GRAIN_MONTH, job->to_day) == job->to_day;
    if (begins && ends)
        return STATUS_OK;
    return error_set(error, STATUS_CANNOT_ANSWER, "",
                     "%s the metric %s counts by whole months: from is the first day of one; so is to, or it lies in the future", what,
                     job->metric->name);
}

static enum status check_range(const struct metric_job *job, int64_t to_day, struct error *error)
{
    unsigned flags = job->metric->flags;
    if (job->from >= job->to)
        return error_set(error, STATUS_CANNOT_ANSWER, "", "from and to are the same: to is the first day that is left out");
    if (!job->is_exact && !(flags & METRIC_TAKES_INSTANTS))
        return error_set(error, STATUS_CANNOT_ANSWER, "",
                         "the metric %s counts by whole days of the shop: from and to are dates, or the instants at which a day "
                         "begins in %s",
                         job->metric->name, job->shop->timezone);
    if (job->from > job->now)
        return error_set(error, STATUS_CANNOT_ANSWER, "", "from lies in the future: nothing has happened then");
    return flags & (METRIC_WHOLE_PERIODS | METRIC_WHOLE_MONTHS) ? check_periods(job, to_day, error) : STATUS_OK;
}

static enum status read_range(struct metric_job *job, struct error *error)
{
    struct range range;
    enum status status = range_read(job->shop, metric_parameter(job, "from"), metric_parameter(job, "to"), job->now, &range, error);
    take_default(job);
    if (status != STATUS_OK || !range.is_given)
        return status;
    job->has_range = job->is_given = true;
    job->is_all = false;
    job->is_exact = range.is_exact;
    job->from = range.from;
    job->to = range.to;
    job->from_day = range.from_day;
    job->to_day = range.to_day <= job->today ? range.to_day : job->today + 1;
    return check_range(job, range.to_day, error);
}

enum status metric_query_read(struct metric_job *job, struct error *error)
{
    enum status status = check_names(job, error);
    if (status == STATUS_OK)
        status = read_interval(job, error);
    if (status == STATUS_OK && !(job->metric->flags & METRIC_NO_RANGE))
        status = read_range(job, error);
    if (status == STATUS_OK)
        status = read_groups(job, error);
    return status == STATUS_OK ? read_definitions(job, error) : status;
}
