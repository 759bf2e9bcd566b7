#include "core/settings.h"

static const char *const any_origin[] = {"*"};

const struct settings settings_default = {
    .joins = (1U << IDENTITY_KIND_COUNT) - 1,
    .identities_max = SETTINGS_IDENTITIES_MAX_DEFAULT,
    .sharers_max = SETTINGS_SHARERS_MAX_DEFAULT,
    .origins = any_origin,
    .n_origins = COUNT_OF(any_origin),
    .has_order_changes = true,
    .feed_days = SETTINGS_FEED_DAYS_DEFAULT,
    .cadence = "default",
    .margin = 1.0,
    .discount = 0.1,
    .fit_days = SETTINGS_SCORE_DAYS_DEFAULT,
    .rfm_days = SETTINGS_SCORE_DAYS_DEFAULT,
    .version = 1,
};

const struct settings *settings_copy(struct arena *arena, const struct settings *settings)
{
    struct settings *copy = arena_copy(arena, settings, sizeof(*settings));
    const char **origins = ARENA_ARRAY(arena, const char *, settings->n_origins);
    for (size_t i = 0; i < settings->n_origins; i++) {
        origins[i] = arena_text(arena, span_of(settings->origins[i]));
    }
    copy->origins = origins;
    if (settings->n_blocked != 0) {
        copy->blocked =
            arena_copy(arena, settings->blocked, settings->n_blocked * sizeof(*settings->blocked));
    }
    return copy;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
}

/** Scheme and host do not know letter case. */
static bool is_same_origin(struct span origin, const char *known)
{
    size_t i = 0;
    while (i < origin.n && known[i] != '\0' && lower(origin.p[i]) == lower(known[i])) {
        i++;
    }
    return i == origin.n && known[i] == '\0';
}

bool settings_allow(const struct settings *settings, struct span origin)
{
    for (size_t i = 0; i < settings->n_origins; i++) {
        if (strcmp(settings->origins[i], "*") == 0 || is_same_origin(origin, settings->origins[i])) {
            return true;
        }
    }
    return false;
}
