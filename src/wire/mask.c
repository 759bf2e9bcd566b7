#include "wire/mask.h"

#include "base/buf.h"
#include "base/time.h"
#include "scan.h"

#define KEPT_TEXT_MAX   128
#define KEPT_NUMBER_MAX 40
#define KEPT_NAME_MAX   64
/** Longer than a member's name and value can be after masking: a token has at most six bytes for one. */
#define MEMBER_MOST (6 * (KEPT_TEXT_MAX + KEPT_NAME_MAX) + 16)
#define CUT         "\"...\":true"

#define MASKED "[masked]"
#define EMAIL  "[email]"
#define PHONE  "[phone]"
#define TOKEN  "[token]"

/* --- by name ----------------------------------------------------------------------------------------------
 */

/* Names are compared in lower case without '_', '-', ' ' and '$'. */

/** Texts under these names stay. */
static const char *const kept[] = {
    "affiliation",
    "alias",
    "anonymousid",
    "appid",
    "brand",
    "cancelreason",
    "cartid",
    "category",
    "channel",
    "checkoutid",
    "collectionid",
    "couponid",
    "currency",
    "customerid",
    "datacontenttype",
    "dataschema",
    "deliveryid",
    "distinctid",
    "event",
    "eventid",
    "financialstatus",
    "fulfillmentstatus",
    "groupid",
    "id",
    "kind",
    "lineitemid",
    "listid",
    "locale",
    "medium",
    "messageid",
    "method",
    "orderid",
    "ordernumber",
    "parentid",
    "paymentmethod",
    "plan",
    "position",
    "presentmentcurrency",
    "previousid",
    "productid",
    "refundid",
    "resource",
    "scope",
    "shippingmethod",
    "sku",
    "source",
    "sourceid",
    "sourcename",
    "specversion",
    "status",
    "step",
    "storeid",
    "subscriptionid",
    "timezone",
    "topic",
    "type",
    "userid",
    "utmcampaign",
    "utmcontent",
    "utmmedium",
    "utmsource",
    "utmterm",
    "variantid",
    "version",
    "wishlistid",
};

/** Nothing stays under these names, not even a number, a time or what is inside. */
static const char *const personal[] = {
    "address",     "age",      "billing", "browserip",  "card",     "cep",       "clientdetails", "clientip",
    "coordinates", "dob",      "fax",     "geo",        "iban",     "ip",        "lat",           "latitude",
    "lng",         "location", "lon",     "longitude",  "mobile",   "msisdn",    "password",      "phone",
    "phonenumber", "plz",      "postal",  "postalcode", "postcode", "recipient", "remoteip",      "secret",
    "shipto",      "ssn",      "taxid",   "telephone",  "token",    "vatid",     "zip",           "zipcode",
};

/** The ids of people among those that stay. */
static const char *const persons[] = {"alias", "anonymousid", "distinctid", "previousid", "userid"};

/** Objects of these names are things, not people: their `name` stays, and the words of a campaign. */
static const char *const things[] = {"app", "campaign", "library", "lineitems", "os", "products"};
static const char *const thing_words[] = {"content", "name", "term", "title"};

static bool is_listed(struct span name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is(name, list[i])) {
            return true;
        }
    }
    return false;
}
#define LISTED(name, list) is_listed((name), (list), COUNT_OF(list))

static bool ends_with(struct span name, const char *end)
{
    size_t n = strlen(end);
    return name.n > n && memcmp(name.p + name.n - n, end, n) == 0;
}

static struct span name_normalise(struct span name, char out[KEPT_NAME_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < name.n && n < KEPT_NAME_MAX; i++) {
        char c = name.p[i];
        if (c != '_' && c != '-' && c != ' ' && c != '$') {
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        }
    }
    return (struct span){out, n};
}

static bool is_personal(struct span name)
{
    return LISTED(name, personal) || ends_with(name, "address") || ends_with(name, "phone") ||
           ends_with(name, "email") || ends_with(name, "token") || ends_with(name, "secret") ||
           memmem(name.p, name.n, "birth", 5) != NULL;
}

/* --- by shape ---------------------------------------------------------------------------------------------
 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/** An '@', also as a URL writes it. */
static bool has_email(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '@' || (i + 2 < text.n && memcmp(text.p + i, "%40", 3) == 0)) {
            return true;
        }
    }
    return false;
}

