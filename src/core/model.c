#include "core/model.h"

#include <assert.h>

static const char *const roles[ROLE_COUNT] = {
#define X(name, text) [ROLE_##name] = text,
    ROLE_TABLE(X)
#undef X
};

const char *role_name(enum role role)
{
    assert(role > ROLE_NONE && role < ROLE_COUNT);
    return roles[role];
}

enum role role_of(struct span name)
{
    for (int role = ROLE_NONE + 1; role < ROLE_COUNT; role++) {
        if (span_is(name, roles[role])) {
            return (enum role)role;
        }
    }
    return ROLE_NONE;
}

const struct stage *model_stage(const struct model *model, int number)
{
    for (size_t i = 0; i < model->n_stages; i++) {
        if (model->stages[i].number == number) {
            return &model->stages[i];
        }
    }
    return NULL;
}

const struct stage *model_stage_by_key(const struct model *model, struct span key)
{
    for (size_t i = 0; i < model->n_stages; i++) {
        if (span_is(key, model->stages[i].key)) {
            return &model->stages[i];
        }
    }
    return NULL;
}

/* A stage that this version does not have any more holds nobody. */
void model_decide(const struct model *model, const struct rule_env *env, int current, struct decision *out)
{
    *out = (struct decision){0};
    if (model->is_withdrawn) {
        return;
    }
    const struct stage *here = current ? model_stage(model, current) : NULL;
    if (here && here->hold && rule_holds(here->hold, env)) {
        *out = (struct decision){.stage = here, .is_held = true};
        return;
    }
    for (size_t i = 0; i < model->n_stages && out->stage == NULL; i++) {
        if (rule_holds(model->stages[i].rule, env)) {
            out->stage = &model->stages[i];
        }
    }
    assert(out->stage != NULL); /* the last stage of a checked model always holds */
}
