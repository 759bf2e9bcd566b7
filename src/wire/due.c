#include "wire/due.h"

#include "core/money.h"
#include "scan.h"
#include "wire/customer.h"

static const struct span columns[] = {SCAN_NAME("customer"), SCAN_NAME("model"), SCAN_NAME("from"),
                                      SCAN_NAME("from_role"), SCAN_NAME("to"), SCAN_NAME("to_role"),
                                      SCAN_NAME("at"), SCAN_NAME("rule"), SCAN_NAME("value"), SCAN_NAME("currency")};

static void print_stage(struct buf *buf, const char *name, const struct stage *stage)
{
    buf_printf(buf, ",\"%s\":", name);
    if (stage)
        buf_json_string(buf, span_of(stage->key));
    else
        buf_text(buf, "null");
    buf_printf(buf, ",\"%s_role\":", name);
    if (stage)
        buf_json_string(buf, span_of(role_name(stage->role)));
    else
        buf_text(buf, "null");
}

void due_print(struct buf *buf, const struct due_line *line)
{
    char value[MONEY_TEXT];
    buf_text(buf, "{\"customer\":");
    buf_json_string(buf, line->customer);
    buf_text(buf, ",\"model\":");
    buf_json_string(buf, span_of(line->model->key));
    print_stage(buf, "from", line->from);
    print_stage(buf, "to", line->to);
    buf_text(buf, ",\"at\":");
    buf_json_time(buf, line->at);
    buf_text(buf, ",\"rule\":");
    formula_print(buf, line->to->rule);
    buf_text(buf, ",\"value\":\"");
    buf_append(buf, value, money_print(line->value, line->shop->exponent, value));
    buf_text(buf, "\",\"currency\":");
    buf_json_string(buf, span_of(line->shop->currency));
    buf_char(buf, '}');
}

const struct span *due_columns(size_t *n)
{
    *n = COUNT_OF(columns);
    return columns;
}

static void put_stage(struct table *table, const struct stage *stage)
{
    if (stage == NULL) {
        table_null(table);
        table_null(table);
        return;
    }
    table_text(table, span_of(stage->key));
    table_text(table, span_of(role_name(stage->role)));
}

void due_row(struct table *table, const struct due_line *line)
{
    struct buf rule;
    table_text(table, line->customer);
    table_text(table, span_of(line->model->key));
    put_stage(table, line->from);
    put_stage(table, line->to);
    table_time(table, line->at);
    buf_init(&rule, 0);
    rule_formula(line->to->rule, &rule);
    table_text(table, (struct span){rule.n ? rule.p : "", rule.n});
    buf_done(&rule);
    table_money(table, line->value, line->shop->exponent);
    table_text(table, span_of(line->shop->currency));
    table_row_end(table);
}
