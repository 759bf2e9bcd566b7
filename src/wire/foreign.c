#include "foreign_parts.h"
#include "wire/identity.h"

/* --- writing --- */

static void put_name(struct buf *out, struct span name)
{
    if (out->n != 0 && out->p[out->n - 1] != '{') {
        buf_char(out, ',');
    }
    buf_json_string(out, name);
    buf_char(out, ':');
}

static void put_text(struct buf *out, const char *name, struct span text)
{
    if (text.n != 0) {
        put_name(out, span_of(name));
        buf_json_string(out, text);
    }
}

static void put_found(struct buf *out, const struct found *found)
{
    if (found->scan == NULL) {
        buf_json_string(out, found->text);
    } else {
        buf_span(out, scan_raw(found->scan, found->token));
    }
}

/** An order id with what the source puts before all of them. */
static void put_order_id(const struct foreign *event, struct buf *out, const struct found *found)
{
    struct span id = found_text(event, found);
    if (id.n == 0 || event->settings->order_prefix.n == 0) {
        put_found(out, found);
        return;
    }
    struct span prefix = event->settings->order_prefix;
    char *text = arena_alloc(event->arena, prefix.n + id.n);
    memcpy(text, prefix.p, prefix.n);
    memcpy(text + prefix.n, id.p, id.n);
    buf_json_string(out, (struct span){text, prefix.n + id.n});
}

static void put_members(const struct foreign *event, const struct found *item,
                        const struct mapped_members *members, struct buf *out);

static void put_each(const struct foreign *event, const struct found *list,
                     const struct mapped_members *members, struct buf *out)
{
    const struct scan *scan = list->scan;
    const char *before = "[";
    for (size_t at = list->token + 1; at < scan_next(scan, list->token) && !out->overflow;
         at = scan_next(scan, at)) {
        struct found item = {.scan = scan, .token = at, .is_there = true};
        buf_text(out, before);
        put_members(event, &item, members, out);
        before = ",";
    }
    buf_text(out, *before == '[' ? "[]" : "]");
}

/** An object of what the mapping names; what is not there is left out. */
static void put_members(const struct foreign *event, const struct found *item,
                        const struct mapped_members *members, struct buf *out)
{
    buf_char(out, '{');
    for (size_t i = 0; i < members->n && !out->overflow; i++) {
        const struct mapped_member *member = &members->p[i];
        if (member->value.constant.n != 0) {
            put_name(out, member->name);
            buf_span(out, member->value.constant);
            continue;
        }
        struct found found = found_by_mapping(event, item, &member->value);
        bool is_list =
            found.is_there && found.scan != NULL && scan_type(found.scan, found.token) == TOKEN_ARRAY;
        if (!found.is_there) {
            continue;
        }
        put_name(out, member->name);
        if (member->value.each != NULL && is_list) {
            put_each(event, &found, member->value.each, out);
        } else if (item == NULL && span_is(member->name, "order_id")) {
            put_order_id(event, out, &found);
        } else {
            put_found(out, &found);
        }
    }
    buf_char(out, '}');
}

/* --- whose it is --- */

static bool is_person(struct span word)
{
    static const char *const words[] = {"customer", "customers", "user",     "users",   "member",
                                        "members",  "contact",   "contacts", "profile", "profiles"};
    char lower[16];
    for (size_t i = 0; i < word.n && i < sizeof(lower); i++) {
        lower[i] = (char)(word.p[i] >= 'A' && word.p[i] <= 'Z' ? word.p[i] + ('a' - 'A') : word.p[i]);
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (word.n <= sizeof(lower) && span_is((struct span){lower, word.n}, words[i])) {
            return true;
        }
    }
    return false;
}

/** A subject is a customer's id, or a path that ends in one: "customers/7". Other paths name no person. */
static struct span subject_id(struct span subject)
{
    size_t last = subject.n;
    while (last > 0 && subject.p[last - 1] != '/') {
        last--;
    }
    if (last == 0) {
        return subject;
    }
    size_t first = last - 1;
    while (first > 0 && subject.p[first - 1] != '/') {
        first--;
    }
    bool is_one = is_person((struct span){subject.p + first, last - 1 - first});
    return is_one ? (struct span){subject.p + last, subject.n - last} : (struct span){"", 0};
}

