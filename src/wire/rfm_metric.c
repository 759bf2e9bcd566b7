#include "wire/rfm_metric.h"

#include "core/money.h"
#include "crypto/digest.h"
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
        buf_text(buf, "null,\"note\":");
        names_print(buf, NOTE_ZH, NOTE_EN);
        return;
    }
    buf_printf(buf, "{\"version\":%d,\"mode\":\"%s\",", m->rfm->version, m->rfm->is_fixed ? "fixed" : "auto");
    rfm_bounds_print(buf, m->rfm, m->shop->exponent);
    if (m->rfm->is_fixed) {
        buf_text(buf, ",\"customers\":null,\"as_of\":null},\"note\":null");
        return;
    }
    int year, month, mday;
    day_to_date(m->rfm->as_of, &year, &month, &mday);
    buf_printf(buf, ",\"customers\":%lld,\"as_of\":\"%04d-%02d-%02d\"},\"note\":null",
               (long long)m->rfm->customers, year, month, mday);
}

static void print_grid(struct buf *buf, const struct rfm_metrics *m)
{
    for (int r = RFM_SCORES; r >= 1; r--) {
        for (int f = RFM_SCORES; f >= 1; f--) {
            buf_printf(buf, "%s{\"r\":%d,\"f\":%d,", r == RFM_SCORES && f == RFM_SCORES ? "" : ",", r, f);
            print_count(buf, &m->grid[r - 1][f - 1], m->shop->exponent);
            buf_char(buf, '}');
        }
    }
}

static void print_segments(struct buf *buf, const struct rfm_metrics *m)
{
    for (int i = 0; i < RFM_SEGMENTS; i++) {
        buf_printf(buf, "%s{\"segment\":\"%s\",\"name\":", i ? "," : "", rfm_segments[i].key);
        names_print(buf, rfm_segments[i].zh, rfm_segments[i].en);
        buf_char(buf, ',');
        print_count(buf, &m->segments[i], m->shop->exponent);
        buf_char(buf, '}');
    }
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

uint64_t rfm_metrics_print(struct buf *buf, const struct rfm_metrics *m)
{
    buf_text(buf, "{\"as_of\":");
    buf_json_time(buf, m->as_of);
    size_t start = buf->n;
    buf_text(buf, ",\"currency\":");
    buf_json_string(buf, span_of(m->shop->currency));
    buf_char(buf, ',');
    print_count(buf, &m->all, m->shop->exponent);
    buf_text(buf, ",\"bounds\":");
    print_bounds(buf, m);
    buf_text(buf, ",\"grid\":[");
    if (m->rfm != NULL) {
        print_grid(buf, m);
    }
    buf_text(buf, "],\"segments\":[");
    if (m->rfm != NULL) {
        print_segments(buf, m);
    }
    buf_text(buf, "],\"movement\":");
    print_movement(buf, m);
    buf_char(buf, '}');
    return hash64((struct span){buf->p + start, buf->n - start});
}
