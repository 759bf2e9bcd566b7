/*
 * verify names what was altered: every column of every table, one after the other, as information_schema
 * lists them, and rows that were deleted or added. rebuild then brings everything back.
 */
#include "../support/chance.h"
#include "../support/database.h"
#include "../support/ledger.h"
#include "app/publish.h"
#include "app/shop.h"
#include "app/tallier.h"
#include "app/verify.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/time.h"
#include "wire/message.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BEGIN     (INT64_C(1767225600) * USEC_PER_SEC) /* 2026-01-01 */
#define CUSTOMERS 24

/* --- what may be otherwise --- */

/** Tables that are not folded from the ledger, but given: nothing else says what they should hold. */
static const struct {
    const char *table;
    const char *reason;
} inputs[] = {
    {"schema_migration", "written by migrations; another version is refused by every verb"},
    {"shop", "given: the keys of everything hang on it"},
    {"registry", "a counter that only has to change"},
    {"api_key", "given"},
    {"idempotency", "replies to be given again, for a day"},
    {"definition", "given: an input of the fold"},
    {"definition_stage", "given: the numbers of stages"},
    {"definition_head", "the revision; writers refuse one that does not fit their definitions"},
    {"crawl", "progress: an interrupted crawl is begun again"},
    {"refusal", "notes on messages that the ledger has not"},
    {"score_fit", "notes on fits: what was published of them is in definition"},
    {"source", "given"},
    {"source_secret", "given"},
    {"source_tally", "sums of what was answered, without a ledger behind them"},
    {"source_message", "notes on the last messages"},
    {"privacy_request", "given: what shop systems ask for"},
    {"identity_link", "a ledger: who is who follows from it"},
    {"identity_separation", "given: by whoever separated them"},
    {"identity_conflict", "notes on joins that were not made"},
    {"tally_remainder", "what erased customers left behind: nothing else knows it any more"},
    {"erasure", "receipts"},
    {"term", "the texts as they were first told; of those that are missing there is a test of its own"},
    {"spend", "given"},
    {"product_pair", "counted anew now and then"},
    {"product_count", "counted anew now and then"},
    {"stream_ticket", "lets somebody in once"},
    {"webhook_endpoint", "given"},
    {"webhook_secret", "given"},
    {"webhook_progress", "how far deliveries have come: what was received nobody else knows"},
    {"webhook_delivery", "what became of deliveries: nobody else knows"},
    {"webhook_replay", "what was asked for again, and how far it is"},
};

/** Columns of which verify names another one, or none. */
static const struct {
    const char *column; /* table.column */
    const char *named;  /* table.column that is named instead; NULL: none can be */
    bool stays;         /* rebuild does not bring it back: it is history, or the ledger itself */
    const char *reason;
} exceptions[] = {
    /* the ledger: nothing says what was received, but much follows from it */
    {"event.event_id", "transition.event_id", true, "it is the hash of an id that the payload need not have"},
    {"event.occurred_at", "transition.at", true, "fixed at acceptance: what follows from it differs"},
    {"event.payload", "customer_order.value", true, "fixed at acceptance: what follows from it differs"},
    {"event.received_at", NULL, true, "fixed at acceptance; only its place after occurred_at can be checked"},
    /* keys: the row is missing in one place and too much in another */
    {"customer.customer_key", "customer.row", false, "a key"},
    {"customer_profile.customer_key", "customer_profile.row", false, "a key"},
    {"customer_order.customer_key", "customer_order.row", false, "a key"},
    {"membership.customer_key", "membership.row", false, "a key"},
    {"transition.customer_key", "transition.row", true, "a key; of history a number is missing for ever"},
    {"transition.seq", "transition.seq", true, "history: a number is missing for ever"},
    {"feed_head.shop_id", "change.shop_id", true, "a key"},
    {"tally.shop_id", "tally.s1", false, "a key: the sum differs"},
    {"tally.day", "tally.s1", false, "a key: the sum differs"},
    {"tally.a", "tally.s1", false, "a key: the sum differs"},
    {"tally.b", "tally.s1", false, "a key: the sum differs"},
    {"tally.c", "tally.s1", false, "a key: the sum differs"},
    {"tally_head.shop_id", "tally_head.row", false, "a key"},
    {"tally_turn.shop_id", "tally_turn.row", false, "a key"},
    {"tally_entry.seq", "tally_head.head", false, "a key: it is the last that is missing"},
    {"tally_entry.sums", "tally.s1", false, "what is to be added differs"},
    {"tally_entry.recorded_at", NULL, false, "when it was written"},
    /* history of what was recorded when */
    {"transition.superseded_at", "transition.row", false, "one that holds is missing"},
    {"transition.recorded_at", NULL, false, "when it was written; only its order can be checked"},
    {"change.recorded_at", NULL, true, "when it was written"},
    {"change.is_silent", NULL, true, "whether it was delivered"},
    {"change.detail", NULL, true, "the facts as they were known then"},
    {"change.message_id", NULL, true, "which message brought it"},
    {"change.trace_id", NULL, true, "which request brought it"},
    {"feed_head.oldest", "change.seq", true, "history: the changes before it are missing"},
    /* a change as a whole must say what a transition says */
    {"change.at", "change.row", true, ""},
    {"change.before_at", "change.row", true, ""},
    {"change.cause", "change.row", true, ""},
    {"change.customer_key", "change.row", true, ""},
    {"change.event_id", "change.row", true, ""},
    {"change.from_stage", "change.row", true, ""},
    {"change.to_stage", "change.row", true, ""},
    {"change.number", "change.row", true, ""},
    {"change.type", "change.row", true, ""},
    {"change.version", "change.row", true, ""},
    {NULL, NULL, false, NULL},
};

