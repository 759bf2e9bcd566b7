#include "core/model.h"

#include "core/rule_tree.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * Is each stage reached by some customer? The facts are given values near those that the rules name, and a stage
 * is reached by a row of such values for which its rule holds and no earlier one does. Looking for the row is a
 * walk: from a random row, change one fact of an unmet condition to the value that leaves the fewest unmet. What
 * the walk does not find is looked for in all rows when these are few. The walk is the same each time.
 */
#define ROWS_MAX 200000
#define WALKS_FEW 8     /* before all rows are tried */
#define WALKS_MANY 64   /* when they are too many */
#define WALK_STEPS 300
#define TRIES_MAX 48    /* values of one fact that a step weighs */
#define STRINGS_MAX 24  /* beginnings and endings that are tried together */

/** The values that one fact may have. */
struct domain {
    struct fact_ref ref;
    struct value *values;
    size_t n;
    size_t capacity;
    size_t at; /* the one it has now */
};

struct search {
    struct arena *arena;
    const struct model *model;
    struct domain *domains;
    size_t n_domains;
    size_t domains_capacity;
    size_t catalogue[FACT_TRAIT]; /* place in domains + 1 */
    struct rule_env env;
    size_t *shadows; /* per earlier stage: rows that it took from the stage looked for */
    uint64_t random;
};

/* ---- facts ---- */

static struct domain *find_domain(const struct search *s, const struct fact_ref *ref)
{
    if (ref->fact < FACT_TRAIT) {
        size_t place = s->catalogue[ref->fact];
        return place ? &s->domains[place - 1] : NULL;
    }
    for (size_t i = 0; i < s->n_domains; i++) {
        struct domain *domain = &s->domains[i];
        if (domain->ref.fact == ref->fact && span_equal(domain->ref.name, ref->name)) {
            return domain;
        }
    }
    return NULL;
}

static struct value read_row(const void *context, const struct fact_ref *ref)
{
    const struct domain *domain = find_domain(context, ref);
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
    case FACT_TRAIT: return false;
    default: return true;
    }
}

static bool may_be_negative(const struct fact_ref *ref)
{
    return ref->fact == FACT_points_balance || ref->fact == FACT_TRAIT;
}

static void add_value(struct search *s, struct domain *domain, struct value value)
{
    if ((value.type == VALUE_NUMBER || value.type == VALUE_MONEY) &&
        ((value.number < 0 && !may_be_negative(&domain->ref)) || !isfinite(value.number))) {
        return;
    }
    domain->values = arena_grow(s->arena, domain->values, domain->n, &domain->capacity, sizeof(value));
    domain->values[domain->n++] = value;
}

static void add_number(struct search *s, struct domain *domain, enum value_type type, double number)
{
    double below = is_whole(&domain->ref) ? floor(number) : number;
    double above = is_whole(&domain->ref) ? ceil(number) : number;
    for (int step = -1; step <= 1; step++) {
        struct value value = {.type = type, .number = (step < 1 ? below : above) + step};
        add_value(s, domain, value);
    }
    add_value(s, domain, (struct value){.type = type, .number = above});
}

/** ${literal}, which a rule compares with the fact, and its neighbours. */
static void add_literal(struct search *s, struct domain *domain, const struct value *literal)
{
    switch (literal->type) {
    case VALUE_NUMBER:
    case VALUE_MONEY: add_number(s, domain, literal->type, literal->number); break;
    case VALUE_TIME:
        add_value(s, domain, value_time(literal->time - 1));
        add_value(s, domain, *literal);
        add_value(s, domain, value_time(literal->time + 1));
        break;
    case VALUE_LIST:
        for (size_t i = 0; i < literal->list.n; i++) {
            add_literal(s, domain, &literal->list.items[i]);
        }
        break;
    case VALUE_NULL: break;
    case VALUE_BOOL:
    case VALUE_STRING: add_value(s, domain, *literal); break;
    }
}

