#include "core/rule_tree.h"

#include "rule_expr.h"

static const struct rule_op_info ops[RULE_OP_COUNT] = {
#define X(name, text, least, most, family, en, zh)                                                           \
    [RULE_##name] = {text, least, most, FAMILY_##family, en, zh},
    RULE_OP_TABLE(X)
#undef X
};

static const struct {
    const char *name;
    enum rule_op op;
} aliases[] = {{"===", RULE_EQ}, {"!==", RULE_NE}, {"?:", RULE_IF}};

/** What JsonLogic has and this language leaves out, with the reason. */
static const struct {
    const char *name;
    const char *reason;
} refusals[] = {
    {"map", "rules make no lists"},
    {"filter", "rules make no lists; use some, all or none"},
    {"reduce", "rules make no lists"},
    {"merge", "rules make no lists"},
    {"cat", "rules make no strings"},
    {"substr", "rules make no strings; use startsWith, endsWith or in"},
    {"%", "the remainder has no agreed meaning for fractions and negative numbers"},
    {"min", "compare with each value instead"},
    {"max", "compare with each value instead"},
    {"log", "rules have no side effects"},
    {"method", "rules call no code"},
    {"try", "rules do not fail at evaluation"},
    {"throw", "rules do not fail at evaluation"},
    {"preserve", "rules hold no data"},
};

const struct rule_op_info *rule_op_info(enum rule_op op)
{
    return &ops[op];
}

enum rule_op rule_op_of(struct span name)
{
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        if (span_is(name, aliases[i].name)) {
            return aliases[i].op;
        }
    }
    for (enum rule_op op = 0; op < RULE_OP_COUNT; op++) {
        if (name.n != 0 && span_is(name, ops[op].name)) {
            return op;
        }
    }
    return RULE_OP_COUNT;
}

const char *rule_op_refusal(struct span name)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        if (span_is(name, refusals[i].name)) {
            return refusals[i].reason;
        }
    }
    return NULL;
}

enum rule_op rule_op_turned(enum rule_op op)
{
    return op == RULE_LT   ? RULE_GT
           : op == RULE_LE ? RULE_GE
           : op == RULE_GT ? RULE_LT
           : op == RULE_GE ? RULE_LE
                           : op;
}

struct expr *expr_literal(struct arena *arena, const char *pointer, struct value value, struct span source)
{
    struct expr *expr = ARENA_NEW(arena, struct expr);
    *expr = (struct expr){.kind = EXPR_LITERAL, .pointer = pointer, .value = value, .source = source};
    return expr;
}

struct expr *expr_list(struct arena *arena, const char *pointer, struct expr **items, size_t n)
{
    struct expr *expr = ARENA_NEW(arena, struct expr);
    *expr = (struct expr){.kind = EXPR_LIST, .pointer = pointer, .args = items, .n_args = n};
    return expr;
}

struct expr *expr_operation(struct arena *arena, const char *pointer, struct span op, struct expr **args,
                            size_t n)
{
    struct expr *expr = ARENA_NEW(arena, struct expr);
    *expr = (struct expr){.kind = EXPR_OPERATION, .pointer = pointer, .op = op, .args = args, .n_args = n};
    return expr;
}
