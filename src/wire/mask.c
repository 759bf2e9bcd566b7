#include "wire/mask.h"

#include "base/buf.h"
#include "mask_shape.h"
#include "scan.h"

#define KEPT_TEXT_MAX   128
#define KEPT_NUMBER_MAX 40
#define KEPT_NAME_MAX   64
/** Longer than a member's name and value can be after masking: a token has at most six bytes for one. */
#define MEMBER_MOST (6 * (KEPT_TEXT_MAX + KEPT_NAME_MAX) + 16)
#define CUT         "\"...\":true"

#define MASKED "[masked]"

/* --- by name ----------------------------------------------------------------------------------------- */

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

struct span mask_text(struct span text)
{
    const char *shape = shape_of_id(text);
    if (shape != NULL) {
        return span_of(shape);
    }
    return text.n > KEPT_TEXT_MAX ? span_of(MASKED) : text;
}

/* --- the document ------------------------------------------------------------------------------------ */

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

/** A person's own id must not be a name or a telephone number, which in plain digits looks like any id. */
static const char *mask_of_person(struct span id)
{
    const char *shape = shape_of(id);
    if (shape != NULL) {
        return shape;
    }
    if (shape_is_digits(id) && id.n >= 10 && id.n <= 15) {
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
    is_kept = is_kept ? text.n <= KEPT_TEXT_MAX : text.n == 0 || shape_is_time(text) || shape_is_amount(text);
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