/* --- the shop that is altered --- */

static struct database database;
static struct clock now;
static struct session *session;
static const struct shop *shop, *second;
static struct arena *arena;

static void publish(const struct shop *of, const char *key, enum definition_kind kind, const char *document,
                    bool withdrawn)
{
    struct error error = {0};
    int version;
    struct publication p = {.kind = kind,
                            .key = span_of(key),
                            .document = span_of(document),
                            .if_match = VERSION_ANY,
                            .is_withdrawn = withdrawn};
    if (definition_publish(session, of, &p, &version, &error) != STATUS_OK)
        fail_msg("%s: %s %s", key, error.pointer, error.detail);
}

static void send(const struct shop *of, const char *json, bool is_silent)
{
    struct envelope *envelope;
    struct ingest_item item = {0};
    struct ingest_job job = {
        .shop = of, .items = &item, .n_items = 1, .arena = arena, .is_silent = is_silent};
    struct error error = {0};
    if (envelope_parse(arena, arena_span(arena, span_of(json)), false, &envelope, &error) != STATUS_OK ||
        message_decode(arena, envelope, 0, NULL, of, clock_now(&now), &item.message, &error) != STATUS_OK ||
        session_ingest(session, &job, &error) != STATUS_OK)
        fail_msg("%s: %s", json, error.detail);
    assert_int_equal(item.result, INGEST_ACCEPTED);
}

