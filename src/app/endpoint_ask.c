#include "app/feed.h"
#include "crypto/digest.h"
#include "endpoint_private.h"
#include "wire/webhook.h"

#include <inttypes.h>

static void send_ask(struct session *session, const struct uuid *id)
{
    struct db_args *args = db_args(session->arena, 1);
    arg_uuid(args, id);
    db_send(session->db, SQL_ENDPOINT_ASK, args);
}

/* --- an example ----------------------------------------------------------------------------------------------- */

/* The number of a test is the time at which it was asked for, negative: no two of an endpoint are the same. */
static void send_test(struct session *session, const struct shop *shop, const struct uuid *id,
                      const struct change *change, int n_parts, int64_t seq)
{
    struct db_args *args = db_args(session->arena, 7);
    arg_int(args, DB_INT4, shop->id);
    arg_uuid(args, id);
    arg_int(args, DB_INT8, seq);
    arg_int(args, DB_INT4, n_parts);
    arg_int(args, DB_INT2, change->type);
    arg_uuid(args, &change->customer_key);
    arg_time(args, clock_now(session->clock));
    db_send(session->db, SQL_ENDPOINT_TEST_INSERT, args);
    send_ask(session, id);
}

enum status endpoint_test(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                          int64_t *seq, struct error *error)
{
    struct endpoint locked;
    struct webhook_example example;
    enum change_type type;
    const struct definitions *definitions;
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = endpoint_test_parse(session->arena, json, &type, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, false, &definitions, error);
    if (status != STATUS_OK)
        return status;
    *seq = -clock_now(session->clock);
    webhook_example(session->arena, definitions, type, *seq, -*seq, &example);
    status = endpoint_begin(session, shop, id, &locked, error);
    int n_parts = status == STATUS_OK ? webhook_parts(locked.format, &example.line.change) : 0;
    if (status == STATUS_OK && n_parts == 0)
        status = error_set(error, STATUS_INVALID_ENDPOINT, "/type", "the format segment does not tell of this type");
    if (status == STATUS_OK)
        send_test(session, shop, id, &example.line.change, n_parts, *seq);
    return endpoint_end(session, status, error);
}

/* --- once more ------------------------------------------------------------------------------------------------ */

/* Clocks of several services differ, so that what was recorded first may have the later time. */
#define CLOCKS_DIFFER (2 * USEC_PER_SEC)

/* The number of the first change of a range that begins at ${place}. */
static enum status first_of(struct session *session, const struct shop *shop, const struct endpoint_place *place,
                            int64_t *first, struct error *error)
{
    int64_t after;
    *first = place->seq;
    if (place->at == NONE)
        return STATUS_OK;
    enum status status = feed_since(session, shop, place->at - CLOCKS_DIFFER, &after, error);
    *first = after + 1;
    return status;
}

/* And of the last one of a range that ends there. */
static enum status last_of(struct session *session, const struct shop *shop, const struct endpoint_place *place,
                           int64_t head, int64_t *last, struct error *error)
{
    *last = place->is_given ? place->seq : head;
    if (!place->is_given || place->at == NONE)
        return STATUS_OK;
    return feed_since(session, shop, place->at + CLOCKS_DIFFER, last, error);
}

static enum status find_range(struct session *session, const struct shop *shop, const struct endpoint_recovery *asked,
                              struct endpoint_replay *out, struct error *error)
{
    struct feed_page feed;
    enum status status = feed_read(session, shop, -1, &(struct change_filter){0}, 0, &feed, error);
    if (status == STATUS_OK)
        status = first_of(session, shop, &asked->since, &out->since, error);
    if (status == STATUS_OK)
        status = last_of(session, shop, &asked->until, feed.head, &out->until, error);
    if (status != STATUS_OK)
        return status;
    if (out->since > feed.head + 1)
        return error_set(error, STATUS_INVALID_ENDPOINT, "/since", "the newest change is number %" PRId64, feed.head);
    if (out->until > feed.head)
        return error_set(error, STATUS_INVALID_ENDPOINT, "/until", "the newest change is number %" PRId64, feed.head);
    if (out->until < out->since)
        return error_set(error, STATUS_INVALID_ENDPOINT, asked->until.is_given ? "/until" : "/since",
                         "there is no change in the range: the newest is number %" PRId64, feed.head);
    if (out->since < feed.oldest) {
        error->oldest = feed.oldest;
        return error_set(error, STATUS_CURSOR_TOO_OLD, "/since", "the oldest change that is kept is number %" PRId64,
                         feed.oldest);
    }
    return STATUS_OK;
}

static enum status check_replays(struct session *session, const struct shop *shop, const struct uuid *id,
                                 struct error *error)
{
    const struct db_result *rows;
    struct db_args *args = db_args(session->arena, 2);
    arg_int(args, DB_INT4, shop->id);
    arg_uuid(args, id);
    enum status status = db_run(session->db, SQL_ENDPOINT_REPLAY_COUNT, args, &rows, error);
    if (status == STATUS_OK && db_int8(rows, 0, 0) >= ENDPOINT_REPLAYS_MAX)
        return error_set(error, STATUS_CONFLICT, "", "%d ranges are being delivered again: wait for them",
                         ENDPOINT_REPLAYS_MAX);
    return status;
}

static void send_replay(struct session *session, const struct shop *shop, const struct uuid *id,
                        const struct endpoint_replay *replay)
{
    struct db_args *args = db_args(session->arena, 7);
    arg_int(args, DB_INT4, shop->id);
    arg_uuid(args, id);
    arg_uuid(args, &replay->id);
    arg_int(args, DB_INT8, replay->since - 1);
    arg_int(args, DB_INT8, replay->until);
    arg_bool(args, replay->is_all);
    arg_time(args, replay->created_at);
    db_send(session->db, SQL_ENDPOINT_REPLAY_INSERT, args);
    send_ask(session, id);
}

enum status endpoint_recover(struct session *session, const struct shop *shop, const struct uuid *id, struct span json,
                             struct endpoint_replay *out, struct error *error)
{
    struct endpoint locked;
    struct endpoint_recovery asked;
    struct endpoint_replay replay = {.created_at = clock_now(session->clock)};
    enum status status = session_needs_db(session, error);
    if (status == STATUS_OK)
        status = endpoint_recovery_parse(session->arena, json, &asked, error);
    if (status != STATUS_OK)
        return status;
    status = endpoint_begin(session, shop, id, &locked, error);
    if (status == STATUS_OK)
        status = check_replays(session, shop, id, error);
    if (status == STATUS_OK)
        status = find_range(session, shop, &asked, &replay, error);
    random_uuid(&replay.id);
    replay.is_all = asked.is_all;
    if (status == STATUS_OK)
        send_replay(session, shop, id, &replay);
    status = endpoint_end(session, status, error);
    if (status == STATUS_OK)
        *out = replay;
    return status;
}
