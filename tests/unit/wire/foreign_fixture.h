#ifndef TESTS_UNIT_WIRE_FOREIGN_FIXTURE_H
#define TESTS_UNIT_WIRE_FOREIGN_FIXTURE_H

#include "message_fixture.h"
#include "wire/translate.h"

#include <strings.h>

#define HEADERS_MAX 12

/** A request and the settings of its source, as a test makes them; what came of it. */
struct exchange {
    struct {
        const char *name;
        const char *value;
    } headers[HEADERS_MAX];
    const char *body;
    const char *mapping;
    const char *currency;
    const char *channel;
    const char *order_prefix;
    struct translation translation;
    struct error error;
};

static inline struct span header_of(void *context, const char *name)
{
    const struct exchange *exchange = context;
    for (size_t i = 0; i < HEADERS_MAX && exchange->headers[i].name != NULL; i++) {
        if (strcasecmp(exchange->headers[i].name, name) == 0) {
            return span_of(exchange->headers[i].value);
        }
    }
    return (struct span){"", 0};
}

static inline struct span text_or_empty(const char *text)
{
    return span_of(text == NULL ? "" : text);
}

typedef enum status translator(struct arena *arena, const struct translate_request *request,
                               const struct translate_settings *settings, struct translation *out,
                               struct error *error);

static inline enum status run(translator *translate, struct exchange *exchange)
{
    struct translate_request request = {.header = header_of,
                                        .context = exchange,
                                        .body = text_or_empty(exchange->body),
                                        .received_at = RECEIVED};
    struct translate_settings settings = {.currency = text_or_empty(exchange->currency),
                                          .channel = text_or_empty(exchange->channel),
                                          .order_prefix = text_or_empty(exchange->order_prefix),
                                          .user_id = {"", 0},
                                          .mapping = text_or_empty(exchange->mapping)};
    return translate(arena, &request, &settings, &exchange->translation, &exchange->error);
}

static inline void assert_translated(translator *translate, struct exchange *exchange, const char *body)
{
    if (run(translate, exchange) != STATUS_OK) {
        fail_msg("%s %s: %s", status_code(exchange->error.status), exchange->error.pointer,
                 exchange->error.detail);
    }
    assert_int_equal(exchange->translation.kind, TRANSLATION_MESSAGES);
    assert_span(exchange->translation.body, arena_printf(arena, "{\"batch\":[%s]}", body));
}

static inline void assert_not_translated(translator *translate, struct exchange *exchange,
                                         enum status expected, const char *pointer)
{
    enum status status = run(translate, exchange);
    assert_refusal(status, &exchange->error, expected, pointer, exchange->body ? exchange->body : "");
}

/** Message ${index} of what came of it, understood. */
static inline struct message translated(const struct exchange *exchange, size_t index)
{
    struct message m;
    struct error error;
    if (decode(exchange->translation.body, true, index, NULL, &m, &error) != STATUS_OK) {
        fail_msg("%s %s: %s: %.*s", status_code(error.status), error.pointer, error.detail,
                 (int)exchange->translation.body.n, exchange->translation.body.p);
    }
    return m;
}

/** SHA-256 of ada@shop.example. */
#define ADA "a4c14f1b068bf2c602e289b5dfcd89085692c73c63daf5a90a0b481b7328ee35"

#endif
