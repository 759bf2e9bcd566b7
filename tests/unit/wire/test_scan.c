#include "../../../src/wire/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#define DEPTH 64

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(4096);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/** Bytes in a block of exactly their size, so that ASan sees a read beyond the end. */
static enum status scan(struct span text, struct scan *out, struct error *error)
{
    return scan_parse(arena, arena_span(arena, text), DEPTH, out, error);
}

static struct scan scanned(const char *text)
{
    struct scan out;
    struct error error;
    if (scan(span_of(text), &out, &error) != STATUS_OK) {
        fail_msg("%s: %s", text, error.detail);
    }
    return out;
}

static void assert_refused(const char *text, enum status expected)
{
    struct scan out;
    struct error error;
    enum status status = scan(span_of(text), &out, &error);
    if (status != expected) {
        fail_msg("%s: %s", text, status_code(status));
    }
    assert_int_equal(error.status, expected);
}

static void assert_string(const char *json, const char *expected, size_t n)
{
    struct scan out = scanned(json);
    assert_int_equal(scan_type(&out, 0), TOKEN_STRING);
    struct span text = scan_string(arena, &out, 0);
    assert_int_equal(text.n, n);
    assert_memory_equal(text.p, expected, n);
}

static void assert_clean(const char *json, const char *expected, size_t stripped, size_t replaced)
{
    struct scan out = scanned(json);
    struct span raw = scan_raw(&out, 0);
    assert_int_equal(raw.n, strlen(expected));
    assert_memory_equal(raw.p, expected, raw.n);
    assert_int_equal(out.stripped, stripped);
    assert_int_equal(out.replaced, replaced);
}

/* --- what is taken --- */

static void every_kind_of_value_is_taken(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum token_type type;
    } values[] = {
        {"null", TOKEN_NULL},   {"true", TOKEN_TRUE},       {"false", TOKEN_FALSE},
        {"0", TOKEN_NUMBER},    {"-0", TOKEN_NUMBER},       {"12.50e+7", TOKEN_NUMBER},
        {"\"\"", TOKEN_STRING}, {"[]", TOKEN_ARRAY},        {"{}", TOKEN_OBJECT},
        {" [ ] ", TOKEN_ARRAY}, {"\t{\n}\r", TOKEN_OBJECT}, {"[[],{}]", TOKEN_ARRAY},
        {"1E-9", TOKEN_NUMBER},
    };
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct scan out = scanned(values[i].text);
        assert_int_equal(scan_type(&out, 0), values[i].type);
    }
}

static void every_value_knows_its_bytes(void **state)
{
    (void)state;
    struct scan out = scanned(" {\"a\" : [1, {\"b\":\"c\"} ,-2.5e3], \"d\":null}");
    static const char *const raw[] = {"{\"a\" : [1, {\"b\":\"c\"} ,-2.5e3], \"d\":null}",
                                      "\"a\"",
                                      "[1, {\"b\":\"c\"} ,-2.5e3]",
                                      "1",
                                      "{\"b\":\"c\"}",
                                      "\"b\"",
                                      "\"c\"",
                                      "-2.5e3",
                                      "\"d\"",
                                      "null"};
    static const size_t next[] = {10, 2, 8, 4, 7, 6, 7, 8, 9, 10};
    assert_int_equal(out.n_tokens, COUNT_OF(raw));
    for (size_t i = 0; i < COUNT_OF(raw); i++) {
        struct span s = scan_raw(&out, i);
        assert_true(span_is(s, raw[i]));
        assert_int_equal(scan_next(&out, i), next[i]);
    }
}

static void a_number_of_any_size_is_kept_as_text(void **state)
{
    (void)state;
    struct scan out = scanned("[123456789012345678901234567890,1e999999,-0.10,1.0]");
    assert_true(span_is(scan_raw(&out, 1), "123456789012345678901234567890"));
    assert_true(span_is(scan_raw(&out, 2), "1e999999"));
    assert_true(span_is(scan_raw(&out, 3), "-0.10"));
    assert_true(out.tokens[1].is_integer);
    assert_false(out.tokens[2].is_integer);
    assert_false(out.tokens[4].is_integer);
}