/* One customer with everything, of fixed events: the rows that are altered are theirs. */
static void send_rich_customer(void)
{
    static const char *const bodies[] = {
        "{\"type\":\"identify\",\"userId\":\"rich\",\"timestamp\":\"2026-01-02T00:00:00Z\",\"messageId\":"
        "\"r1\",\"anonymousId\":\"visitor\","
        "\"traits\":{\"vip\":true,\"age\":30,\"email\":\"rich@shop.example\"}}",
        "{\"type\":\"page\",\"anonymousId\":\"visitor\",\"timestamp\":\"2026-01-01T23:00:00Z\","
        "\"messageId\":\"r0\",\"context\":{\"channel\":\"web\"}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-05T00:00:00Z\",\"messageId\":\"r2\","
        "\"event\":\"Order "
        "Completed\",\"context\":{\"channel\":\"email\",\"locale\":\"de-DE\",\"campaign\":{\"name\":"
        "\"spring\",\"source\":\"news\",\"medium\":\"email\"}},\"properties\":{\"order_id\":\"o1\","
        "\"revenue\":50,\"discount\":3,\"coupon\":\"A\",\"products\":[{\"product_id\":\"p\",\"category\":"
        "\"tea\"}]}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-06T00:00:00Z\",\"messageId\":\"r3\","
        "\"event\":\"Order Refunded\",\"properties\":{\"order_id\":\"o1\",\"total\":20}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-09T00:00:00Z\",\"messageId\":\"r4\","
        "\"event\":\"Order Completed\",\"properties\":{\"order_id\":\"o2\",\"revenue\":20}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-10T00:00:00Z\",\"messageId\":\"r5\","
        "\"event\":\"Order Cancelled\",\"properties\":{\"order_id\":\"o2\"}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-11T00:00:00Z\",\"messageId\":\"r6\","
        "\"event\":\"Subscription Cancelled\",\"properties\":{\"reason\":\"price\"}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-12T00:00:00Z\",\"messageId\":\"r7\","
        "\"event\":\"Survey Answered\",\"properties\":{\"kind\":\"nps\",\"score\":9}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-13T00:00:00Z\",\"messageId\":\"r8\","
        "\"event\":\"Survey Answered\",\"properties\":{\"kind\":\"csat\",\"score\":4}}",
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-14T00:00:00Z\",\"messageId\":\"r9\","
        "\"event\":\"Order Completed\",\"properties\":{\"order_id\":\"o3\",\"revenue\":70}}",
        /* late: transitions are superseded */
        "{\"type\":\"track\",\"userId\":\"rich\",\"timestamp\":\"2026-01-03T00:00:00Z\",\"messageId\":"
        "\"r10\","
        "\"event\":\"Order Completed\",\"properties\":{\"order_id\":\"o0\",\"revenue\":10}}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        send(shop, bodies[i], false);
}

static void send_crowd(void)
{
    struct chance chance = {42};
    struct ledger_shape shape = {.begin = BEGIN, .days = 60, .events = 8};
    for (int customer = 0; customer < CUSTOMERS; customer++) {
        struct telling *tellings;
        size_t n = ledger_make(arena, &chance, &shape, customer, &tellings);
        for (size_t i = 0; i < n; i++)
            send(customer % 4 == 0 ? second : shop, tellings[i].json, customer == 1);
    }
}

static void finish_crawls(void)
{
    for (size_t i = 0; session_shop_at(session, i); i++) {
        const struct shop *of = session_shop_at(session, i);
        const struct db_result *rows =
            database_rows(&database, "SELECT customer_key FROM customer WHERE shop_id = %d", of->id);
        size_t n = (size_t)db_rows(rows);
        struct error error = {0};
        struct uuid *keys = ARENA_ARRAY(arena, struct uuid, n);
        for (size_t k = 0; k < n; k++)
            keys[k] = db_uuid(rows, (int)k, 0);
        assert_int_equal(session_tick(session, of, keys, n, false, &error), STATUS_OK);
    }
    database_run(&database, "UPDATE crawl SET finished_at = started_at");
}

#define STAGES(first, second_rule)                                                                           \
    "{\"name\":{\"zh\":\"m\",\"en\":\"m\"},\"stages\":["                                                     \
    "{\"key\":\"early\",\"name\":{\"zh\":\"a\",\"en\":\"a\"},\"role\":\"new\",\"rule\":" first "},"          \
    "{\"key\":\"middle\",\"name\":{\"zh\":\"b\",\"en\":\"b\"},\"role\":\"active\",\"rule\":" second_rule     \
    "},"                                                                                                     \
    "{\"key\":\"late\",\"name\":{\"zh\":\"c\",\"en\":\"c\"},\"role\":\"lost\",\"rule\":true}]}"

/* Copies of all tables, to which everything can be put back. */
static void keep(void)
{
    database_run(
        &database,
        "CREATE SCHEMA kept; DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE "
        "schemaname = 'public' LOOP EXECUTE format('CREATE TABLE kept.%%I AS TABLE public.%%I', t, t); "
        "END LOOP; END $$");
}

static void put_back(void)
{
    database_run(
        &database,
        "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP "
        "EXECUTE format('DELETE FROM public.%%I', t); "
        "EXECUTE format('INSERT INTO public.%%I SELECT * FROM kept.%%I', t, t); END LOOP; END $$");
}

/* Half of what was contributed is in the sums, the rest still in the journals. */
static void add_up(void)
{
    struct tallier_report report = {.is_busy = true};
    struct error error = {0};
    while (report.is_busy)
        assert_int_equal(tallier_once(session, &report, &error), STATUS_OK);
}

static int set_up(void **state)
{
    struct error error = {0};
    char key[KEY_TEXT];
    (void)state;
    arena = arena_new(1 << 20);
    database_make(&database);
    clock_set(&now, BEGIN - USEC_PER_DAY);
    session = database_session(&database, &now);
    if (shop_create(session, "one", "EUR", "Asia/Shanghai", &shop, &error) != STATUS_OK ||
        shop_create(session, "two", "EUR", "UTC", &second, &error) != STATUS_OK ||
        key_create(session, shop, SCOPE_WRITE, "label", NULL, key, &error) != STATUS_OK)
        fail_msg("%s", error.detail);
    publish(
        shop, "calls", KIND_MODEL,
        STAGES("{\"<\":[{\"var\":\"events_count\"},3]}", "{\"<\":[{\"var\":\"days_since_last_seen\"},20]}"),
        false);
    publish(shop, "windows", KIND_MODEL,
            STAGES("{\">=\":[{\"var\":\"orders_count_30d\"},2]}",
                   "{\">\":[{\"var\":\"revenue_90d\"},\"20.00\"]}"),
            false);
    publish(shop, "buyers", KIND_SEGMENT, "{\"rule\":{\">\":[{\"var\":\"revenue\"},\"5.00\"]}}", false);
    publish(shop, "vips", KIND_SEGMENT, "{\"rule\":{\"==\":[{\"var\":\"traits.vip\"},true]}}", false);
    publish(second, "talkers", KIND_SEGMENT, "{\"rule\":{\">\":[{\"var\":\"events_count\"},2]}}", false);
    clock_set(&now, BEGIN + 70 * USEC_PER_DAY);
    send_rich_customer();
    send_crowd();
    add_up();
    publish(
        shop, "calls", KIND_MODEL,
        STAGES("{\"<\":[{\"var\":\"events_count\"},4]}", "{\"<\":[{\"var\":\"days_since_last_seen\"},30]}"),
        false);
    clock_set(&now, BEGIN + 100 * USEC_PER_DAY);
    finish_crawls();
    keep();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    session_close(session);
    database_drop(&database);
    arena_free(arena);
    return 0;
}

/* --- verify --- */

struct findings {
    const char *names[200]; /* table.column, each once */
    size_t n;
};

static void note(void *context, const struct drift *drift)
{
    struct findings *f = context;
    const char *name = arena_printf(arena, "%s.%s", drift->table, drift->column);
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->names[i], name) == 0)
            return;
    if (f->n < COUNT_OF(f->names))
        f->names[f->n++] = name;
}

