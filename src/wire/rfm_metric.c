#include "wire/rfm_metric.h"

#include "core/money.h"
#include "wire/customer.h"
#include "wire/rfm.h"

#define NOTE_ZH "还没有 RFM 分界值：有足够多的下单客户后会自动计算，也可在设置 scores.rfm_bounds 中给定。"
#define NOTE_EN                                                                                              \
    "There are no RFM bounds yet: they are taken once enough customers have ordered, or given in the "      \
    "settings, scores.rfm_bounds."

static void print_count(struct buf *buf, const struct rfm_count *count, int exponent)
{
    char text[MONEY_TEXT];
    money_print(count->revenue, exponent, text);
    buf_printf(buf, "\"customers\":%lld,\"revenue\":\"%s\"", (long long)count->customers, text);
}

static void print_bounds(struct buf *buf, const struct rfm_metrics *m)
{
    if (m->rfm == NULL) {
        buf_text(buf, "null");
        return;
    }
    buf_printf(buf, "{\"version\":%d,\"mode\":\"%s\",", m->rfm->version, m->rfm->is_fixed ? "fixed" : "auto");
    rfm_bounds_print(buf, m->rfm, m->shop->exponent);
    if (m->rfm->is_fixed) {
        buf_text(buf, ",\"customers\":null,\"as_of\":null}");
        return;
    }
    int year, month, mday;
    day_to_date(m->rfm->as_of, &year, &month, &mday);
    buf_printf(buf, ",\"customers\":%lld,\"as_of\":\"%04d-%02d-%02d\"}",
               (long long)m->rfm->customers, year, month, mday);
}

static void print_grid(struct buf *buf, const struct rfm_metrics *m)
{
    buf_char(buf, '[');
    for (int r = m->rfm != NULL ? RFM_SCORES : 0; r >= 1; r--) {
        for (int f = RFM_SCORES; f >= 1; f--) {
            buf_printf(buf, "%s{\"r\":%d,\"f\":%d,", r == RFM_SCORES && f == RFM_SCORES ? "" : ",", r, f);
            print_count(buf, &m->grid[r - 1][f - 1], m->shop->exponent);
            buf_char(buf, '}');
        }
    }
    buf_char(buf, ']');
}

static void print_segments(struct buf *buf, const struct rfm_metrics *m)
{
    buf_char(buf, '[');
    for (int i = 0; i < (m->rfm != NULL ? RFM_SEGMENTS : 0); i++) {
        buf_printf(buf, "%s{\"segment\":\"%s\",\"name\":", i ? "," : "", rfm_segments[i].key);
        names_print(buf, rfm_segments[i].zh, rfm_segments[i].en);
        buf_char(buf, ',');
        print_count(buf, &m->segments[i], m->shop->exponent);
        buf_char(buf, '}');
    }
    buf_char(buf, ']');
}

/** Segments between which nobody moved are left out; those in which somebody stayed are there. */
static void print_moves(struct buf *buf, const struct rfm_metrics *m)
{
    bool is_first = true;
    for (int from = 0; from <= RFM_SEGMENTS; from++) {
        for (int to = 0; to < RFM_SEGMENTS; to++) {
            if (m->moves[from][to] == 0) {
                continue;
            }
            buf_text(buf, is_first ? "{\"from\":" : ",{\"from\":");
            is_first = false;
            if (from == RFM_SEGMENTS) {
                buf_text(buf, "null");
            } else {
                buf_printf(buf, "\"%s\"", rfm_segments[from].key);
            }
            buf_printf(buf, ",\"to\":\"%s\",\"customers\":%lld}", rfm_segments[to].key,
                       (long long)m->moves[from][to]);
        }
    }
}

static void print_movement(struct buf *buf, const struct rfm_metrics *m)
{
    if (!m->has_movement) {
        buf_text(buf, "null");
        return;
    }
    buf_text(buf, "{\"from\":");
    buf_json_time(buf, m->from);
    buf_text(buf, ",\"to\":");
    buf_json_time(buf, m->to);
    buf_text(buf, ",\"data\":[");
    print_moves(buf, m);
    buf_text(buf, "]}");
}

/** One member of the head: what ${print} prints of ${m}. */
static void tell(struct metric_table *table, const char *name, const struct rfm_metrics *m,
                 void (*print)(struct buf *buf, const struct rfm_metrics *m))
{
    struct buf json;
    buf_init(&json, 0);
    print(&json, m);
    metric_member_json(table, name, (struct span){json.p, json.n});
    buf_done(&json);
}

void rfm_metrics_tell(struct metric_table *table, const struct rfm_metrics *m)
{
    char text[MONEY_TEXT];
    money_print(m->all.revenue, m->shop->exponent, text);
    metric_member_int(table, "customers", m->all.customers);
    metric_member_text(table, "revenue", span_of(text));
    tell(table, "bounds", m, print_bounds);
    metric_member_note(table, m->rfm ? NULL : NOTE_ZH, m->rfm ? NULL : NOTE_EN);
    tell(table, "grid", m, print_grid);
    tell(table, "segments", m, print_segments);
    tell(table, "movement", m, print_movement);
}
