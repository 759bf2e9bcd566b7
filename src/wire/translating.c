#include "translating.h"

#include "address.h"
#include "base/time.h"
#include "wire/elements.h"
#include "wire/identity.h"
#include "wire/message.h"

/* The scale of a ratio, and 18 digits in all. */
#define RATIO_ONE INT64_C(1000000000000)

static const struct span nothing = {"", 0};

void translating_init(struct translating *t, struct arena *arena, const struct translate_settings *settings,
                      struct error *error)
{
    *t = (struct translating){.arena = arena, .settings = settings, .error = error};
    buf_init(&t->out, BATCH_BYTES_MAX);
    buf_text(&t->out, "{\"batch\":[");
}

void translating_done(struct translating *t)
{
    buf_done(&t->out);
}

enum status translating_read(struct translating *t, struct span body)
{
    enum status status = scan_parse(t->arena, body, TRANSLATED_DEPTH_MAX, &t->scan, t->error);
    if (status == STATUS_OK && scan_type(&t->scan, 0) != TOKEN_OBJECT)
        return error_set(t->error, STATUS_WRONG_TYPE, "", "the body must be an object");
    return status;
}

enum status translating_finish(struct translating *t, const char *reason, struct translation *out)
{
    buf_text(&t->out, "]}");
    if (t->out.overflow)
        return error_set(t->error, STATUS_TOO_LARGE, "", "it makes more than %d bytes of messages",
                         BATCH_BYTES_MAX);
    out->kind = t->n ? TRANSLATION_MESSAGES : TRANSLATION_NOTHING;
    out->n = t->n;
    if (t->n)
        out->body = arena_span(t->arena, (struct span){t->out.p, t->out.n});
    else
        out->reason = reason;
    return STATUS_OK;
}

bool translation_take(struct span *rest, struct span *message)
{
    static const char begin[] = "{\"batch\":";
    struct csv_record record;
    size_t before;
    if (rest->n > sizeof(begin) && memcmp(rest->p, begin, sizeof(begin) - 1) == 0)
        *rest = (struct span){rest->p + sizeof(begin) - 1, rest->n - (sizeof(begin) - 1)};
    bool is_taken = elements_take(rest, true, &record, &before) && !record.is_broken;
    if (is_taken)
        *message = record.text;
    return is_taken;
}

/* --- reading -------------------------------------------------------------------------------------------- */

size_t translating_find(const struct translating *t, size_t object, const char *name)
{
    struct span names[] = {span_of(name)};
    size_t value = 0;
    if (scan_type(&t->scan, object) == TOKEN_OBJECT)
        scan_members(&t->scan, object, names, 1, &value);
    return value;
}

/* Not in the middle of a character. */
static struct span cut(struct span text, size_t most)
{
    if (text.n <= most)
        return text;
    while (most > 0 && ((unsigned char)text.p[most] & 0xc0) == 0x80)
        most--;
    return (struct span){text.p, most};
}

static struct span whole_text(const struct translating *t, size_t token)
{
    if (token == 0)
        return nothing;
    if (scan_type(&t->scan, token) == TOKEN_STRING)
        return scan_string(t->arena, &t->scan, token);
    bool is_integer = scan_type(&t->scan, token) == TOKEN_NUMBER && t->scan.tokens[token].is_integer;
    return is_integer ? scan_raw(&t->scan, token) : nothing;
}

struct span translating_text(const struct translating *t, size_t token)
{
    return cut(whole_text(t, token), TRANSLATED_TEXT_MAX);
}

bool translating_is_true(const struct translating *t, size_t token)
{
    return token != 0 && scan_type(&t->scan, token) == TOKEN_TRUE;
}

static enum status missing(const struct translating *t, const char *pointer)
{
    return error_set(t->error, STATUS_MISSING_MEMBER, pointer, "is missing");
}

enum status translating_id(const struct translating *t, size_t token, const char *pointer, struct span *out)
{
    if (token == 0)
        return missing(t, pointer);
    if (scan_type(&t->scan, token) != TOKEN_STRING && !t->scan.tokens[token].is_integer)
        return error_set(t->error, STATUS_WRONG_TYPE, pointer, "an id must be a string or an integer");
    struct span text = whole_text(t, token);
    if (text.n == 0 || text.n > TRANSLATED_TEXT_MAX)
        return error_set(t->error, STATUS_INVALID_VALUE, pointer, "an id has from 1 to %d bytes",
                         TRANSLATED_TEXT_MAX);
    *out = text;
    return STATUS_OK;
}

struct span translating_number(const struct translating *t, size_t token)
{
    if (token != 0 && scan_type(&t->scan, token) == TOKEN_NUMBER)
        return scan_raw(&t->scan, token);
    bool is_string = token != 0 && scan_type(&t->scan, token) == TOKEN_STRING;
    return is_string ? scan_string(t->arena, &t->scan, token) : nothing;
}

enum status translating_amount(const struct translating *t, size_t token, const char *pointer,
                               struct decimal *out)
{
    if (token == 0)
        return missing(t, pointer);
    if (scan_type(&t->scan, token) != TOKEN_NUMBER && scan_type(&t->scan, token) != TOKEN_STRING)
        return error_set(t->error, STATUS_WRONG_TYPE, pointer, "must be a number or a string that holds one");
    if (!decimal_parse(translating_number(t, token), out))
        return error_set(t->error, STATUS_INVALID_AMOUNT, pointer,
                         "not a decimal number of at most 18 digits");
    return STATUS_OK;
}