static struct span user_id(const struct foreign *event, const struct mapping_rule *rule)
{
    static const char *const usual_places[] = {"/data/userId", "/data/user_id", "/data/customer_id",
                                               "/data/customerId", "/data/customer/id"};
    if (mapped_is_given(&rule->user_id)) {
        struct found found = found_by_mapping(event, NULL, &rule->user_id);
        return found_text(event, &found);
    }
    struct span id = foreign_id(event, usual_places, COUNT_OF(usual_places));
    return id.n != 0 ? id : subject_id(event->subject);
}

static struct span anonymous_id(const struct foreign *event, const struct mapping_rule *rule)
{
    static const char *const usual_places[] = {"/data/anonymousId", "/data/anonymous_id"};
    if (mapped_is_given(&rule->anonymous_id)) {
        struct found found = found_by_mapping(event, NULL, &rule->anonymous_id);
        return found_text(event, &found);
    }
    return foreign_id(event, usual_places, COUNT_OF(usual_places));
}

/** E-mail and phone of whose it is, by their hashes; n = 0: none that names anybody. */
struct personal {
    struct span email;
    struct span phone;
};

/** What the data, or the traits of a mapping, say of whose it is. */
static struct span trait_text(const struct foreign *event, const struct mapping_rule *rule, const char *name)
{
    const char *pointer = arena_printf(event->arena, "/data/%s", name);
    for (size_t i = 0; i < rule->traits.n; i++) {
        if (span_is(rule->traits.p[i].name, name)) {
            struct found found = found_by_mapping(event, NULL, &rule->traits.p[i].value);
            return found_text(event, &found);
        }
    }
    return rule->traits.is_given ? (struct span){"", 0} : foreign_id(event, &pointer, 1);
}

static struct personal personal_of(const struct foreign *event, const struct mapping_rule *rule)
{
    return (struct personal){
        .email = identity_hashed(event->arena, IDENTITY_EMAIL, trait_text(event, rule, "email")),
        .phone = identity_hashed(event->arena, IDENTITY_PHONE, trait_text(event, rule, "phone"))};
}

/* --- the message --- */

/** Does this member of the data stand in the message as a hash? */
static bool is_hashed(const struct mapping_rule *rule, const struct personal *personal, struct span name)
{
    return !rule->traits.is_given && ((personal->email.n != 0 && span_is(name, "email")) ||
                                      (personal->phone.n != 0 && span_is(name, "phone")));
}

/** The members of the data as they are, and the order's id where an order has it under another name. */
static void put_data(const struct foreign *event, const struct mapping_rule *rule, enum event_kind kind,
                     const struct personal *personal, struct buf *out)
{
    static const char *const order_places[] = {"/data/order_id", "/data/orderId", "/data/order/id",
                                               "/data/id"};
    const struct scan *scan = event->data_scan;
    bool is_order = event_is_order(kind);
    buf_char(out, '{');
    for (size_t key = event->data + 1; event->has_data && key < scan_next(scan, event->data);
         key = scan_next(scan, key + 1)) {
        struct span name = scan_string(event->arena, scan, key);
        if (!(is_order && span_is(name, "order_id")) && !is_hashed(rule, personal, name)) {
            put_name(out, name);
            buf_span(out, scan_raw(scan, key + 1));
        }
    }
    struct found id = {.is_there = false};
    size_t n = COUNT_OF(order_places) - (kind == EVENT_ORDER_REFUNDED); /* whose id is its own */
    for (size_t i = 0; i < n && is_order && !id.is_there; i++) {
        id = found_at(event, span_of(order_places[i]));
    }
    if (id.is_there) {
        put_name(out, span_of("order_id"));
        put_order_id(event, out, &id);
    }
    buf_char(out, '}');
}

/** An object without its '}'; empty: "{". */
static void reopen(struct buf *out)
{
    if (!out->overflow) {
        out->n--;
    }
}

/** Will the properties lack this member? */
static bool lacks(const struct foreign *event, const struct mapping_rule *rule, const char *name)
{
    if (rule->properties.is_given) {
        for (size_t i = 0; i < rule->properties.n; i++) {
            const struct mapped_member *member = &rule->properties.p[i];
            if (span_is(member->name, name)) {
                return member->value.constant.n == 0 &&
                       !found_by_mapping(event, NULL, &member->value).is_there;
            }
        }
        return true;
    }
    struct found found = {.is_there = false};
    if (event->has_data) {
        found = found_inside(event->arena, event->data_scan, event->data,
                             span_of(arena_printf(event->arena, "/%s", name)));
    }
    return !found.is_there;
}

