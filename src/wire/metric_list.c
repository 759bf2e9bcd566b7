#include "wire/customer.h"
#include "wire/metric_table.h"

/* --- JSON ------------------------------------------------------------------------------------------------------- */

static void put_member(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json_string(out, span_of(text));
}

static void put_names(struct buf *out, const char *name, const char *zh, const char *en)
{
    buf_printf(out, ",\"%s\":", name);
    names_print(out, zh, en);
}

static void put_columns(struct buf *out, const struct metric_info *info)
{
    for (size_t i = 0; i < info->n_columns; i++) {
        const struct metric_column *column = &info->columns[i];
        buf_text(out, i ? ",{\"name\":" : "{\"name\":");
        buf_json_string(out, span_of(column->name));
        put_member(out, "type", metric_type_name(column->type));
        put_member(out, "unit", column->unit);
        put_member(out, "formula", column->formula);
        put_names(out, "formula_text", metric_formula_zh(column->formula), column->formula);
        put_names(out, "definition", column->zh, column->en);
        buf_char(out, '}');
    }
}

/* [["channel"],["channel","campaign"]] */
static void put_groups(struct buf *out, const struct metric_info *info)
{
    for (size_t i = 0; i < METRIC_GROUPS_MAX && info->groups[i]; i++) {
        bool is_first = true;
        buf_text(out, i ? ",[" : "[");
        for (int d = 0; d < METRIC_DIMENSIONS; d++) {
            if (!(info->groups[i] >> d & 1))
                continue;
            buf_printf(out, is_first ? "\"%s\"" : ",\"%s\"", metric_dimension_name((enum metric_dimension)d));
            is_first = false;
        }
        buf_char(out, ']');
    }
}

static void put_intervals(struct buf *out, const struct metric_info *info)
{
    bool is_first = true;
    for (int i = 0; i < METRIC_INTERVALS; i++) {
        if (!(info->intervals >> i & 1))
            continue;
        buf_printf(out, is_first ? "\"%s\"" : ",\"%s\"", metric_interval_name((enum metric_interval)i));
        is_first = false;
    }
}

/* What is asked about when nobody says: in words. */
static const char *range_words(const struct metric_info *info, bool is_zh)
{
    switch (info->range) {
    case DEFAULT_RECENT:
        return is_zh ? "按日和合计：最近 30 天，含今天；按周和按月：最近 13 期，含当前一期。"
                     : "By days and in total the last 30 days, today included; by weeks and months the last 13, the running one included.";
    case DEFAULT_MONTHS:
        return is_zh ? "最近 13 个月，含当前月。" : "The last 13 months, the running one included.";
    case DEFAULT_ALL: return is_zh ? "从有数据的第一天到今天。" : "From the first day that there is until today.";
    case DEFAULT_NOW: return is_zh ? "当前状态。" : "How things are now.";
    }
    return "";
}

static void put_parameters(struct buf *out, const struct metric_info *info)
{
    struct span rest = span_of(info->parameters);
    bool is_first = true;
    while (rest.n) {
        if (!is_first)
            buf_char(out, ',');
        buf_json_string(out, span_take(&rest, ','));
        is_first = false;
    }
}

/* What the metric is about: the first column that measures something. */
static const struct metric_column *main_column(const struct metric_info *info)
{
    size_t i = 0;
    while (i + 1 < info->n_columns && info->columns[i].unit[0] == '\0')
        i++;
    return &info->columns[i];
}

static void put_metric(struct buf *out, const struct metric_info *info)
{
    const struct metric_column *main = main_column(info);
    const char *formula = main->formula[0] ? main->formula : main->name;
    buf_text(out, "{\"name\":");
    buf_json_string(out, span_of(info->name));
    put_names(out, "title", info->title_zh, info->title_en);
    put_names(out, "definition", info->zh, info->en);
    put_member(out, "unit", main->unit);
    put_member(out, "formula", formula);
    put_names(out, "formula_text", metric_formula_zh(formula), formula);
    put_member(out, "source", info->source);
    put_names(out, "source_text", metric_source_zh(info), info->source);
    buf_text(out, ",\"intervals\":[");
    put_intervals(out, info);
    buf_text(out, "],\"default_interval\":");
    if (info->intervals)
        buf_json_string(out, span_of(metric_interval_name(info->interval)));
    else
        buf_text(out, "null");
    put_names(out, "default_range", range_words(info, true), range_words(info, false));
    buf_text(out, ",\"dimensions\":[");
    put_groups(out, info);
    buf_text(out, "],\"parameters\":[");
    put_parameters(out, info);
    buf_text(out, "],\"columns\":[");
    put_columns(out, info);
    buf_text(out, "]}");
}

