#include "customer_filter.h"

#include "wire/duration.h"
#include "wire/rule.h"

#define DURATION_MOST (36525 * USEC_PER_DAY)

/* --- what is asked for ---------------------------------------------------------------------------------------- */

static enum status read_model(struct arena *arena, const struct customer_query *query, struct customer_filter *f, usec_t now,
                              struct error *error)
{
    const struct definitions *definitions = f->definitions;
    const struct model *wanted = NULL;
    enum role role = ROLE_NONE;
    if (query->model.n) {
        wanted = definitions_model(definitions, query->model, now);
        if (wanted == NULL)
            return error_set(error, STATUS_INVALID_PARAMETER, "", "model: no model in force has this key");
        f->model = wanted->number;
    }
    if (query->stage.n && wanted == NULL)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "stage needs model");
    if (query->role.n) {
        role = role_of(query->role);
        if (role == ROLE_NONE)
            return error_set(error, STATUS_INVALID_PARAMETER, "", "role: there is no such role");
    }
    if (query->stage.n && model_stage_by_key(wanted, query->stage) == NULL)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "stage: the model has no stage with this key");
    if (query->stage.n == 0 && role == ROLE_NONE)
        return STATUS_OK;
    struct search_stages *any_of = ARENA_ARRAY(arena, struct search_stages, MODEL_SLOTS);
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], now);
        if (model == NULL || model->is_withdrawn || (wanted && model != wanted))
            continue;
        int *numbers = ARENA_ARRAY(arena, int, model->n_stages);
        size_t n = 0;
        for (size_t k = 0; k < model->n_stages; k++)
            if ((role == ROLE_NONE || model->stages[k].role == role) &&
                (query->stage.n == 0 || span_is(query->stage, model->stages[k].key)))
                numbers[n++] = model->stages[k].number;
        any_of[f->search.n_any_of++] = (struct search_stages){.model = i + 1, .stages = numbers, .n = n};
    }
    f->search.any_of = any_of;
    if (f->search.n_any_of == 0) /* no model is in force: nobody stands anywhere */
        any_of[f->search.n_any_of++] = (struct search_stages){.model = 1};
    return STATUS_OK;
}

static enum status read_rule(struct arena *arena, const struct customer_query *query, struct customer_filter *f,
                             struct error *error)
{
    struct rule_schema schema = {.resolve = fact_resolve, .money_exponent = query->shop->exponent};
    struct rule *rule;
    struct error reason;
    enum status status = rule_parse(arena, query->rule, &schema, &rule, &reason);
    if (status == STATUS_MALFORMED_JSON)
        return error_set(error, STATUS_INVALID_PARAMETER, "", "rule: %s", reason.detail);
    if (status == STATUS_OK)
        f->search.rule = rule;
    else
        *error = reason;
    return status;
}

static enum status read_span(const struct customer_query *query, struct customer_filter *f, struct error *error)
{
    usec_t span;
    if (!duration_parse(query->due_within, &span) || span > DURATION_MOST)
        return error_set(error, STATUS_INVALID_PARAMETER, "",
                         "due_within is an ISO 8601 duration of weeks, days, hours, minutes and seconds, at most 100 years: P7D");
    f->search.until = f->search.now + span;
    return STATUS_OK;
}

enum status customer_filter_read(struct session *session, struct arena *arena, const struct customer_query *query,
                                 usec_t now, struct customer_filter *f, struct error *error)
{
    *f = (struct customer_filter){.search = {.shop_id = query->shop->id, .now = now}};
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = session_definitions(session, query->shop, false, &f->definitions, error);
    if (status == STATUS_OK)
        status = read_model(arena, query, f, now, error);
    if (status == STATUS_OK && query->segment.n) {
        const struct segment *segment = definitions_segment(f->definitions, query->segment, now);
        if (segment == NULL)
            return error_set(error, query->is_membership ? STATUS_NOT_FOUND : STATUS_INVALID_PARAMETER, "",
                             "no segment in force has this key");
        f->search.segment = segment->number;
    }
    if (status == STATUS_OK && query->rule.n)
        status = read_rule(arena, query, f, error);
    if (status == STATUS_OK && query->due_within.n)
        status = read_span(query, f, error);
    return status;
}

/* --- who answers to it ---------------------------------------------------------------------------------------- */

unsigned customer_filter_needs(const struct customer_filter *f)
{
    unsigned what = 0;
    if (f->search.rule && rule_mentions(f->search.rule, fact_needs_profile))
        what |= LOOK_PROFILE;
    if (f->search.rule && rule_mentions(f->search.rule, fact_needs_orders))
        what |= LOOK_ORDERS;
    return what;
}

static bool stands_there(const struct customer_filter *f, const struct state *state)
{
    for (size_t i = 0; i < f->search.n_any_of; i++) {
        const struct search_stages *stages = &f->search.any_of[i];
        for (size_t k = 0; k < stages->n; k++)
            if (state->standing[stages->model - 1].stage == stages->stages[k])
                return true;
    }
    return f->search.n_any_of == 0;
}

bool customer_filter_admits(const struct customer_filter *f, const struct look *look)
{
    struct fact_view of = definitions_view(f->definitions, &look->view.state, look->view.as_of);
    struct rule_env env = fact_env(&of);
    return look->is_found && stands_there(f, &look->view.state) &&
           (f->search.segment == 0 || state_is_member(&look->view.state, f->search.segment)) &&
           (f->search.rule == NULL || rule_holds(f->search.rule, &env));
}

struct move customer_filter_move(const struct customer_filter *f, const struct customer_view *view)
{
    struct move move = {.at = NONE};
    for (int i = 0; i < f->definitions->n_models && i < MODEL_SLOTS; i++) {
        if ((f->model && f->model != i + 1) || view->next[i].at == NONE)
            continue;
        if (move.model == 0 || view->next[i].at < move.at)
            move = (struct move){.model = i + 1, .stage = view->next[i].stage, .at = view->next[i].at};
    }
    return move;
}
