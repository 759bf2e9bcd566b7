#include "metrics.h"

#include "app/gauge.h"
#include "core/money.h"

/* A family begins with its first figure: one without figures is not told. */
struct family {
    struct buf *out;
    const char *name;
    const char *help;
    bool is_money;
    bool has_begun;
};

static void begin(struct family *family)
{
    if (!family->has_begun)
        buf_printf(family->out, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s gauge\n", family->name, family->help,
                   family->name);
    family->has_begun = true;
}

/* Keys hold nothing that would have to be escaped. */
static void print_labels(struct buf *out, const struct gauge *gauge, bool is_money)
{
    buf_printf(out, "{shop=\"%s\"", gauge->shop->key);
    if (gauge->stage)
        buf_printf(out, ",model=\"%s\",stage=\"%s\",role=\"%s\"", gauge->model->key, gauge->stage->key,
                   role_name(gauge->stage->role));
    if (gauge->segment)
        buf_printf(out, ",segment=\"%s\"", gauge->segment->key);
    if (is_money)
        buf_printf(out, ",currency=\"%s\"", gauge->shop->currency);
    buf_char(out, '}');
}

static void print_gauge(void *context, const struct gauge *gauge)
{
    struct family *family = context;
    char money[MONEY_TEXT];
    begin(family);
    buf_printf(family->out, PREFIX "%s", family->name);
    print_labels(family->out, gauge, family->is_money);
    if (family->is_money) {
        money_print(gauge->value, gauge->shop->exponent, money);
        buf_printf(family->out, " %s\n", money);
    } else {
        buf_printf(family->out, " %lld\n", (long long)gauge->value);
    }
}

void gauges_print(struct service *service, struct buf *out)
{
    usec_t read_at = gauges_read_at(service);
#define X(name_, labels, is_money_, help_)                                                                    \
    gauges_each(service, GAUGE_##name_, print_gauge,                                                          \
                &(struct family){.out = out, .name = #name_, .help = help_, .is_money = is_money_});
    GAUGE_TABLE(X)
#undef X
    if (read_at != NONE) {
        struct family family = {.out = out, .name = "business_read_timestamp_seconds",
                                .help = "When the figures of the business were read"};
        begin(&family);
        buf_printf(out, PREFIX "business_read_timestamp_seconds %lld.%06lld\n", (long long)(read_at / USEC_PER_SEC),
                   (long long)(read_at % USEC_PER_SEC));
    }
}