static bool has_found(const struct findings *f, const char *name)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->names[i], name) == 0)
            return true;
    return false;
}

static const char *all_of(const struct findings *f)
{
    const char *text = "";
    for (size_t i = 0; i < f->n; i++)
        text = arena_printf(arena, "%s %s", text, f->names[i]);
    return f->n ? text : " nothing";
}

/* The feed is history: a rebuild adds to it, and does not write it anew. */
static void drop_feed(struct findings *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->n; i++)
        if (strncmp(f->names[i], "change.", 7) != 0)
            f->names[kept++] = f->names[i];
    f->n = kept;
}

static struct verify_report verify(struct findings *findings, bool repairs)
{
    struct verify_report report;
    struct error error = {0};
    findings->n = 0;
    struct verify_options options = {.found = note, .context = findings, .repairs = repairs};
    if (verify_run(session, &options, &report, &error) != STATUS_OK)
        fail_msg("verify fails: %s", error.detail);
    return report;
}

static void what_nobody_altered_has_no_drift(void **state)
{
    struct findings findings;
    (void)state;
    struct verify_report report = verify(&findings, false);
    if (findings.n)
        fail_msg("%s", all_of(&findings));
    assert_int_equal(report.drifts, 0);
    assert_true(report.customers > CUSTOMERS - 3);
    verify(&findings, true);
    assert_int_equal(verify(&findings, false).drifts, 0);
    put_back();
}

/* --- altering columns --- */

static bool is_input(const char *table)
{
    for (size_t i = 0; i < COUNT_OF(inputs); i++)
        if (strcmp(inputs[i].table, table) == 0)
            return true;
    return false;
}

/* Another value of the same type. */
static const char *another_value(const char *type, const char *column)
{
    if (strcmp(column, "fold_version") == 0)
        return "0"; /* rows of a newer version are left alone */
    if (strcmp(type, "boolean") == 0)
        return arena_printf(arena, "NOT %s", column);
    if (strcmp(type, "text") == 0)
        return arena_printf(arena, "coalesce(%s, '') || 'x'", column);
    if (strcmp(type, "uuid") == 0)
        return arena_printf(arena, "md5(coalesce(%s::text, ''))::uuid", column);
    if (strcmp(type, "bytea") == 0)
        return arena_printf(arena,
                            "CASE length(%s) WHEN 0 THEN '\\x01' ELSE set_byte(%s, length(%s) - 1, "
                            "get_byte(%s, length(%s) - 1) # 1) END",
                            column, column, column, column, column);
    if (strcmp(type, "json") == 0)
        return arena_printf(arena, "replace(%s::text, '}', ',\"altered\":1}')::json", column);
    if (strstr(type, "timestamp"))
        return arena_printf(arena, "coalesce(%s, '2026-02-03Z') + interval '1 second'", column);
    return arena_printf(arena, "coalesce(%s, 0) + 30000", column);
}

