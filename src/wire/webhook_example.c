#include "crypto/digest.h"
#include "wire/change.h"
#include "wire/webhook.h"

/* Changes that might have been. What they name is the shop's own as far as it has it. */

#define EXAMPLE_CUSTOMER "example-customer"
#define EXAMPLE_OTHER    "example-visitor"

/** The newest version of a model that has stages; NULL: the shop has none. */
static const struct model *some_model(const struct definitions *definitions)
{
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model_history *history = &definitions->models[i];
        const struct model *newest = history->n ? history->versions[history->n - 1] : NULL;
        if (newest && newest->n_stages) {
            return newest;
        }
    }
    return NULL;
}

static const struct segment *some_segment(const struct definitions *definitions)
{
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment_history *history = &definitions->segments[i];
        const struct segment *newest = history->n ? history->versions[history->n - 1] : NULL;
        if (newest && !newest->is_withdrawn) {
            return newest;
        }
    }
    return NULL;
}

/** The same definitions with one segment that is not the shop's. */
static const struct definitions *with_segment(struct arena *arena, const struct definitions *definitions)
{
    static const struct segment example = {.number = 1, .key = "example_segment", .version = 1, .applies_from = NONE};
    struct definitions *copy = arena_copy(arena, definitions, sizeof(*definitions));
    const struct segment **versions = ARENA_ARRAY(arena, const struct segment *, 1);
    versions[0] = &example;
    copy->segments = ARENA_NEW(arena, struct segment_history);
    copy->segments[0] = (struct segment_history){.versions = versions, .n = 1};
    copy->n_segments = 1;
    return copy;
}

/** What a rule looks at, with values that might be. */
struct looking {
    struct told told[TOLD_MAX];
    size_t n;
    usec_t at;
};

static struct value some_value(enum value_type type, usec_t at)
{
    switch (type) {
    case VALUE_BOOL: return value_bool(true);
    case VALUE_NUMBER: return value_number(2);
    case VALUE_MONEY: return value_money(12000);
    case VALUE_TIME: return value_time(at);
    case VALUE_STRING: return value_string(span_of("example"));
    case VALUE_NULL:
    case VALUE_LIST: break;
    }
    return value_null();
}

static void look_at(void *context, const struct fact_ref *ref, const char *op, const struct value *literal)
{
    struct looking *looking = context;
    (void)literal;
    if (op != NULL || looking->n == TOLD_MAX) {
        return;
    }
    for (size_t i = 0; i < looking->n; i++) {
        if (looking->told[i].ref.fact == ref->fact && span_equal(looking->told[i].ref.name, ref->name)) {
            return;
        }
    }
    looking->told[looking->n++] = (struct told){.ref = *ref, .value = some_value(ref->type, looking->at)};
}

static void tell_facts(struct arena *arena, struct webhook_example *out, const struct rule *first,
                       const struct rule *second)
{
    struct looking looking = {.at = out->line.change.at};
    if (first != NULL) {
        rule_visit(first, look_at, &looking);
    }
    if (second != NULL) {
        rule_visit(second, look_at, &looking);
    }
    struct change_detail detail = {.told = looking.told, .n_told = looking.n, .refunded = NONE};
    out->line.change.detail = change_detail_print(arena, &detail, out->definitions->shop);
}

static void move(struct arena *arena, struct webhook_example *out)
{
    const struct model *model = some_model(out->definitions);
    struct change *change = &out->line.change;
    if (model == NULL) {
        return;
    }
    change->number = model->number;
    change->version = model->version;
    change->to = model->stages[model->n_stages - 1].number;
    change->from = model->n_stages > 1 ? model->stages[0].number : 0;
    tell_facts(arena, out, model->stages[model->n_stages - 1].rule, model->stages[0].rule);
}

static void join(struct arena *arena, struct webhook_example *out)
{
    const struct segment *segment = some_segment(out->definitions);
    if (segment == NULL) {
        out->definitions = with_segment(arena, out->definitions);
        segment = out->definitions->segments[0].versions[0];
    }
    out->line.change.number = segment->number;
    out->line.change.version = segment->version;
    tell_facts(arena, out, segment->rule, NULL);
}

/** 12.00 of a currency with two decimals. */
static void order(struct arena *arena, struct webhook_example *out, bool is_refunded)
{
    const struct shop *shop = out->definitions->shop;
    struct order example = {.id = span_of("example-order"),
                            .completed_at = out->line.change.at,
                            .cancelled_at = is_refunded ? out->line.change.at : NONE,
                            .value = 1200};
    struct change_detail detail = {.order = &example, .refunded = is_refunded ? example.value : NONE};
    out->line.change.detail = change_detail_print(arena, &detail, shop);
}

static void fill(struct arena *arena, struct webhook_example *out)
{
    struct change *change = &out->line.change;
    switch (change->type) {
    case CHANGE_MOVED: change->before_at = change->at - USEC_PER_DAY; move(arena, out); return;
    case CHANGE_STAGE:
    case CHANGE_LATE:
    case CHANGE_WITHDRAWN:
    case CHANGE_ADDED: move(arena, out); return;
    case CHANGE_ENTERED:
    case CHANGE_LEFT: join(arena, out); return;
    case CHANGE_MODEL:
        move(arena, out);
        change->detail = change_definition(arena, false, false);
        break;
    case CHANGE_SEGMENT:
        join(arena, out);
        change->detail = change_definition(arena, false, false);
        break;
    case CHANGE_ORDERED:
    case CHANGE_REFUNDED: order(arena, out, change->type == CHANGE_REFUNDED); return;
    case CHANGE_MERGED:
    case CHANGE_UNMERGED:
        out->line.other = span_of(EXAMPLE_OTHER);
        digest_uuid5(&out->definitions->shop->space, span_of(EXAMPLE_OTHER), &change->event_id);
        return;
    case CHANGE_ERASED: out->line.customer = (struct span){"", 0}; return;
    case CHANGE_SYNCED: return;
    case CHANGE_DISABLED:
        digest_uuid5(&out->definitions->shop->space, span_of("example-endpoint"), &change->event_id);
        change->detail = span_of("{\"reason\":\"gone\"}");
        break;
    case CHANGE_SCORES:
    case CHANGE_RFM: change->version = 2; break;
    case CHANGE_NONE:
    case CHANGE_BLANK:
    case CHANGE_COUNT: break;
    }
    /* of no customer */
    change->customer_key = (struct uuid){{0}};
    change->cause = 0;
    out->line.customer = (struct span){"", 0};
}

void webhook_example(struct arena *arena, const struct definitions *definitions, enum change_type type, int64_t seq,
                     usec_t at, struct webhook_example *out)
{
    *out = (struct webhook_example){.definitions = definitions,
                                    .line = {.seq = seq,
                                             .recorded_at = at,
                                             .customer = span_of(EXAMPLE_CUSTOMER),
                                             .kind = IDENTITY_USER,
                                             .change = {.type = type, .at = at, .before_at = NONE, .cause = CAUSE_TIME}}};
    digest_uuid5(&definitions->shop->space, span_of(EXAMPLE_CUSTOMER), &out->line.change.customer_key);
    fill(arena, out);
}
