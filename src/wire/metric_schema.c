#include "wire/metric_table.h"

/* The part of openapi.yaml that follows from the catalogue: names of metrics, what an answer of each is, its rows. */

/* "second_order" to "SecondOrder". */
static void put_camel(struct buf *out, const char *name)
{
    bool is_start = true;
    for (const char *p = name; *p; p++) {
        if (*p != '_')
            buf_char(out, is_start && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
        is_start = *p == '_';
    }
}

static void put_type(struct buf *out, enum metric_type type)
{
    switch (type) {
    case CELL_TIME: buf_text(out, "          type: [string, \"null\"]\n          format: date-time\n"); break;
    case CELL_DATE: buf_text(out, "          type: [string, \"null\"]\n          format: date\n"); break;
    case CELL_TEXT: buf_text(out, "          type: [string, \"null\"]\n"); break;
    case CELL_NAMES: buf_text(out, "          $ref: \"#/components/schemas/Names\"\n"); break;
    case CELL_BOOL: buf_text(out, "          type: boolean\n"); break;
    case CELL_INT: buf_text(out, "          type: [integer, \"null\"]\n"); break;
    case CELL_MONEY:
        buf_text(out, "          type: [string, \"null\"]\n          pattern: \"^-?[0-9]+([.][0-9]+)?$\"\n");
        break;
    case CELL_RATE:
    case CELL_NUMBER: buf_text(out, "          type: [number, \"null\"]\n"); break;
    case CELL_ANY: buf_text(out, "          type: [number, string, \"null\"]\n"); break;
    case METRIC_TYPES: break;
    }
}

static void put_property(struct buf *out, const char *name, const char *description, enum metric_type type)
{
    buf_printf(out, "        %s:\n          description: ", name);
    buf_json_string(out, span_of(description));
    buf_char(out, '\n');
    put_type(out, type);
}

static bool has_column(const struct metric_info *info, const char *name)
{
    for (size_t i = 0; i < info->n_columns; i++)
        if (strcmp(info->columns[i].name, name) == 0)
            return true;
    return false;
}

static void put_time(struct buf *out, const struct metric_info *info)
{
    if (!(info->intervals & ~IN_TOTAL) || has_column(info, "time"))
        return;
    put_property(out, "time", "The instant at which the day or period begins in the shop's time zone.", CELL_TIME);
    if (info->intervals & IN_DAYS)
        put_property(out, "day", "The day, with `interval=day`.", CELL_DATE);
    if (info->intervals & (IN_WEEKS | IN_MONTHS))
        put_property(out, "period", "The first day of the week or month.", CELL_DATE);
    put_property(out, "complete", "Is it over, and wholly in the range?", CELL_BOOL);
}

static void put_groups(struct buf *out, const struct metric_info *info)
{
    static const char *const descriptions[] = {
#define X(NAME, name, zh, en) [BY_##NAME##_AT] = "With `group_by`: the " en ".",
        METRIC_DIMENSION_TABLE(X)
#undef X
    };
    unsigned all = BY_CURRENCY;
    for (size_t i = 0; i < METRIC_GROUPS_MAX; i++)
        all |= info->groups[i];
    for (int i = 0; i < METRIC_DIMENSIONS; i++) {
        const char *name = metric_dimension_name((enum metric_dimension)i);
        enum metric_type type = i == BY_COHORT_AT ? CELL_DATE : i == BY_DAYS_AT ? CELL_INT : CELL_TEXT;
        if (all >> i & 1 && !has_column(info, name))
            put_property(out, name, descriptions[i], type);
    }
}

static void put_row(struct buf *out, const struct metric_info *info)
{
    bool is_first = true;
    buf_text(out, "    MetricRow");
    put_camel(out, info->name);
    buf_text(out, ":\n      type: object\n      required: [");
    for (size_t i = 0; i < info->n_columns; i++) {
        if (info->columns[i].parts)
            continue;
        buf_printf(out, is_first ? "%s" : ", %s", info->columns[i].name);
        is_first = false;
    }
    buf_text(out, "]\n      additionalProperties: false\n      properties:\n");
    put_time(out, info);
    put_groups(out, info);
    for (size_t i = 0; i < info->n_columns; i++)
        put_property(out, info->columns[i].name, info->columns[i].en, info->columns[i].type);
}

static void put_answer(struct buf *out, const struct metric_info *info)
{
    buf_text(out, "    MetricAnswer");
    put_camel(out, info->name);
    buf_text(out, ":\n      description: ");
    buf_json_string(out, span_of(info->en));
    buf_text(out, "\n      allOf:\n        - $ref: \"#/components/schemas/MetricHead\"\n        - type: object\n");
    buf_printf(out, "          required: [metric, data]\n          properties:\n            metric:\n              const: %s\n",
               info->name);
    buf_text(out, "            data:\n              description: At most 100,000 rows.\n              type: array\n"
                  "              items:\n                $ref: \"#/components/schemas/MetricRow");
    put_camel(out, info->name);
    buf_text(out, "\"\n");
}

void metric_schemas(struct buf *out)
{
    buf_text(out, "    MetricName:\n      type: string\n      enum:\n");
    for (int i = 0; i < METRICS; i++)
        buf_printf(out, "        - %s\n", metric_info((enum metric)i)->name);
    buf_text(out, "    MetricAnswer:\n      oneOf:\n");
    for (int i = 0; i < METRICS; i++) {
        buf_text(out, "        - $ref: \"#/components/schemas/MetricAnswer");
        put_camel(out, metric_info((enum metric)i)->name);
        buf_text(out, "\"\n");
    }
    for (int i = 0; i < METRICS; i++) {
        put_answer(out, metric_info((enum metric)i));
        put_row(out, metric_info((enum metric)i));
    }
}
