#include "rule_expr.h"
#include "rule_typing.h"

/* From the syntax tree to the typed tree. */

/** Where a node stands: facts that move with time may not stand everywhere. */
enum place { PLACE_ANYWHERE, PLACE_COMPARED };

static struct rule_node *compile(struct compiler *c, const struct expr *expr, enum place place);

/* ---- nodes ---- */

static struct rule_node *node_new(struct compiler *c, enum rule_op op, const char *pointer)
{
    if (++c->nodes > RULE_NODES_MAX) {
        REFUSE(c, pointer, "the rule has more than %d parts", RULE_NODES_MAX);
        return NULL;
    }
    struct rule_node *node = ARENA_NEW(c->arena, struct rule_node);
    node->op = op;
    node->pointer = pointer;
    return node;
}

static struct rule_node *literal_new(struct compiler *c, const struct expr *expr)
{
    struct rule_node *node = node_new(c, RULE_LITERAL, expr->pointer);
    if (node == NULL) {
        return NULL;
    }
    node->type = expr->value.type;
    node->value = expr->value;
    node->source = expr->source;
    node->is_soft = true;
    node->is_nullable = expr->value.type == VALUE_NULL;
    return node;
}

static struct rule_node *list_new(struct compiler *c, const struct expr *expr)
{
    struct rule_node *node = node_new(c, RULE_LITERAL, expr->pointer);
    if (node == NULL) {
        return NULL;
    }
    if (expr->n_args > RULE_LIST_MAX) {
        REFUSE(c, expr->pointer, "the list has more than %d items", RULE_LIST_MAX);
        return NULL;
    }
    /* The items are kept as nodes until the list has met the type that its items are to have. */
    node->type = VALUE_LIST;
    node->is_soft = true;
    node->args = ARENA_ARRAY(c->arena, struct rule_node *, expr->n_args);
    struct value *items = ARENA_ARRAY(c->arena, struct value, expr->n_args);
    for (size_t i = 0; i < expr->n_args; i++) {
        const struct expr *item = expr->args[i];
        if (item->kind != EXPR_LITERAL) {
            REFUSE(c, item->pointer, "a list holds only strings or numbers that are written out");
            return NULL;
        }
        if (item->value.type != VALUE_STRING && item->value.type != VALUE_NUMBER) {
            REFUSE(c, item->pointer, "the items of a list are strings or numbers, not %s",
                   value_type_name(item->value.type));
            return NULL;
        }
        if (item->value.type != expr->args[0]->value.type) {
            REFUSE(c, item->pointer, "the items of a list have one type");
            return NULL;
        }
        struct rule_node *part = ARENA_NEW(c->arena, struct rule_node);
        *part = (struct rule_node){.op = RULE_LITERAL,
                                   .pointer = item->pointer,
                                   .type = item->value.type,
                                   .value = item->value,
                                   .source = item->source,
                                   .is_soft = true};
        node->args[i] = part;
        items[i] = part->value;
    }
    node->n_args = expr->n_args;
    node->value = value_list(items, expr->n_args);
    return node;
}

/* ---- operators ---- */

static bool set_args(struct compiler *c, struct rule_node *node, const struct expr *expr, enum place place)
{
    node->args = ARENA_ARRAY(c->arena, struct rule_node *, expr->n_args);
    for (size_t i = 0; i < expr->n_args; i++) {
        node->args[i] = compile(c, expr->args[i], place);
        if (node->args[i] == NULL) {
            return false;
        }
        node->n_args = i + 1;
    }
    return true;
}

static bool is_moving(const struct rule_node *node)
{
    return node->op == RULE_VAR && node->ref.moves;
}

/** At most one side of a comparison may depend on the time. */
static bool check_moving(struct compiler *c, const struct rule_node *node)
{
    const struct rule_node *first = NULL;
    for (size_t i = 0; i < node->n_args; i++) {
        if (!is_moving(node->args[i])) {
            continue;
        }
        if (first != NULL) {
            REFUSE(c, node->args[i]->pointer,
                   "%.*s and %.*s both change as time passes, so they cannot be compared with each other",
                   (int)first->name.n, first->name.p, (int)node->args[i]->name.n, node->args[i]->name.p);
            return false;
        }
        first = node->args[i];
    }
    return true;
}

static bool compile_logic(struct compiler *c, struct rule_node *node, const struct expr *expr)
{
    if (!set_args(c, node, expr, PLACE_ANYWHERE)) {
        return false;
    }
    if (node->op == RULE_NOT || node->op == RULE_TRUTH) {
        node->type = VALUE_BOOL;
    } else {
        typing_unify_branches(c, node);
    }
    return true;
}

