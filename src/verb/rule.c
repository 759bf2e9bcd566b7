#include "base/arena.h"
#include "verb/verb.h"
#include "wire/rule.h"

#include <stdio.h>
#include <string.h>

#define EXIT_REFUSED 2

int verb_rule(struct verb_context *context, int argc, char **argv)
{
    struct error error = {0};
    struct span result;
    (void)context;
    if (argc != 4 || strcmp(argv[1], "--data") != 0)
        return verb_usage("rule");
    struct arena *arena = arena_new(1 << 16);
    enum status status = rule_run(arena, span_of(argv[3]), span_of(argv[2]), &result, &error);
    if (status == STATUS_OK)
        printf("%.*s\n", (int)result.n, result.p);
    else
        fprintf(stderr, "lifecycled rule: %s%s%s\n", error.pointer, *error.pointer ? ": " : "", error.detail);
    arena_free(arena);
    return status == STATUS_OK ? 0 : EXIT_REFUSED;
}
