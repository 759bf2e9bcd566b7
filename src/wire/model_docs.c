#include "preset.h"

#include "core/model.h"

/* Markdown tables: a cell holds no line break, and a bar in it would end it. */

static struct span text_of(const struct document *d, size_t object, const char *name)
{
    size_t token = document_find(d, object, span_of(name));
    return token ? scan_string(d->arena, &d->scan, token) : (struct span){0};
}

static struct span language(const struct document *d, size_t object, const char *name, const char *language)
{
    return text_of(d, document_find(d, object, span_of(name)), language);
}

static void put_sentence(struct buf *out, const struct document *d, size_t object, const char *language_key)
{
    preset_sentence(out, d, language(d, object, "description", language_key), "default");
}

static void put_stages(struct buf *out, const struct document *d)
{
    size_t stages = document_find(d, 0, span_of("stages"));
    buf_text(
        out,
        "| stage | 名称 | name | role | what it means | 含义 |\n| --- | --- | --- | --- | --- | --- |\n");
    for (size_t stage = stages + 1; stage < scan_next(&d->scan, stages); stage = scan_next(&d->scan, stage)) {
        buf_text(out, "| `");
        buf_span(out, text_of(d, stage, "key"));
        buf_text(out, "` | ");
        buf_span(out, language(d, stage, "name", "zh"));
        buf_text(out, " | ");
        buf_span(out, language(d, stage, "name", "en"));
        buf_text(out, " | `");
        buf_span(out, text_of(d, stage, "role"));
        buf_text(out, "` | ");
        put_sentence(out, d, stage, "en");
        buf_text(out, " | ");
        put_sentence(out, d, stage, "zh");
        buf_text(out, " |\n");
    }
}

static void put_settings(struct buf *out, const struct document *d)
{
    const struct scan *scan = &d->scan;
    size_t settings = document_find(d, 0, span_of("settings"));
    buf_text(out, "\n| setting | unit |");
    for (size_t i = 0; i < CADENCE_COUNT; i++) {
        buf_printf(out, " %s |", cadences[i].key);
    }
    buf_text(out, " what it is | 说明 |\n| --- | --- |");
    for (size_t i = 0; i < CADENCE_COUNT; i++) {
        buf_text(out, " ---: |");
    }
    buf_text(out, " --- | --- |\n");
    for (size_t key = settings + 1; key < scan_next(scan, settings); key = scan_next(scan, key + 1)) {
        size_t setting = key + 1;
        buf_text(out, "| `");
        buf_span(out, scan_string(d->arena, scan, key));
        buf_text(out, "` | ");
        buf_span(out, text_of(d, setting, "unit"));
        buf_text(out, " |");
        for (size_t i = 0; i < CADENCE_COUNT; i++) {
            buf_char(out, ' ');
            buf_span(out, scan_raw(scan, document_find(d, setting, span_of(cadences[i].key))));
            buf_text(out, " |");
        }
        buf_char(out, ' ');
        buf_span(out, language(d, setting, "description", "en"));
        buf_text(out, " | ");
        buf_span(out, language(d, setting, "description", "zh"));
        buf_text(out, " |\n");
    }
}

void model_docs(struct buf *out)
{
    struct arena *arena = arena_new(65536);
    struct span key, json;
    buf_text(
        out,
        "# Lifecycle models / 客户生命周期模型\n\n"
        "Each preset is a model that a shop can activate as it is, copy, or change. The first stage whose "
        "condition a customer meets is theirs;\nthe numbers in the sentences are those of the default "
        "cadence, and the second table of a model has them for each trade.\n\n"
        "每个预设都是可以直接启用、复制或修改的模型。客户处于第一个符合条件的阶段；句中的数字取自默认节奏，"
        "各行业的数字见各模型的第二张表。\n\n| cadence | 节奏 | name |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < CADENCE_COUNT; i++) {
        buf_printf(out, "| `%s` | %s | %s |\n", cadences[i].key, cadences[i].zh, cadences[i].en);
    }
    for (size_t i = 0; preset_at(i, &key, &json); i++) {
        struct document d;
        preset_open(&d, arena, json);
        buf_text(out, "\n## `");
        buf_span(out, key);
        buf_text(out, "`: ");
        buf_span(out, language(&d, 0, "name", "en"));
        buf_text(out, " / ");
        buf_span(out, language(&d, 0, "name", "zh"));
        buf_text(out, "\n\n");
        buf_span(out, language(&d, 0, "description", "en"));
        buf_text(out, "\n\n");
        buf_span(out, language(&d, 0, "description", "zh"));
        buf_text(out, "\n\n");
        put_stages(out, &d);
        put_settings(out, &d);
        arena_reset(arena);
    }
    arena_free(arena);
}