static bool compile_compare(struct compiler *c, struct rule_node *node, const struct expr *expr)
{
    enum value_type type;
    if (!set_args(c, node, expr, PLACE_COMPARED) || !check_moving(c, node) ||
        !typing_unify(c, node->args, node->n_args, &type)) {
        return false;
    }
    if (type == VALUE_BOOL && node->op != RULE_EQ && node->op != RULE_NE) {
        REFUSE(c, node->pointer, "true and false have no order");
        return false;
    }
    node->type = VALUE_BOOL;
    return true;
}

static bool compile_member(struct compiler *c, struct rule_node *node, const struct expr *expr)
{
    bool is_list = expr->args[1]->kind == EXPR_LIST;
    if (!set_args(c, node, expr, is_list ? PLACE_COMPARED : PLACE_ANYWHERE) ||
        !typing_is_operand(c, node->args[0])) {
        return false;
    }
    struct rule_node *needle = node->args[0], *hay = node->args[1];
    node->type = VALUE_BOOL;
    if (hay->is_mixed || (rule_node_is_null(hay) && !c->schema->is_untyped)) {
        return typing_is_operand(c, hay);
    }
    if (is_list) {
        size_t n = hay->n_args;
        struct rule_node *nodes[RULE_LIST_MAX + 1];
        nodes[0] = needle;
        if (n != 0) {
            memcpy(nodes + 1, hay->args, n * sizeof(*nodes));
        }
        enum value_type type;
        if (!typing_unify(c, nodes, n + 1, &type)) {
            return false;
        }
        struct value *items = ARENA_ARRAY(c->arena, struct value, n);
        for (size_t i = 0; i < n; i++) {
            items[i] = hay->args[i]->value;
        }
        hay->value = value_list(items, n);
        return true;
    }
    if (typing_says_nothing(c, hay) || typing_says_nothing(c, needle)) {
        return true;
    }
    if (hay->type == VALUE_STRING) {
        if (needle->type != VALUE_STRING && !rule_node_is_dynamic(needle)) {
            REFUSE(c, needle->pointer, "only a string can be part of a string");
            return false;
        }
        return true;
    }
    if (hay->type == VALUE_LIST && hay->op == RULE_VAR) {
        return true;
    }
    if (rule_node_is_dynamic(hay)) {
        if (needle->type == VALUE_MONEY || needle->type == VALUE_TIME) {
            REFUSE(c, needle->pointer, "a trait never holds %s %s", typing_article(needle->type),
                   value_type_name(needle->type));
            return false;
        }
        return true;
    }
    REFUSE(c, hay->pointer, "in looks into a list that is written out, a string or a trait");
    return false;
}

static bool compile_affix(struct compiler *c, struct rule_node *node, const struct expr *expr)
{
    if (!set_args(c, node, expr, PLACE_ANYWHERE)) {
        return false;
    }
    for (size_t i = 0; i < node->n_args; i++) {
        struct rule_node *arg = node->args[i];
        if (!typing_is_operand(c, arg)) {
            return false;
        }
        if (arg->type != VALUE_STRING && !rule_node_is_dynamic(arg) && !rule_node_is_null(arg)) {
            REFUSE(c, arg->pointer, "%s takes strings, not %s", rule_op_info(node->op)->name,
                   typing_described(c, arg));
            return false;
        }
    }
    node->type = VALUE_BOOL;
    return true;
}

/** Numbers stay numbers; money may be added to money, multiplied by one number, divided by a number or money.
 */
static bool compile_arithmetic(struct compiler *c, struct rule_node *node, const struct expr *expr)
{
    if (!set_args(c, node, expr, PLACE_ANYWHERE)) {
        return false;
    }
    bool is_sum = node->op == RULE_ADD || node->op == RULE_SUB;
    size_t n_money = 0;
    for (size_t i = 0; i < node->n_args; i++) {
        struct rule_node *arg = node->args[i];
        if (!typing_is_operand(c, arg)) {
            return false;
        }
        bool is_number = arg->type == VALUE_NUMBER || arg->type == VALUE_MONEY || arg->type == VALUE_NULL;
        bool is_soft_text = is_sum && arg->type == VALUE_STRING && arg->is_soft;
        if (!is_number && !is_soft_text) {
            REFUSE(c, arg->pointer, "%s cannot be calculated with", typing_described(c, arg));
            return false;
        }
        n_money += arg->type == VALUE_MONEY;
    }
    node->is_nullable = true;
    node->type = n_money != 0 ? VALUE_MONEY : VALUE_NUMBER;
    if (is_sum && n_money != 0) {
        return typing_unify(c, node->args, node->n_args, &node->type);
    }
    for (size_t i = 0; i < node->n_args; i++) {
        if (node->args[i]->type == VALUE_STRING) {
            REFUSE(c, node->args[i]->pointer, "%s cannot be calculated with",
                   typing_described(c, node->args[i]));
            return false;
        }
    }
    if (node->op == RULE_MUL && n_money > 1) {
        REFUSE(c, node->pointer, "money times money has no meaning");
        return false;
    }
    if (node->op == RULE_DIV && n_money == 2) {
        node->type = VALUE_NUMBER;
    } else if (node->op == RULE_DIV && node->args[1]->type == VALUE_MONEY) {
        REFUSE(c, node->pointer, "a number divided by money has no meaning");
        return false;
    }
    return true;
}