static void escapes_become_characters(void **state)
{
    (void)state;
    assert_string("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz", 10);
    assert_string("\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\"", "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 10);
    assert_string("\"plain\"", "plain", 5);
    assert_string("\"\xe4\xb9\xb0\xe4\xba\x86\"", "\xe4\xb9\xb0\xe4\xba\x86", 6);
}

static void a_nul_escape_is_stripped_and_counted(void **state)
{
    (void)state;
    assert_clean("\"a\\u0000b\\u0000\"", "\"ab\"", 2, 0);
    assert_clean("{\"k\\u0000\":\"\\u0000\"}", "{\"k\":\"\"}", 2, 0);
    assert_clean("\"\\\\u0000\"", "\"\\\\u0000\"", 0, 0);
    assert_clean("\"\\n\\u0000\\u0041\"", "\"\\n\\u0041\"", 1, 0);
}

static void a_lone_surrogate_is_replaced(void **state)
{
    (void)state;
    assert_clean("\"\\ud800\"", "\"\\ufffd\"", 0, 1);
    assert_clean("\"\\udc00x\"", "\"\\ufffdx\"", 0, 1);
    assert_clean("\"\\ud800\\ud800\\udc00\"", "\"\\ufffd\\ud800\\udc00\"", 0, 1);
    assert_clean("\"\\ud83d\\u0000\\ude00\"", "\"\\ufffd\\ufffd\"", 1, 2);
    assert_clean("\"\\ud83d\\n\"", "\"\\ufffd\\n\"", 0, 1);
    assert_string("\"\\udead\"", "\xef\xbf\xbd", 3);
}

static void of_repeated_members_the_last_wins(void **state)
{
    (void)state;
    static const struct span names[] = {SCAN_NAME("a"), SCAN_NAME("b"), SCAN_NAME("c")};
    struct scan out = scanned("{\"a\":1,\"b\":2,\"a\":3,\"b\":null,\"x\":{\"c\":4}}");
    size_t values[3];
    scan_members(&out, 0, names, 3, values);
    assert_true(span_is(scan_raw(&out, values[0]), "3"));
    assert_int_equal(values[1], 0);
    assert_int_equal(values[2], 0);
}

static void a_name_with_escapes_is_the_same_name(void **state)
{
    (void)state;
    static const struct span names[] = {SCAN_NAME("event")};
    struct scan out = scanned("{\"\\u0065v\\u0065nt\":true}");
    size_t value;
    scan_members(&out, 0, names, 1, &value);
    assert_int_equal(value, 2);
    out = scanned(
        "{\"\":1,"
        "\"\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065"
        "\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065"
        "\\u0065\\u0065\\u0065\\u0065\\u0065\\u0065\":2}");
    scan_members(&out, 0, names, 1, &value);
    assert_int_equal(value, 0);
}

/* --- what is refused --- */

static void what_is_no_json_is_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",           " ",          "nul",      "nulll",    "True",        "+1",
        "01",         "-",          "1.",       ".5",       "1e",          "1e+",
        "--1",        "0x1",        "NaN",      "Infinity", "'a'",         "\"a",
        "\"",         "\"\\",       "\"\\x\"",  "\"\\u\"",  "\"\\u12\"",   "\"\\u12g4\"",
        "\"\\u123",   "[",          "[1",       "[1,",      "[1,]",        "[,1]",
        "[1 2]",      "]",          "{",        "{\"a\"",   "{\"a\":",     "{\"a\":1",
        "{\"a\":1,",  "{\"a\":1,}", "{a:1}",    "{1:1}",    "{\"a\" 1}",   "{\"a\":}",
        "{,}",        "}",          "[}",       "{]",       "1 2",         "{}{}",
        "[]]",        "\"a\nb\"",   "\"a\tb\"", "/**/1",    "[1]//",       "\xef\xbb\xbf{}",
        "nullx",      "-a",         "1.e5",     "1.5e",     "\"\\U0041\"", "\x0c[]",
        "{\"a\":1;}", "[\"a\":1]",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_refused(texts[i], STATUS_MALFORMED_JSON);
    }
}

static void a_raw_nul_byte_is_malformed(void **state)
{
    (void)state;
    struct scan out;
    struct error error;
    assert_int_equal(scan((struct span){"\"a\0b\"", 5}, &out, &error), STATUS_MALFORMED_JSON);
    assert_int_equal(scan((struct span){"{}\0", 3}, &out, &error), STATUS_MALFORMED_JSON);
    assert_int_equal(scan((struct span){"\"\\\0\"", 4}, &out, &error), STATUS_MALFORMED_JSON);
}

static void text_that_is_no_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\"\x80\"",
        "\"\xc0\xaf\"",
        "\"\xc1\xbf\"",
        "\"\xc3\"",
        "\"\xc3(\"",
        "\"\xe0\x9f\xbf\"",
        "\"\xed\xa0\x80\"",
        "\"\xe2\x82\"",
        "\"\xe2\x82(\"",
        "\"\xf0\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xf0\x9f\x98\"",
        "\"\xff\"",
        "{\"\xfe\":1}",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_refused(texts[i], STATUS_INVALID_UTF8);
    }
}

static void the_borders_of_utf8_are_taken(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\"\x7f\"",         "\"\xc2\x80\"",         "\"\xdf\xbf\"",
        "\"\xe0\xa0\x80\"", "\"\xed\x9f\xbf\"",     "\"\xee\x80\x80\"",
        "\"\xef\xbf\xbf\"", "\"\xf0\x90\x80\x80\"", "\"\xf4\x8f\xbf\xbf\"",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        scanned(texts[i]);
    }
}

