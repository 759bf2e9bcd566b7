#include "core/change.h"

static const char *const names[] = {
    [CHANGE_NONE] = "none",
#define X(name, number, type) [CHANGE_##name] = type,
    CHANGE_TABLE(X)
#undef X
};

#define X(name, number, type) _Static_assert(CHANGE_##name == number, "the numbers are stored");
CHANGE_TABLE(X)
#undef X

const char *change_type_name(enum change_type type)
{
    return names[type];
}

/* "segment.entered", or "segment.*", or "*". */
static bool names_type(struct span name, const char *type)
{
    size_t n = name.n ? name.n - 1 : 0;
    bool is_start = n > 0 ? name.p[n] == '*' && name.p[n - 1] == '.' : span_is(name, "*");
    return span_is(name, type) || (is_start && strncmp(type, name.p, n) == 0);
}

uint32_t change_types_of(struct span name)
{
    uint32_t types = 0;
    for (int i = 1; i < CHANGE_COUNT; i++)
        if (i != CHANGE_BLANK && names_type(name, names[i]))
            types |= UINT32_C(1) << i;
    return types;
}

static bool has_bit(const unsigned char *bits, int number)
{
    return bits[(number - 1) / 8] >> ((number - 1) % 8) & 1;
}

static bool stage_matches(const struct change_filter *filter, const struct change *change)
{
    const unsigned char *wanted = filter->stages[change->number - 1];
    return (change->from && has_bit(wanted, change->from)) || (change->to && has_bit(wanted, change->to));
}

void change_filter_narrow(struct change_filter *filter)
{
    static const uint32_t of_stages = UINT32_C(1) << CHANGE_STAGE | UINT32_C(1) << CHANGE_MOVED |
                                      UINT32_C(1) << CHANGE_WITHDRAWN | UINT32_C(1) << CHANGE_ADDED |
                                      UINT32_C(1) << CHANGE_LATE;
    static const uint32_t of_segments =
        UINT32_C(1) << CHANGE_ENTERED | UINT32_C(1) << CHANGE_LEFT | UINT32_C(1) << CHANGE_SEGMENT;
    uint32_t types = 0;
    if (filter->has_models || filter->has_stages)
        types |= of_stages;
    if (filter->has_models && !filter->has_stages)
        types |= UINT32_C(1) << CHANGE_MODEL;
    if (filter->has_segments)
        types |= of_segments;
    if (types)
        filter->types = types;
}

bool change_matches(const struct change_filter *filter, const struct change *change)
{
    if (change->type == CHANGE_BLANK || !(filter->types >> change->type & 1))
        return false;
    if (change->is_silent && !filter->has_silent)
        return false;
    switch (change->type) {
    case CHANGE_STAGE:
    case CHANGE_MOVED:
    case CHANGE_WITHDRAWN:
    case CHANGE_ADDED:
    case CHANGE_LATE:
        return (!filter->has_models || filter->models >> (change->number - 1) & 1) &&
               (!filter->has_stages || stage_matches(filter, change));
    case CHANGE_MODEL: return !filter->has_models || filter->models >> (change->number - 1) & 1;
    case CHANGE_ENTERED:
    case CHANGE_LEFT:
    case CHANGE_SEGMENT: return !filter->has_segments || has_bit(filter->segments, change->number);
    case CHANGE_NONE:
    case CHANGE_SYNCED:
    case CHANGE_MERGED:
    case CHANGE_UNMERGED:
    case CHANGE_ERASED:
    case CHANGE_BLANK:
    case CHANGE_ORDERED:
    case CHANGE_REFUNDED:
    case CHANGE_DISABLED:
    case CHANGE_SCORES:
    case CHANGE_RFM:
    case CHANGE_COUNT: break;
    }
    return true;
}