/* Which row of a table is altered: one of the rich customer's, of which much depends. */
static const char *row_of(const char *table)
{
    static const struct {
        const char *table;
        const char *where;
    } rows[] = {
        {"event", "payload ->> 'messageId' = 'r9'"},
        {"customer", "external_id = 'rich'"},
        {"customer_profile", "customer_key = (SELECT customer_key FROM customer WHERE external_id = 'rich')"},
        {"customer_order", "order_id = 'o1'"},
        {"order_claim", "customer_key = (SELECT customer_key FROM customer WHERE external_id = 'rich')"},
        {"transition",
         "superseded_at IS NULL AND seq > 1 AND customer_key = (SELECT customer_key FROM customer WHERE "
         "external_id = 'rich')"},
        {"membership", "customer_key = (SELECT customer_key FROM customer WHERE external_id = 'rich')"},
        {"tally", "cube = 2 AND s1 <> 0"},
        {"tally_entry", "shop_id = 1"},
        {"tally_head", "shop_id = 1"},
        {"tally_turn", "shop_id = 1"},
        {"feed_head", "head > 0"},
        {"change", "type = 1"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (strcmp(rows[i].table, table) == 0)
            return rows[i].where;
    fail_msg("the table %s is new: which of its rows shall be altered?", table);
    return NULL;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* table.column.type of all columns that are folded from the ledger. */
static const char **folded_columns(size_t *n)
{
    const struct db_result *rows = database_rows(
        &database,
        "SELECT table_name::text, column_name::text, data_type::text FROM information_schema.columns "
        "WHERE table_schema = 'public'");
    const char **out = ARENA_ARRAY(arena, const char *, (size_t)db_rows(rows));
    *n = 0;
    for (int row = 0; row < db_rows(rows); row++) {
        const char *table = arena_text(arena, db_span(rows, row, 0));
        if (!is_input(table))
            out[(*n)++] = arena_printf(arena, "%s.%s.%s", table, arena_text(arena, db_span(rows, row, 1)),
                                       arena_text(arena, db_span(rows, row, 2)));
    }
    qsort(out, *n, sizeof(*out), compare_texts);
    return out;
}

static void alter(const char *table, const char *column, const char *type)
{
    /* one row, with a value when any has one */
    database_run(
        &database,
        "UPDATE %s SET %s = %s WHERE ctid = (SELECT ctid FROM %s WHERE %s ORDER BY %s IS NULL, ctid LIMIT 1)",
        table, column, another_value(type, column), table, row_of(table), column);
    assert_int_equal(
        database_number(&database,
                        "SELECT count(*) FROM (SELECT x::text FROM %s x EXCEPT ALL SELECT x::text FROM "
                        "kept.%s x) y",
                        table, table),
        1);
}

static void every_altered_column_is_named_and_brought_back(void **state)
{
    size_t n, n_failed = 0;
    const char **columns = folded_columns(&n);
    (void)state;
    for (size_t i = 0; i < n; i++) {
        char table[64], column[64];
        struct findings findings, left;
        const char *type = strrchr(columns[i], '.') + 1;
        sscanf(columns[i], "%63[^.].%63[^.]", table, column);
        const char *name = arena_printf(arena, "%s.%s", table, column), *named = name;
        bool stays =
            strcmp(table, "change") == 0 || strcmp(table, "feed_head") == 0 || strcmp(table, "event") == 0;
        for (size_t k = 0; exceptions[k].column; k++)
            if (strcmp(exceptions[k].column, name) == 0) {
                named = exceptions[k].named;
                stays = stays || exceptions[k].stays;
            }
        const char *sql_type = strcmp(type, "timestamp with time zone") == 0 ? "timestamp" : type;
        struct error error = {0};
        if (strcmp(sql_type, "json") == 0 && strcmp(column, "payload") == 0)
            database_run(&database,
                         "UPDATE event SET payload = replace(payload::text, '70', '71')::json WHERE %s",
                         row_of("event"));
        else
            alter(table, column, sql_type);
        (void)error;
        verify(&findings, false);
        if (named ? !has_found(&findings, named) : findings.n > 0) {
            printf("%s: verify names%s\n", name, all_of(&findings));
            n_failed++;
        }
        if (!stays) {
            verify(&left, true);
            verify(&left, false);
            drop_feed(&left);
            if (left.n) {
                printf("%s: after rebuild there are still%s\n", name, all_of(&left));
                n_failed++;
            }
        }
        put_back();
        verify(&left, false);
        if (left.n)
            fail_msg("%s: once it is put back there are still%s", name, all_of(&left));
    }
    printf("%zu columns\n", n);
    assert_int_equal(n_failed, 0);
}

/* --- deleted and added rows --- */

/** Of each table: a key that makes a copy of a row another row, and what verify says of it (NULL: the table's
 * "row"). */
static const struct {
    const char *table;
    const char *key;     /* the column that is another in the copy */
    const char *deleted; /* what is named when the row is gone */
    const char *added;   /* what is named when there is one too much */
    bool stays_deleted;  /* rebuild does not bring a deleted row back */
    bool stays_added;    /* nor does it remove an added one */
} tables[] = {
    {"event", "event_id", "customer.events_count", "customer.events_count", true, true},
    {"customer", "customer_key", "customer.row", "customer.row", false, false},
    {"customer_profile", "customer_key", "customer_profile.row", "customer_profile.row", false, false},
    {"customer_order", "order_key", "customer_order.row", "customer_order.order_key", false, false},
    {"order_claim", "order_key", "order_claim.customer_key", "order_claim.order_key", false, false},
    {"transition", "seq", "transition.row", "transition.superseded_at", true,
     true}, /* a number is missing for ever */
    {"membership", "segment", "membership.row", "membership.segment", false, false},
    {"tally", "day", "tally.s1", "tally.s1", false, false},
    {"tally_entry", "seq", "tally_head.head", "tally_head.head", false, false},
    {"tally_head", "shop_id", "tally_head.row", "tally_head.shop_id", false, false},
    {"tally_turn", "shop_id", "tally_turn.row", "tally_turn.shop_id", false, false},
    {"change", "seq", "change.seq", "change.seq", true, true},
    {"feed_head", "shop_id", "change.shop_id", "feed_head.head", true, true},
};

static const char *columns_with_another(const char *table, const char *key)
{
    const struct db_result *rows = database_rows(
        &database,
        "SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = "
        "'public' AND table_name = '%s' ORDER BY ordinal_position",
        table);
    const char *text = "";
    for (int row = 0; row < db_rows(rows); row++) {
        const char *column = arena_text(arena, db_span(rows, row, 0)),
                   *type = arena_text(arena, db_span(rows, row, 1));
        text = arena_printf(arena, "%s%s%s", text, row ? ", " : "",
                            strcmp(column, key) == 0 ? another_value(type, column) : column);
    }
    return text;
}

static void must_be_named_and_brought_back(const char *what, const char *table, const char *named, bool stays)
{
    struct findings findings, left;
    verify(&findings, false);
    if (!has_found(&findings, named))
        fail_msg("a row of %s is %s: verify names%s", table, what, all_of(&findings));
    if (!stays) {
        verify(&left, true);
        verify(&left, false);
        drop_feed(&left);
        if (left.n)
            fail_msg("a row of %s was %s: after rebuild there are still%s", table, what, all_of(&left));
    }
    put_back();
    assert_int_equal(verify(&left, false).drifts, 0);
}

static void every_table_is_in_the_list(void)
{
    const struct db_result *rows =
        database_rows(&database, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'");
    for (int row = 0; row < db_rows(rows); row++) {
        const char *table = arena_text(arena, db_span(rows, row, 0));
        bool is_known = is_input(table);
        for (size_t i = 0; i < COUNT_OF(tables); i++)
            is_known = is_known || strcmp(tables[i].table, table) == 0;
        if (!is_known)
            fail_msg("the table %s is new: what does verify say of its rows?", table);
    }
}

static void a_deleted_row_is_named_and_brought_back(void **state)
{
    (void)state;
    every_table_is_in_the_list();
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        const char *table = tables[i].table;
        database_run(&database,
                     "DELETE FROM %s WHERE ctid = (SELECT ctid FROM %s WHERE %s ORDER BY ctid LIMIT 1)",
                     table, table, row_of(table));
        must_be_named_and_brought_back("deleted", table, tables[i].deleted, tables[i].stays_deleted);
    }
}

static void an_added_row_is_named_and_removed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables); i++) {
        const char *table = tables[i].table;
        database_run(&database,
                     "INSERT INTO %s SELECT %s FROM %s WHERE ctid = (SELECT ctid FROM %s WHERE %s ORDER BY "
                     "ctid LIMIT 1)",
                     table, columns_with_another(table, tables[i].key), table, table, row_of(table));
        must_be_named_and_brought_back("added", table, tables[i].added, tables[i].stays_added);
    }
}