static void nesting_is_taken_up_to_the_limit(void **state)
{
    (void)state;
    char text[2 * (DEPTH + 1) + 1];
    for (size_t depth = DEPTH; depth <= DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        text[2 * depth] = '\0';
        if (depth == DEPTH) {
            scanned(text);
        } else {
            assert_refused(text, STATUS_TOO_DEEP);
        }
    }
}

static void a_refusal_names_the_byte(void **state)
{
    (void)state;
    struct scan out;
    struct error error;
    assert_int_equal(scan(span_of("{\"a\":tru}"), &out, &error), STATUS_MALFORMED_JSON);
    assert_string_equal(error.detail, "byte 5: not a value");
    assert_int_equal(scan(span_of("{\"a\":1"), &out, &error), STATUS_MALFORMED_JSON);
    assert_string_equal(error.detail, "byte 6: the text ends too early");
}

/* --- jansson as the oracle, on random documents and mutations of them --- */

static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

struct text {
    char bytes[4096];
    size_t n;
};

static void put(struct text *t, const char *s)
{
    size_t n = strlen(s);
    if (t->n + n <= sizeof(t->bytes)) {
        memcpy(t->bytes + t->n, s, n);
        t->n += n;
    }
}

static void put_random_string(struct text *t)
{
    static const char *const parts[] = {"a",
                                        "order",
                                        "Z ",
                                        "\\n",
                                        "\\\"",
                                        "\\\\",
                                        "\\/",
                                        "\\u0041",
                                        "\\u20ac",
                                        "\xc3\xa9",
                                        "\xe4\xb9\xb0",
                                        "\xf0\x9f\x98\x80",
                                        "\\ud83d\\ude00",
                                        "\\t\\r\\b\\f",
                                        "0123456789",
                                        "\x7f"};
    put(t, "\"");
    for (uint64_t n = random_below(5); n > 0; n--) {
        put(t, parts[random_below(COUNT_OF(parts))]);
    }
    put(t, "\"");
}

static void put_random_value(struct text *t, int depth)
{
    static const char *const scalars[] = {"null", "true", "false", "0",    "-0",     "1",
                                          "-17",  "3.25", "1e5",   "2E-3", "1.0e+2", "123456789012345",
                                          "0.1"};
    static const char *const spaces[] = {"", "", "", " ", "\n", "\t ", "\r\n"};
    uint64_t kind = random_below(depth > 0 ? 10 : 6);
    put(t, spaces[random_below(COUNT_OF(spaces))]);
    if (kind < 4) {
        put(t, scalars[random_below(COUNT_OF(scalars))]);
    } else if (kind < 6) {
        put_random_string(t);
    } else {
        bool is_object = kind >= 8;
        put(t, is_object ? "{" : "[");
        uint64_t n = random_below(5);
        for (uint64_t i = 0; i < n; i++) {
            put(t, i == 0 ? "" : ",");
            if (is_object) {
                put_random_string(t);
                put(t, spaces[random_below(COUNT_OF(spaces))]);
                put(t, ":");
            }
            put_random_value(t, depth - 1);
        }
        put(t, is_object ? "}" : "]");
    }
    put(t, spaces[random_below(COUNT_OF(spaces))]);
}

static void mutate(struct text *t)
{
    static const char bytes[] = "{}[]:,\"\\u0n1-.eE+ \ntrfal\x80\xc3\xed\xf0\xff\x01";
    for (uint64_t n = random_below(3); n > 0 && t->n > 0; n--) {
        size_t at = (size_t)random_below(t->n);
        char c = bytes[random_below(sizeof(bytes) - 1)];
        switch (random_below(4)) {
        case 0: t->bytes[at] = c; break;
        case 1:
            memmove(t->bytes + at, t->bytes + at + 1, t->n - at - 1);
            t->n--;
            break;
        case 2:
            if (t->n < sizeof(t->bytes)) {
                memmove(t->bytes + at + 1, t->bytes + at, t->n - at);
                t->bytes[at] = c;
                t->n++;
            }
            break;
        default: t->n = at; break;
        }
    }
}

static void assert_same(const struct scan *s, size_t token, const json_t *value);

/** Of repeated members both keep the last. */
static void assert_same_object(const struct scan *s, size_t object, const json_t *value)
{
    size_t n = 0;
    for (size_t key = object + 1; key < scan_next(s, object); key = scan_next(s, key + 1)) {
        struct span name = scan_string(arena, s, key);
        bool is_last = true;
        for (size_t other = scan_next(s, key + 1); other < scan_next(s, object);
             other = scan_next(s, other + 1)) {
            is_last &= !span_equal(name, scan_string(arena, s, other));
        }
        if (is_last) {
            const json_t *member = json_object_get(value, arena_text(arena, name));
            assert_non_null(member);
            assert_same(s, key + 1, member);
            n++;
        }
    }
    assert_int_equal(n, json_object_size(value));
}