/** What any fact of its type may be, whatever it is compared with. */
static void add_usual(struct search *s, struct domain *domain)
{
    enum value_type type = domain->ref.type;
    bool is_any = type == VALUE_NULL;
    if (domain->ref.is_nullable || is_any) {
        add_value(s, domain, value_null());
    }
    if (type == VALUE_NUMBER || type == VALUE_MONEY || is_any) {
        static const double numbers[] = {0, 1, 2, 1000};
        for (size_t i = 0; i < COUNT_OF(numbers); i++) {
            add_value(s, domain, (struct value){.type = is_any ? VALUE_NUMBER : type, .number = numbers[i]});
        }
    }
    if (type == VALUE_TIME) {
        add_value(s, domain, value_time(0));
        add_value(s, domain, value_time(1));
    }
    if (type == VALUE_STRING || is_any) {
        add_value(s, domain, value_string(span_of("another")));
    }
    if (type == VALUE_BOOL || is_any) {
        add_value(s, domain, value_bool(false));
        add_value(s, domain, value_bool(true));
    }
    if (is_any) {
        add_value(s, domain, value_string(span_of("")));
    }
}

static struct domain *need_domain(struct search *s, const struct fact_ref *ref)
{
    struct domain *domain = find_domain(s, ref);
    if (domain == NULL) {
        s->domains = arena_grow(s->arena, s->domains, s->n_domains, &s->domains_capacity, sizeof(*s->domains));
        domain = &s->domains[s->n_domains++];
        *domain = (struct domain){.ref = *ref};
        if (ref->fact < FACT_TRAIT) {
            s->catalogue[ref->fact] = s->n_domains;
        }
        add_usual(s, domain);
    }
    return domain;
}

/* ---- what the rules compare with what ---- */

static bool is_logic(const struct rule_node *node)
{
    return rule_op_info(node->op)->family == FAMILY_LOGIC;
}

typedef void leaf_fn(struct search *s, const struct rule_node *leaf, void *context);

static void each_leaf(struct search *s, const struct rule_node *node, leaf_fn *visit, void *context)
{
    if (rule_op_info(node->op)->family == FAMILY_LEAF) {
        visit(s, node, context);
    }
    if (node->op == RULE_LITERAL) {
        return;
    }
    for (size_t i = 0; i < node->n_args; i++) {
        each_leaf(s, node->args[i], visit, context);
    }
}

/** A condition and one of its variables, while the literals that stand beside it are looked for. */
struct beside {
    struct domain *domain;
    bool in_list; /* the trait may be a list */
    struct value *items;
    size_t n_items;
    size_t capacity;
};

static void add_beside(struct search *s, const struct rule_node *leaf, void *context)
{
    struct beside *beside = context;
    add_literal(s, beside->domain, &leaf->value);
    bool is_item = leaf->value.type == VALUE_STRING || leaf->value.type == VALUE_NUMBER;
    if (beside->in_list && leaf->op == RULE_LITERAL && is_item) {
        beside->items =
            arena_grow(s->arena, beside->items, beside->n_items, &beside->capacity, sizeof(*beside->items));
        beside->items[beside->n_items++] = leaf->value;
    }
}

/** Lists of what a rule looks for in a list: none, each, all. */
static void add_lists(struct search *s, const struct beside *beside)
{
    add_value(s, beside->domain, value_list(NULL, 0));
    for (size_t i = 0; i < beside->n_items; i++) {
        add_value(s, beside->domain, value_list(&beside->items[i], 1));
    }
    if (beside->n_items > 1) {
        add_value(s, beside->domain, value_list(beside->items, beside->n_items));
    }
    struct value *other = ARENA_NEW(s->arena, struct value);
    *other = value_string(span_of("another"));
    add_value(s, beside->domain, value_list(other, 1));
}

static void add_variable(struct search *s, const struct rule_node *leaf, void *context)
{
    if (leaf->op != RULE_VAR) {
        return;
    }
    const struct rule_node *condition = context;
    enum rule_family family = rule_op_info(condition->op)->family;
    struct beside beside = {.domain = need_domain(s, &leaf->ref)};
    beside.in_list =
        leaf->ref.type == VALUE_NULL && (family == FAMILY_MEMBER || family == FAMILY_QUANTIFIER);
    each_leaf(s, condition, add_beside, &beside);
    if (beside.in_list) {
        add_lists(s, &beside);
    }
}

