#include "base/buf.h"
#include "core/event.h"
#include "core/fact.h"
#include "http/route.h"
#include "verb/verb.h"
#include "wire/metric_table.h"
#include "wire/model.h"

#include <stdio.h>
#include <string.h>

static void print_errors(struct buf *out)
{
    buf_text(out, "| code | HTTP | meaning |\n| --- | --- | --- |\n");
    for (int i = STATUS_OK + 1; i < STATUS_COUNT; i++)
        buf_printf(out, "| `%s` | %d | %s |\n", status_code((enum status)i), status_http((enum status)i),
                   status_title((enum status)i));
}

static void print_facts(struct buf *out)
{
    buf_text(out, "| fact | type | null | unit | 名称 | meaning |\n| --- | --- | --- | --- | --- | --- |\n");
    for (int i = 0; i < FACT_TRAIT; i++) {
        const struct fact_info *f = fact_info((enum fact)i);
        buf_printf(out, "| `%s` | %s | %s | %s | %s | %s |\n", f->name, value_type_name(f->type),
                   f->is_nullable ? "yes" : "no", f->unit, f->label_zh, f->sentence);
    }
    buf_text(out, "| `traits.NAME` | any | yes | | 特征 | A trait of the customer, from identify. |\n"
                  "| `events.NAME.count` | number | no | events | 事件次数 | How often an event of this name came. |\n");
}

static void print_events(struct buf *out)
{
    buf_text(out, "| event | meaning |\n| --- | --- |\n");
    for (int i = EVENT_NONE + 1; i < EVENT_KIND_COUNT; i++)
        buf_printf(out, "| %s | %s |\n", event_kind_name((enum event_kind)i), event_kind_sentence((enum event_kind)i));
}

static void print_routes(struct buf *out)
{
    buf_text(out, "| method | path | operation | key | query | sent again |\n| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < n_routes; i++) {
        char operation[64];
        route_operation_id(&routes[i], operation, sizeof(operation));
        buf_printf(out, "| %s | `%s` | %s | %s | %s | %s |\n", method_name(routes[i].method), routes[i].path, operation,
                   caller_name(routes[i].caller), routes[i].query ? routes[i].query : "",
                   routes[i].is_once ? "Idempotency-Key" : "");
    }
}

int verb_print(struct verb_context *context, int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*print)(struct buf *out);
    } tables[] = {
        {"settings", config_print}, {"errors", print_errors}, {"facts", print_facts},
        {"events", print_events},   {"routes", print_routes}, {"models", model_docs},
        {"metrics", metric_docs},     {"metric-schemas", metric_schemas},
    };
    struct buf out;
    (void)context;
    for (size_t i = 0; argc == 2 && i < COUNT_OF(tables); i++) {
        if (strcmp(argv[1], tables[i].name) != 0)
            continue;
        buf_init(&out, 0);
        tables[i].print(&out);
        fwrite(out.p, 1, out.n, stdout);
        buf_done(&out);
        return 0;
    }
    return verb_usage("print");
}
