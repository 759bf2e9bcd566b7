#include "wire/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(65536);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* Stages are numbered 11, 12, ... in the order in which they are asked for. */
static int next_number(void *context, struct span key)
{
    (void)key;
    return 11 + (*(int *)context)++;
}

static enum status parse(const char *json, struct model **out, struct error *error)
{
    int count = 0;
    *error = (struct error){0};
    return model_parse(arena, span_of(json), "mine", next_number, &count, 2, out, error);
}

/* The document is refused with ${status} and ${pointer}. */
static void assert_refused(const char *json, enum status status, const char *pointer)
{
    struct model *untouched = NULL, *model = untouched;
    struct error error;
    assert_string_equal(status_code(parse(json, &model, &error)), status_code(status));
    assert_string_equal(error.pointer, pointer);
    assert_true(error.detail[0] != '\0');
    assert_ptr_equal(model, untouched);
}

#define NAMES                  "\"name\":{\"zh\":\"名\",\"en\":\"Name\"}"
#define STAGE(key, role, rule) "{\"key\":\"" key "\"," NAMES ",\"role\":\"" role "\",\"rule\":" rule "}"
#define LAST                   STAGE("rest", "lost", "true")
#define MODEL(stages)          "{" NAMES ",\"stages\":[" stages "]}"
#define BOUGHT                 "{\">\":[{\"var\":\"orders_count\"},0]}"

/* ---- documents ---- */

static void a_document_becomes_a_model(void **state)
{
    (void)state;
    struct model *model;
    struct error error;
    assert_int_equal(
        parse("{\"name\":{\"zh\":\"我的\",\"en\":\"Mine\"},\"description\":{\"zh\":\"句。\",\"en\":\"A.\"},"
              "\"preset\":\"purchase\",\"cadence\":\"coffee\",\"stages\":["
              "{\"key\":\"buyer\",\"name\":{\"zh\":\"买家\",\"en\":\"Buyer\"},\"role\":\"active\","
              "\"description\":{\"zh\":\"买过。\",\"en\":\"Has bought.\"},\"rule\":" BOUGHT
              ",\"hold\":" BOUGHT "}," LAST "]}",
              &model, &error),
        STATUS_OK);
    assert_string_equal(model->key, "mine");
    assert_string_equal(model->name_zh, "我的");
    assert_string_equal(model->name_en, "Mine");
    assert_int_equal(model->n_stages, 2);
    assert_string_equal(model->stages[0].key, "buyer");
    assert_string_equal(model->stages[0].name_zh, "买家");
    assert_string_equal(model->stages[0].sentence_en, "Has bought.");
    assert_int_equal(model->stages[0].role, ROLE_ACTIVE);
    assert_non_null(model->stages[0].hold);
    assert_int_equal(model->stages[0].number, 11);
    assert_int_equal(model->stages[1].number, 12);
    assert_null(model->stages[1].hold);
}

static void null_counts_as_absent(void **state)
{
    (void)state;
    struct model *model;
    struct error error;
    assert_int_equal(parse("{" NAMES
                           ",\"description\":null,\"cadence\":null,\"stages\":[{\"key\":\"all\"," NAMES
                           ",\"role\":\"new\",\"description\":null,\"rule\":true,\"hold\":null}]}",
                           &model, &error),
                     STATUS_OK);
    assert_null(model->stages[0].hold);
}

static void text_that_is_no_json_is_malformed(void **state)
{
    (void)state;
    assert_refused("{", STATUS_MALFORMED_JSON, "");
    assert_refused("", STATUS_MALFORMED_JSON, "");
    assert_refused("{} {}", STATUS_MALFORMED_JSON, "");
}

static void a_document_must_be_an_object(void **state)
{
    (void)state;
    assert_refused("[]", STATUS_INVALID_MODEL, "");
    assert_refused("true", STATUS_INVALID_MODEL, "");
}

