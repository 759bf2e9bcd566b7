#include "model_values.h"

#include <math.h>
#include <stdlib.h>

#define STRINGS_MAX 24 /* beginnings and endings that are tried together */

struct domain *model_values_of(const struct model_values *v, const struct fact_ref *ref)
{
    if (ref->fact < FACT_TRAIT) {
        size_t place = v->catalogue[ref->fact];
        return place ? &v->domains[place - 1] : NULL;
    }
    for (size_t i = 0; i < v->n_domains; i++) {
        struct domain *domain = &v->domains[i];
        if (domain->ref.fact == ref->fact && span_equal(domain->ref.name, ref->name)) {
            return domain;
        }
    }
    return NULL;
}

struct value model_values_read(const void *values, const struct fact_ref *ref)
{
    const struct domain *domain = model_values_of(values, ref);
    return domain->values[domain->at];
}

static bool is_whole(const struct fact_ref *ref)
{
    switch (ref->fact) {
    case FACT_avg_days_between_orders:
    case FACT_usual_gap_days:
    case FACT_silence_ratio:
    case FACT_nps_mean:
    case FACT_csat_mean:
    case FACT_order_value_avg:
    case FACT_p_active_30d:
    case FACT_p_active_90d:
    case FACT_churn_risk:
    case FACT_expected_orders_90d:
    case FACT_expected_orders_365d:
    case FACT_TRAIT: return false;
    default: return true;
    }
}

static bool may_be_negative(const struct fact_ref *ref)
{
    return ref->fact == FACT_points_balance || ref->fact == FACT_TRAIT;
}

static void add_value(struct model_values *v, struct domain *domain, struct value value)
{
    if ((value.type == VALUE_NUMBER || value.type == VALUE_MONEY) &&
        ((value.number < 0 && !may_be_negative(&domain->ref)) || !isfinite(value.number))) {
        return;
    }
    domain->values = arena_grow(v->arena, domain->values, domain->n, &domain->capacity, sizeof(value));
    domain->values[domain->n++] = value;
}

static void add_number(struct model_values *v, struct domain *domain, enum value_type type, double number)
{
    double below = is_whole(&domain->ref) ? floor(number) : number;
    double above = is_whole(&domain->ref) ? ceil(number) : number;
    for (int step = -1; step <= 1; step++) {
        struct value value = {.type = type, .number = (step < 1 ? below : above) + step};
        add_value(v, domain, value);
    }
    add_value(v, domain, (struct value){.type = type, .number = above});
    if (!is_whole(&domain->ref)) {
        add_value(v, domain, (struct value){.type = type, .number = nextafter(number, -INFINITY)});
        add_value(v, domain, (struct value){.type = type, .number = nextafter(number, INFINITY)});
    }
}

/** ${literal}, which a rule compares with the fact, and its neighbours. */
static void add_literal(struct model_values *v, struct domain *domain, const struct value *literal)
{
    switch (literal->type) {
    case VALUE_NUMBER:
    case VALUE_MONEY: add_number(v, domain, literal->type, literal->number); break;
    case VALUE_TIME:
        add_value(v, domain, value_time(literal->time - 1));
        add_value(v, domain, *literal);
        add_value(v, domain, value_time(literal->time + 1));
        break;
    case VALUE_LIST:
        for (size_t i = 0; i < literal->list.n; i++) {
            add_literal(v, domain, &literal->list.items[i]);
        }
        break;
    case VALUE_NULL: break;
    case VALUE_BOOL:
    case VALUE_STRING: add_value(v, domain, *literal); break;
    }
}

/** What any fact of its type may be, whatever it is compared with. */
static void add_usual(struct model_values *v, struct domain *domain)
{
    enum value_type type = domain->ref.type;
    bool is_any = type == VALUE_NULL;
    if (domain->ref.is_nullable || is_any) {
        add_value(v, domain, value_null());
    }
    if (type == VALUE_NUMBER || type == VALUE_MONEY || is_any) {
        static const double numbers[] = {0, 1, 2, 1000};
        for (size_t i = 0; i < COUNT_OF(numbers); i++) {
            add_value(v, domain, (struct value){.type = is_any ? VALUE_NUMBER : type, .number = numbers[i]});
        }
    }
    if (type == VALUE_TIME) {
        add_value(v, domain, value_time(0));
        add_value(v, domain, value_time(1));
    }
    if (type == VALUE_STRING || is_any) {
        add_value(v, domain, value_string(span_of("another")));
    }
    if (type == VALUE_BOOL || is_any) {
        add_value(v, domain, value_bool(false));
        add_value(v, domain, value_bool(true));
    }
    if (is_any) {
        add_value(v, domain, value_string(span_of("")));
    }
}

static struct domain *need_domain(struct model_values *v, const struct fact_ref *ref)
{
    struct domain *domain = model_values_of(v, ref);
    if (domain == NULL) {
        v->domains = arena_grow(v->arena, v->domains, v->n_domains, &v->capacity, sizeof(*v->domains));
        domain = &v->domains[v->n_domains++];
        *domain = (struct domain){.ref = *ref};
        if (ref->fact < FACT_TRAIT) {
            v->catalogue[ref->fact] = v->n_domains;
        }
        add_usual(v, domain);
    }
    return domain;
}

/* ---- what the rules compare with what ---- */

void model_values_leaves(const struct rule_node *node, leaf_fn *visit, void *context)
{
    if (rule_op_info(node->op)->family == FAMILY_LEAF) {
        visit(context, node);
    }
    if (node->op == RULE_LITERAL) {
        return;
    }
    for (size_t i = 0; i < node->n_args; i++) {
        model_values_leaves(node->args[i], visit, context);
    }
}

