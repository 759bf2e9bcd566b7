#include "wire/metric.h"

#include "crypto/digest.h"
#include "wire/customer.h"

static void print_head(struct buf *buf, const struct metric_head *head)
{
    buf_text(buf, "{\"as_of\":");
    buf_json_time(buf, head->as_of);
    buf_text(buf, ",\"lag_seconds\":");
    buf_printf(buf, "%.3f", (double)head->lag / (double)USEC_PER_SEC);
    buf_text(buf, ",\"currency\":");
    buf_json_string(buf, span_of(head->shop->currency));
    buf_text(buf, ",\"data\":[");
}

static uint64_t print_end(struct buf *buf, size_t start)
{
    buf_char(buf, ']');
    uint64_t hash = hash64((struct span){buf->p + start, buf->n - start});
    buf_char(buf, '}');
    return hash;
}

static void print_key(struct buf *buf, const struct stage *stage)
{
    if (stage)
        buf_json_string(buf, span_of(stage->key));
    else
        buf_text(buf, "null");
}

static void print_role(struct buf *buf, const struct stage *stage)
{
    if (stage)
        buf_json_string(buf, span_of(role_name(stage->role)));
    else
        buf_text(buf, "null");
}

uint64_t stage_metrics_print(struct buf *buf, const struct metric_head *head, const struct stage_metric *rows, size_t n)
{
    print_head(buf, head);
    size_t start = buf->n;
    for (size_t i = 0; i < n; i++) {
        const struct stage_metric *row = &rows[i];
        buf_text(buf, i ? ",{" : "{");
        if (row->day != NONE) {
            int year, month, mday;
            day_to_date(row->day, &year, &month, &mday);
            buf_printf(buf, "\"day\":\"%04d-%02d-%02d\",", year, month, mday);
        }
        buf_text(buf, "\"model\":");
        buf_json_string(buf, span_of(row->model->key));
        buf_text(buf, ",\"stage\":");
        print_key(buf, row->stage);
        buf_text(buf, ",\"role\":");
        print_role(buf, row->stage);
        if (row->day == NONE) {
            buf_text(buf, ",\"name\":");
            names_print(buf, row->stage->name_zh, row->stage->name_en);
        }
        buf_text(buf, ",\"customers\":");
        buf_int(buf, row->customers);
        buf_char(buf, '}');
    }
    return print_end(buf, start);
}

uint64_t transition_metrics_print(struct buf *buf, const struct metric_head *head, const struct transition_metric *rows,
                                  size_t n)
{
    print_head(buf, head);
    size_t start = buf->n;
    for (size_t i = 0; i < n; i++) {
        buf_text(buf, i ? ",{\"model\":" : "{\"model\":");
        buf_json_string(buf, span_of(rows[i].model->key));
        buf_text(buf, ",\"from\":");
        print_key(buf, rows[i].from);
        buf_text(buf, ",\"to\":");
        print_key(buf, rows[i].to);
        buf_text(buf, ",\"from_role\":");
        print_role(buf, rows[i].from);
        buf_text(buf, ",\"to_role\":");
        print_role(buf, rows[i].to);
        buf_text(buf, ",\"customers\":");
        buf_int(buf, rows[i].customers);
        buf_char(buf, '}');
    }
    return print_end(buf, start);
}
