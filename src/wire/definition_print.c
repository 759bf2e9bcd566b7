#include "wire/definition.h"

#include "wire/cursor.h"
#include "wire/customer.h"

static void print_member(struct buf *buf, const char *name)
{
    buf_text(buf, ",\"");
    buf_text(buf, name);
    buf_text(buf, "\":");
}

static void print_progress(struct buf *buf, const struct progress *progress)
{
    if (!progress->is_open) {
        buf_text(buf, "null");
        return;
    }
    buf_text(buf, "{\"done\":");
    buf_int(buf, progress->done);
    print_member(buf, "total");
    buf_int(buf, progress->total);
    print_member(buf, "started_at");
    buf_json_time(buf, progress->started_at);
    buf_char(buf, '}');
}

/* --- models ------------------------------------------------------------------------------------------------- */

static void print_stage(struct buf *buf, const struct stage *stage, enum language language)
{
    const char *sentence = language == LANGUAGE_ZH ? stage->sentence_zh : stage->sentence_en;
    buf_text(buf, "{\"key\":");
    buf_json_string(buf, span_of(stage->key));
    print_member(buf, "role");
    buf_json_string(buf, span_of(role_name(stage->role)));
    print_member(buf, "name");
    names_print(buf, stage->name_zh, stage->name_en);
    print_member(buf, "description");
    if (sentence && sentence[0])
        buf_json_string(buf, span_of(sentence));
    else
        buf_text(buf, "null");
    print_member(buf, "rule");
    formula_print(buf, stage->rule);
    print_member(buf, "hold");
    formula_print(buf, stage->hold);
    print_member(buf, "text");
    words_print(buf, stage->rule, language);
    buf_char(buf, '}');
}

static void print_model(struct buf *buf, const struct model_line *line, enum language language)
{
    const struct model *model = line->model;
    buf_text(buf, "{\"key\":");
    buf_json_string(buf, span_of(model->key));
    print_member(buf, "version");
    buf_int(buf, model->version);
    print_member(buf, "name");
    names_print(buf, model->name_zh, model->name_en);
    print_member(buf, "applies_from");
    buf_json_time(buf, model->applies_from);
    if (line->document.n) {
        print_member(buf, "document");
        buf_span(buf, line->document);
    }
    print_member(buf, "stages");
    buf_char(buf, '[');
    for (size_t i = 0; i < model->n_stages; i++) {
        if (i)
            buf_char(buf, ',');
        print_stage(buf, &model->stages[i], language);
    }
    buf_char(buf, ']');
}

void model_list_print(struct buf *buf, const struct model_line *lines, size_t n, enum language language)
{
    buf_text(buf, "{\"data\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(buf, ',');
        print_model(buf, &lines[i], language);
        buf_char(buf, '}');
    }
    buf_text(buf, "],");
    page_print(buf, (struct span){NULL, 0});
    buf_char(buf, '}');
}

void model_reply_print(struct buf *buf, const struct model_line *line, const struct progress *progress,
                       enum language language)
{
    print_model(buf, line, language);
    print_member(buf, "progress");
    print_progress(buf, progress);
    buf_char(buf, '}');
}

/* --- segments ------------------------------------------------------------------------------------------------ */

static void print_segment(struct buf *buf, const struct segment_line *line, enum language language)
{
    const struct segment *segment = line->segment;
    buf_text(buf, "{\"key\":");
    buf_json_string(buf, span_of(segment->key));
    print_member(buf, "version");
    buf_int(buf, segment->version);
    print_member(buf, "name");
    if (segment->name_zh || segment->name_en)
        names_print(buf, segment->name_zh, segment->name_en);
    else
        buf_text(buf, "null");
    print_member(buf, "rule");
    buf_span(buf, line->rule);
    print_member(buf, "text");
    words_print(buf, segment->rule, language);
    print_member(buf, "count");
    buf_int(buf, line->count);
}

void segment_list_print(struct buf *buf, const struct segment_line *lines, size_t n, enum language language)
{
    buf_text(buf, "{\"data\":[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(buf, ',');
        print_segment(buf, &lines[i], language);
        buf_char(buf, '}');
    }
    buf_text(buf, "],");
    page_print(buf, (struct span){NULL, 0});
    buf_char(buf, '}');
}

void segment_reply_print(struct buf *buf, const struct segment_line *line, const struct progress *progress, usec_t as_of,
                         enum language language)
{
    print_segment(buf, line, language);
    print_member(buf, "progress");
    print_progress(buf, progress);
    print_member(buf, "as_of");
    buf_json_time(buf, as_of);
    buf_char(buf, '}');
}

void preview_print(struct buf *buf, int64_t count, const struct span *sample, size_t n, usec_t as_of)
{
    buf_text(buf, "{\"count\":");
    buf_int(buf, count);
    print_member(buf, "as_of");
    buf_json_time(buf, as_of);
    print_member(buf, "sample");
    buf_char(buf, '[');
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(buf, ',');
        buf_json_string(buf, sample[i]);
    }
    buf_text(buf, "]}");
}
