#include "wire/audience.h"

#include "audience_traits.h"
#include "crypto/digest.h"
#include "scan.h"


/*
 * What each tool says of its files: Mailchimp "Format guidelines for your import file", Meta "How to format a customer
 * list", Google "Format your customer data file", TikTok "Customer file", Klaviyo "How to upload a list".
 */

#define EMAIL_MOST   254
#define PHONE_LEAST  7
#define PHONE_MOST   15 /* E.164 */
#define TEXT_MOST    255

static const struct span mailchimp[] = {SCAN_NAME("Email Address"), SCAN_NAME("First Name"), SCAN_NAME("Last Name"),
                                        SCAN_NAME("SMS Phone Number"), SCAN_NAME("Birthday"), SCAN_NAME("Tags")};
static const struct span meta[] = {SCAN_NAME("email"), SCAN_NAME("phone"), SCAN_NAME("fn"),  SCAN_NAME("ln"),
                                   SCAN_NAME("zip"),   SCAN_NAME("ct"),    SCAN_NAME("st"),  SCAN_NAME("country"),
                                   SCAN_NAME("dob"),   SCAN_NAME("gen"),   SCAN_NAME("value")};
static const struct span google[] = {SCAN_NAME("Email"),     SCAN_NAME("Phone"),   SCAN_NAME("First Name"),
                                     SCAN_NAME("Last Name"), SCAN_NAME("Country"), SCAN_NAME("Zip")};
static const struct span tiktok[] = {SCAN_NAME("Email_SHA256"), SCAN_NAME("Phone_SHA256")};
static const struct span klaviyo[] = {SCAN_NAME("Email"),   SCAN_NAME("Phone Number"),   SCAN_NAME("First Name"),
                                      SCAN_NAME("Last Name"), SCAN_NAME("City"), SCAN_NAME("State / Region"),
                                      SCAN_NAME("Country"), SCAN_NAME("Zip Code"), SCAN_NAME("Birthday")};

enum audience audience_of(struct span name)
{
    return span_is(name, "mailchimp") ? AUDIENCE_MAILCHIMP
           : span_is(name, "meta")    ? AUDIENCE_META
           : span_is(name, "google")  ? AUDIENCE_GOOGLE
           : span_is(name, "tiktok")  ? AUDIENCE_TIKTOK
           : span_is(name, "klaviyo") ? AUDIENCE_KLAVIYO
                                      : AUDIENCE_NONE;
}

const struct span *audience_columns(enum audience audience, size_t *n)
{
    static const struct {
        const struct span *names;
        size_t n;
    } all[] = {[AUDIENCE_NONE] = {NULL, 0},
               [AUDIENCE_MAILCHIMP] = {mailchimp, COUNT_OF(mailchimp)},
               [AUDIENCE_META] = {meta, COUNT_OF(meta)},
               [AUDIENCE_GOOGLE] = {google, COUNT_OF(google)},
               [AUDIENCE_TIKTOK] = {tiktok, COUNT_OF(tiktok)},
               [AUDIENCE_KLAVIYO] = {klaviyo, COUNT_OF(klaviyo)}};
    *n = all[audience].n;
    return all[audience].names;
}

/* --- normal forms ----------------------------------------------------------------------------------------------- */

static struct span none(void)
{
    return (struct span){"", 0};
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The small letter of two bytes of UTF-8 of Latin, Greek and Cyrillic; they stay two bytes. */
static unsigned lower_pair(unsigned c)
{
    if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f))
        return c + 0x20;
    if (c >= 0x400 && c <= 0x40f)
        return c + 0x50;
    bool is_odd_first = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
    if (c >= 0x100 && c <= 0x17e && c != 0x130 && c != 0x138 && c != 0x178)
        return (c % 2 == 1) == is_odd_first ? c + 1 : c;
    return c;
}

static struct span lower(struct arena *arena, struct span text)
{
    char *out = arena_copy(arena, text.p, text.n);
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)out[i];
        if (c >= 'A' && c <= 'Z') {
            out[i] = (char)(c + 'a' - 'A');
        } else if (c >= 0xc3 && c <= 0xdf && i + 1 < text.n) {
            unsigned small = lower_pair((c & 0x1fu) << 6 | ((unsigned char)out[i + 1] & 0x3fu));
            out[i] = (char)(0xc0 | small >> 6);
            out[++i] = (char)(0x80 | (small & 0x3f));
        }
    }
    return (struct span){out, text.n};
}

/* Trimmed and small, with one '@' between something; n = 0: none. */
static struct span email_of(struct arena *arena, struct span text)
{
    size_t n_at = 0;
    for (size_t i = 0; i < text.n; i++) {
        if ((unsigned char)text.p[i] <= ' ')
            return none();
        n_at += text.p[i] == '@';
    }
    bool is_one = n_at == 1 && text.n <= EMAIL_MOST && text.p[0] != '@' && text.p[text.n - 1] != '@';
    return is_one ? lower(arena, text) : none();
}