static void a_document_that_is_nested_too_deeply_is_refused(void **state)
{
    (void)state;
    struct buf json;
    buf_init(&json, 0);
    buf_text(&json, "{\"rule\":");
    for (int i = 0; i < 500; i++) {
        buf_text(&json, "{\"!\":[");
    }
    struct segment *segment;
    struct error error = {0};
    assert_int_equal(segment_parse(arena, (struct span){json.p, json.n}, "s", 2, &segment, &error),
                     STATUS_INVALID_RULE);
    buf_done(&json);
}

static void an_unknown_member_is_refused_where_it_stands(void **state)
{
    (void)state;
    assert_refused("{" NAMES ",\"colour\":1,\"stages\":[" LAST "]}", STATUS_INVALID_MODEL, "/colour");
    assert_refused("{" NAMES ",\"a/b~c\":1,\"stages\":[" LAST "]}", STATUS_INVALID_MODEL, "/a~1b~0c");
    assert_refused("{\"name\":{\"zh\":\"名\",\"en\":\"N\",\"de\":\"N\"},\"stages\":[" LAST "]}",
                   STATUS_INVALID_MODEL, "/name/de");
    assert_refused(MODEL(LAST ",{\"key\":\"x\"," NAMES ",\"role\":\"new\",\"rule\":true,\"number\":3}"),
                   STATUS_INVALID_MODEL, "/stages/1/number");
}

static void a_repeated_member_is_refused(void **state)
{
    (void)state;
    assert_refused("{" NAMES "," NAMES ",\"stages\":[" LAST "]}", STATUS_INVALID_MODEL, "/name");
}

static void a_member_of_the_wrong_type_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"name\":\"n\",\"stages\":[" LAST "]}", STATUS_INVALID_MODEL, "/name");
    assert_refused("{\"name\":{\"zh\":1,\"en\":\"N\"},\"stages\":[" LAST "]}", STATUS_INVALID_MODEL,
                   "/name/zh");
    assert_refused("{" NAMES ",\"preset\":1,\"stages\":[" LAST "]}", STATUS_INVALID_MODEL, "/preset");
    assert_refused("{" NAMES ",\"stages\":{}}", STATUS_INVALID_MODEL, "/stages");
    assert_refused(MODEL("1"), STATUS_INVALID_MODEL, "/stages/0");
}

static void names_are_needed_in_both_languages(void **state)
{
    (void)state;
    assert_refused("{\"stages\":[" LAST "]}", STATUS_INVALID_MODEL, "/name");
    assert_refused("{\"name\":{\"zh\":\"名\"},\"stages\":[" LAST "]}", STATUS_INVALID_MODEL, "/name/en");
    assert_refused("{\"name\":{\"zh\":\"\",\"en\":\"N\"},\"stages\":[" LAST "]}", STATUS_INVALID_MODEL,
                   "/name/zh");
    assert_refused("{\"name\":{\"zh\":\"名\",\"en\":\" \"},\"stages\":[" LAST "]}", STATUS_INVALID_MODEL,
                   "/name/en");
    assert_refused(MODEL("{\"key\":\"x\",\"role\":\"new\",\"rule\":true}"), STATUS_INVALID_MODEL,
                   "/stages/0/name");
}

static void a_name_has_at_most_100_characters(void **state)
{
    (void)state;
    char name[301], json[512];
    struct model *model;
    struct error error;
    for (int i = 0; i < 100; i++) {
        memcpy(name + 3 * i, "期", 3);
    }
    name[300] = '\0';
    snprintf(json, sizeof(json), "{\"name\":{\"zh\":\"%s\",\"en\":\"N\"},\"stages\":[" LAST "]}", name);
    assert_int_equal(parse(json, &model, &error), STATUS_OK);
    snprintf(json, sizeof(json), "{\"name\":{\"zh\":\"%s!\",\"en\":\"N\"},\"stages\":[" LAST "]}", name);
    assert_refused(json, STATUS_INVALID_MODEL, "/name/zh");
}

