/* Any bytes as the body of a model and of a segment: what is accepted decides for any customer. */
#include "core/definition.h"
#include "wire/model.h"

#include <assert.h>

#define NOW (INT64_C(1795219200) * USEC_PER_SEC)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int next_number(void *context, struct span key)
{
    int *n = context;
    (void)key;
    return ++*n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1 << 16);
    struct span body = {(const char *)data, size}, document;
    struct error error = {0};
    struct model *model;
    struct segment *segment;
    struct state state;
    int n = 0;
    state_init(&state, &(struct uuid){{1}}, span_of("42"), IDENTITY_USER);
    struct fact_view view = {.state = &state, .now = NOW};
    struct rule_env env = fact_env(&view);
    if (size <= RULE_BYTES_MAX && model_document(arena, body, &document, &error) == STATUS_OK &&
        model_load(arena, document, "m", next_number, &n, 2, &model, &error) == STATUS_OK) {
        /* a model that was not checked need not be total */
        if (rule_holds(model->stages[model->n_stages - 1].rule, &env)) {
            struct decision first, again;
            model_decide(model, &env, 0, &first);
            model_decide(model, &env, first.stage->number, &again);
            assert(again.stage == first.stage);
        }
    } else {
        assert(size > RULE_BYTES_MAX || error.status != STATUS_OK);
    }
    if (segment_parse(arena, body, "s", 2, &segment, &error) == STATUS_OK)
        (void)rule_holds(segment->rule, &env);
    arena_free(arena);
    return 0;
}
