#include "wire/history.h"

#include "base/uuid.h"
#include "core/money.h"
#include "wire/cursor.h"
#include "wire/customer.h"

static void print_raw(struct buf *buf, struct span json)
{
    if (json.n)
        buf_span(buf, json);
    else
        buf_text(buf, "null");
}

static void print_text(struct buf *buf, struct span text)
{
    if (text.n)
        buf_json_string(buf, text);
    else
        buf_text(buf, "null");
}

static void print_time(struct buf *buf, const char *name, usec_t t)
{
    buf_text(buf, ",\"");
    buf_text(buf, name);
    buf_text(buf, "\":");
    buf_json_time(buf, t);
}

static void print_event(struct buf *buf, const struct event_line *line)
{
    buf_text(buf, "{\"type\":");
    buf_json_string(buf, line->type);
    buf_text(buf, ",\"event\":");
    print_text(buf, line->name);
    buf_text(buf, ",\"messageId\":");
    print_text(buf, line->message_id);
    print_time(buf, "occurred_at", line->occurred_at);
    print_time(buf, "received_at", line->received_at);
    buf_text(buf, ",\"properties\":");
    print_raw(buf, line->properties);
    buf_text(buf, ",\"traits\":");
    print_raw(buf, line->traits);
    buf_text(buf, ",\"context\":");
    print_raw(buf, line->context);
    buf_char(buf, '}');
}

void event_page_print(struct buf *buf, const struct event_page *page)
{
    buf_text(buf, "{\"data\":[");
    for (size_t i = 0; i < page->n; i++) {
        if (i)
            buf_char(buf, ',');
        print_event(buf, &page->lines[i]);
    }
    buf_text(buf, "],");
    page_print(buf, page->next);
    buf_char(buf, '}');
}

static void print_money(struct buf *buf, const char *name, int64_t minor, int exponent)
{
    char text[MONEY_TEXT];
    buf_text(buf, ",\"");
    buf_text(buf, name);
    buf_text(buf, "\":\"");
    buf_append(buf, text, money_print(minor, exponent, text));
    buf_char(buf, '"');
}

void order_print(struct buf *buf, const struct order *order, int exponent)
{
    int64_t refunded = order_refunded(order);
    buf_text(buf, "{\"order_id\":");
    print_text(buf, order->id);
    print_time(buf, "completed_at", order->completed_at);
    print_time(buf, "cancelled_at", order->cancelled_at);
    print_money(buf, "value", order->value, exponent);
    print_money(buf, "refunded", refunded, exponent);
    print_money(buf, "net", order_is_counted(order) ? order->value - refunded : 0, exponent);
    print_money(buf, "discount", order->discount, exponent);
    buf_text(buf, order_is_counted(order) ? ",\"is_counted\":true" : ",\"is_counted\":false");
    buf_text(buf, ",\"refunds_count\":");
    buf_int(buf, (int64_t)order->n_refunds);
    buf_char(buf, '}');
}

void order_page_print(struct buf *buf, const struct order_page *page)
{
    buf_text(buf, "{\"currency\":");
    buf_json_string(buf, span_of(page->shop->currency));
    buf_text(buf, ",\"data\":[");
    for (size_t i = 0; i < page->n; i++) {
        if (i)
            buf_char(buf, ',');
        order_print(buf, &page->orders[i], page->shop->exponent);
    }
    buf_text(buf, "],");
    page_print(buf, page->next);
    buf_char(buf, '}');
}

void transition_print(struct buf *buf, const struct definitions *definitions, const struct transition_line *line)
{
    const struct transition *t = &line->transition;
    const struct model_history *history = &definitions->models[t->model - 1];
    buf_text(buf, "{\"model\":");
    buf_json_string(buf, span_of(history->versions[0]->key));
    buf_text(buf, ",\"from\":");
    stage_key_print(buf, history, t->from);
    buf_text(buf, ",\"to\":");
    stage_key_print(buf, history, t->to);
    print_time(buf, "at", t->at);
    buf_text(buf, ",\"cause\":");
    buf_json_string(buf, span_of(cause_name(t->cause)));
    buf_text(buf, ",\"version\":");
    buf_int(buf, t->version);
    print_time(buf, "recorded_at", line->recorded_at);
    print_time(buf, "superseded_at", line->superseded_at);
    buf_char(buf, '}');
}

void transition_page_print(struct buf *buf, const struct transition_page *page)
{
    bool first = true;
    buf_text(buf, "{\"data\":[");
    for (size_t i = 0; i < page->n; i++) {
        int model = page->lines[i].transition.model;
        if (model < 1 || model > page->definitions->n_models || page->definitions->models[model - 1].n == 0)
            continue;
        if (!first)
            buf_char(buf, ',');
        first = false;
        transition_print(buf, page->definitions, &page->lines[i]);
    }
    buf_text(buf, "],");
    page_print(buf, page->next);
    buf_char(buf, '}');
}