static void a_key_is_short_and_in_snake_case(void **state)
{
    (void)state;
    assert_refused(MODEL(STAGE("", "new", "true")), STATUS_INVALID_MODEL, "/stages/0/key");
    assert_refused(MODEL(STAGE("New", "new", "true")), STATUS_INVALID_MODEL, "/stages/0/key");
    assert_refused(MODEL(STAGE("a-b", "new", "true")), STATUS_INVALID_MODEL, "/stages/0/key");
    assert_refused(
        MODEL(STAGE("1234567890123456789012345678901234567890123456789012345678901234", "new", "true")),
        STATUS_INVALID_MODEL, "/stages/0/key");
    struct model *model;
    struct error error;
    assert_int_equal(
        parse(MODEL(STAGE("123456789012345678901234567890123456789012345678901234567890123", "new", "true")),
              &model, &error),
        STATUS_OK);
}

static void two_stages_with_one_key_are_refused(void **state)
{
    (void)state;
    assert_refused(MODEL(STAGE("rest", "new", BOUGHT) "," LAST), STATUS_INVALID_MODEL, "/stages/1/key");
}

static void an_unknown_role_is_refused(void **state)
{
    (void)state;
    assert_refused(MODEL(STAGE("a", "vip", "true")), STATUS_INVALID_MODEL, "/stages/0/role");
    assert_refused(MODEL("{\"key\":\"x\"," NAMES ",\"rule\":true}"), STATUS_INVALID_MODEL, "/stages/0/role");
}

static void a_model_has_1_to_32_stages(void **state)
{
    (void)state;
    struct buf json;
    struct model *model;
    struct error error;
    assert_refused(MODEL(""), STATUS_INVALID_MODEL, "/stages");
    assert_refused("{" NAMES "}", STATUS_INVALID_MODEL, "/stages");
    for (int n = 32; n <= 33; n++) {
        buf_init(&json, 0);
        buf_text(&json, "{" NAMES ",\"stages\":[");
        for (int i = 1; i < n; i++) {
            buf_printf(&json,
                       "{\"key\":\"s%d\"," NAMES
                       ",\"role\":\"new\",\"rule\":{\"==\":[{\"var\":\"orders_count\"},%d]}},",
                       i, i);
        }
        buf_text(&json, LAST "]}");
        buf_append(&json, "", 1);
        if (n == 32) {
            assert_int_equal(parse(json.p, &model, &error), STATUS_OK);
            assert_int_equal(model->n_stages, 32);
        } else {
            assert_refused(json.p, STATUS_INVALID_MODEL, "/stages");
        }
        buf_done(&json);
    }
}

static void a_wrong_rule_is_pointed_at_from_the_document(void **state)
{
    (void)state;
    assert_refused(MODEL(STAGE("a", "new", "{\">\":[{\"var\":\"colour\"},0]}") "," LAST), STATUS_INVALID_RULE,
                   "/stages/0/rule/>/0/var");
    assert_refused(MODEL(STAGE("a", "new", "{\"modulo\":[1]}") "," LAST), STATUS_INVALID_RULE,
                   "/stages/0/rule/modulo");
    assert_refused(
        MODEL(STAGE("a", "new",
                    BOUGHT) ",{\"key\":\"rest\"," NAMES
                            ",\"role\":\"lost\",\"rule\":true,\"hold\":{\"!\":[{\"var\":\"no\"}]}}"),
        STATUS_INVALID_RULE, "/stages/1/hold/!/0/var");
    assert_refused(MODEL("{\"key\":\"x\"," NAMES ",\"role\":\"new\"}"), STATUS_INVALID_MODEL,
                   "/stages/0/rule");
}

static void a_setting_stands_only_in_presets(void **state)
{
    (void)state;
    assert_refused(
        MODEL(STAGE("a", "new", "{\">\":[{\"var\":\"orders_count\"},{\"setting\":\"n\"}]}") "," LAST),
        STATUS_INVALID_RULE, "/stages/0/rule/>/1/setting");
}

