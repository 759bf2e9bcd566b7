#ifndef SRC_APP_METRIC_STAGE_H
#define SRC_APP_METRIC_STAGE_H

#include "core/flow.h"
#include "metric_job.h"

/** Private to app/: what the metrics of stages share. */

/** What a row tells of: a stage, all of one role, or all of a model. */
enum level { LEVEL_STAGE, LEVEL_ROLE, LEVEL_MODEL };

struct bin {
    const struct stage *stage; /* of any version; LEVEL_STAGE */
    enum role role;            /* not of LEVEL_MODEL */
};

/** Into what the customers of a model are counted: what the present version has, in its order, then what older ones had. */
struct bins {
    const struct model *model;
    enum level level;
    size_t n_present;
    size_t n;
    struct bin bins[STAGE_NUMBERS];   /* from 1 to ${n} */
    unsigned char of[STAGE_NUMBERS];  /* of each stage; 0: nowhere */
    unsigned char role[STAGE_NUMBERS]; /* of each stage */
};

/** The bins of every model in force that is asked for, in order of models. */
struct models {
    enum level level;
    struct bins *bins;
    size_t n;
    struct bins *of[MODEL_SLOTS]; /* by number, less 1; NULL: not asked for */
};

/**
 * models_begin(job, fallback, out):
 * At the level that group_by asks for, ${fallback} when it is silent; from then on group_by has the model, and the stage or
 * role, that rows tell.
 */
void models_begin(struct metric_job *job, enum level fallback, struct models *out);
/** Has it a stage with the role lost? Else nobody can be lost or won back by it. */
bool model_has_lost(const struct model *model);
/**
 * models_with_lost(job, models, error):
 * Leave out of ${models}->of those that know no lost customers: that they lost none would be no answer.
 * Errors   CANNOT_ANSWER: none is left.
 */
enum status models_with_lost(const struct metric_job *job, struct models *models, struct error *error) MUST_CHECK;
/** The bins of the model with this number, or NULL. */
struct bins *models_bins(const struct models *models, int64_t model);
/** The bin of a stage, and its role; 0: nowhere. */
size_t bins_of(const struct bins *bins, int64_t stage);
enum role bins_role(const struct bins *bins, int64_t stage);

/** The cells of a row that tells of one bin. */
void cell_bin(struct metric_table *table, const struct bins *bins, size_t bin);
/** The cells of a stage or role as it is named in a column; 0: null. */
void cell_bin_key(struct metric_table *table, const char *name, const struct bins *bins, size_t bin);
void cell_bin_role(struct metric_table *table, const char *name, const struct bins *bins, size_t bin);

/** Days that no tally lies before, or after. */
#define DAY_LEAST (-1000000)
#define DAY_MOST  4000000

/** A range of one cube, of the model that is asked for, if one is. */
struct tally_range metric_model_range(const struct metric_job *job, enum cube cube, int64_t from, int64_t to);

/** STANDING, and MOVES from the beginning of the range on: begins ${flow} there. */
enum status metric_flow_begin(struct metric_job *job, struct flow *flow, struct tallies *tallies, struct error *error) MUST_CHECK;
/** Go on to the end of period ${n} of the range. */
void metric_flow_advance(const struct metric_job *job, struct flow *flow, size_t n);

#endif
