#ifndef APP_FIT_MINIMUM_H
#define APP_FIT_MINIMUM_H

#include "base/types.h"

/** The value of a function of n variables and its gradient. */
typedef double fit_function(unsigned n, const double *x, double *gradient, void *data);

/** As many variables as any function here has at most. */
#define FIT_VARIABLES_MAX 32

/**
 * From now on searches of this thread end at their first look once ${gives_up} is true, wherever they are. NULL: none does.
 */
void fit_give_up_when(const _Atomic bool *gives_up);
/** Is it true? */
bool fit_gives_up(void);

/**
 * fit_minimum(function, data, n, lower, upper, x, evaluations):
 * Search the least value from ${x} on, by gradients within bounds; ${x} becomes the best place that was seen
 * and its value is returned. No chance and no clock: the same input gives the same bits.
 */
double fit_minimum(fit_function *function, void *data, unsigned n, const double *lower, const double *upper,
                   double *x, int *evaluations);

/**
 * The condition number of the matrix of second derivatives at ${x}, from differences of the gradient: largest
 * by smallest eigenvalue; INFINITY when it is not positive definite.
 */
double fit_condition(fit_function *function, void *data, unsigned n, const double *x);

#endif