/** Digits as people write a telephone number: 7 and more after a '+', or (${in_groups}) 7 to 15 in groups. */
static bool has_phone(struct span text, bool in_groups)
{
    size_t n_digits = 0;
    size_t n_groups = 0;
    bool has_plus = false;
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : '\0';
        if (is_digit(c)) {
            n_groups += n_digits == 0 || !is_digit(text.p[i - 1]);
            n_digits++;
            continue;
        }
        if (c != '\0' && strchr(" -./()", c) != NULL) {
            continue;
        }
        if (n_digits >= 7 && (has_plus || (in_groups && n_groups >= 2 && n_digits <= 15))) {
            return true;
        }
        n_digits = 0;
        n_groups = 0;
        has_plus = c == '+';
    }
    return false;
}

static bool is_hex_uuid(struct span text)
{
    if (text.n != 36) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (is_dash ? c != '-' : !is_hex) {
            return false;
        }
    }
    return true;
}

/** A run of 32 and more letters and digits, both among them: a key, a hash, a session. */
static bool has_token(struct span text)
{
    size_t n = 0;
    bool has_digits = false;
    bool has_letters = false;
    for (size_t i = 0; i <= text.n; i++) {
        char c = i < text.n ? text.p[i] : ' ';
        if (is_digit(c) || is_letter(c) || (c == '_' && n > 0)) {
            n++;
            has_digits |= is_digit(c);
            has_letters |= is_letter(c);
            continue;
        }
        if (n >= 32 && has_digits && has_letters) {
            return true;
        }
        n = 0;
        has_digits = false;
        has_letters = false;
    }
    return false;
}

static bool is_time(struct span text)
{
    usec_t t;
    return text.n >= 10 && text.n <= 40 && text.p[4] == '-' && time_parse(text, &t);
}

/** A decimal number of at most nine digits before the point, seven only with a point. */
static bool is_amount(struct span text)
{
    size_t i = text.n > 0 && (text.p[0] == '-' || text.p[0] == '+');
    size_t n_whole = 0;
    size_t n_part = 0;
    for (; i < text.n && is_digit(text.p[i]); i++) {
        n_whole++;
    }
    bool has_point = i < text.n && text.p[i] == '.';
    for (i += has_point; i < text.n && is_digit(text.p[i]); i++) {
        n_part++;
    }
    return i == text.n && n_whole > 0 &&
           (has_point ? n_part > 0 && n_part <= 3 && n_whole <= 9 : n_whole < 7);
}

/** What is put in the place of a text that looks personal; NULL: it does not. */
static const char *shape_of(struct span text)
{
    if (has_email(text)) {
        return EMAIL;
    }
    if (is_time(text) || is_hex_uuid(text) || is_amount(text)) {
        return NULL;
    }
    if (has_phone(text, true)) {
        return PHONE;
    }
    return has_token(text) ? TOKEN : NULL;
}

/** The same for an id, of which many are digits in groups, or long and random. */
static const char *shape_of_id(struct span text)
{
    return has_email(text) ? EMAIL : has_phone(text, false) ? PHONE : NULL;
}

struct span mask_text(struct span text)
{
    const char *shape = shape_of_id(text);
    if (shape != NULL) {
        return span_of(shape);
    }
    return text.n > KEPT_TEXT_MAX ? span_of(MASKED) : text;
}

/* --- the document -----------------------------------------------------------------------------------------
 */

struct mask {
    struct arena *arena;
    struct scan scan;
    struct buf out;
    size_t most;
    size_t depth;
    bool is_cut;
};

/** Where a value stands. */
struct place {
    struct span name; /* normalised; of the nearest member */
    bool in_thing;    /* the object is a thing */
    bool in_personal; /* something above is personal */
};

static bool is_digits(struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (!is_digit(text.p[i])) {
            return false;
        }
    }
    return text.n > 0;
}

/** A person's own id must not be a name or a telephone number, which in plain digits looks like any id. */
static const char *mask_of_person(struct span id)
{
    const char *shape = shape_of(id);
    if (shape != NULL) {
        return shape;
    }
    if (is_digits(id) && id.n >= 10 && id.n <= 15) {
        return PHONE;
    }
    return id.n > KEPT_TEXT_MAX || memchr(id.p, ' ', id.n) != NULL ? MASKED : NULL;
}

