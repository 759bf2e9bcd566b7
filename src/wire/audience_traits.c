#include "audience_traits.h"

#include "scan.h"

enum consent_kind { CONSENT_YES, CONSENT_NO, CONSENT_NO_EMAIL, CONSENT_SMS };

static const struct span field_names[] = {
#define X(field, name) SCAN_NAME(name),
    TRAIT_FIELDS(X)
#undef X
        SCAN_NAME("address")};
#define ADDRESS (COUNT_OF(field_names) - 1)

static const enum trait_field fields[] = {
#define X(field, name) TRAIT_##field,
    TRAIT_FIELDS(X)
#undef X
};

static const struct span consent_names[] = {
#define X(kind, name) SCAN_NAME(name),
    TRAIT_CONSENTS(X)
#undef X
};

static const enum consent_kind consents[] = {
#define X(kind, name) CONSENT_##kind,
    TRAIT_CONSENTS(X)
#undef X
};

/* A text or a number, as text. */
static struct span text_of(struct arena *arena, const struct scan *scan, size_t token)
{
    switch (scan_type(scan, token)) {
    case TOKEN_STRING: return span_trim(scan_string(arena, scan, token));
    case TOKEN_NUMBER: return scan_raw(scan, token);
    case TOKEN_NULL:
    case TOKEN_FALSE:
    case TOKEN_TRUE:
    case TOKEN_ARRAY:
    case TOKEN_OBJECT: break;
    }
    return (struct span){"", 0};
}

/* --- fields ----------------------------------------------------------------------------------------------------- */

/* Shopify tells the state of an account under the name that others use for a part of a country. */
static bool is_account_state(struct span text)
{
    return span_is(text, "enabled") || span_is(text, "disabled") || span_is(text, "invited") ||
           span_is(text, "declined");
}

static void read_fields(struct arena *arena, const struct scan *scan, const size_t *tokens, enum trait_field from,
                        struct traits *out)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct span *field = &out->fields[fields[i]];
        if (tokens[i] == 0 || field->n || fields[i] < from)
            continue;
        struct span text = text_of(arena, scan, tokens[i]);
        if (fields[i] != TRAIT_STATE || !is_account_state(text))
            *field = text;
    }
}

static void read_tags(struct arena *arena, const struct scan *scan, size_t token, struct traits *out)
{
    if (scan_type(scan, token) == TOKEN_STRING) {
        struct span rest = scan_string(arena, scan, token);
        while (rest.n && out->n_tags < TRAIT_TAGS_MAX) {
            struct span tag = span_trim(span_take(&rest, ','));
            if (tag.n)
                out->tags[out->n_tags++] = tag;
        }
    } else if (scan_type(scan, token) == TOKEN_ARRAY) {
        for (size_t t = token + 1; t < scan_next(scan, token) && out->n_tags < TRAIT_TAGS_MAX; t = scan_next(scan, t)) {
            struct span tag = text_of(arena, scan, t);
            if (tag.n)
                out->tags[out->n_tags++] = tag;
        }
    }
}

/* --- consent ---------------------------------------------------------------------------------------------------- */

static bool is_yes(struct span text)
{
    static const char *const words[] = {"true", "yes",   "y",      "1",       "on",       "subscribed",
                                        "subscribe", "opted_in", "opted-in", "opt_in", "opt-in", "granted", "accepted"};
    char word[16];
    if (text.n > sizeof(word))
        return false;
    for (size_t i = 0; i < text.n; i++)
        word[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'Z' ? text.p[i] + 'a' - 'A' : text.p[i]);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (span_is((struct span){word, text.n}, words[i]))
            return true;
    return false;
}

/* true, "yes", "subscribed", 1, or an object that says one of these as its state. */
static bool says_yes(struct arena *arena, const struct scan *scan, size_t token)
{
    static const struct span states[] = {SCAN_NAME("state"), SCAN_NAME("status"), SCAN_NAME("consent"),
                                         SCAN_NAME("marketing_state"), SCAN_NAME("marketingState")};
    size_t tokens[COUNT_OF(states)];
    if (scan_type(scan, token) == TOKEN_OBJECT) {
        scan_members(scan, token, states, COUNT_OF(states), tokens);
        for (size_t i = 0; i < COUNT_OF(states); i++)
            if (tokens[i])
                return scan_type(scan, tokens[i]) == TOKEN_TRUE || is_yes(text_of(arena, scan, tokens[i]));
        return false;
    }
    return scan_type(scan, token) == TOKEN_TRUE || is_yes(text_of(arena, scan, token));
}

static void read_consent(struct arena *arena, const struct scan *scan, struct traits *out)
{
    size_t tokens[COUNT_OF(consents)];
    scan_members(scan, 0, consent_names, COUNT_OF(consents), tokens);
    for (size_t i = 0; i < COUNT_OF(consents); i++) {
        if (tokens[i] == 0)
            continue;
        bool is_told = says_yes(arena, scan, tokens[i]);
        switch (consents[i]) {
        case CONSENT_YES:
            out->agrees = out->agrees || is_told;
            out->refuses = out->refuses || !is_told;
            break;
        case CONSENT_NO: out->refuses_sms = out->refuses_sms || is_told; /* FALLTHROUGH */
        case CONSENT_NO_EMAIL: out->refuses = out->refuses || is_told; break;
        case CONSENT_SMS:
            out->agrees_sms = out->agrees_sms || is_told;
            out->refuses_sms = out->refuses_sms || !is_told;
            break;
        }
    }
    out->agrees = out->agrees && !out->refuses;
    out->agrees_sms = out->agrees_sms && !out->refuses_sms;
}

void traits_read(struct arena *arena, struct span json, struct traits *out)
{
    struct scan scan;
    struct error error;
    size_t tokens[COUNT_OF(field_names)], inner[COUNT_OF(field_names)];
    memset(out, 0, sizeof(*out));
    if (scan_parse(arena, json, SCAN_DEPTH_MAX, &scan, &error) != STATUS_OK || scan_type(&scan, 0) != TOKEN_OBJECT)
        return;
    scan_members(&scan, 0, field_names, COUNT_OF(field_names), tokens);
    read_fields(arena, &scan, tokens, TRAIT_EMAIL, out);
    if (tokens[ADDRESS] && scan_type(&scan, tokens[ADDRESS]) == TOKEN_OBJECT) {
        scan_members(&scan, tokens[ADDRESS], field_names, COUNT_OF(field_names), inner);
        read_fields(arena, &scan, inner, TRAIT_CITY, out);
    }
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (fields[i] == TRAIT_TAGS && tokens[i])
            read_tags(arena, &scan, tokens[i], out);
    read_consent(arena, &scan, out);
}