static void a_rebuild_makes_everything_anew_when_nothing_but_the_ledger_is_left(void **state)
{
    struct findings left;
    (void)state;
    database_run(&database,
                 "TRUNCATE customer, customer_profile, customer_order, order_claim, transition, membership, "
                 "tally, tally_entry, change; UPDATE feed_head SET head = 0; UPDATE tally_head SET head = 0; "
                 "UPDATE tally_turn SET done = 0");
    assert_true(verify(&left, false).drifts > CUSTOMERS);
    struct verify_report report = verify(&left, true);
    assert_true(report.repaired > report.customers); /* and the other identities of some */
    verify(&left, false);
    drop_feed(&left);
    if (left.n)
        fail_msg("after rebuild there are still%s", all_of(&left));
    /* all that is folded is what it was */
    static const char *const same[] = {"customer_profile", "order_claim", "membership", "customer_order"};
    for (size_t i = 0; i < COUNT_OF(same); i++)
        assert_int_equal(
            database_number(
                &database,
                "SELECT count(*) FROM (SELECT x::text FROM %s x EXCEPT SELECT x::text FROM kept.%s x) y",
                same[i], same[i]),
            0);
    assert_int_equal(
        database_number(&database, "SELECT count(*) FROM transition WHERE superseded_at IS NULL"),
        database_number(&database, "SELECT count(*) FROM kept.transition WHERE superseded_at IS NULL"));
    put_back();
}

