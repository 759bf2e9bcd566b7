#ifndef TESTS_UNIT_WIRE_WEBHOOK_FIXTURE_H
#define TESTS_UNIT_WIRE_WEBHOOK_FIXTURE_H

#include "base/arena.h"
#include "core/definition.h"
#include "core/shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** A shop with the model `purchase` (prospect, loyal) and the segment `vip`. */
static struct stage stages[] = {{.key = "prospect", .number = 1, .role = ROLE_PROSPECT},
                                {.key = "loyal", .number = 2, .role = ROLE_LOYAL}};
static const struct model model = {.number = 1, .key = "purchase", .version = 1, .applies_from = NONE, .stages = stages, .n_stages = 2};
static const struct segment segment = {.number = 1, .key = "vip", .version = 1, .applies_from = NONE};
static const struct model *model_versions[] = {&model};
static const struct segment *segment_versions[] = {&segment};
static struct model_history models[] = {{model_versions, 1}};
static struct segment_history segments[] = {{segment_versions, 1}};
static const struct shop shop = {.id = 1, .key = "demo", .currency = "EUR", .exponent = 2};
static const struct definitions definitions = {
    .shop = &shop, .revision = 1, .models = models, .segments = segments, .n_models = 1, .n_segments = 1};

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

#endif
