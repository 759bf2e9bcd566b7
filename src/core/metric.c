#include "core/metric.h"

#include "metric_info.h"

#include <stdio.h>

static const struct metric_info *const infos[] = {
#define X(NAME, name) [METRIC_OF_##NAME] = &metric_info_##name,
    METRIC_TABLE(X)
#undef X
};

const struct metric_info *metric_info(enum metric metric)
{
    return infos[metric];
}

enum metric metric_of(struct span name)
{
    int metric = 0;
    while (metric < METRICS && !span_is(name, infos[metric]->name))
        metric++;
    return (enum metric)metric;
}

const char *metric_type_name(enum metric_type type)
{
    static const char *const names[] = {
#define X(NAME, name) [CELL_##NAME] = (name),
        METRIC_TYPE_TABLE(X)
#undef X
    };
    return names[type];
}

static const char *const dimensions[] = {
#define X(NAME, name, zh, en) [BY_##NAME##_AT] = #name,
    METRIC_DIMENSION_TABLE(X)
#undef X
};

const char *metric_dimension_name(enum metric_dimension dimension)
{
    return dimensions[dimension];
}

const char *metric_dimension_zh(enum metric_dimension dimension)
{
    static const char *const names[] = {
#define X(NAME, name, zh, en) [BY_##NAME##_AT] = (zh),
        METRIC_DIMENSION_TABLE(X)
#undef X
    };
    return names[dimension];
}

const char *metric_dimension_en(enum metric_dimension dimension)
{
    static const char *const names[] = {
#define X(NAME, name, zh, en) [BY_##NAME##_AT] = (en),
        METRIC_DIMENSION_TABLE(X)
#undef X
    };
    return names[dimension];
}

const char *metric_interval_name(enum metric_interval interval)
{
    static const char *const names[] = {"day", "week", "month", "total"};
    return names[interval];
}

void metric_set_print(unsigned set, char out[METRIC_SET_TEXT])
{
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < METRIC_DIMENSIONS; i++)
        if (set >> i & 1)
            n += (size_t)snprintf(out + n, METRIC_SET_TEXT - n, "%s%s", n ? "," : "", dimensions[i]);
}

bool metric_set_read(struct span text, unsigned *out)
{
    unsigned set = 0;
    if (text.n && text.p[text.n - 1] == ',')
        return false;
    while (text.n) {
        struct span word = span_take(&text, ',');
        int i = 0;
        while (i < METRIC_DIMENSIONS && !span_is(word, dimensions[i]))
            i++;
        if (i == METRIC_DIMENSIONS || set >> i & 1)
            return false;
        set |= 1u << i;
    }
    *out = set;
    return true;
}

bool metric_can_group(const struct metric_info *info, unsigned set)
{
    unsigned wanted = set & ~(unsigned)BY_CURRENCY;
    for (size_t i = 0; i < METRIC_GROUPS_MAX && info->groups[i]; i++)
        if (info->groups[i] == wanted)
            return true;
    return wanted == 0;
}

bool metric_has_parameter(const struct metric_info *info, struct span name)
{
    struct span rest = span_of(info->parameters);
    if (span_is(name, "group_by"))
        return true;
    if (span_is(name, "from") || span_is(name, "to"))
        return !(info->flags & METRIC_NO_RANGE);
    if (span_is(name, "interval"))
        return info->intervals != 0;
    while (rest.n)
        if (span_equal(span_take(&rest, ','), name))
            return true;
    return false;
}