static void one_customer_can_be_verified_alone(void **state)
{
    struct findings findings = {.n = 0};
    struct verify_report report;
    struct error error = {0};
    struct verify_options options = {
        .shop = shop, .customer = span_of("rich"), .found = note, .context = &findings};
    (void)state;
    database_run(&database, "UPDATE customer SET orders_count = 77 WHERE external_id IN ('rich', 'c2')");
    assert_int_equal(verify_run(session, &options, &report, &error), STATUS_OK);
    assert_int_equal(report.customers, 1);
    assert_int_equal(report.drifts, 1);
    assert_true(has_found(&findings, "customer.orders_count"));
    options.repairs = true;
    assert_int_equal(verify_run(session, &options, &report, &error), STATUS_OK);
    options.repairs = false;
    assert_int_equal(verify_run(session, &options, &report, &error), STATUS_OK);
    assert_int_equal(report.drifts, 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM customer WHERE orders_count = 77"), 1);
    options.customer = span_of("nobody");
    assert_int_equal(verify_run(session, &options, &report, &error), STATUS_NOT_FOUND);
    put_back();
}

/* --- sums --- */

static struct verify_report look(const struct shop *of, const char *customer, bool repairs)
{
    struct findings unused = {.n = 0};
    struct verify_report report;
    struct error error = {0};
    struct verify_options options = {.shop = of, .repairs = repairs, .found = note, .context = &unused};
    if (customer)
        options.customer = span_of(customer);
    if (verify_run(session, &options, &report, &error) != STATUS_OK)
        fail_msg("verify fails: %s", error.detail);
    return report;
}

static void alter_sum(const struct shop *of)
{
    database_run(&database, "UPDATE tally SET s1 = s1 + 5 WHERE shop_id = %d AND cube = 2", of->id);
}

static void the_sums_of_one_shop_are_compared_and_restated_with_it(void **state)
{
    (void)state;
    alter_sum(shop);
    alter_sum(second);
    database_run(&database, "UPDATE customer SET fold_version = 0 WHERE shop_id = %d", shop->id);
    assert_true(look(shop, NULL, false).drifts > 0);
    struct verify_report report = look(shop, NULL, true);
    assert_true(report.repaired > 0);
    assert_int_equal(report.remaining + report.left_out, 0);
    assert_int_equal(look(shop, NULL, false).drifts, 0);
    assert_true(look(second, NULL, false).drifts > 0);
    assert_int_equal(look(second, NULL, true).left_out, 0);
    assert_int_equal(look(NULL, NULL, false).drifts, 0);
    put_back();
}

static void a_shop_with_customers_who_are_still_to_be_re_decided_does_not_hold_up_the_others(void **state)
{
    (void)state;
    database_run(&database, "UPDATE crawl SET finished_at = NULL WHERE shop_id = %d", shop->id);
    database_run(&database, "UPDATE customer SET definitions = 1 WHERE external_id = 'rich'");
    alter_sum(shop);
    struct verify_report report = look(NULL, NULL, true);
    assert_int_equal(report.pending, 1);
    assert_int_equal(report.left_out, 1); /* and so it does not end well */
    alter_sum(second);
    report = look(NULL, NULL, false);
    assert_int_equal(report.left_out, 1);
    assert_true(report.drifts > 0);
    report = look(NULL, NULL, true);
    assert_int_equal(report.left_out, 1);
    assert_int_equal(look(second, NULL, false).drifts, 0);
    assert_int_equal(look(second, NULL, true).left_out, 0);
    database_run(&database, "UPDATE crawl SET finished_at = started_at");
    assert_true(look(NULL, NULL, false).drifts > 0); /* the altered sum, which was left as it is */
    report = look(NULL, NULL, true);
    assert_int_equal(report.remaining + report.left_out, 0);
    assert_int_equal(look(NULL, NULL, false).drifts, 0);
    put_back();
}

static void who_is_folded_anew_alone_leaves_the_sums_of_the_shop_to_be_restated(void **state)
{
    (void)state;
    assert_int_equal(look(shop, "rich", true).left_out, 0);
    database_run(&database, "UPDATE customer SET revenue_gross = revenue_gross + 100 WHERE external_id = 'rich'");
    struct verify_report report = look(shop, "rich", true);
    assert_true(report.repaired > 0);
    assert_int_equal(report.left_out, 1);
    assert_int_equal(look(shop, NULL, true).left_out, 0);
    assert_int_equal(look(NULL, NULL, false).drifts, 0);
    put_back();
}

static void sums_of_an_older_version_are_owed_until_they_are_restated(void **state)
{
    struct error error = {0};
    struct db *db;
    struct db_options options = {0};
    int64_t n;
    (void)state;
    assert_int_equal(db_open(database.url, &options, &db, &error), STATUS_OK);
    assert_int_equal(verify_owed(db, &n, &error), STATUS_OK);
    assert_int_equal(n, 0);
    database_run(&database, "UPDATE tally_head SET fold_version = 1");
    assert_int_equal(verify_owed(db, &n, &error), STATUS_OK);
    assert_int_equal(n, 2);
    look(second, NULL, true);
    assert_int_equal(verify_owed(db, &n, &error), STATUS_OK);
    assert_int_equal(n, 1);
    look(NULL, NULL, true);
    assert_int_equal(verify_owed(db, &n, &error), STATUS_OK);
    assert_int_equal(n, 0);
    db_close(db);
    put_back();
}

static void a_text_that_is_missing_is_named_and_brought_back(void **state)
{
    struct findings findings;
    (void)state;
    database_run(&database, "DELETE FROM term WHERE text IN ('tea', 'spring')");
    struct verify_report report = verify(&findings, false);
    assert_true(has_found(&findings, "term.row"));
    assert_int_equal(findings.n, 1);
    assert_true(report.drifts >= 2); /* each once */
    assert_int_equal(verify(&findings, true).repaired, 0);
    assert_int_equal(verify(&findings, false).drifts, 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM kept.term k LEFT JOIN term t USING (shop_id, hash) "
                                                "WHERE lower(t.text) IS DISTINCT FROM lower(k.text) OR (t.label = '') <> (k.label = '')"),
                     0); /* a category is spelt as it was by who is met first */
    put_back();
}

