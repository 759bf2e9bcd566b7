#include "crypto/digest.h"
#include "wire/customer.h"
#include "wire/metric_table.h"
#include "wire/recommend.h"

#include <inttypes.h>

/** `"product":"P-1","name":"Tea"`; a category has no name beside itself. */
static void what_print(struct buf *buf, const char *kind, const struct term *term)
{
    buf_printf(buf, "\"%s\":", kind);
    buf_json_string(buf, term->text);
    if (kind[0] == 'p') {
        buf_text(buf, ",\"name\":");
        if (term->label.n != 0) {
            buf_json_string(buf, term->label);
        } else {
            buf_text(buf, "null");
        }
    }
}

static void reason_print(struct buf *buf, const struct recommended *row, int64_t since)
{
    const struct basket_pair *pair = &row->suggestion.pair;
    struct span name = row->with.label.n != 0 ? row->with.label : row->with.text;
    struct buf zh;
    struct buf en;
    char date[DATE_TEXT];
    buf_init(&zh, 0);
    buf_init(&en, 0);
    date_print(since, date);
    if (row->is_best_seller) {
        buf_printf(&zh, "热销：自 %s 起有 %" PRId64 " 个订单购买", date, row->orders);
        buf_printf(&en, "a best seller: in %" PRId64 " %s since %s", row->orders, row->orders == 1 ? "order" : "orders", date);
    } else {
        buf_printf(&zh, "已购“%.*s”：在含它的 %" PRId64 " 个订单中，有 %" PRId64 " 个同时购买", (int)name.n, name.p,
                   pair->a_orders, pair->orders);
        buf_printf(&en, "bought with %.*s in %" PRId64 " of %" PRId64 " orders", (int)name.n, name.p, pair->orders,
                   pair->a_orders);
    }
    buf_printf(buf, ",\"reason\":{\"code\":\"%s\",\"zh\":", row->is_best_seller ? "best_seller" : "bought_together");
    buf_json_string(buf, (struct span){zh.p, zh.n});
    buf_text(buf, ",\"en\":");
    buf_json_string(buf, (struct span){en.p, en.n});
    buf_char(buf, '}');
    buf_done(&zh);
    buf_done(&en);
}

static void evidence_print(struct buf *buf, const char *kind, const struct recommended *row, int64_t orders)
{
    const struct suggestion *s = &row->suggestion;
    if (row->is_best_seller) {
        buf_printf(buf, ",\"score\":null,\"with\":null,\"orders\":%" PRId64
                        ",\"of_orders\":null,\"support\":null,\"confidence\":null,\"lift\":null", row->orders);
        return;
    }
    buf_printf(buf, ",\"score\":%.6f,\"with\":{", s->score);
    what_print(buf, kind, &row->with);
    buf_text(buf, ",\"bought_at\":");
    buf_json_time(buf, s->bought_at);
    buf_printf(buf, "},\"orders\":%" PRId64 ",\"of_orders\":%" PRId64 ",\"support\":%.6f,\"confidence\":%.6f,\"lift\":%.6f",
               s->pair.orders, s->pair.a_orders, basket_support(&s->pair, orders), basket_confidence(&s->pair),
               basket_lift(&s->pair, orders));
}

static void list_print(struct buf *buf, const char *kind, const struct recommended_list *list, int64_t since)
{
    buf_char(buf, '[');
    for (size_t i = 0; i < list->n; i++) {
        buf_text(buf, i != 0 ? ",{" : "{");
        what_print(buf, kind, &list->rows[i].term);
        reason_print(buf, &list->rows[i], since);
        evidence_print(buf, kind, &list->rows[i], list->orders);
        buf_char(buf, '}');
    }
    buf_char(buf, ']');
}

uint64_t recommendations_print(struct buf *buf, const struct recommendations *r)
{
    size_t start = buf->n;
    buf_text(buf, "{\"id\":");
    buf_json_string(buf, r->customer);
    buf_text(buf, ",\"products\":");
    list_print(buf, "product", &r->products, r->since);
    buf_text(buf, ",\"categories\":");
    list_print(buf, "category", &r->categories, r->since);
    buf_text(buf, ",\"counted_at\":");
    buf_json_time(buf, r->products.counted_at);
    uint64_t hash = hash64((struct span){buf->p + start, buf->n - start});
    buf_text(buf, ",\"as_of\":");
    buf_json_time(buf, r->as_of);
    buf_char(buf, '}');
    return hash;
}
