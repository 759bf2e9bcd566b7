#ifndef CORE_MODEL_H
#define CORE_MODEL_H

#include "core/fact.h"
#include "core/rule.h"

#define STAGES_MAX 32
#define DEFINITION_KEY_MAX 63

#define ROLE_TABLE(X)                                                                                         \
    X(PROSPECT, "prospect") X(NEW, "new") X(ACTIVE, "active") X(LOYAL, "loyal") X(ADVOCATE, "advocate")       \
    X(AT_RISK, "at_risk") X(LOST, "lost")

enum role {
    ROLE_NONE,
#define X(name, text) ROLE_##name,
    ROLE_TABLE(X)
#undef X
        ROLE_COUNT
};
const char *role_name(enum role role);
enum role role_of(struct span name); /* ROLE_NONE: unknown */

struct stage {
    char key[DEFINITION_KEY_MAX + 1];
    int number; /* permanent within the model over all its versions, from 1 */
    enum role role;
    const char *name_zh;
    const char *name_en;
    const char *sentence_zh;
    const char *sentence_en;
    const struct rule *rule;
    const struct rule *hold; /* NULL: none */
};

/** One version of a model: an ordered list of stages; the first whose rule holds wins. Immutable. */
struct model {
    int number; /* 1..MODEL_SLOTS: permanent for its key within the shop */
    char key[DEFINITION_KEY_MAX + 1];
    int version;
    int revision;       /* of the shop's definitions, at which it was published */
    usec_t applies_from; /* NONE: from the beginning */
    bool is_withdrawn;   /* nobody stands anywhere in it from applies_from on */
    bool is_silent;      /* moves that this version causes are not delivered */
    const char *name_zh;
    const char *name_en;
    struct stage *stages;
    size_t n_stages;
};

/** Why a customer stands where they do. */
struct decision {
    const struct stage *stage; /* NULL: the model is withdrawn */
    bool is_held;              /* by the hold rule of the stage they were in */
};

/**
 * model_decide(model, env, current, out):
 * The stage under ${model} of a customer who stands in stage number ${current} (0: nowhere).
 * Idempotent: deciding again from the result gives the result.
 * Errors   none: a checked model is total.
 */
void model_decide(const struct model *model, const struct rule_env *env, int current, struct decision *out);

const struct stage *model_stage(const struct model *model, int number);
const struct stage *model_stage_by_key(const struct model *model, struct span key);

/** One version of a segment. */
struct segment {
    int number; /* 1..SEGMENT_SLOTS */
    char key[DEFINITION_KEY_MAX + 1];
    int version;
    int revision;
    usec_t applies_from;
    bool is_withdrawn;
    bool is_silent;
    const char *name_zh;
    const char *name_en;
    const struct rule *rule;
};

/**
 * model_check(arena, model, exponent, error):
 * Refuse a model that is not total (the last stage's rule must be `true`) or has a dead stage: one that no row
 * of a search over the facts' boundary values (each literal, its neighbours, null) reaches.
 * Errors   STATUS_INVALID_MODEL naming the stage and the one that shadows it, pointer to its rule.
 */
enum status model_check(struct arena *arena, const struct model *model, struct error *error) MUST_CHECK;

#endif
