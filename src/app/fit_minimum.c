#include "fit_minimum.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>

#include <nlopt.h>

#define EVALUATIONS_MAX 1000

static _Thread_local const _Atomic bool *gives_up;

void fit_give_up_when(const _Atomic bool *flag)
{
    gives_up = flag;
}

bool fit_gives_up(void)
{
    return gives_up && atomic_load(gives_up);
}

/** What is remembered of a search: NLopt may end at another place than the best one. */
struct search {
    nlopt_opt opt;
    fit_function *function;
    void *data;
    int evaluations;
    double least;
    double best[FIT_VARIABLES_MAX];
};

static double look(unsigned n, const double *x, double *gradient, void *data)
{
    struct search *search = data;
    double unused[FIT_VARIABLES_MAX];
    double value = search->function(n, x, gradient ? gradient : unused, search->data);
    search->evaluations++;
    if (fit_gives_up())
        nlopt_force_stop(search->opt);
    if (value < search->least) {
        search->least = value;
        memcpy(search->best, x, n * sizeof(*x));
    }
    return value;
}

double fit_minimum(fit_function *function, void *data, unsigned n, const double *lower, const double *upper,
                   double *x, int *evaluations)
{
    assert(n <= FIT_VARIABLES_MAX);
    struct search search = {.function = function, .data = data, .least = INFINITY};
    memcpy(search.best, x, n * sizeof(*x));
    nlopt_opt opt = nlopt_create(NLOPT_LD_LBFGS, n);
    assert(opt != NULL);
    search.opt = opt;
    nlopt_set_min_objective(opt, look, &search);
    nlopt_set_lower_bounds(opt, lower);
    nlopt_set_upper_bounds(opt, upper);
    nlopt_set_ftol_rel(opt, 1e-11);
    nlopt_set_xtol_rel(opt, 1e-7);
    nlopt_set_maxeval(opt, EVALUATIONS_MAX);
    double least;
    nlopt_result unused =
        nlopt_optimize(opt, x, &least); /* the best place is as good as a search says it was */
    (void)unused;
    nlopt_destroy(opt);
    memcpy(x, search.best, n * sizeof(*x));
    *evaluations = search.evaluations;
    return search.least;
}

/** The eigenvalues of a symmetric matrix, in its diagonal: Jacobi's rotations. */
static void diagonalize(unsigned n, double m[FIT_VARIABLES_MAX][FIT_VARIABLES_MAX])
{
    for (int sweep = 0; sweep < 30; sweep++) {
        for (unsigned p = 0; p + 1 < n; p++) {
            for (unsigned q = p + 1; q < n; q++) {
                if (m[p][q] == 0)
                    continue;
                double angle = (m[q][q] - m[p][p]) / (2 * m[p][q]);
                double t = copysign(1, angle) / (fabs(angle) + hypot(1, angle)), c = 1 / hypot(1, t),
                       s = t * c;
                for (unsigned i = 0; i < n; i++) {
                    double ip = m[i][p], iq = m[i][q];
                    m[i][p] = c * ip - s * iq;
                    m[i][q] = s * ip + c * iq;
                }
                for (unsigned i = 0; i < n; i++) {
                    double pi = m[p][i], qi = m[q][i];
                    m[p][i] = c * pi - s * qi;
                    m[q][i] = s * pi + c * qi;
                }
            }
        }
    }
}

double fit_condition(fit_function *function, void *data, unsigned n, const double *x)
{
    double m[FIT_VARIABLES_MAX][FIT_VARIABLES_MAX], at[FIT_VARIABLES_MAX];
    double above[FIT_VARIABLES_MAX], below[FIT_VARIABLES_MAX], step = 1e-4;
    assert(n <= FIT_VARIABLES_MAX);
    memcpy(at, x, n * sizeof(*x));
    for (unsigned i = 0; i < n; i++) {
        at[i] = x[i] + step;
        function(n, at, above, data);
        at[i] = x[i] - step;
        function(n, at, below, data);
        at[i] = x[i];
        for (unsigned j = 0; j < n; j++)
            m[i][j] = (above[j] - below[j]) / (2 * step);
    }
    for (unsigned i = 0; i < n; i++) {
        for (unsigned j = 0; j < i; j++)
            m[i][j] = m[j][i] = (m[i][j] + m[j][i]) / 2;
    }
    diagonalize(n, m);
    double least = INFINITY, largest = -INFINITY;
    for (unsigned i = 0; i < n; i++) {
        least = fmin(least, m[i][i]);
        largest = fmax(largest, m[i][i]);
    }
    return least > 0 ? largest / least : INFINITY;
}