static void assert_same(const struct scan *s, size_t token, const json_t *value)
{
    const char *raw = arena_text(arena, scan_raw(s, token));
    switch (scan_type(s, token)) {
    case TOKEN_NULL: assert_true(json_is_null(value)); break;
    case TOKEN_FALSE: assert_true(json_is_false(value)); break;
    case TOKEN_TRUE: assert_true(json_is_true(value)); break;
    case TOKEN_NUMBER:
        if (s->tokens[token].is_integer) {
            assert_true(json_is_integer(value));
            assert_int_equal(json_integer_value(value), strtoll(raw, NULL, 10));
        } else {
            assert_true(json_is_real(value));
            assert_true(json_real_value(value) == strtod(raw, NULL));
        }
        break;
    case TOKEN_STRING: {
        struct span text = scan_string(arena, s, token);
        assert_true(json_is_string(value));
        assert_int_equal(text.n, json_string_length(value));
        assert_memory_equal(text.p, json_string_value(value), text.n);
        break;
    }
    case TOKEN_ARRAY: {
        size_t i = 0;
        assert_true(json_is_array(value));
        for (size_t item = token + 1; item < scan_next(s, token); item = scan_next(s, item)) {
            assert_true(i < json_array_size(value));
            assert_same(s, item, json_array_get(value, i++));
        }
        assert_int_equal(i, json_array_size(value));
        break;
    }
    case TOKEN_OBJECT:
        assert_true(json_is_object(value));
        assert_same_object(s, token, value);
        break;
    }
}

/** jansson refuses numbers that its types do not hold, lone surrogates and NUL in names; we keep or clean
 * them. */
static bool is_ours_alone(const struct scan *s, const json_error_t *error)
{
    return s->stripped + s->replaced != 0 || json_error_code(error) == json_error_numeric_overflow;
}

static void the_scanner_agrees_with_jansson(void **state)
{
    (void)state;
    const uint64_t seed = 20261121;
    random_state = seed;
    size_t taken = 0;
    size_t refused = 0;
    for (int round = 0; round < 40000; round++) {
        arena_reset(arena);
        struct text t = {.n = 0};
        put_random_value(&t, 5);
        if (round % 2 != 0) {
            mutate(&t);
        }
        struct scan s;
        struct error error;
        json_error_t other;
        enum status status = scan((struct span){t.bytes, t.n}, &s, &error);
        json_t *value = json_loadb(t.bytes, t.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &other);
        if (status == STATUS_OK && value != NULL) {
            taken++;
            if (s.stripped == 0) {
                assert_same(&s, 0, value);
            }
        } else if (status != STATUS_OK && value == NULL) {
            refused++;
        } else if (status != STATUS_OK || !is_ours_alone(&s, &other)) {
            fail_msg("seed %llu, round %d: %s; %.*s", (unsigned long long)seed, round,
                     status == STATUS_OK ? other.text : error.detail, (int)t.n, t.bytes);
        }
        json_decref(value);
    }
    assert_true(taken > 20000);
    assert_true(refused > 5000);
}

static void a_document_cut_anywhere_is_refused(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":[1.5e3,\"\\ud83d\\ude00\xf0\x9f\x98\x80\",true,false,null,{\"b\":{}}]}";
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        struct scan out;
        assert_int_not_equal(scan((struct span){text, n}, &out, NULL), STATUS_OK);
    }
    scanned(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_value_is_taken),
        cmocka_unit_test(every_value_knows_its_bytes),
        cmocka_unit_test(a_number_of_any_size_is_kept_as_text),
        cmocka_unit_test(escapes_become_characters),
        cmocka_unit_test(a_nul_escape_is_stripped_and_counted),
        cmocka_unit_test(a_lone_surrogate_is_replaced),
        cmocka_unit_test(of_repeated_members_the_last_wins),
        cmocka_unit_test(a_name_with_escapes_is_the_same_name),
        cmocka_unit_test(what_is_no_json_is_malformed),
        cmocka_unit_test(a_raw_nul_byte_is_malformed),
        cmocka_unit_test(text_that_is_no_utf8_is_refused),
        cmocka_unit_test(the_borders_of_utf8_are_taken),
        cmocka_unit_test(nesting_is_taken_up_to_the_limit),
        cmocka_unit_test(a_refusal_names_the_byte),
        cmocka_unit_test(a_document_cut_anywhere_is_refused),
        cmocka_unit_test(the_scanner_agrees_with_jansson),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