/** Resolve the variable that ${name} names. */
static struct rule_node *variable(struct compiler *c, const struct expr *name, const char *pointer)
{
    struct rule_node *node = node_new(c, RULE_VAR, pointer);
    if (node == NULL) {
        return NULL;
    }
    if (name != NULL && (name->kind != EXPR_LITERAL || name->value.type == VALUE_BOOL)) {
        REFUSE(c, name->pointer, "the name of a variable must be written out as a string");
        return NULL;
    }
    if (name != NULL && name->value.type == VALUE_STRING) {
        node->name = name->value.string;
    } else if (name != NULL && name->value.type == VALUE_NUMBER) {
        char text[NUMBER_TEXT];
        node->name = arena_span(c->arena, (struct span){text, value_number_print(name->value.number, text)});
    } else {
        node->name = span_of("");
    }
    if (c->is_in_element) {
        if (node->name.n != 0) {
            REFUSE(c, pointer, "inside some, all and none only {\"var\": \"\"}, the item itself, is known");
            return NULL;
        }
        node->op = RULE_ELEMENT;
        node->type = c->element;
        node->is_nullable = c->element == VALUE_NULL;
        return node;
    }
    struct error reason = {0};
    if (!c->schema->resolve(c->schema->context, c->arena, node->name, &node->ref, &reason)) {
        REFUSE(c, name ? name->pointer : pointer, "%s", reason.detail);
        return NULL;
    }
    node->type = node->ref.type;
    node->is_nullable = node->ref.is_nullable;
    return node;
}

static struct rule_node *compile_var(struct compiler *c, const struct expr *expr, enum place place)
{
    struct rule_node *node = variable(c, expr->n_args ? expr->args[0] : NULL, expr->pointer);
    if (node == NULL) {
        return NULL;
    }
    if (is_moving(node) && place != PLACE_COMPARED) {
        REFUSE(c, node->pointer,
               "%.*s changes as time passes, so it may stand only by itself on one side of a comparison, or "
               "in missing",
               (int)node->name.n, node->name.p);
        return NULL;
    }
    if (expr->n_args < 2) {
        return node;
    }
    if (expr->args[1]->kind != EXPR_LITERAL) {
        REFUSE(c, expr->args[1]->pointer,
               "the default of a variable must be a string, number or boolean written out");
        return NULL;
    }
    struct rule_node *instead = literal_new(c, expr->args[1]);
    if (instead == NULL) {
        return NULL;
    }
    if (!rule_node_is_dynamic(node) && !typing_harden(c, instead, node->type)) {
        return NULL;
    }
    node->value = instead->value;
    if (c->schema->is_untyped && rule_node_is_dynamic(node)) {
        node->type = instead->type;
    }
    node->is_nullable = node->is_nullable && instead->value.type == VALUE_NULL;
    return node;
}

static bool compile_missing(struct compiler *c, struct rule_node *node, const struct expr *expr)
{
    struct expr *const *names = expr->args;
    size_t n = expr->n_args;
    const struct expr *list = NULL;
    if (node->op == RULE_MISSING_SOME) {
        if (expr->args[0]->kind != EXPR_LITERAL || expr->args[0]->value.type != VALUE_NUMBER) {
            REFUSE(c, expr->args[0]->pointer, "missing_some begins with how many are needed");
            return false;
        }
        node->value = expr->args[0]->value;
        if (expr->args[1]->kind != EXPR_LIST) {
            REFUSE(c, expr->args[1]->pointer, "missing_some takes a list of names that are written out");
            return false;
        }
        list = expr->args[1];
    } else if (n == 1 && names[0]->kind == EXPR_LIST) {
        list = names[0];
    }
    if (list != NULL) {
        names = list->args;
        n = list->n_args;
    }
    node->type = VALUE_LIST;
    node->args = ARENA_ARRAY(c->arena, struct rule_node *, n);
    for (size_t i = 0; i < n; i++) {
        if (names[i]->kind != EXPR_LITERAL || names[i]->value.type != VALUE_STRING) {
            REFUSE(c, names[i]->pointer, "%s takes names that are written out as strings",
                   rule_op_info(node->op)->name);
            return false;
        }
        node->args[i] = variable(c, names[i], names[i]->pointer);
        if (node->args[i] == NULL) {
            return false;
        }
        node->n_args = i + 1;
    }
    return true;
}

