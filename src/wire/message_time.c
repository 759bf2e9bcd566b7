#include "base/time.h"
#include "message_parts.h"

/*
 * Whose clocks are not to be trusted: context.channel, or context.library.name as the SDKs send it.
 * RudderStack has the channel beside the context; Jitsu has one library, and says in its env where it runs.
 */
static const struct span client_channels[] = {
    SCAN_NAME("browser"), SCAN_NAME("mobile"), SCAN_NAME("client"),
    SCAN_NAME("web"),     SCAN_NAME("ios"),    SCAN_NAME("android"),
};
static const struct span client_libraries[] = {
    SCAN_NAME("analytics.js"),    SCAN_NAME("analytics-ios"),    SCAN_NAME("analytics-android"),
    SCAN_NAME("analytics-swift"), SCAN_NAME("analytics-kotlin"), SCAN_NAME("analytics-react-native"),
};

static bool is_one_of(struct span text, const struct span *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_equal(text, list[i])) {
            return true;
        }
    }
    return false;
}

static bool is_client_channel(const struct reading *r, size_t token)
{
    struct span channel = reading_text(r, token);
    return channel.n != 0 && is_one_of(reading_lower(r, channel), client_channels, COUNT_OF(client_channels));
}

static bool is_client(const struct reading *r)
{
    if (is_client_channel(r, r->context[CONTEXT_CHANNEL]) ||
        is_client_channel(r, r->members[MEMBER_CHANNEL])) {
        return true;
    }
    size_t library = r->context[CONTEXT_LIBRARY];
    if (library == 0 || scan_type(r->scan, library) != TOKEN_OBJECT) {
        return false;
    }
    enum { NAME, ENV, COUNT };
    static const struct span names[COUNT] = {[NAME] = SCAN_NAME("name"), [ENV] = SCAN_NAME("env")};
    size_t values[COUNT];
    scan_members(r->scan, library, names, COUNT, values);
    return is_one_of(reading_text(r, values[NAME]), client_libraries, COUNT_OF(client_libraries)) ||
           span_is(reading_text(r, values[ENV]), "browser");
}

usec_t message_sent_at(struct arena *arena, const struct scan *scan, size_t token)
{
    usec_t t;
    bool is_time = token != 0 && scan_type(scan, token) == TOKEN_STRING &&
                   time_parse(scan_string(arena, scan, token), &t);
    return is_time ? t : NONE;
}

static enum status time_read(const struct reading *r, enum member member, usec_t *out)
{
    size_t token = r->members[member];
    if (scan_type(r->scan, token) != TOKEN_STRING ||
        !time_parse(scan_string(r->arena, r->scan, token), out)) {
        return reading_refuse(r, STATUS_INVALID_TIMESTAMP, member_pointer(member),
                              "must be an ISO 8601 time with a zone, from year 1 to 9999");
    }
    return STATUS_OK;
}

/**
 * A `timestamp` that differs from `originalTimestamp` was corrected on its way here, so that it is taken as
 * it is. SDKs that queue while offline say in sentAt when they sent: receipt less sentAt is the clock's error
 * (and the travel of the message), however old the event.
 */
static bool is_skewed(const struct reading *r)
{
    size_t one = r->members[MEMBER_TIMESTAMP];
    size_t other = r->members[MEMBER_ORIGINAL_TIMESTAMP];
    bool is_corrected =
        one != 0 && other != 0 && !span_equal(scan_raw(r->scan, one), scan_raw(r->scan, other));
    return !is_corrected && is_client(r);
}

enum status message_time_read(const struct reading *r, usec_t received_at, usec_t *out)
{
    enum member member = r->members[MEMBER_TIMESTAMP] != 0 ? MEMBER_TIMESTAMP : MEMBER_ORIGINAL_TIMESTAMP;
    if (r->members[member] == 0) {
        *out = received_at;
        return STATUS_OK;
    }
    usec_t t;
    enum status status = time_read(r, member, &t);
    if (status != STATUS_OK) {
        return status;
    }
    if (r->sent_at != NONE && is_skewed(r)) {
        t += received_at - r->sent_at;
    }
    if (t < TIME_MIN) {
        return reading_refuse(r, STATUS_INVALID_TIMESTAMP, member_pointer(member), "before year 1");
    }
    if (t > received_at + FUTURE_MAX) {
        return reading_refuse(r, STATUS_TIMESTAMP_IN_FUTURE, member_pointer(member),
                              "more than 24 hours ahead of the time of receipt");
    }
    *out = t < received_at ? t : received_at;
    return STATUS_OK;
}