static int clean_up(void **state)
{
    (void)state;
    tear_down(state);
    database_done();
    return 0;
}

/* By another process: this session has not heard of it. */
static void a_shop_that_was_made_meanwhile_keeps_its_sums(void **state)
{
    (void)state;
    struct session *own = session;
    struct error error;
    const struct shop *third;
    session = database_session(&database, &now);
    assert_int_equal(shop_create(session, "meanwhile", "EUR", "UTC", &third, &error), STATUS_OK);
    int id = third->id;
    send(third,
         "{\"type\":\"track\",\"event\":\"Order Completed\",\"messageId\":\"m1\",\"userId\":\"nina\",\"timestamp\":"
         "\"2026-01-01T00:00:00Z\",\"properties\":{\"order_id\":\"m1\",\"revenue\":10,\"currency\":\"EUR\"}}",
         false);
    add_up();
    session_close(session);
    session = own;
    int64_t sums = database_number(&database, "SELECT count(*) FROM tally WHERE shop_id = %d", id);
    assert_true(sums > 0);
    assert_int_equal(look(NULL, NULL, true).remaining, 0);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM tally WHERE shop_id = %d", id), sums);
    assert_int_equal(database_number(&database, "SELECT count(*) FROM tally_head WHERE shop_id = %d", id), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_altered_has_no_drift),
        cmocka_unit_test(every_altered_column_is_named_and_brought_back),
        cmocka_unit_test(a_deleted_row_is_named_and_brought_back),
        cmocka_unit_test(an_added_row_is_named_and_removed),
        cmocka_unit_test(a_rebuild_makes_everything_anew_when_nothing_but_the_ledger_is_left),
        cmocka_unit_test(one_customer_can_be_verified_alone),
        cmocka_unit_test(the_sums_of_one_shop_are_compared_and_restated_with_it),
        cmocka_unit_test(a_shop_with_customers_who_are_still_to_be_re_decided_does_not_hold_up_the_others),
        cmocka_unit_test(who_is_folded_anew_alone_leaves_the_sums_of_the_shop_to_be_restated),
        cmocka_unit_test(sums_of_an_older_version_are_owed_until_they_are_restated),
        cmocka_unit_test(a_text_that_is_missing_is_named_and_brought_back),
        cmocka_unit_test(a_shop_that_was_made_meanwhile_keeps_its_sums),
    };
    database_server();
    log_open(LOG_ERROR);
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