static bool has_family(const struct rule_node *node, enum rule_family a, enum rule_family b)
{
    enum rule_family family = rule_op_info(node->op)->family;
    if (family == a || family == b) {
        return true;
    }
    for (size_t i = 0; node->op != RULE_LITERAL && i < node->n_args; i++) {
        if (has_family(node->args[i], a, b)) {
            return true;
        }
    }
    return false;
}

/** A condition and one of its variables, while the literals that stand beside it are looked for. */
struct beside {
    struct model_values *v;
    const struct rule_node *condition;
    struct domain *domain;
    bool in_list; /* the trait may be a list */
    struct value *items;
    size_t n_items;
    size_t capacity;
};

static void add_beside(void *context, const struct rule_node *leaf)
{
    struct beside *beside = context;
    add_literal(beside->v, beside->domain, &leaf->value);
    bool is_item = leaf->value.type == VALUE_STRING || leaf->value.type == VALUE_NUMBER;
    if (beside->in_list && leaf->op == RULE_LITERAL && is_item) {
        beside->items = arena_grow(beside->v->arena, beside->items, beside->n_items, &beside->capacity,
                                   sizeof(*beside->items));
        beside->items[beside->n_items++] = leaf->value;
    }
}

/** Lists of what a rule looks for in a list: none, each, all. */
static void add_lists(struct model_values *v, const struct beside *beside)
{
    add_value(v, beside->domain, value_list(NULL, 0));
    for (size_t i = 0; i < beside->n_items; i++) {
        add_value(v, beside->domain, value_list(&beside->items[i], 1));
    }
    if (beside->n_items > 1) {
        add_value(v, beside->domain, value_list(beside->items, beside->n_items));
    }
    struct value *other = ARENA_NEW(v->arena, struct value);
    *other = value_string(span_of("another"));
    add_value(v, beside->domain, value_list(other, 1));
}

static void add_variable(void *context, const struct rule_node *leaf)
{
    const struct beside *condition = context;
    if (leaf->op != RULE_VAR) {
        return;
    }
    struct beside beside = {.v = condition->v, .condition = condition->condition};
    beside.domain = need_domain(beside.v, &leaf->ref);
    beside.in_list =
        leaf->ref.type == VALUE_NULL && has_family(beside.condition, FAMILY_MEMBER, FAMILY_QUANTIFIER);
    model_values_leaves(beside.condition, add_beside, &beside);
    if (beside.in_list) {
        add_lists(beside.v, &beside);
    }
}

/** A condition is what stands between the logic: it is met or not as a whole. */
static void add_conditions(struct model_values *v, const struct rule_node *node)
{
    if (!model_values_is_logic(node)) {
        struct beside condition = {.v = v, .condition = node};
        model_values_leaves(node, add_variable, &condition);
        return;
    }
    for (size_t i = 0; i < node->n_args; i++) {
        add_conditions(v, node->args[i]);
    }
}

/* ---- completing the values ---- */

static int compare_values(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    if (x->type != y->type) {
        return x->type < y->type ? -1 : 1;
    }
    return x->type == VALUE_NULL || x->type == VALUE_LIST ? 0 : value_compare(x, y);
}

/** Strings that begin with one literal and end with another. */
static void add_joined_strings(struct model_values *v, struct domain *domain)
{
    size_t n = domain->n, strings[STRINGS_MAX], n_strings = 0;
    for (size_t i = 0; i < n && n_strings < STRINGS_MAX; i++) {
        if (domain->values[i].type == VALUE_STRING && domain->values[i].string.n != 0) {
            strings[n_strings++] = i;
        }
    }
    for (size_t i = 0; i < n_strings; i++) {
        for (size_t k = 0; k < n_strings; k++) {
            struct span a = domain->values[strings[i]].string, b = domain->values[strings[k]].string;
            char *text = arena_alloc(v->arena, a.n + b.n);
            memcpy(text, a.p, a.n);
            memcpy(text + a.n, b.p, b.n);
            add_value(v, domain, value_string((struct span){text, a.n + b.n}));
        }
    }
}

static void sort_domain(struct domain *domain)
{
    qsort(domain->values, domain->n, sizeof(*domain->values), compare_values);
    size_t kept = 0;
    for (size_t i = 0; i < domain->n; i++) {
        const struct value *last = kept ? &domain->values[kept - 1] : NULL;
        if (last == NULL || last->type == VALUE_LIST || compare_values(last, &domain->values[i]) != 0) {
            domain->values[kept++] = domain->values[i];
        }
    }
    domain->n = kept;
}

static void complete_domain(struct model_values *v, struct domain *domain, bool joins)
{
    sort_domain(domain);
    if (joins) {
        add_joined_strings(v, domain);
    }
    size_t n = domain->n;
    for (size_t i = 0; i + 1 < n && !is_whole(&domain->ref); i++) {
        struct value a = domain->values[i], b = domain->values[i + 1];
        if (a.type == b.type && (a.type == VALUE_NUMBER || a.type == VALUE_MONEY)) {
            a.number += (b.number - a.number) / 2;
            add_value(v, domain, a);
        }
    }
    sort_domain(domain);
}

void model_values_collect(struct model_values *values, const struct model *model)
{
    bool joins = false;
    for (size_t i = 0; i < model->n_stages; i++) {
        const struct rule_node *root = model->stages[i].rule->root;
        add_conditions(values, root);
        joins = joins || has_family(root, FAMILY_AFFIX, FAMILY_MEMBER);
    }
    for (size_t i = 0; i < values->n_domains; i++) {
        complete_domain(values, &values->domains[i], joins);
    }
}