/** A condition is what stands between the logic: it is met or not as a whole. */
static void add_conditions(struct search *s, struct rule_node *node)
{
    if (!is_logic(node)) {
        each_leaf(s, node, add_variable, node);
        return;
    }
    for (size_t i = 0; i < node->n_args; i++) {
        add_conditions(s, node->args[i]);
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
static void add_joined_strings(struct search *s, struct domain *domain)
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
            char *text = arena_alloc(s->arena, a.n + b.n);
            memcpy(text, a.p, a.n);
            memcpy(text + a.n, b.p, b.n);
            add_value(s, domain, value_string((struct span){text, a.n + b.n}));
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

static void complete_domain(struct search *s, struct domain *domain, bool joins)
{
    sort_domain(domain);
    if (joins) {
        add_joined_strings(s, domain);
    }
    size_t n = domain->n;
    for (size_t i = 0; i + 1 < n && !is_whole(&domain->ref); i++) {
        struct value a = domain->values[i], b = domain->values[i + 1];
        if (a.type == b.type && (a.type == VALUE_NUMBER || a.type == VALUE_MONEY)) {
            a.number += (b.number - a.number) / 2;
            add_value(s, domain, a);
        }
    }
    sort_domain(domain);
}

static bool has_affix(const struct rule_node *node)
{
    enum rule_family family = rule_op_info(node->op)->family;
    if (family == FAMILY_AFFIX || family == FAMILY_MEMBER) {
        return true;
    }
    for (size_t i = 0; node->op != RULE_LITERAL && i < node->n_args; i++) {
        if (has_affix(node->args[i])) {
            return true;
        }
    }
    return false;
}

/* ---- the walk ---- */

static size_t random_below(struct search *s, size_t n)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (size_t)(s->random >> 11) % n;
}

static bool node_holds(const struct search *s, struct rule_node *node)
{
    struct rule rule = {.root = node};
    return rule_holds(&rule, &s->env);
}

static unsigned unmet(const struct search *s, struct rule_node *node, bool want);

/** Of an `if`: the easiest of its branches. */
static unsigned unmet_if(const struct search *s, struct rule_node *node, bool want)
{
    unsigned least = 1, before = 0;
    bool is_first = true;
    for (size_t i = 0; i < node->n_args; i += 2) {
        bool is_else = i + 1 == node->n_args;
        unsigned here = is_else ? unmet(s, node->args[i], want)
                                : unmet(s, node->args[i], true) + unmet(s, node->args[i + 1], want);
        least = is_first || before + here < least ? before + here : least;
        is_first = false;
        before += is_else ? 0 : unmet(s, node->args[i], false);
    }
    return least;
}

/** How many conditions must change, about, before the truth of ${node} is ${want}. */
static unsigned unmet(const struct search *s, struct rule_node *node, bool want)
{
    if (node->op == RULE_NOT) {
        return unmet(s, node->args[0], !want);
    }
    if (node->op == RULE_TRUTH) {
        return unmet(s, node->args[0], want);
    }
    if (node->op == RULE_IF && node->n_args != 0) {
        return unmet_if(s, node, want);
    }
    if (node->op != RULE_AND && node->op != RULE_OR) {
        return node_holds(s, node) != want;
    }
    bool takes_all = (node->op == RULE_AND) == want;
    unsigned sum = 0, least = UINT32_MAX;
    for (size_t i = 0; i < node->n_args; i++) {
        unsigned n = unmet(s, node->args[i], want);
        sum += n;
        least = n < least ? n : least;
    }
    return takes_all ? sum : least;
}

/** How far the row is from reaching stage ${stage}: 0 is there. */
static unsigned distance(const struct search *s, size_t stage)
{
    unsigned sum = unmet(s, s->model->stages[stage].rule->root, true);
    for (size_t i = 0; i < stage; i++) {
        sum += unmet(s, s->model->stages[i].rule->root, false);
    }
    return sum;
}

/** A condition under ${node} that stands in the way of ${want}; NULL when there is none. */
static struct rule_node *obstacle(struct search *s, struct rule_node *node, bool want)
{
    if (!is_logic(node)) {
        return node_holds(s, node) != want ? node : NULL;
    }
    if (node->op == RULE_NOT || node->op == RULE_TRUTH) {
        return obstacle(s, node->args[0], node->op == RULE_NOT ? !want : want);
    }
    if (node->n_args == 0 || node_holds(s, node) == want) {
        return NULL;
    }
    size_t start = random_below(s, node->n_args);
    if (node->op == RULE_IF) {
        /* any of its parts may be the one to change, in either direction */
        struct rule_node *part = node->args[start];
        struct rule_node *found = obstacle(s, part, true);
        return found ? found : obstacle(s, part, false);
    }
    for (size_t i = 0; i < node->n_args; i++) {
        struct rule_node *found = obstacle(s, node->args[(start + i) % node->n_args], want);
        if (found) {
            return found;
        }
    }
    return NULL;
}

/** Picks one of the variables of a condition, each with the same chance. */
struct pick {
    struct domain *domain;
    size_t n;
};

static void pick_variable(struct search *s, const struct rule_node *leaf, void *context)
{
    struct pick *pick = context;
    if (leaf->op == RULE_VAR && random_below(s, ++pick->n) == 0) {
        pick->domain = find_domain(s, &leaf->ref);
    }
}

/** Give ${domain} the value that leaves the least distance; now and then any value. */
static void change(struct search *s, struct domain *domain, size_t stage)
{
    if (random_below(s, 8) == 0) {
        domain->at = random_below(s, domain->n);
        return;
    }
    size_t start = random_below(s, domain->n), best = domain->at, ties = 0;
    unsigned least = UINT32_MAX;
    for (size_t i = 0; i < domain->n && i < TRIES_MAX; i++) {
        domain->at = (start + i) % domain->n;
        unsigned d = distance(s, stage);
        ties = d < least ? 0 : ties;
        if (d < least || (d == least && random_below(s, ++ties + 1) == 0)) {
            least = d;
            best = domain->at;
        }
    }
    domain->at = best;
}

/** The stage that a customer with this row is in. */
static size_t stage_of_row(const struct search *s, size_t last)
{
    size_t i = 0;
    while (i < last && !rule_holds(s->model->stages[i].rule, &s->env)) {
        i++;
    }
    return i;
}

/** Does the row reach ${stage}? Counts by whom it is shadowed. */
static bool reaches(struct search *s, size_t stage)
{
    if (!rule_holds(s->model->stages[stage].rule, &s->env)) {
        return false;
    }
    size_t first = stage_of_row(s, stage);
    s->shadows[first]++;
    return first == stage;
}

static bool walk(struct search *s, size_t stage)
{
    for (size_t i = 0; i < s->n_domains; i++) {
        s->domains[i].at = random_below(s, s->domains[i].n);
    }
    for (int step = 0; step < WALK_STEPS; step++) {
        if (reaches(s, stage)) {
            return true;
        }
        /* the stage's own rule, or an earlier one that holds */
        size_t first = stage_of_row(s, stage);
        bool own = first == stage || (!rule_holds(s->model->stages[stage].rule, &s->env) && random_below(s, 2));
        struct rule_node *root = s->model->stages[own ? stage : first].rule->root;
        struct rule_node *condition = obstacle(s, root, own);
        struct pick pick = {0};
        if (condition) {
            each_leaf(s, condition, pick_variable, &pick);
        }
        if (pick.domain) {
            change(s, pick.domain, stage);
        } else if (s->n_domains) {
            struct domain *any = &s->domains[random_below(s, s->n_domains)];
            any->at = random_below(s, any->n);
        }
    }
    return false;
}

/* ---- all rows ---- */

static void mark_variable(struct search *s, const struct rule_node *leaf, void *context)
{
    bool *is_used = context;
    if (leaf->op == RULE_VAR) {
        is_used[find_domain(s, &leaf->ref) - s->domains] = true;
    }
}

/** Try all rows of the facts on which the stage depends; false with ${too_many} when these are too many. */
static bool try_all(struct search *s, size_t stage, bool *too_many)
{
    bool *is_used = ARENA_ARRAY(s->arena, bool, s->n_domains);
    for (size_t i = 0; i <= stage; i++) {
        each_leaf(s, s->model->stages[i].rule->root, mark_variable, is_used);
    }
    size_t rows = 1;
    for (size_t i = 0; i < s->n_domains; i++) {
        s->domains[i].at = 0;
        rows *= is_used[i] ? s->domains[i].n : 1;
        if (rows > ROWS_MAX) {
            *too_many = true;
            return false;
        }
    }
    *too_many = false;
    for (size_t row = 0; row < rows; row++) {
        if (reaches(s, stage)) {
            return true;
        }
        for (size_t i = 0; i < s->n_domains; i++) {
            struct domain *domain = &s->domains[i];
            if (!is_used[i]) {
                continue;
            }
            domain->at = (domain->at + 1) % domain->n;
            if (domain->at != 0) {
                break;
            }
        }
    }
    return false;
}

static bool is_reached(struct search *s, size_t stage)
{
    memset(s->shadows, 0, (stage + 1) * sizeof(*s->shadows));
    s->random = UINT64_C(0x9e3779b97f4a7c15) + stage;
    for (int i = 0; i < WALKS_FEW; i++) {
        if (walk(s, stage)) {
            return true;
        }
    }
    bool too_many;
    if (try_all(s, stage, &too_many)) {
        return true;
    }
    for (int i = 0; too_many && i < WALKS_MANY; i++) {
        if (walk(s, stage)) {
            return true;
        }
    }
    return false;
}

/* ---- the check ---- */

static bool is_true(const struct rule *rule)
{
    const struct rule_node *root = rule->root;
    return root->op == RULE_LITERAL && root->value.type == VALUE_BOOL && root->value.boolean;
}

#define POINTER_TEXT 48

static void rule_pointer(size_t stage, char out[POINTER_TEXT])
{
    snprintf(out, POINTER_TEXT, "/stages/%zu/rule", stage);
}

static enum status refuse_dead(const struct search *s, size_t stage, struct error *error)
{
    const struct stage *stages = s->model->stages;
    char pointer[POINTER_TEXT];
    rule_pointer(stage, pointer);
    size_t shadow = stage;
    for (size_t i = 0; i < stage; i++) {
        if (s->shadows[i] > (shadow == stage ? 0 : s->shadows[shadow])) {
            shadow = i;
        }
    }
    if (shadow == stage) {
        return error_set(error, STATUS_INVALID_MODEL, pointer,
                         "no customer can reach the stage \"%s\": its rule can never hold", stages[stage].key);
    }
    return error_set(error, STATUS_INVALID_MODEL, pointer,
                     "no customer can reach the stage \"%s\": whenever its rule holds, an earlier one does, "
                     "that of \"%s\"",
                     stages[stage].key, stages[shadow].key);
}

enum status model_check(struct arena *arena, const struct model *model, struct error *error)
{
    assert(model->n_stages > 0);
    size_t last = model->n_stages - 1;
    if (!is_true(model->stages[last].rule)) {
        char pointer[POINTER_TEXT];
        rule_pointer(last, pointer);
        return error_set(error, STATUS_INVALID_MODEL, pointer,
                         "the rule of the last stage, \"%s\", must be true, so that every customer has a stage",
                         model->stages[last].key);
    }
    struct search s = {.arena = arena, .model = model};
    s.env = (struct rule_env){.read = read_row, .context = &s};
    s.shadows = ARENA_ARRAY(arena, size_t, model->n_stages);
    bool joins = false;
    for (size_t i = 0; i < model->n_stages; i++) {
        add_conditions(&s, model->stages[i].rule->root);
        joins = joins || has_affix(model->stages[i].rule->root);
    }
    for (size_t i = 0; i < s.n_domains; i++) {
        complete_domain(&s, &s.domains[i], joins);
    }
    for (size_t i = 0; i < model->n_stages; i++) {
        if (!is_reached(&s, i)) {
            return refuse_dead(&s, i, error);
        }
    }
    return STATUS_OK;
}
