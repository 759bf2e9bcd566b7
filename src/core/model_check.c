#include "model_values.h"

#include <assert.h>
#include <stdio.h>

/*
 * Is each stage reached by some customer? The facts are given values near those that the rules name, and a
 * stage is reached by a row of such values for which its rule holds and no earlier one does. Looking for the
 * row is a walk: from a random row, change one fact of an unmet condition to the value that leaves the fewest
 * unmet. What the walk does not find is looked for in all rows when these are few. The walk is the same each
 * time.
 */
#define ROWS_MAX   200000
#define WALKS_FEW  8  /* before all rows are tried */
#define WALKS_MANY 64 /* when they are too many */
#define WALK_STEPS 300
#define TRIES_MAX  48       /* values of one fact that a step weighs */
#define WORK_MAX   10000000 /* conditions evaluated for one stage: under a second */

struct search {
    struct arena *arena;
    const struct model *model;
    struct model_values values;
    struct rule_env env;
    size_t *shadows; /* per earlier stage: rows that it took from the stage looked for */
    size_t *weights; /* per stage: conditions in its rule */
    size_t work;     /* conditions evaluated for the stage looked for */
    uint64_t random;
};

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

/** How far the row is from reaching stage ${stage}, 0 is there; ${enough} or more when it is at least that.
 */
static unsigned distance(struct search *s, size_t stage, unsigned enough)
{
    unsigned sum = unmet(s, s->model->stages[stage].rule->root, true);
    s->work += s->weights[stage];
    for (size_t i = 0; i < stage && sum < enough; i++) {
        sum += unmet(s, s->model->stages[i].rule->root, false);
        s->work += s->weights[i];
    }
    return sum;
}

static bool stage_holds(struct search *s, size_t stage)
{
    s->work += s->weights[stage];
    return rule_holds(s->model->stages[stage].rule, &s->env);
}

/** A condition under ${node} that stands in the way of ${want}; NULL when there is none. */
static struct rule_node *obstacle(struct search *s, struct rule_node *node, bool want)
{
    if (!model_values_is_logic(node)) {
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
    struct search *s;
    struct domain *domain;
    size_t n;
};

static void pick_variable(void *context, const struct rule_node *leaf)
{
    struct pick *pick = context;
    if (leaf->op == RULE_VAR && random_below(pick->s, ++pick->n) == 0) {
        pick->domain = model_values_of(&pick->s->values, &leaf->ref);
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
        unsigned d = distance(s, stage, least == UINT32_MAX ? least : least + 1);
        ties = d < least ? 0 : ties;
        if (d < least || (d == least && random_below(s, ++ties + 1) == 0)) {
            least = d;
            best = domain->at;
        }
    }
    domain->at = best;
}

/** The stage that a customer with this row is in. */
static size_t stage_of_row(struct search *s, size_t last)
{
    size_t i = 0;
    while (i < last && !stage_holds(s, i)) {
        i++;
    }
    return i;
}

/** Does the row reach ${stage}? Counts by whom it is shadowed. */
static bool reaches(struct search *s, size_t stage)
{
    if (!stage_holds(s, stage)) {
        return false;
    }
    size_t first = stage_of_row(s, stage);
    s->shadows[first]++;
    return first == stage;
}

static bool walk(struct search *s, size_t stage)
{
    for (size_t i = 0; i < s->values.n_domains; i++) {
        s->values.domains[i].at = random_below(s, s->values.domains[i].n);
    }
    for (int step = 0; step < WALK_STEPS && s->work < WORK_MAX; step++) {
        if (reaches(s, stage)) {
            return true;
        }
        /* the stage's own rule, or an earlier one that holds */
        size_t first = stage_of_row(s, stage);
        bool own = first == stage || (!stage_holds(s, stage) && random_below(s, 2));
        struct rule_node *root = s->model->stages[own ? stage : first].rule->root;
        struct rule_node *condition = obstacle(s, root, own);
        struct pick pick = {.s = s};
        if (condition) {
            model_values_leaves(condition, pick_variable, &pick);
        }
        if (pick.domain) {
            change(s, pick.domain, stage);
        } else if (s->values.n_domains) {
            struct domain *any = &s->values.domains[random_below(s, s->values.n_domains)];
            any->at = random_below(s, any->n);
        }
    }
    return false;
}

/* ---- all rows ---- */

struct reached {
    const struct model_values *values;
    bool *is_used; /* per domain */
};

static void mark_variable(void *context, const struct rule_node *leaf)
{
    const struct reached *marks = context;
    if (leaf->op == RULE_VAR) {
        marks->is_used[model_values_of(marks->values, &leaf->ref) - marks->values->domains] = true;
    }
}

/** Try all rows of the facts on which the stage depends; ${too_many}: these were not all tried. */
static bool try_all(struct search *s, size_t stage, bool *too_many)
{
    bool *is_used = ARENA_ARRAY(s->arena, bool, s->values.n_domains);
    struct reached marks = {&s->values, is_used};
    for (size_t i = 0; i <= stage; i++) {
        model_values_leaves(s->model->stages[i].rule->root, mark_variable, &marks);
    }
    size_t rows = 1;
    for (size_t i = 0; i < s->values.n_domains; i++) {
        s->values.domains[i].at = 0;
        rows *= is_used[i] ? s->values.domains[i].n : 1;
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
        *too_many = s->work >= WORK_MAX;
        if (*too_many) {
            return false;
        }
        for (size_t i = 0; i < s->values.n_domains; i++) {
            struct domain *domain = &s->values.domains[i];
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
    s->work = 0;
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

static size_t condition_count(const struct rule_node *node)
{
    if (!model_values_is_logic(node)) {
        return 1;
    }
    size_t n = 0;
    for (size_t i = 0; i < node->n_args; i++) {
        n += condition_count(node->args[i]);
    }
    return n;
}

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
                         "no customer can reach the stage \"%s\": its rule can never hold",
                         stages[stage].key);
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
        return error_set(
            error, STATUS_INVALID_MODEL, pointer,
            "the rule of the last stage, \"%s\", must be true, so that every customer has a stage",
            model->stages[last].key);
    }
    struct search s = {.arena = arena, .model = model, .values = {.arena = arena}};
    s.env = (struct rule_env){.read = model_values_read, .context = &s.values};
    s.shadows = ARENA_ARRAY(arena, size_t, model->n_stages);
    s.weights = ARENA_ARRAY(arena, size_t, model->n_stages);
    model_values_collect(&s.values, model);
    for (size_t i = 0; i < model->n_stages; i++) {
        s.weights[i] = condition_count(model->stages[i].rule->root);
    }
    for (size_t i = 0; i < model->n_stages; i++) {
        if (!is_reached(&s, i)) {
            return refuse_dead(&s, i, error);
        }
    }
    return STATUS_OK;
}