static void a_model_that_is_not_total_is_refused(void **state)
{
    (void)state;
    assert_refused(MODEL(STAGE("a", "new", BOUGHT)), STATUS_INVALID_MODEL, "/stages/0/rule");
}

static void a_dead_stage_is_refused_and_the_one_that_shadows_it_is_named(void **state)
{
    (void)state;
    struct model *model;
    struct error error;
    assert_int_equal(parse(MODEL(STAGE("once", "new", BOUGHT) "," STAGE(
                               "often", "loyal", "{\">=\":[{\"var\":\"orders_count\"},5]}") "," LAST),
                           &model, &error),
                     STATUS_INVALID_MODEL);
    assert_string_equal(error.pointer, "/stages/1/rule");
    assert_non_null(strstr(error.detail, "\"often\""));
    assert_non_null(strstr(error.detail, "\"once\""));
}

static void a_published_model_is_loaded_without_the_search_for_dead_stages(void **state)
{
    (void)state;
    const char *json = MODEL(STAGE("once", "new", BOUGHT) "," STAGE("often", "loyal", BOUGHT) "," LAST);
    struct model *model;
    struct error error;
    int count = 0;
    assert_refused(json, STATUS_INVALID_MODEL, "/stages/1/rule");
    assert_int_equal(model_load(arena, span_of(json), "mine", next_number, &count, 2, &model, &error), STATUS_OK);
    assert_int_equal(model->n_stages, 3);
    assert_int_equal(model->stages[2].number, 13);
}

static void amounts_in_rules_are_in_major_units(void **state)
{
    (void)state;
    struct model *model;
    struct error error;
    /* 27.1 and 27.100 are one amount, so the second stage is dead; 27.11 is another */
    assert_refused(MODEL(STAGE("a", "new", "{\"==\":[{\"var\":\"revenue\"},27.1]}") "," STAGE(
                       "b", "new", "{\"==\":[{\"var\":\"revenue\"},\"27.100\"]}") "," LAST),
                   STATUS_INVALID_MODEL, "/stages/1/rule");
    assert_int_equal(parse(MODEL(STAGE("a", "new", "{\"==\":[{\"var\":\"revenue\"},27.1]}") "," STAGE(
                               "b", "new", "{\"==\":[{\"var\":\"revenue\"},\"27.11\"]}") "," LAST),
                           &model, &error),
                     STATUS_OK);
}

/* ---- segments ---- */

static void a_segment_has_a_rule_and_perhaps_a_name(void **state)
{
    (void)state;
    struct segment *segment;
    struct error error = {0};
    assert_int_equal(
        segment_parse(arena, span_of("{\"rule\":" BOUGHT "," NAMES "}"), "buyers", 2, &segment, &error),
        STATUS_OK);
    assert_string_equal(segment->key, "buyers");
    assert_string_equal(segment->name_en, "Name");
    assert_non_null(segment->rule);
    assert_int_equal(segment_parse(arena, span_of("{\"rule\":" BOUGHT "}"), "buyers", 2, &segment, &error),
                     STATUS_OK);
    assert_null(segment->name_en);
}

static void a_segment_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        enum status status;
        const char *pointer;
    } cases[] = {
        {"{}", STATUS_INVALID_RULE, "/rule"},
        {"[]", STATUS_INVALID_RULE, ""},
        {"{\"rule\":true,\"x\":1}", STATUS_INVALID_RULE, "/x"},
        {"{\"rule\":true,\"name\":{\"en\":\"N\"}}", STATUS_INVALID_RULE, "/name/zh"},
        {"{\"rule\":{\"<\":[{\"var\":\"no\"},1]}}", STATUS_INVALID_RULE, "/rule/</0/var"},
        {"{\"rule\":", STATUS_MALFORMED_JSON, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct segment *segment;
        struct error error = {0};
        assert_int_equal(segment_parse(arena, span_of(cases[i].json), "s", 2, &segment, &error),
                         cases[i].status);
        assert_string_equal(error.pointer, cases[i].pointer);
    }
}