enum status translating_time(const struct translating *t, size_t token, const char *pointer, usec_t if_absent,
                             usec_t *out)
{
    if (token == 0) {
        *out = if_absent;
        return STATUS_OK;
    }
    struct span text = translating_text(t, token);
    if (scan_type(&t->scan, token) != TOKEN_STRING || !time_parse(text, out))
        return error_set(t->error, STATUS_INVALID_TIMESTAMP, pointer, "must be an ISO 8601 time with a zone");
    return STATUS_OK;
}

enum status translating_expect(const struct translating *t, size_t token, enum token_type type,
                               const char *pointer)
{
    if (token == 0 || scan_type(&t->scan, token) == type)
        return STATUS_OK;
    return error_set(t->error, STATUS_WRONG_TYPE, pointer, "must be %s",
                     type == TOKEN_ARRAY ? "an array" : "an object");
}

static bool scaled(struct decimal *number, int scale)
{
    for (; number->scale < scale; number->scale++)
        if (__builtin_mul_overflow(number->digits, 10, &number->digits))
            return false;
    return true;
}

static struct decimal shortest(struct decimal number)
{
    while (number.scale > 0 && number.digits % 10 == 0) {
        number.digits /= 10;
        number.scale--;
    }
    return number;
}

bool translating_less(struct decimal a, struct decimal b, struct decimal *out)
{
    struct decimal difference;
    if (!scaled(&a, b.scale) || !scaled(&b, a.scale) ||
        __builtin_sub_overflow(a.digits, b.digits, &difference.digits))
        return false;
    difference.scale = a.scale;
    *out = shortest(difference);
    return true;
}

bool translating_ratio(struct decimal a, struct decimal b, struct decimal *out)
{
    __extension__ typedef __int128 int128;
    if (a.digits <= 0 || b.digits <= 0 || !scaled(&a, b.scale) || !scaled(&b, a.scale))
        return false;
    int128 ratio = ((int128)a.digits * RATIO_ONE + b.digits / 2) / b.digits;
    if (ratio == 0 || ratio >= (int128)RATIO_ONE * 1000000)
        return false;
    *out = shortest((struct decimal){(int64_t)ratio, 12});
    return true;
}

/* --- whom and where from -------------------------------------------------------------------------------- */

static struct span lower(const struct translating *t, struct span text)
{
    char *copy = arena_copy(t->arena, text.p, text.n);
    for (size_t i = 0; i < text.n; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] + ('a' - 'A'));
    return (struct span){copy, text.n};
}

static struct span text_of(const struct translating *t, size_t token)
{
    bool is_string = token != 0 && scan_type(&t->scan, token) == TOKEN_STRING;
    return is_string ? whole_text(t, token) : nothing;
}

static struct span email_of(const struct translating *t, size_t token)
{
    struct span email = text_of(t, token);
    return email.n > TRANSLATED_EMAIL_MAX ? nothing : email; /* none that there can be */
}

struct who translating_who(const struct translating *t, const char *system, struct span id, size_t email,
                           size_t phone)
{
    struct who who = {.user_id = nothing, .anonymous_id = nothing, .system = system, .id = id};
    who.email = email_of(t, email);
    who.phone = cut(text_of(t, phone), TRANSLATED_TEXT_MAX);
    who.email_hash = identity_hashed(t->arena, IDENTITY_EMAIL, who.email);
    who.phone_hash = identity_hashed(t->arena, IDENTITY_PHONE, who.phone);
    if (span_is(t->settings->user_id, "id"))
        who.user_id = id;
    else if (span_is(t->settings->user_id, "email"))
        who.user_id = lower(t, who.email);
    return who;
}

void translating_who_order(const struct translating *t, struct who *who, size_t email)
{
    struct span hash = identity_hashed(t->arena, IDENTITY_EMAIL, email_of(t, email));
    if (!span_equal(hash, who->email_hash))
        who->order_email_hash = hash;
}

bool who_is_known(const struct who *who)
{
    return who->user_id.n || who->anonymous_id.n || who->id.n || who->email_hash.n ||
           who->order_email_hash.n || who->phone_hash.n;
}

struct span translating_channel(const struct translating *t, struct span told)
{
    return t->settings->channel.n ? t->settings->channel : told;
}

static void fill(struct span *empty, struct span value)
{
    if (empty->n == 0)
        *empty = cut(value, TRANSLATED_TEXT_MAX);
}

void translating_campaign(const struct translating *t, struct span url, struct origin *origin)
{
    struct utm utm = address_utm(t->arena, url);
    fill(&origin->campaign_source, utm.source);
    fill(&origin->campaign_medium, utm.medium);
    fill(&origin->campaign_name, utm.campaign);
}

struct span translating_referrer(struct span url)
{
    bool is_web = url.n > 8 && (memcmp(url.p, "http://", 7) == 0 || memcmp(url.p, "https://", 8) == 0);
    if (!is_web || memchr(url.p, '@', url.n))
        return nothing;
    struct span page = span_take(&url, '#');
    return cut(span_take(&page, '?'), TRANSLATED_TEXT_MAX);
}

struct span translating_subject(struct arena *arena, struct span header)
{
    for (size_t i = 0; i < header.n; i++)
        if (header.p[i] <= ' ' || header.p[i] > '~' || i == TRANSLATED_TEXT_MAX)
            return span_of("unknown");
    return arena_span(arena, header);
}