static bool compile_quantifier(struct compiler *c, struct rule_node *node, const struct expr *expr)
{
    node->args = ARENA_ARRAY(c->arena, struct rule_node *, 2);
    struct rule_node *list = node->args[0] = compile(c, expr->args[0], PLACE_ANYWHERE);
    if (list == NULL) {
        return false;
    }
    if (list->op != RULE_VAR || (list->type != VALUE_LIST && !rule_node_is_dynamic(list))) {
        REFUSE(c, list->pointer, "%s looks at the items of a trait", rule_op_info(node->op)->name);
        return false;
    }
    c->is_in_element = true;
    c->element = list->ref.element;
    node->args[1] = compile(c, expr->args[1], PLACE_ANYWHERE);
    c->is_in_element = false;
    node->n_args = 2;
    node->type = VALUE_BOOL;
    return node->args[1] != NULL;
}

static bool check_arity(struct compiler *c, enum rule_op op, const struct expr *expr)
{
    const struct rule_op_info *info = rule_op_info(op);
    if (expr->n_args >= info->least && expr->n_args <= info->most) {
        return true;
    }
    if (info->least == info->most) {
        REFUSE(c, expr->pointer, "%s takes %zu argument%s", info->name, info->least,
               info->least == 1 ? "" : "s");
    } else if (expr->n_args < info->least) {
        REFUSE(c, expr->pointer, "%s takes at least %zu argument%s", info->name, info->least,
               info->least == 1 ? "" : "s");
    } else {
        REFUSE(c, expr->pointer, "%s takes at most %zu arguments", info->name, info->most);
    }
    return false;
}

static struct rule_node *compile_operation(struct compiler *c, const struct expr *expr, enum place place)
{
    enum rule_op op = rule_op_of(expr->op);
    int n = (int)(expr->op.n < 40 ? expr->op.n : 40);
    if (op == RULE_OP_COUNT) {
        const char *reason = rule_op_refusal(expr->op);
        if (reason != NULL) {
            REFUSE(c, expr->pointer, "the operator %.*s is not part of the language: %s", n, expr->op.p,
                   reason);
        } else {
            REFUSE(c, expr->pointer, "there is no operator %.*s", n, expr->op.p);
        }
        return NULL;
    }
    if (!check_arity(c, op, expr)) {
        return NULL;
    }
    if (op == RULE_VAR) {
        return compile_var(c, expr, place);
    }
    struct rule_node *node = node_new(c, op, expr->pointer);
    if (node == NULL) {
        return NULL;
    }
    bool done = false;
    switch (rule_op_info(op)->family) {
    case FAMILY_LOGIC: done = compile_logic(c, node, expr); break;
    case FAMILY_COMPARE: done = compile_compare(c, node, expr); break;
    case FAMILY_MEMBER: done = compile_member(c, node, expr); break;
    case FAMILY_AFFIX: done = compile_affix(c, node, expr); break;
    case FAMILY_ARITHMETIC: done = compile_arithmetic(c, node, expr); break;
    case FAMILY_MISSING: done = compile_missing(c, node, expr); break;
    case FAMILY_QUANTIFIER: done = compile_quantifier(c, node, expr); break;
    case FAMILY_LEAF: break;
    }
    return done ? node : NULL;
}

static struct rule_node *compile(struct compiler *c, const struct expr *expr, enum place place)
{
    if (expr->kind == EXPR_LITERAL) {
        return literal_new(c, expr);
    }
    if (expr->kind == EXPR_LIST) {
        return list_new(c, expr);
    }
    if (c->depth == RULE_DEPTH_MAX) {
        REFUSE(c, expr->pointer, "the rule is nested more than %d levels deep", RULE_DEPTH_MAX);
        return NULL;
    }
    c->depth++;
    struct rule_node *node = compile_operation(c, expr, place);
    c->depth--;
    return node;
}

enum status rule_compile(struct arena *arena, const struct expr *expr, const struct rule_schema *schema,
                         struct rule **out, struct error *error)
{
    struct error reason;
    struct compiler c = {.arena = arena, .schema = schema, .error = error ? error : &reason};
    struct rule_node *root = compile(&c, expr, PLACE_ANYWHERE);
    if (root == NULL) {
        return STATUS_INVALID_RULE;
    }
    struct rule *rule = ARENA_NEW(arena, struct rule);
    *rule = (struct rule){
        .root = root, .money_exponent = schema->money_exponent, .is_untyped = schema->is_untyped};
    *out = rule;
    return STATUS_OK;
}