/** NULL: ${text} stays. */
static const char *mask_of_string(const struct place *place, struct span text)
{
    if (place->in_personal) {
        return MASKED;
    }
    if (LISTED(place->name, persons)) {
        return mask_of_person(text);
    }
    bool is_kept = LISTED(place->name, kept) || (place->in_thing && LISTED(place->name, thing_words));
    bool is_id = is_kept && (ends_with(place->name, "id") || span_is(place->name, "id") ||
                             ends_with(place->name, "number") || span_is(place->name, "sku"));
    const char *shape = is_id ? shape_of_id(text) : shape_of(text);
    if (shape != NULL) {
        return shape;
    }
    is_kept = is_kept ? text.n <= KEPT_TEXT_MAX : text.n == 0 || is_time(text) || is_amount(text);
    return is_kept ? NULL : MASKED;
}

/** Whole numbers of seven and more digits may be anything, unless they are ids. */
static bool is_number_kept(const struct mask *m, const struct place *place, size_t token)
{
    struct span raw = scan_raw(&m->scan, token);
    if (place->in_personal || raw.n > KEPT_NUMBER_MAX) {
        return false;
    }
    return !m->scan.tokens[token].is_integer || raw.n < 7 || LISTED(place->name, kept);
}

static void put_text(struct mask *m, struct span text)
{
    buf_json_string(&m->out, text);
}

static void put_value(struct mask *m, size_t token, const struct place *place);

/** Room for one member more, and for the ends of all that is open. False: it is cut here. */
static bool has_room(struct mask *m)
{
    m->is_cut |= m->out.n + MEMBER_MOST + strlen(CUT) + 2 * m->depth + 8 > m->most;
    return !m->is_cut;
}

static void put_members(struct mask *m, size_t object, const struct place *outer)
{
    bool was_cut = m->is_cut;
    char before = '{';
    bool is_thing = LISTED(outer->name, things);
    for (size_t key = object + 1; key < scan_next(&m->scan, object) && has_room(m);
         key = scan_next(&m->scan, key + 1)) {
        char normal[KEPT_NAME_MAX];
        struct span name = scan_string(m->arena, &m->scan, key);
        struct place place = {.name = name_normalise(name, normal), .in_thing = is_thing};
        place.in_personal = outer->in_personal || is_personal(place.name);
        bool is_shown = name.n <= KEPT_NAME_MAX && shape_of(name) == NULL;
        buf_char(&m->out, before);
        put_text(m, is_shown ? name : span_of(MASKED));
        buf_char(&m->out, ':');
        put_value(m, key + 1, &place);
        before = ',';
    }
    if (m->is_cut && !was_cut) {
        buf_char(&m->out, before);
        buf_text(&m->out, CUT);
        before = ',';
    }
    buf_text(&m->out, before == '{' ? "{}" : "}");
}

static void put_items(struct mask *m, size_t array, const struct place *place)
{
    char before = '[';
    for (size_t item = array + 1; item < scan_next(&m->scan, array) && has_room(m);
         item = scan_next(&m->scan, item)) {
        buf_char(&m->out, before);
        put_value(m, item, place);
        before = ',';
    }
    buf_text(&m->out, before == '[' ? "[]" : "]");
}

/** Recursion is bounded by the depth that the scanner allows. */
static void put_value(struct mask *m, size_t token, const struct place *place)
{
    switch (scan_type(&m->scan, token)) {
    case TOKEN_OBJECT:
    case TOKEN_ARRAY:
        m->depth++;
        if (scan_type(&m->scan, token) == TOKEN_OBJECT) {
            put_members(m, token, place);
        } else {
            put_items(m, token, place);
        }
        m->depth--;
        return;
    case TOKEN_STRING: {
        struct span text = scan_string(m->arena, &m->scan, token);
        const char *mask = mask_of_string(place, text);
        put_text(m, mask != NULL ? span_of(mask) : text);
        return;
    }
    case TOKEN_NUMBER:
        if (!is_number_kept(m, place, token)) {
            put_text(m, span_of(MASKED));
            return;
        }
        buf_span(&m->out, scan_raw(&m->scan, token));
        return;
    case TOKEN_NULL:
    case TOKEN_FALSE:
    case TOKEN_TRUE: buf_span(&m->out, scan_raw(&m->scan, token)); return;
    }
}

bool mask_json(struct arena *arena, struct span json, size_t most, struct span *out)
{
    struct mask m = {.arena = arena, .most = most};
    if (scan_parse(arena, json, SCAN_DEPTH_MAX, &m.scan, NULL) != STATUS_OK) {
        return false;
    }
    struct place place = {.name = {"", 0}};
    buf_init(&m.out, 0);
    put_value(&m, 0, &place);
    *out = arena_span(arena, (struct span){m.out.p, m.out.n});
    buf_done(&m.out);
    return true;
}