/* Google's own addresses are the same with and without dots. */
static struct span without_dots(struct arena *arena, struct span email)
{
    const char *at = email.n ? memchr(email.p, '@', email.n) : NULL;
    if (at == NULL)
        return email;
    struct span domain = {at + 1, email.n - (size_t)(at + 1 - email.p)};
    if (!span_is(domain, "gmail.com") && !span_is(domain, "googlemail.com"))
        return email;
    char *out = arena_alloc(arena, email.n);
    size_t n = 0;
    for (size_t i = 0; i < email.n; i++)
        if (email.p[i] != '.' || email.p + i > at)
            out[n++] = email.p[i];
    return (struct span){out, n};
}

/* The digits of a telephone number. */
static size_t digits_of(struct span text, char out[PHONE_MOST + 3])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (is_digit(text.p[i])) {
            if (n == PHONE_MOST + 2)
                return 0;
            out[n++] = text.p[i];
        } else if (memchr("+-./() ", text.p[i], 7) == NULL) {
            return 0;
        }
    }
    return n;
}

/* E.164, of a number that tells its country by "+" or "00"; n = 0: any other. */
static struct span phone_of(struct arena *arena, struct span text)
{
    char digits[PHONE_MOST + 3];
    size_t n = digits_of(text, digits), from = 0;
    bool is_abroad = n > 2 && digits[0] == '0' && digits[1] == '0';
    if (is_abroad)
        from = 2;
    if (text.n == 0 || (text.p[0] != '+' && !is_abroad) || n - from < PHONE_LEAST || n - from > PHONE_MOST ||
        digits[from] == '0')
        return none();
    return span_of(arena_printf(arena, "+%.*s", (int)(n - from), digits + from));
}

/* Small letters without what is no letter; also without digits when ${letters} is set. */
static struct span squeezed(struct arena *arena, struct span text, bool letters)
{
    struct span small = lower(arena, text);
    char *out = arena_alloc(arena, small.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < small.n; i++) {
        char c = small.p[i];
        if (is_letter(c) || (unsigned char)c >= 0x80 || (!letters && is_digit(c)))
            out[n++] = c;
    }
    return (struct span){out, n};
}

/* Up to a dash: the part that Americans add to their codes does not count. */
static struct span zip_of(struct arena *arena, struct span text)
{
    const char *dash = text.n ? memchr(text.p, '-', text.n) : NULL;
    return squeezed(arena, dash ? (struct span){text.p, (size_t)(dash - text.p)} : text, false);
}

/* Two letters, or nothing: names of countries are not known here. */
static struct span country_of(struct span text)
{
    return text.n == 2 && is_letter(text.p[0]) && is_letter(text.p[1]) ? text : none();
}

/* "1990-06-21", also of a time, as ${format}: Y, M and D stand for its parts. */
static struct span birthday_of(struct arena *arena, struct span text, const char *format)
{
    bool is_date = text.n >= 10 && text.p[4] == '-' && text.p[7] == '-' && (text.n == 10 || text.p[10] == 'T');
    for (size_t i = 0; is_date && i < 10; i++)
        is_date = i == 4 || i == 7 || is_digit(text.p[i]);
    if (!is_date)
        return none();
    struct buf out;
    buf_init(&out, 0);
    for (; *format; format++) {
        size_t at = *format == 'Y' ? 0 : *format == 'M' ? 5 : 8;
        if (is_letter(*format))
            buf_append(&out, text.p + at, *format == 'Y' ? 4 : 2);
        else
            buf_char(&out, *format);
    }
    struct span date = arena_span(arena, (struct span){out.p, out.n});
    buf_done(&out);
    return date;
}

static struct span gender_of(struct span text)
{
    char c = text.n ? (char)(text.p[0] | 0x20) : '\0';
    bool is_word = text.n == 1 || text.n == 4 || text.n == 6; /* f, male, female */
    return is_word && (c == 'f' || c == 'w') ? span_of("f") : is_word && c == 'm' ? span_of("m") : none();
}

static struct span hashed(struct arena *arena, struct span text)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char digest[32];
    if (text.n == 0)
        return none();
    digest_sha256(text.p, text.n, digest);
    char *out = arena_alloc(arena, 2 * sizeof(digest));
    for (size_t i = 0; i < sizeof(digest); i++) {
        out[2 * i] = hex[digest[i] >> 4];
        out[2 * i + 1] = hex[digest[i] & 15];
    }
    return (struct span){out, 2 * sizeof(digest)};
}

/* At most so many bytes, whole characters. */
static struct span cut(struct span text, size_t most)
{
    if (text.n > most) {
        text.n = most;
        while (text.n && ((unsigned char)text.p[text.n] & 0xc0) == 0x80)
            text.n--;
    }
    return text;
}

/* --- files ------------------------------------------------------------------------------------------------------ */