/* ---- presets ---- */

static const char *const preset_keys[] = {"activity", "bank",   "buying",       "crm",       "ecommerce",
                                          "funnel",   "growth", "journey",      "marketing", "member",
                                          "purchase", "reach",  "relationship", "value"};
static const char *const cadence_keys[] = {"default",     "coffee",  "grocery", "fashion",
                                           "electronics", "telecom", "bank",    "property"};

static struct model *expanded(const char *preset, const char *cadence, const char *settings)
{
    struct span json;
    struct model *model = NULL;
    struct error error = {0};
    int count = 0;
    enum status status =
        preset_expand(arena, span_of(preset), span_of(cadence), span_of(settings), &json, &error);
    if (status == STATUS_OK) {
        status = model_parse(arena, json, preset, next_number, &count, 2, &model, &error);
    }
    if (status != STATUS_OK) {
        print_error("%s, %s: %s at %s\n", preset, cadence, error.detail, error.pointer);
        fail();
    }
    return model;
}

static void the_fourteen_presets_are_embedded(void **state)
{
    (void)state;
    struct span key, json;
    size_t n = 0;
    for (; preset_at(n, &key, &json); n++) {
        assert_true(n < COUNT_OF(preset_keys));
        assert_true(span_is(key, preset_keys[n]));
        assert_true(json.n > 0 && json.p[0] == '{');
    }
    assert_int_equal(n, COUNT_OF(preset_keys));
    assert_true(preset_find(span_of("journey"), &json));
    assert_false(preset_find(span_of("journe"), &json));
    assert_false(preset_find(span_of(""), &json));
}

static void each_preset_is_a_valid_model_under_each_cadence(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(preset_keys); i++) {
        for (size_t k = 0; k < COUNT_OF(cadence_keys); k++) {
            const struct model *model = expanded(preset_keys[i], cadence_keys[k], "");
            for (size_t s = 0; s < model->n_stages; s++) {
                assert_non_null(model->stages[s].sentence_zh);
                assert_null(strchr(model->stages[s].sentence_zh, '{'));
                assert_null(strchr(model->stages[s].sentence_en, '{'));
            }
        }
    }
}