static void put_word(struct buf *out, bool is_first, const char *name, const char *zh, const char *en)
{
    buf_text(out, is_first ? "{\"name\":" : ",{\"name\":");
    buf_json_string(out, span_of(name));
    put_names(out, "title", zh, en);
    buf_char(out, '}');
}

/* What the dimensions and units of all metrics are called. */
static void put_words(struct buf *out)
{
    buf_text(out, ",\"dimensions\":[");
    for (int i = 0; i < METRIC_DIMENSIONS; i++) {
        enum metric_dimension d = (enum metric_dimension)i;
        put_word(out, i == 0, metric_dimension_name(d), metric_dimension_zh(d), metric_dimension_en(d));
    }
    buf_text(out, "],\"units\":[");
    for (size_t i = 0; i < n_metric_units; i++)
        put_word(out, i == 0, metric_units[i].name, metric_units[i].zh, metric_units[i].en);
    buf_char(out, ']');
}

void metric_list_print(struct buf *out)
{
    buf_text(out, "{\"data\":[");
    for (int i = 0; i < METRICS; i++) {
        if (i)
            buf_char(out, ',');
        put_metric(out, metric_info((enum metric)i));
    }
    buf_char(out, ']');
    put_words(out);
    buf_char(out, '}');
}

/* --- Markdown --------------------------------------------------------------------------------------------------- */

static void document_columns(struct buf *out, const struct metric_info *info)
{
    buf_text(out, "| column | type | unit | formula | definition | 定义 |\n| --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < info->n_columns; i++) {
        const struct metric_column *column = &info->columns[i];
        const char *zh = metric_formula_zh(column->formula);
        bool is_prose = strcmp(zh, column->formula) != 0;
        buf_printf(out, "| `%s` | %s | %s | %s%s%s | %s | %s |\n", column->name, metric_type_name(column->type), column->unit,
                   column->formula, is_prose ? "<br>" : "", is_prose ? zh : "", column->en, column->zh);
    }
}

static void document_metric(struct buf *out, const struct metric_info *info)
{
    char set[METRIC_SET_TEXT];
    buf_printf(out, "\n## `%s`: %s (%s)\n\n%s\n\n%s\n\n", info->name, info->title_en, info->title_zh, info->en, info->zh);
    buf_printf(out, "- Source: %s.", info->source);
    if (info->source_zh)
        buf_printf(out, " 来源：%s。", info->source_zh);
    buf_printf(out, "\n- Range unless told: %s\n", range_words(info, false));
    buf_text(out, "- `interval`: ");
    for (int i = 0, n = 0; i < METRIC_INTERVALS; i++) {
        if (info->intervals >> i & 1)
            buf_printf(out, "%s`%s`%s", n++ ? ", " : "", metric_interval_name((enum metric_interval)i),
                       (enum metric_interval)i == info->interval ? " (default)" : "");
    }
    buf_text(out, info->intervals ? ".\n- `group_by`: " : "none.\n- `group_by`: ");
    for (size_t i = 0; i < METRIC_GROUPS_MAX && info->groups[i]; i++) {
        metric_set_print(info->groups[i], set);
        buf_printf(out, "%s`%s`", i ? ", " : "", set);
    }
    buf_printf(out, "%s\n", info->groups[0] ? "." : "none.");
    if (info->parameters[0])
        buf_printf(out, "- Parameters of its own: `%s`.\n", info->parameters);
    buf_char(out, '\n');
    document_columns(out, info);
}

static void document_words(struct buf *out)
{
    buf_text(out, "\n| dimension | is | 名称 |\n| --- | --- | --- |\n");
    for (int i = 0; i < METRIC_DIMENSIONS; i++) {
        enum metric_dimension d = (enum metric_dimension)i;
        buf_printf(out, "| `%s` | %s | %s |\n", metric_dimension_name(d), metric_dimension_en(d), metric_dimension_zh(d));
    }
    buf_text(out, "\n| unit | is | 名称 |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < n_metric_units; i++)
        buf_printf(out, "| %s | %s | %s |\n", metric_units[i].name, metric_units[i].en, metric_units[i].zh);
}

void metric_docs(struct buf *out)
{
    buf_text(out, "| metric | title | 名称 |\n| --- | --- | --- |\n");
    for (int i = 0; i < METRICS; i++) {
        const struct metric_info *info = metric_info((enum metric)i);
        buf_printf(out, "| [`%s`](#%s) | %s | %s |\n", info->name, info->name, info->title_en, info->title_zh);
    }
    document_words(out);
    for (int i = 0; i < METRICS; i++)
        document_metric(out, metric_info((enum metric)i));
}
