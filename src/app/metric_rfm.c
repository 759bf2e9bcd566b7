#include "app/rfm_view.h"
#include "metric_job.h"

/* The metric rfm: rows of what rfm_count() tells, and all of it before them. */

static void cell_rfm(struct metric_table *table, const struct rfm_count *count)
{
    cell_int(table, "customers", count->customers);
    cell_money(table, "revenue", count->revenue);
}

static enum status put_grid(struct metric_table *table, const struct rfm_metrics *metrics, struct error *error)
{
    for (int r = RFM_SCORES; r >= 1; r--) {
        for (int f = RFM_SCORES; f >= 1; f--) {
            cell_int(table, "r", r);
            cell_int(table, "f", f);
            cell_rfm(table, &metrics->grid[r - 1][f - 1]);
            enum status status = metric_row_end(table, error);
            if (status != STATUS_OK)
                return status;
        }
    }
    return STATUS_OK;
}

static enum status put_segments(struct metric_table *table, const struct rfm_metrics *metrics, struct error *error)
{
    enum status status = STATUS_OK;
    for (int i = 0; i < RFM_SEGMENTS && status == STATUS_OK; i++) {
        cell_text(table, "segment", span_of(rfm_segments[i].key));
        cell_names(table, "name", rfm_segments[i].zh, rfm_segments[i].en);
        cell_rfm(table, &metrics->segments[i]);
        status = metric_row_end(table, error);
    }
    return status;
}

enum status evaluate_rfm(struct metric_job *job, struct error *error)
{
    struct rfm_metrics metrics;
    struct rfm_query query = {.shop = job->shop,
                              .at = metric_parameter(job, "at"),
                              .from = metric_parameter(job, "from"),
                              .to = metric_parameter(job, "to")};
    bool by_segment = job->groups & BY_SEGMENT;
    metric_columns(job, by_segment ? PART_NAME : PART_SCORES);
    enum status status = rfm_count(job->session, &query, &metrics, error);
    if (status != STATUS_OK)
        return status;
    job->as_of = metrics.as_of;
    rfm_metrics_tell(job->table, &metrics);
    if (metrics.rfm == NULL)
        return STATUS_OK;
    return by_segment ? put_segments(job->table, &metrics, error) : put_grid(job->table, &metrics, error);
}