struct row {
    struct arena *arena;
    const struct audience_person *person;
    struct traits traits;
    struct span email; /* as may be used there; n = 0: none */
    struct span phone;
};

static void put(struct table *table, struct span text)
{
    if (text.n)
        table_text(table, text);
    else
        table_null(table);
}

static struct span field(const struct row *row, enum trait_field field)
{
    return row->traits.fields[field];
}

static void put_hashed(const struct row *row, struct table *table, struct span text)
{
    put(table, hashed(row->arena, text));
}

static void put_mailchimp(const struct row *row, struct table *table)
{
    put(table, row->email);
    put(table, cut(field(row, TRAIT_FIRST), TEXT_MOST));
    put(table, cut(field(row, TRAIT_LAST), TEXT_MOST));
    put(table, row->phone);
    put(table, birthday_of(row->arena, field(row, TRAIT_BIRTHDAY), "M/D"));
    struct span tags[TRAIT_TAGS_MAX];
    for (size_t i = 0; i < row->traits.n_tags; i++)
        tags[i] = cut(row->traits.tags[i], 100);
    table_list(table, tags, row->traits.n_tags);
}

static void put_meta(const struct row *row, struct table *table)
{
    struct arena *arena = row->arena;
    struct span phone = row->phone.n ? (struct span){row->phone.p + 1, row->phone.n - 1} : row->phone;
    put_hashed(row, table, row->email);
    put_hashed(row, table, phone);
    put_hashed(row, table, lower(arena, field(row, TRAIT_FIRST)));
    put_hashed(row, table, lower(arena, field(row, TRAIT_LAST)));
    put_hashed(row, table, zip_of(arena, field(row, TRAIT_ZIP)));
    put_hashed(row, table, squeezed(arena, field(row, TRAIT_CITY), true));
    put_hashed(row, table, squeezed(arena, field(row, TRAIT_STATE), true));
    put_hashed(row, table, lower(arena, country_of(field(row, TRAIT_COUNTRY))));
    put_hashed(row, table, birthday_of(arena, field(row, TRAIT_BIRTHDAY), "YMD"));
    put_hashed(row, table, gender_of(field(row, TRAIT_GENDER)));
    table_money(table, row->person->revenue, row->person->exponent);
}

static void put_google(const struct row *row, struct table *table)
{
    put_hashed(row, table, without_dots(row->arena, row->email));
    put_hashed(row, table, row->phone);
    put_hashed(row, table, lower(row->arena, field(row, TRAIT_FIRST)));
    put_hashed(row, table, lower(row->arena, field(row, TRAIT_LAST)));
    put(table, country_of(field(row, TRAIT_COUNTRY)));
    put(table, field(row, TRAIT_ZIP));
}

static void put_tiktok(const struct row *row, struct table *table)
{
    put_hashed(row, table, row->email);
    put_hashed(row, table, row->phone);
}

static void put_klaviyo(const struct row *row, struct table *table)
{
    put(table, row->email);
    put(table, row->phone);
    put(table, field(row, TRAIT_FIRST));
    put(table, field(row, TRAIT_LAST));
    put(table, field(row, TRAIT_CITY));
    put(table, field(row, TRAIT_STATE));
    put(table, field(row, TRAIT_COUNTRY));
    put(table, field(row, TRAIT_ZIP));
    put(table, birthday_of(row->arena, field(row, TRAIT_BIRTHDAY), "Y-M-D"));
}

bool audience_row(enum audience audience, struct arena *arena, const struct audience_person *person,
                  struct table *table)
{
    struct row row = {.arena = arena, .person = person};
    bool is_for_messages = audience == AUDIENCE_MAILCHIMP || audience == AUDIENCE_KLAVIYO;
    traits_read(arena, person->traits, &row.traits);
    bool agrees = row.traits.agrees || (person->is_vouched && !row.traits.refuses);
    bool agrees_sms = row.traits.agrees_sms ||
                      (person->is_vouched && !row.traits.refuses && !row.traits.refuses_sms);
    bool agrees_phone = is_for_messages ? agrees_sms : agrees;
    row.email = agrees ? email_of(arena, field(&row, TRAIT_EMAIL)) : none();
    row.phone = agrees_phone ? phone_of(arena, field(&row, TRAIT_PHONE)) : none();
    if (row.email.n == 0 && (row.phone.n == 0 || audience == AUDIENCE_MAILCHIMP))
        return false;
    switch (audience) {
    case AUDIENCE_MAILCHIMP: put_mailchimp(&row, table); break;
    case AUDIENCE_META: put_meta(&row, table); break;
    case AUDIENCE_GOOGLE: put_google(&row, table); break;
    case AUDIENCE_TIKTOK: put_tiktok(&row, table); break;
    case AUDIENCE_KLAVIYO: put_klaviyo(&row, table); break;
    case AUDIENCE_NONE: return false;
    }
    table_row_end(table);
    return true;
}
