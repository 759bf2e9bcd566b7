#ifndef DB_EACH_H
#define DB_EACH_H

/* One array parameter of n elements: ${expression} is evaluated for each i < n, both in scope at the caller. */
#define EACH(args, type, push, expression)                                                                    \
    do {                                                                                                      \
        arg_array((args), (type), n);                                                                         \
        for (size_t i = 0; i < n; i++)                                                                        \
            push((args), (expression));                                                                       \
    } while (0)

#endif