/* The key of a stage is its English name in snake case. */
static void assert_snake_case(const struct stage *stage)
{
    char key[DEFINITION_KEY_MAX + 1] = "";
    for (size_t i = 0; stage->name_en[i]; i++) {
        char c = stage->name_en[i];
        key[i] = (char)(c == ' ' || c == '-' ? '_' : c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    assert_string_equal(stage->key, key);
}

/* The stages of docs/generated/models.md, as the field's texts have them: Chinese, English, role. */
static const struct {
    const char *preset;
    const char *zh;
    const char *en;
    enum role role;
} stages[] = {
    {"purchase", "潜在客户", "Prospect", ROLE_PROSPECT},
    {"purchase", "首次购买", "First purchase", ROLE_NEW},
    {"purchase", "重复购买", "Repeat purchase", ROLE_ACTIVE},
    {"purchase", "忠诚客户", "Loyal", ROLE_LOYAL},
    {"purchase", "流失客户", "Churned", ROLE_LOST},
    {"ecommerce", "潜在客户期", "Potential", ROLE_PROSPECT},
    {"ecommerce", "新客户期", "New", ROLE_NEW},
    {"ecommerce", "成熟期", "Mature", ROLE_LOYAL},
    {"ecommerce", "退化期", "Declining", ROLE_AT_RISK},
    {"ecommerce", "流失期", "Lost", ROLE_LOST},
    {"relationship", "考察期", "Exploration", ROLE_PROSPECT},
    {"relationship", "考察期·试单", "Trial", ROLE_NEW},
    {"relationship", "形成期", "Build-up", ROLE_ACTIVE},
    {"relationship", "稳定期", "Stability", ROLE_LOYAL},
    {"relationship", "退化期", "Degeneration", ROLE_AT_RISK},
    {"relationship", "退化期·终止", "Dissolution", ROLE_LOST},
    {"journey", "认知", "Awareness", ROLE_PROSPECT},
    {"journey", "考虑", "Consideration", ROLE_PROSPECT},
    {"journey", "购买", "Purchase", ROLE_NEW},
    {"journey", "使用", "Usage", ROLE_ACTIVE},
    {"journey", "反馈", "Feedback", ROLE_ACTIVE},
    {"journey", "复购", "Repurchase", ROLE_LOYAL},
    {"marketing", "接触期", "Contact", ROLE_PROSPECT},
    {"marketing", "考察期", "Consideration", ROLE_PROSPECT},
    {"marketing", "形成期", "Formation", ROLE_NEW},
    {"marketing", "稳定期", "Stability", ROLE_LOYAL},
    {"marketing", "传播期", "Advocacy", ROLE_ADVOCATE},
    {"growth", "潜在客户", "Potential", ROLE_PROSPECT},
    {"growth", "初次购买", "First purchase", ROLE_NEW},
    {"growth", "重复购买", "Repeat purchase", ROLE_ACTIVE},
    {"growth", "忠诚客户", "Loyal", ROLE_LOYAL},
    {"buying", "发现", "Discovery", ROLE_PROSPECT},
    {"buying", "评估", "Evaluation", ROLE_PROSPECT},
    {"buying", "购买", "Purchase", ROLE_NEW},
    {"buying", "支持", "Support", ROLE_ACTIVE},
    {"value", "潜在客户", "Prospect", ROLE_PROSPECT},
    {"value", "获取", "Acquisition", ROLE_NEW},
    {"value", "发展", "Development", ROLE_ACTIVE},
    {"value", "保持", "Retention", ROLE_LOYAL},
    {"value", "流失", "Churn", ROLE_LOST},
    {"reach", "接触", "Reach", ROLE_PROSPECT},
    {"reach", "获取", "Acquisition", ROLE_PROSPECT},
    {"reach", "转化", "Conversion", ROLE_NEW},
    {"reach", "保留", "Retention", ROLE_ACTIVE},
    {"reach", "忠诚", "Loyalty", ROLE_LOYAL},
    {"bank", "潜在客户", "Prospect", ROLE_PROSPECT},
    {"bank", "引入", "Introduction", ROLE_NEW},
    {"bank", "发展", "Development", ROLE_ACTIVE},
    {"bank", "保持", "Retention", ROLE_LOYAL},
    {"bank", "深度发展", "Deep development", ROLE_ADVOCATE},
    {"funnel", "潜在客户", "Potential", ROLE_PROSPECT},
    {"funnel", "意向客户", "Intent", ROLE_PROSPECT},
    {"funnel", "初次购买", "First purchase", ROLE_NEW},
    {"funnel", "历史客户", "Past customer", ROLE_ACTIVE},
    {"crm", "引入", "Introduction", ROLE_PROSPECT},
    {"crm", "建立", "Establishment", ROLE_NEW},
    {"crm", "维护", "Maintenance", ROLE_ACTIVE},
    {"crm", "深化", "Deepening", ROLE_LOYAL},
    {"activity", "潜在客户", "Potential", ROLE_PROSPECT},
    {"activity", "新客户", "New", ROLE_NEW},
    {"activity", "活跃客户", "Active", ROLE_ACTIVE},
    {"activity", "老客户", "Long-standing", ROLE_LOYAL},
    {"member", "潜在客户", "Prospect", ROLE_PROSPECT},
    {"member", "获得", "Acquisition", ROLE_NEW},
    {"member", "发展", "Development", ROLE_ACTIVE},
    {"member", "成熟", "Maturity", ROLE_LOYAL},
    {"member", "回收", "Win-back", ROLE_AT_RISK},
    {"member", "回收·流失", "Lapsed", ROLE_LOST},
};

static void the_stages_have_the_names_and_roles_of_the_field(void **state)
{
    (void)state;
    size_t next = 0;
    while (next < COUNT_OF(stages)) {
        const struct model *model = expanded(stages[next].preset, "", "");
        for (size_t i = 0; i < model->n_stages; i++, next++) {
            assert_true(next < COUNT_OF(stages));
            assert_string_equal(stages[next].preset, model->key);
            assert_string_equal(model->stages[i].name_zh, stages[next].zh);
            assert_string_equal(model->stages[i].name_en, stages[next].en);
            assert_int_equal(model->stages[i].role, stages[next].role);
            assert_snake_case(&model->stages[i]);
        }
    }
}

static void a_cadence_puts_its_numbers_into_rules_and_sentences(void **state)
{
    (void)state;
    struct span json;
    struct error error;
    assert_int_equal(
        preset_expand(arena, span_of("purchase"), span_of("coffee"), (struct span){0}, &json, &error),
        STATUS_OK);
    const char *text = arena_text(arena, json);
    assert_non_null(strstr(text, "\"preset\":\"purchase\",\"cadence\":\"coffee\""));
    assert_non_null(strstr(text, "{\"<\":[{\"var\":\"days_since_last_order\"},30]}"));
    assert_non_null(strstr(text, "Has not ordered for 30 days"));
    assert_null(strstr(text, "setting"));
}

static void single_settings_are_replaced(void **state)
{
    (void)state;
    struct span json;
    struct error error;
    assert_int_equal(preset_expand(arena, span_of("purchase"), span_of("coffee"),
                                   span_of("{\"churned_after_days\":45}"), &json, &error),
                     STATUS_OK);
    const char *text = arena_text(arena, json);
    assert_non_null(strstr(text, "{\"<\":[{\"var\":\"days_since_last_order\"},45]}"));
    assert_non_null(strstr(text, "{\">=\":[{\"var\":\"orders_count\"},20]}"));
}

static void a_setting_that_kills_a_stage_is_refused(void **state)
{
    (void)state;
    struct span json;
    struct model *model;
    struct error error;
    int count = 0;
    /* loyal from two orders on: nobody is left for the repeat purchase */
    assert_int_equal(preset_expand(arena, span_of("purchase"), (struct span){0},
                                   span_of("{\"loyal_orders\":2}"), &json, &error),
                     STATUS_OK);
    assert_int_equal(model_parse(arena, json, "purchase", next_number, &count, 2, &model, &error),
                     STATUS_INVALID_MODEL);
    assert_string_equal(error.pointer, "/stages/2/rule");
}

static void what_a_preset_does_not_have_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum status status;
        const char *pointer;
    } cases[] = {
        {"{\"preset\":\"nothing\"}", STATUS_NOT_FOUND, "/preset"},
        {"{\"preset\":\"purchase\",\"cadence\":\"flowers\"}", STATUS_INVALID_MODEL, "/cadence"},
        {"{\"preset\":\"purchase\",\"cadence\":\"unit\"}", STATUS_INVALID_MODEL, "/cadence"},
        {"{\"preset\":\"purchase\",\"settings\":{\"colour\":1}}", STATUS_INVALID_MODEL, "/settings/colour"},
        {"{\"preset\":\"purchase\",\"settings\":{\"loyal_orders\":\"4\"}}", STATUS_INVALID_MODEL,
         "/settings/loyal_orders"},
        {"{\"preset\":\"purchase\",\"settings\":{\"loyal_orders\":-4}}", STATUS_INVALID_MODEL,
         "/settings/loyal_orders"},
        {"{\"preset\":\"purchase\",\"settings\":[]}", STATUS_INVALID_MODEL, "/settings"},
        {"{\"preset\":7}", STATUS_INVALID_MODEL, "/preset"},
        {"{\"preset\":\"purchase\",\"name\":{}}", STATUS_INVALID_MODEL, "/name"},
        {"{}", STATUS_INVALID_MODEL, ""},
        {"[]", STATUS_INVALID_MODEL, ""},
        {"{", STATUS_MALFORMED_JSON, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct span out;
        struct error error = {0};
        assert_string_equal(status_code(model_document(arena, span_of(cases[i].body), &out, &error)),
                            status_code(cases[i].status));
        assert_string_equal(error.pointer, cases[i].pointer);
    }
}

static void a_document_with_stages_is_taken_as_it_is(void **state)
{
    (void)state;
    struct span body = span_of("{\"preset\":\"purchase\",\"stages\":[]}"), out;
    struct error error;
    assert_int_equal(model_document(arena, body, &out, &error), STATUS_OK);
    assert_true(span_equal(out, body));
}

static void the_list_of_presets_is_json_with_settings_and_cadences(void **state)
{
    (void)state;
    struct buf list;
    buf_init(&list, 0);
    preset_list(&list);
    buf_append(&list, "", 1);
    assert_int_equal(strncmp(list.p, "[{\"key\":\"activity\",\"name\":{", 27), 0);
    assert_non_null(strstr(list.p, "{\"key\":\"coffee\",\"name\":{\"zh\":\"咖啡\",\"en\":\"Coffee\"}}"));
    assert_non_null(strstr(list.p, "\"churned_after_days\""));
    assert_null(strstr(list.p, "\"rule\""));
    buf_done(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_becomes_a_model),
        cmocka_unit_test(null_counts_as_absent),
        cmocka_unit_test(text_that_is_no_json_is_malformed),
        cmocka_unit_test(a_document_must_be_an_object),
        cmocka_unit_test(a_document_that_is_nested_too_deeply_is_refused),
        cmocka_unit_test(an_unknown_member_is_refused_where_it_stands),
        cmocka_unit_test(a_repeated_member_is_refused),
        cmocka_unit_test(a_member_of_the_wrong_type_is_refused),
        cmocka_unit_test(names_are_needed_in_both_languages),
        cmocka_unit_test(a_name_has_at_most_100_characters),
        cmocka_unit_test(a_key_is_short_and_in_snake_case),
        cmocka_unit_test(two_stages_with_one_key_are_refused),
        cmocka_unit_test(an_unknown_role_is_refused),
        cmocka_unit_test(a_model_has_1_to_32_stages),
        cmocka_unit_test(a_wrong_rule_is_pointed_at_from_the_document),
        cmocka_unit_test(a_setting_stands_only_in_presets),
        cmocka_unit_test(a_model_that_is_not_total_is_refused),
        cmocka_unit_test(a_dead_stage_is_refused_and_the_one_that_shadows_it_is_named),
        cmocka_unit_test(a_published_model_is_loaded_without_the_search_for_dead_stages),
        cmocka_unit_test(amounts_in_rules_are_in_major_units),
        cmocka_unit_test(a_segment_has_a_rule_and_perhaps_a_name),
        cmocka_unit_test(a_segment_is_read_strictly),
        cmocka_unit_test(the_fourteen_presets_are_embedded),
        cmocka_unit_test(each_preset_is_a_valid_model_under_each_cadence),
        cmocka_unit_test(the_stages_have_the_names_and_roles_of_the_field),
        cmocka_unit_test(a_cadence_puts_its_numbers_into_rules_and_sentences),
        cmocka_unit_test(single_settings_are_replaced),
        cmocka_unit_test(a_setting_that_kills_a_stage_is_refused),
        cmocka_unit_test(what_a_preset_does_not_have_is_refused),
        cmocka_unit_test(a_document_with_stages_is_taken_as_it_is),
        cmocka_unit_test(the_list_of_presets_is_json_with_settings_and_cadences),
    };
    return cmocka_run_group_tests_name("wire/model", tests, set_up, tear_down);
}
