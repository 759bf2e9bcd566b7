#include "metric_stage.h"

#include "wire/customer.h"

/* --- bins
 * -------------------------------------------------------------------------------------------------------- */

static void add_bin(struct bins *bins, const struct stage *stage, enum role role)
{
    bins->bins[++bins->n] = (struct bin){stage, role};
}

static size_t role_bin(const struct bins *bins, enum role role)
{
    size_t bin = bins->n;
    while (bin && bins->bins[bin].role != role)
        bin--;
    return bin;
}

/* Put a stage into the bin that is its own, or that of its role. */
static void place(struct bins *bins, const struct stage *stage)
{
    if (bins->level == LEVEL_STAGE)
        add_bin(bins, stage, stage->role);
    else if (bins->level == LEVEL_ROLE && role_bin(bins, stage->role) == 0)
        add_bin(bins, NULL, stage->role);
    bins->role[stage->number] = (unsigned char)stage->role;
    bins->of[stage->number] =
        (unsigned char)(bins->level == LEVEL_ROLE ? role_bin(bins, stage->role) : bins->n);
}

static void make_bins(struct bins *bins, const struct model *model, const struct model_history *history,
                      enum level level)
{
    *bins = (struct bins){.model = model, .level = level};
    if (level == LEVEL_MODEL)
        add_bin(bins, NULL, ROLE_NONE);
    for (size_t k = 0; k < model->n_stages; k++)
        place(bins, &model->stages[k]);
    bins->n_present = bins->n;
    for (int number = 1; number < STAGE_NUMBERS; number++) {
        const struct stage *old = bins->of[number] ? NULL : history_stage(history, number);
        if (old)
            place(bins, old);
    }
}

static enum level read_level(const struct metric_job *job, enum level fallback)
{
    if (job->groups & BY_STAGE)
        return LEVEL_STAGE;
    if (job->groups & BY_ROLE)
        return LEVEL_ROLE;
    return job->groups & BY_MODEL ? LEVEL_MODEL : fallback;
}

void models_begin(struct metric_job *job, enum level fallback, struct models *out)
{
    const struct definitions *definitions = job->definitions;
    *out = (struct models){.level = read_level(job, fallback)};
    out->bins = ARENA_ARRAY(job->arena, struct bins, (size_t)definitions->n_models);
    for (int number = 1; number <= definitions->n_models; number++) {
        const struct model_history *history = &definitions->models[number - 1];
        const struct model *model = model_at(history, job->now);
        if (model == NULL || model->is_withdrawn || (job->model && job->model->number != number))
            continue;
        out->of[number - 1] = &out->bins[out->n++];
        make_bins(out->of[number - 1], model, history, out->level);
    }
    job->groups |=
        BY_MODEL | (out->level == LEVEL_STAGE ? BY_STAGE : 0) | (out->level == LEVEL_ROLE ? BY_ROLE : 0);
}

bool model_has_lost(const struct model *model)
{
    for (size_t i = 0; i < model->n_stages; i++)
        if (model->stages[i].role == ROLE_LOST)
            return true;
    return false;
}

enum status models_with_lost(const struct metric_job *job, struct models *models, struct error *error)
{
    bool has_any = false;
    for (int i = 0; i < MODEL_SLOTS; i++) {
        if (models->of[i] && !model_has_lost(models->of[i]->model))
            models->of[i] = NULL;
        has_any |= models->of[i] != NULL;
    }
    if (has_any)
        return STATUS_OK;
    return error_set(error, STATUS_CANNOT_ANSWER, "",
                     "%s has a stage with the role lost: nobody is ever lost there, and nobody won back",
                     job->model ? "no version in force of the model" : "no model in force");
}

struct bins *models_bins(const struct models *models, int64_t model)
{
    return model >= 1 && model <= MODEL_SLOTS ? models->of[model - 1] : NULL;
}

size_t bins_of(const struct bins *bins, int64_t stage)
{
    return stage >= 1 && stage < STAGE_NUMBERS ? bins->of[stage] : 0;
}

enum role bins_role(const struct bins *bins, int64_t stage)
{
    return stage >= 1 && stage < STAGE_NUMBERS ? (enum role)bins->role[stage] : ROLE_NONE;
}

/* --- cells
 * ------------------------------------------------------------------------------------------------------- */

static struct span text_or_null(const char *text)
{
    return text ? span_of(text) : (struct span){NULL, 0};
}

void cell_bin_key(struct metric_table *table, const char *name, const struct bins *bins, size_t bin)
{
    const struct stage *stage = bins->bins[bin].stage;
    if (bins->level == LEVEL_ROLE)
        cell_bin_role(table, name, bins, bin);
    else
        cell_text(table, name, text_or_null(stage ? stage->key : NULL));
}

void cell_bin_role(struct metric_table *table, const char *name, const struct bins *bins, size_t bin)
{
    enum role role = bins->bins[bin].role;
    cell_text(table, name, text_or_null(role != ROLE_NONE ? role_name(role) : NULL));
}

void cell_bin(struct metric_table *table, const struct bins *bins, size_t bin)
{
    const struct stage *stage = bins->bins[bin].stage;
    cell_text(table, "model", span_of(bins->model->key));
    if (stage) {
        cell_text(table, "stage", span_of(stage->key));
        cell_names(table, "name", stage->name_zh, stage->name_en);
    }
    cell_bin_role(table, "role", bins, bin);
}

/* --- reading
 * ----------------------------------------------------------------------------------------------------- */

struct tally_range metric_model_range(const struct metric_job *job, enum cube cube, int64_t from, int64_t to)
{
    return (struct tally_range){.cube = cube,
                                .from = from,
                                .to = to,
                                .has_a = job->model != NULL,
                                .a = job->model ? job->model->number : 0};
}

enum status metric_flow_begin(struct metric_job *job, struct flow *flow, struct tallies *tallies,
                              struct error *error)
{
    struct tally_range ranges[] = {metric_model_range(job, CUBE_STANDING, 0, 1),
                                   metric_model_range(job, CUBE_MOVES, job->from_day, DAY_MOST)};
    enum status status = metric_read(job, ranges, COUNT_OF(ranges), tallies, error);
    if (status == STATUS_OK)
        flow_begin(flow, tallies->rows, tallies->n, job->from_day);
    return status;
}

void metric_flow_advance(const struct metric_job *job, struct flow *flow, size_t n)
{
    bool is_last = n + 1 == metric_periods(job);
    flow_advance(flow, is_last ? job->to_day : metric_period_day(job, n + 1));
}