static void put_properties(const struct foreign *event, const struct mapping_rule *rule, enum event_kind kind,
                           const struct personal *personal, struct buf *out)
{
    put_name(out, span_of("properties"));
    if (rule->properties.is_given) {
        put_members(event, NULL, &rule->properties, out);
    } else {
        put_data(event, rule, kind, personal, out);
    }
    if (event_is_order(kind) && event->settings->currency.n != 0 && lacks(event, rule, "currency")) {
        reopen(out);
        put_text(out, "currency", event->settings->currency);
        buf_char(out, '}');
    }
}

static struct span channel_of(const struct foreign *event, const struct mapping_rule *rule)
{
    if (mapped_is_given(&rule->channel)) {
        struct found found = found_by_mapping(event, NULL, &rule->channel);
        struct span channel = found_text(event, &found);
        if (channel.n != 0) {
            return channel;
        }
    }
    return lacks(event, rule, "channel") ? event->settings->channel : (struct span){"", 0};
}

/** Takes back the member that began at ${start}, if it is an object with nothing in it. */
static void drop_empty(struct buf *out, size_t start)
{
    if (!out->overflow && memcmp(out->p + out->n - 2, "{}", 2) == 0) {
        out->n = start;
    }
}

static void put_external(struct buf *out, const char *type, struct span id)
{
    if (id.n != 0) {
        buf_text(out, !out->overflow && out->p[out->n - 1] == '}' ? ",{" : "{");
        put_text(out, "type", span_of(type));
        put_text(out, "id", id);
        buf_char(out, '}');
    }
}

static void put_context(const struct foreign *event, const struct mapping_rule *rule,
                        const struct personal *personal, struct buf *out)
{
    size_t start = out->n;
    put_name(out, span_of("context"));
    buf_char(out, '{');
    if (rule->channel.constant.n != 0) {
        put_name(out, span_of("channel"));
        buf_span(out, rule->channel.constant);
    } else {
        put_text(out, "channel", channel_of(event, rule));
    }
    if (personal->email.n != 0 || personal->phone.n != 0) {
        put_name(out, span_of("externalIds"));
        buf_char(out, '[');
        put_external(out, "email_sha256", personal->email);
        put_external(out, "phone_sha256", personal->phone);
        buf_char(out, ']');
    }
    buf_char(out, '}');
    drop_empty(out, start);
}

enum status foreign_message(const struct foreign *event, const struct mapping_rule *rule, struct buf *out,
                            struct error *error)
{
    struct meaning meaning = rule->event.n != 0 ? meaning_named(rule->event) : meaning_of(event->type);
    bool is_identify = strcmp(meaning.type, "identify") == 0;
    struct personal personal = {.email = {"", 0}, .phone = {"", 0}}; /* an identify has them in its traits */
    const struct mapped_members *taken = is_identify ? &rule->traits : &rule->properties;
    if (!taken->is_given && event->has_data && scan_type(event->data_scan, event->data) != TOKEN_OBJECT) {
        return error_set(error, STATUS_WRONG_TYPE, event->data_place, "the data must be an object");
    }
    if (!is_identify) {
        personal = personal_of(event, rule);
    }
    buf_char(out, '{');
    put_text(out, "type", span_of(meaning.type));
    put_text(out, "messageId", event->message_id);
    put_text(out, "timestamp", event->time);
    put_text(out, "userId", user_id(event, rule));
    put_text(out, "anonymousId", anonymous_id(event, rule));
    put_text(out, "event", meaning.event);
    if (is_identify) {
        put_name(out, span_of("traits"));
        if (rule->traits.is_given) {
            put_members(event, NULL, &rule->traits, out);
        } else {
            put_data(event, rule, EVENT_CUSTOM, &personal, out);
        }
    } else {
        put_properties(event, rule, meaning.kind, &personal, out);
    }
    put_context(event, rule, &personal, out);
    buf_char(out, '}');
    return STATUS_OK;
}
