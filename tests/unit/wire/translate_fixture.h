#ifndef TESTS_UNIT_WIRE_TRANSLATE_FIXTURE_H
#define TESTS_UNIT_WIRE_TRANSLATE_FIXTURE_H

#include "message_fixture.h"
#include "wire/translate.h"

#include <strings.h>

/** What a sender's headers say: one of them is enough for these translators, and a delivery's id. */
struct headers {
    const char *name;
    const char *value;
    const char *delivery;
};

static struct translate_settings settings;

static inline struct span header_of(void *context, const char *name)
{
    const struct headers *headers = context;
    if (strcasecmp(name, headers->name) == 0)
        return span_of(headers->value);
    if (strcasecmp(name, "X-WC-Webhook-Delivery-ID") == 0 && headers->delivery)
        return span_of(headers->delivery);
    return (struct span){"", 0};
}

typedef enum status translate(struct arena *arena, const struct translate_request *request,
                              const struct translate_settings *settings, struct translation *out,
                              struct error *error);

static inline enum status try_translate(translate *function, struct headers headers, const char *body,
                                        struct translation *out, struct error *error)
{
    struct translate_request request = {
        .header = header_of, .context = &headers, .body = span_of(body), .received_at = RECEIVED};
    return function(arena, &request, &settings, out, error);
}

static inline struct translation translated(translate *function, struct headers headers, const char *body)
{
    struct translation out;
    struct error error;
    if (try_translate(function, headers, body, &out, &error) != STATUS_OK)
        fail_msg("%s: %s %s (%s)", headers.value, status_code(error.status), error.pointer, error.detail);
    return out;
}

/** The messages of a batch must be ${expected}, the members in their order; ${...} a list of them that ends
 * in NULL. */
static inline void assert_messages(struct translation made, ...)
{
    va_list args;
    struct buf expected;
    struct envelope *envelope;
    struct error error;
    size_t n = 0;
    buf_init(&expected, 0);
    buf_text(&expected, "{\"batch\":[");
    va_start(args, made);
    for (const char *one = va_arg(args, const char *); one; one = va_arg(args, const char *)) {
        buf_text(&expected, n++ ? "," : "");
        buf_text(&expected, one);
    }
    va_end(args);
    buf_text(&expected, "]}");
    assert_int_equal(made.kind, TRANSLATION_MESSAGES);
    if (!span_equal(made.body, (struct span){expected.p, expected.n}))
        fail_msg("made:\n%.*s\nexpected:\n%.*s", (int)made.body.n, made.body.p, (int)expected.n, expected.p);
    buf_done(&expected);
    assert_int_equal(made.n, n);
    assert_int_equal(envelope_parse(arena, made.body, true, &envelope, &error), STATUS_OK);
    assert_int_equal(envelope_count(envelope), n);
}

static inline void assert_nothing(struct translation made, const char *reason)
{
    assert_int_equal(made.kind, TRANSLATION_NOTHING);
    assert_string_equal(made.reason, reason);
}

static inline void assert_refused(translate *function, struct headers headers, const char *body,
                                  enum status expected, const char *pointer)
{
    struct translation out = {.n = 77};
    struct error error;
    enum status status = try_translate(function, headers, body, &out, &error);
    assert_refusal(status, &error, expected, pointer, body);
    assert_int_equal(out.n, 77); /* as it was */
}

/** ${text} with the only ${from} in it as ${to}. */
static inline const char *with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (at == NULL || strstr(at + 1, from) != NULL)
        fail_msg("\"%s\" is not there once", from);
    return arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/** A shared sample; the test is skipped, and says so, where they are not. */
static inline const char *sample(const char *path)
{
    FILE *file = fopen(arena_printf(arena, "../shared/samples/%s", path), "rb");
    if (file == NULL) {
        print_message("../shared/samples/%s is not here: skipped\n", path);
        skip();
    }
    char *bytes = arena_alloc(arena, BATCH_BYTES_MAX);
    size_t n = fread(bytes, 1, BATCH_BYTES_MAX - 1, file);
    fclose(file);
    bytes[n] = '\0';
    return bytes;
}

/** A name of a person as a hash, in an array of externalIds. */
#define HASHED(kind, hex) "{\"type\":\"" kind "_sha256\",\"id\":\"" hex "\"}"

static inline int set_up_translation(void **state)
{
    settings = (struct translate_settings){.currency = {"", 0}};
    return set_up(state);
}

#endif
