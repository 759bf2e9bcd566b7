#include "app/settings.h"
#include "registry.h"

static const struct settings defaults = {.joins = ~0U, .identities_max = 200, .sharers_max = 1};
const struct settings *settings_known(struct registry *registry, const struct shop *shop)
{
    (void)registry;
    (void)shop;
    return &defaults;
}
