/*
 * The one law: random ledgers of every kind of event, delivered in any order, more than once, late, in
 * batches of 1 to 300, by one writer or two at once, with 1 lane or 64, while definitions are published and
 * time passes, give the state that a fold of the ledger in order gives.
 *
 * PROPERTY_SEED repeats a run, PROPERTY_CASES (10000; fewer under a sanitizer) is the number of customers'
 * ledgers. A failure is made small before it is printed, unless PROPERTY_REDUCE=no.
 */
#include "../support/chance.h"
#include "../support/database.h"
#include "../support/definitions.h"
#include "../support/ledger.h"
#include "../support/stored.h"
#include "app/identity.h"
#include "app/publish.h"
#include "app/shop.h"
#include "app/verify.h"
#include "base/log.h"
#include "base/time.h"
#include "base/uuid.h"
#include "wire/message.h"
#include "wire/model.h"
#include "wire/rfm.h"
#include "wire/scores.h"

#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define BEGIN        (INT64_C(1767225600) * USEC_PER_SEC) /* 2026-01-01 */
#define SHOPS        2
#define STEPS        10
#define STEP_DAYS    15
#define CUSTOMERS    125 /* of one shop */
#define BATCH_MOST   300
#define WRITERS_MOST 2

/* --- a plan: all that a run does, as data --- */

struct delivery {
    const struct telling *telling;
    /* filled in by the run */
    enum ingest_result result;
    enum status refusal;
    struct uuid identity_key;
    struct uuid event_id;
    struct span outcome;
};

enum op_kind { OP_DELIVER, OP_SWEEP, OP_TICK, OP_PUBLISH, OP_CRAWL, OP_JOIN, OP_PART };

struct op {
    enum op_kind kind;
    int step;
    int writer;
    int shop;
    bool is_left_out;
    /* DELIVER */
    struct delivery *deliveries;
    size_t n;
    bool is_silent;
    /* SWEEP: how many at most; TICK, JOIN, PART: the customer */
    int number;
    int other; /* JOIN: with whom; PART: who comes out; -1: what was joined last */
    /* PUBLISH */
    bool is_exact; /* at the beginning of its step, and applies from exactly then */
    struct publication publication;
};

struct plan {
    struct arena *arena;
    uint64_t seed;
    int n_writers;
    int lanes;
    int n_customers;
    int only_shop; /* -1: all */
    int only_customer;
    struct telling **tellings[SHOPS]; /* by customer */
    size_t *n_tellings[SHOPS];
    struct op *ops;
    size_t n_ops, capacity;
};

static usec_t step_at(int step)
{
    return BEGIN + (step + 1) * STEP_DAYS * USEC_PER_DAY;
}

static struct op *add_op(struct plan *plan, struct op op)
{
    plan->ops = arena_grow(plan->arena, plan->ops, plan->n_ops, &plan->capacity, sizeof(*plan->ops));
    plan->ops[plan->n_ops] = op;
    return &plan->ops[plan->n_ops++];
}

static int some_number(void *context, struct span key)
{
    int *n = context;
    (void)key;
    return ++*n;
}

/* A model that its publisher would be allowed to publish. */
static struct span valid_model(struct plan *plan, struct chance *c, unsigned flavours)
{
    struct buf text;
    struct arena *scratch = arena_new(1 << 16);
    struct span out;
    buf_init(&text, 0);
    for (;;) {
        struct model *model;
        struct error error;
        int n = 0;
        buf_reset(&text);
        arena_reset(scratch);
        some_model(c, flavours, &text);
        if (model_parse(scratch, (struct span){text.p, text.n}, "m", some_number, &n, 2, &model, &error) ==
            STATUS_OK)
            break;
        if (error.status != STATUS_INVALID_MODEL || strstr(error.detail, "reached") == NULL) {
            if (getenv("PROPERTY_TALK"))
                printf("refused: %s %s %.*s\n", error.pointer, error.detail, (int)text.n, text.p);
        }
    }
    out = arena_span(plan->arena, (struct span){text.p, text.n});
    buf_done(&text);
    arena_free(scratch);
    return out;
}

static struct span segment(struct plan *plan, struct chance *c, unsigned flavours)
{
    struct buf text;
    buf_init(&text, 0);
    some_segment(c, flavours, &text);
    struct span out = arena_span(plan->arena, (struct span){text.p, text.n});
    buf_done(&text);
    return out;
}

/* Other parameters of scores, or other bounds of RFM scores. */
static void plan_parameters(struct plan *plan, struct chance *c, int step, int shop)
{
    bool is_scores = one_in(c, 2);
    struct buf text;
    buf_init(&text, 0);
    if (is_scores) {
        struct scores scores;
        struct scores_note note = {.cadence = span_of("default"), .fitted_at = NONE};
        some_scores(c, &scores);
        scores_print(&text, &scores, &note);
    } else {
        struct rfm rfm;
        some_rfm(c, &rfm);
        rfm_print(&text, &rfm, 2);
    }
    struct op op = {
        .kind = OP_PUBLISH, .step = step, .shop = shop, .writer = (int)chance_of(c, plan->n_writers)};
    op.is_exact = one_in(c, 2);
    op.publication = (struct publication){.kind = is_scores ? KIND_SCORES : KIND_RFM,
                                          .key = span_of(is_scores ? SCORES_KEY : RFM_KEY),
                                          .document = arena_span(plan->arena, (struct span){text.p, text.n}),
                                          .if_match = VERSION_ANY};
    buf_done(&text);
    add_op(plan, op);
}

static void plan_publication(struct plan *plan, struct chance *c, int step, int shop, unsigned flavours,
                             int which)
{
    static const char *const models[] = {"first", "second", "third"};
    static const char *const segments[] = {"some", "others", "rest"};
    bool is_model = which % 2 == 0;
    struct op op = {
        .kind = OP_PUBLISH, .step = step, .shop = shop, .writer = (int)chance_of(c, plan->n_writers)};
    op.is_exact = step == 0 || one_in(c, 2);
    op.publication = (struct publication){
        .kind = is_model ? KIND_MODEL : KIND_SEGMENT,
        .key = span_of(is_model ? models[which / 2 % 3] : segments[which / 2 % 3]),
        .document = is_model ? valid_model(plan, c, flavours) : segment(plan, c, flavours),
        .if_match = VERSION_ANY,
        .is_withdrawn = step > 0 && one_in(c, 8),
        .restate = step > 0 && one_in(c, 4),
        .notify = one_in(c, 2),
    };
    add_op(plan, op);
}

static void plan_definitions(struct plan *plan, struct chance *c)
{
    for (int shop = 0; shop < SHOPS; shop++) {
        /* the second shop needs neither order rows nor profiles: another way through the engine */
        unsigned flavours = shop == 0 ? FLAVOUR_ALL : FLAVOUR_STORED | FLAVOUR_ELAPSED | FLAVOUR_RATIO;
        for (int which = 0; which < 5; which++)
            plan_publication(plan, c, 0, shop, flavours, which);
        for (int step = 0; step < STEPS; step++)
            if (one_in(c, 3))
                plan_parameters(plan, c, step, shop);
        for (int step = 1; step < STEPS; step++)
            if (one_in(c, 3))
                plan_publication(plan, c, step, shop, flavours, (int)chance_of(c, 6));
    }
}

/* Messages that wait to be put into batches. */
struct queue {
    struct delivery **items;
    size_t n, capacity;
};

static void enqueue(struct plan *plan, struct queue *queue, const struct telling *telling)
{
    struct delivery *delivery = ARENA_NEW(plan->arena, struct delivery);
    delivery->telling = telling;
    queue->items =
        arena_grow(plan->arena, queue->items, queue->n, &queue->capacity, sizeof(struct delivery *));
    queue->items[queue->n++] = delivery;
}

static void plan_tellings(struct plan *plan, struct chance *c, int shop,
                          struct queue queues[STEPS][WRITERS_MOST])
{
    struct ledger_shape shape = {
        .begin = BEGIN, .days = STEPS * STEP_DAYS, .events = 8, .shared_orders = one_in(c, 3) ? 30 : 0};
    shape.links = one_in(c, 3) ? 0 : one_in(c, 3) ? 40 : one_in(c, 2) ? 8 : 3;
    size_t n_customers = (size_t)plan->n_customers;
    plan->tellings[shop] = ARENA_ARRAY(plan->arena, struct telling *, n_customers);
    plan->n_tellings[shop] = ARENA_ARRAY(plan->arena, size_t, n_customers);
    bool is_prompt = one_in(c, 3); /* mostly in order */
    for (int customer = 0; customer < plan->n_customers; customer++) {
        struct telling **tellings = &plan->tellings[shop][customer];
        size_t n = ledger_make(plan->arena, c, &shape, customer, tellings);
        plan->n_tellings[shop][customer] = n;
        for (size_t i = 0; i < n; i++) {
            int64_t times = one_in(c, 4) ? 2 + chance_of(c, 2) : 1;
            int first = 0;
            while (step_at(first) < (*tellings)[i].at)
                first++;
            for (; times > 0; times--) {
                int step = first;
                if (!is_prompt && one_in(c, 2))
                    step = first + (int)chance_of(c, STEPS - first);
                enqueue(plan, &queues[step][chance_of(c, plan->n_writers)], &(*tellings)[i]);
            }
        }
    }
}

static void plan_batches(struct plan *plan, struct chance *c, int step, int writer, int shop,
                         struct queue *queue)
{
    chance_shuffle(c, (void **)queue->items, queue->n);
    for (size_t i = 0; i < queue->n;) {
        static const int64_t sizes[] = {1, 8, 40, 150, BATCH_MOST};
        size_t n = 1 + (size_t)chance_of(c, ONE_OF(c, sizes));
        if (n > queue->n - i)
            n = queue->n - i;
        struct op op = {.kind = OP_DELIVER, .step = step, .writer = writer, .shop = shop, .n = n};
        op.is_silent = one_in(c, 25);
        op.deliveries = ARENA_ARRAY(plan->arena, struct delivery, n);
        for (size_t k = 0; k < n; k++)
            op.deliveries[k] = *queue->items[i + k];
        add_op(plan, op);
        i += n;
        if (one_in(c, 3))
            add_op(plan, (struct op){.kind = OP_SWEEP,
                                     .step = step,
                                     .writer = writer,
                                     .shop = shop,
                                     .number = one_in(c, 2) ? 1000 : (int)(1 + chance_of(c, 20))});
        if (one_in(c, 6))
            add_op(plan, (struct op){.kind = OP_TICK,
                                     .step = step,
                                     .writer = writer,
                                     .shop = shop,
                                     .number = (int)chance_of(c, plan->n_customers)});
        if (one_in(c, 5)) {
            int number = (int)chance_of(c, plan->n_customers);
            int other = number / LEDGER_GROUP * LEDGER_GROUP + (int)chance_of(c, LEDGER_GROUP);
            bool joins = one_in(c, 3);
            add_op(plan, (struct op){.kind = joins ? OP_JOIN : OP_PART,
                                     .step = step,
                                     .writer = writer,
                                     .shop = shop,
                                     .number = number,
                                     .other = !joins && one_in(c, 2) ? -1 : other});
        }
        if (one_in(c, 20))
            add_op(plan, (struct op){.kind = OP_CRAWL, .step = step, .writer = writer, .shop = shop});
    }
}

static void plan_make(struct plan *plan, struct arena *arena, uint64_t seed, int n_customers, int round)
{
    struct chance chance = {seed}, *c = &chance;
    *plan = (struct plan){.arena = arena, .seed = seed, .n_customers = n_customers, .only_shop = -1};
    plan->n_writers = 1 + round % 2;
    plan->lanes = round / 2 % 2 ? 64 : 1;
    struct queue queues[SHOPS][STEPS][WRITERS_MOST] = {0};
    for (int shop = 0; shop < SHOPS; shop++)
        plan_tellings(plan, c, shop, queues[shop]);
    plan_definitions(plan, c);
    for (int step = 0; step < STEPS; step++)
        for (int writer = 0; writer < plan->n_writers; writer++)
            for (int shop = 0; shop < SHOPS; shop++)
                plan_batches(plan, c, step, writer, shop, &queues[shop][step][writer]);
    /* those of one step and writer in any order: publications among deliveries, shops mixed */
    struct op **order = ARENA_ARRAY(arena, struct op *, plan->n_ops);
    for (size_t i = 0; i < plan->n_ops; i++)
        order[i] = &plan->ops[i];
    chance_shuffle(c, (void **)order, plan->n_ops);
    struct op *ops = ARENA_ARRAY(arena, struct op, plan->n_ops);
    for (size_t i = 0; i < plan->n_ops; i++)
        ops[i] = *order[i];
    plan->ops = ops;
}

static struct database database;

/* --- carrying it out --- */

struct run {
    struct plan *plan;
    struct database *database;
    struct clock clock;
    struct session *sessions[WRITERS_MOST];
    struct service *services[WRITERS_MOST];        /* NULL: the sessions write themselves */
    const struct shop *shops[WRITERS_MOST][SHOPS]; /* as each session knows them */
    struct arena *arena;
    pthread_mutex_t lock;
    char failure[1024];               /* "": none */
    int failed_shop, failed_customer; /* -1: not of one customer */
    int64_t n_verified_drifts;
};

struct hand {
    struct run *run;
    struct arena *arena; /* of this writer */
    int writer;
    int step;
};

static void failed(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);
static void failed(struct run *run, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    pthread_mutex_lock(&run->lock);
    if (run->failure[0] == 0)
        vsnprintf(run->failure, sizeof(run->failure), format, list);
    pthread_mutex_unlock(&run->lock);
    va_end(list);
}

static bool is_wanted(const struct plan *plan, const struct op *op, const struct delivery *delivery)
{
    if (plan->only_shop < 0)
        return true;
    return op->shop == plan->only_shop && (!delivery || delivery->telling->customer == plan->only_customer);
}

/* A job of a running service, and whoever waits for it. */
struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool is_done;
};

static void wake(struct ingest_job *job)
{
    struct waiting *waiting = job->context;
    pthread_mutex_lock(&waiting->lock);
    waiting->is_done = true;
    pthread_cond_signal(&waiting->done);
    pthread_mutex_unlock(&waiting->lock);
}

static enum status ingest_and_wait(struct service *service, struct ingest_job *job, struct error *error)
{
    struct waiting waiting = {.is_done = false};
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.done, NULL);
    job->done = wake;
    job->context = &waiting;
    enum status status = service_ingest(service, job, error);
    pthread_mutex_lock(&waiting.lock);
    while (status == STATUS_OK && !waiting.is_done)
        pthread_cond_wait(&waiting.done, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    pthread_cond_destroy(&waiting.done);
    pthread_mutex_destroy(&waiting.lock);
    if (status != STATUS_OK)
        return status;
    if (job->status != STATUS_OK)
        *error = job->error;
    status = job->status;
    return status;
}

static void deliver(struct hand *hand, const struct op *op)
{
    struct run *run = hand->run;
    struct session *session = run->sessions[hand->writer];
    const struct shop *shop = run->shops[hand->writer][op->shop];
    struct ingest_job job = {.shop = shop, .arena = hand->arena, .is_silent = op->is_silent};
    struct delivery **taken = ARENA_ARRAY(hand->arena, struct delivery *, op->n);
    struct envelope *envelope;
    struct error error = {0};
    struct buf body;
    buf_init(&body, 0);
    buf_text(&body, "{\"batch\":[");
    for (size_t i = 0; i < op->n; i++) {
        if (op->deliveries[i].telling == NULL || !is_wanted(run->plan, op, &op->deliveries[i]))
            continue;
        if (job.n_items)
            buf_char(&body, ',');
        buf_text(&body, op->deliveries[i].telling->json);
        taken[job.n_items++] = &op->deliveries[i];
    }
    buf_text(&body, "]}");
    job.items = ARENA_ARRAY(hand->arena, struct ingest_item, job.n_items);
    usec_t now = clock_now(&run->clock);
    if (job.n_items && envelope_parse(hand->arena, arena_span(hand->arena, (struct span){body.p, body.n}),
                                      true, &envelope, &error) != STATUS_OK)
        failed(run, "a batch cannot be read: %s", error.detail);
    buf_done(&body);
    for (size_t i = 0; i < job.n_items && run->failure[0] == 0; i++)
        if (message_decode(hand->arena, envelope, i, NULL, shop, now, &job.items[i].message, &error) !=
            STATUS_OK)
            failed(run, "a message is refused: %s %s: %s", error.pointer, error.detail,
                   taken[i]->telling->json);
    if (job.n_items == 0 || run->failure[0])
        return;
    enum status status = run->services[hand->writer]
                             ? ingest_and_wait(run->services[hand->writer], &job, &error)
                             : session_ingest(session, &job, &error);
    if (status != STATUS_OK)
        failed(run, "a batch of %zu is not taken: %s %s %s", job.n_items, status_code(error.status),
               error.sqlstate, error.detail);
    for (size_t i = 0; i < job.n_items; i++) {
        const struct ingest_item *item = &job.items[i];
        taken[i]->result = item->result;
        taken[i]->refusal = item->error.status;
        taken[i]->identity_key = item->message.event.identity_key;
        taken[i]->event_id = item->message.event.event_id;
        if (item->result == INGEST_ACCEPTED || item->result == INGEST_DUPLICATE)
            taken[i]->outcome = outcome_encode(hand->arena, &item->outcome);
    }
}

static void tick(struct run *run, int writer, int shop, const struct uuid *keys, size_t n)
{
    struct error error = {0};
    if (session_tick(run->sessions[writer], run->shops[writer][shop], keys, n, false, &error) != STATUS_OK)
        failed(run, "a tick fails: %s %s %s", status_code(error.status), error.sqlstate, error.detail);
}

/* As the sweeper does it; how many were due. */
static int sweep(struct run *run, struct arena *arena, int writer, int most)
{
    struct session *session = run->sessions[writer];
    const struct db_result *rows;
    struct error error = {0};
    struct db_args *args = db_args(arena, 2);
    arg_time(args, clock_now(&run->clock));
    arg_int(args, DB_INT4, most);
    if (db_run(session->db, SQL_SWEEP_DUE, args, &rows, &error) != STATUS_OK) {
        failed(run, "sweep_due fails: %s", error.detail);
        return 0;
    }
    int n = db_rows(rows);
    struct uuid *keys[SHOPS];
    size_t counts[SHOPS] = {0};
    for (int shop = 0; shop < SHOPS; shop++)
        keys[shop] = ARENA_ARRAY(arena, struct uuid, (size_t)n);
    for (int row = 0; row < n; row++)
        for (int shop = 0; shop < SHOPS; shop++)
            if (run->shops[writer][shop]->id == db_int(rows, row, 1))
                keys[shop][counts[shop]++] = db_uuid(rows, row, 0);
    for (int shop = 0; shop < SHOPS; shop++)
        if (counts[shop])
            tick(run, writer, shop, keys[shop], counts[shop]);
    return n;
}

/* As the crawler does it, but with no note of its progress. */
static void crawl(struct run *run, struct arena *arena, int writer, int shop)
{
    struct session *session = run->sessions[writer];
    struct uuid cursor = {{0}};
    size_t n;
    do {
        const struct db_result *rows;
        struct error error = {0};
        struct db_args *args = db_args(arena, 3);
        arg_int(args, DB_INT4, run->shops[writer][shop]->id);
        arg_uuid(args, &cursor);
        arg_int(args, DB_INT4, 100);
        if (db_run(session->db, SQL_CRAWL_KEYS, args, &rows, &error) != STATUS_OK) {
            failed(run, "crawl_keys fails: %s", error.detail);
            return;
        }
        n = (size_t)db_rows(rows);
        struct uuid *keys = ARENA_ARRAY(arena, struct uuid, n);
        for (size_t i = 0; i < n; i++)
            cursor = keys[i] = db_uuid(rows, (int)i, 0);
        tick(run, writer, shop, keys, n);
    } while (n == 100);
}

static void publish(struct run *run, struct session *session, const struct shop *shop, const struct op *op)
{
    struct error error = {0};
    int version;
    enum status status;
    do
        status = definition_publish(session, shop, &op->publication, &version, &error);
    while (status == STATUS_RETRY);
    if (status != STATUS_OK && !(status == STATUS_NOT_FOUND && op->publication.is_withdrawn))
        failed(run, "a definition is refused: %s %s: %.*s", error.pointer, error.detail,
               (int)op->publication.document.n, op->publication.document.p);
}

static int64_t n_joined, n_parted;

/* Somebody says who is who, or that they are not; that there is nobody yet, or nothing to undo, is an answer too. */
static void operate(struct hand *hand, const struct op *op)
{
    struct run *run = hand->run;
    const struct shop *shop = run->shops[hand->writer][op->shop];
    struct error error = {0};
    struct identity_op asked = {.kind = op->kind == OP_JOIN ? OP_MERGE : OP_UNMERGE,
                                .subject = ledger_identity(hand->arena, shop, op->number)};
    if (op->other >= 0)
        asked.other = ledger_identity(hand->arena, shop, op->other);
    enum status status = session_operate(run->sessions[hand->writer], shop, &asked, &error);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND && status != STATUS_CANNOT_MERGE)
        failed(run, "%s fails: %s %s %s", op->kind == OP_JOIN ? "a merge" : "an unmerge", status_code(status),
               error.sqlstate, error.detail);
    if (status == STATUS_OK && !asked.is_unchanged)
        __atomic_add_fetch(op->kind == OP_JOIN ? &n_joined : &n_parted, 1, __ATOMIC_RELAXED);
}

/* While nobody else is at work: the new version applies from exactly the step's instant, as do events. */
static void publish_exactly(struct run *run, const struct op *op)
{
    usec_t at = step_at(op->step);
    struct session *session = database_session(run->database, &run->clock);
    const struct shop *shop = session_shop_at(session, (size_t)op->shop);
    int64_t last =
        database_number(run->database,
                        "SELECT (extract(epoch FROM max(applies_from)) * 1000000)::int8 FROM definition "
                        "WHERE shop_id = %d",
                        shop->id);
    int shop_id = shop->id;
    publish(run, session, shop, op);
    session_close(session);
    if (run->services[0] || (last != NONE && last >= at))
        return; /* services know it already */
    database_run(run->database,
                 "UPDATE definition SET applies_from = '2000-01-01 00:00:00Z'::timestamptz + %" PRId64
                 " * interval '1 microsecond' WHERE shop_id = %d AND applies_from IS NOT NULL "
                 "AND revision = (SELECT max(revision) FROM definition WHERE shop_id = %d)",
                 at - INT64_C(946684800000000), shop_id, shop_id);
}

static void *work(void *context)
{
    struct hand *hand = context;
    struct run *run = hand->run;
    for (size_t i = 0; i < run->plan->n_ops && run->failure[0] == 0; i++) {
        const struct op *op = &run->plan->ops[i];
        if (op->step != hand->step || op->writer != hand->writer || op->is_left_out ||
            !is_wanted(run->plan, op, NULL))
            continue;
        if (run->services[0] && (op->kind == OP_SWEEP || op->kind == OP_TICK || op->kind == OP_CRAWL))
            continue; /* the services do it by themselves */
        switch (op->kind) {
        case OP_DELIVER: deliver(hand, op); break;
        case OP_SWEEP: sweep(run, hand->arena, hand->writer, op->number); break;
        case OP_TICK: {
            struct uuid key;
            const struct shop *shop = run->shops[hand->writer][op->shop];
            key = ledger_identity(hand->arena, shop, op->number).key;
            tick(run, hand->writer, op->shop, &key, 1);
            break;
        }
        case OP_PUBLISH:
            if (!op->is_exact)
                publish(run, run->sessions[hand->writer], run->shops[hand->writer][op->shop], op);
            break;
        case OP_JOIN:
        case OP_PART: operate(hand, op); break;
        case OP_CRAWL: crawl(run, hand->arena, hand->writer, op->shop); break;
        }
    }
    return NULL;
}

static void take_step(struct run *run, struct arena *const *arenas, int step)
{
    struct hand hands[WRITERS_MOST];
    pthread_t threads[WRITERS_MOST];
    clock_set(&run->clock, step_at(step) + 1000);
    for (size_t i = 0; i < run->plan->n_ops; i++) {
        const struct op *op = &run->plan->ops[i];
        if (op->kind == OP_PUBLISH && op->is_exact && op->step == step && !op->is_left_out &&
            is_wanted(run->plan, op, NULL))
            publish_exactly(run, op);
    }
    for (int i = 0; i < run->plan->n_writers; i++)
        hands[i] = (struct hand){.run = run, .arena = arenas[i], .writer = i, .step = step};
    if (run->plan->n_writers == 1) {
        work(&hands[0]);
        return;
    }
    for (int i = 0; i < run->plan->n_writers; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, &hands[i]), 0);
    for (int i = 0; i < run->plan->n_writers; i++)
        pthread_join(threads[i], NULL);
}

/* --- what must be so afterwards --- */

struct kept_event {
    struct uuid identity_key;
    struct uuid event_id;
    struct span outcome;
    int n_accepted;
};

static int compare_kept(const void *a, const void *b)
{
    const struct kept_event *x = a, *y = b;
    int c = uuid_compare(&x->identity_key, &y->identity_key);
    return c ? c : uuid_compare(&x->event_id, &y->event_id);
}

static struct kept_event *kept_events(struct run *run, size_t *n)
{
    const struct db_result *rows =
        database_rows(run->database, "SELECT identity_key, event_id, outcome FROM event");
    *n = (size_t)db_rows(rows);
    struct kept_event *kept = ARENA_ARRAY(run->arena, struct kept_event, *n);
    for (size_t i = 0; i < *n; i++)
        kept[i] = (struct kept_event){.identity_key = db_uuid(rows, (int)i, 0),
                                      .event_id = db_uuid(rows, (int)i, 1),
                                      .outcome = arena_span(run->arena, db_span(rows, (int)i, 2))};
    if (*n)
        qsort(kept, *n, sizeof(*kept), compare_kept);
    return kept;
}

static struct kept_event *find_kept(struct kept_event *kept, size_t n, const struct uuid *identity_key,
                                    const struct uuid *event_id)
{
    struct kept_event key = {.identity_key = *identity_key, .event_id = *event_id};
    return n ? bsearch(&key, kept, n, sizeof(*kept), compare_kept) : NULL;
}

static bool may_be_refused(const struct telling *telling)
{
    return strstr(telling->json, "\"shared-") != NULL;
}

/* Each accepted once, each repeat answered as the first time. */
static void check_answers(struct run *run, struct kept_event *kept, size_t n)
{
    for (size_t i = 0; i < run->plan->n_ops && run->failure[0] == 0; i++) {
        const struct op *op = &run->plan->ops[i];
        for (size_t k = 0; op->kind == OP_DELIVER && !op->is_left_out && k < op->n; k++) {
            const struct delivery *d = &op->deliveries[k];
            if (d->telling == NULL || !is_wanted(run->plan, op, d))
                continue;
            struct kept_event *event = find_kept(kept, n, &d->identity_key, &d->event_id);
            run->failed_shop = op->shop;
            run->failed_customer = d->telling->customer;
            if (d->result == INGEST_REFUSED) {
                if (d->refusal != STATUS_ORDER_CLAIMED || !may_be_refused(d->telling))
                    failed(run, "refused as %s: %s", status_code(d->refusal), d->telling->json);
                continue;
            }
            if (event == NULL)
                failed(run, "it was answered, but the ledger has it not: %s", d->telling->json);
            else if (!span_equal(event->outcome, d->outcome))
                failed(run, "%s is answered otherwise than the ledger says: %s",
                       d->result == INGEST_DUPLICATE ? "a repeat" : "it", d->telling->json);
            else
                event->n_accepted += d->result == INGEST_ACCEPTED;
        }
    }
    for (size_t i = 0; i < n && run->failure[0] == 0; i++)
        if (kept[i].n_accepted != 1)
            failed(run, "an event was accepted %d times", kept[i].n_accepted);
    if (run->failure[0] == 0)
        run->failed_shop = run->failed_customer = -1;
}

/* The events of one customer as the ledger has them, decoded from what was sent. */
static const struct event **accepted_events(struct run *run, int shop, int customer, struct kept_event *kept,
                                            size_t n_kept, size_t *n)
{
    const struct plan *plan = run->plan;
    size_t n_tellings = plan->n_tellings[shop][customer];
    const struct event **events = ARENA_ARRAY(run->arena, const struct event *, n_tellings);
    *n = 0;
    for (size_t i = 0; i < n_tellings; i++) {
        struct message *message = ARENA_NEW(run->arena, struct message);
        struct envelope *envelope;
        struct error error = {0};
        bool is_known = false;
        struct span json = span_of(plan->tellings[shop][customer][i].json);
        if (envelope_parse(run->arena, json, false, &envelope, &error) != STATUS_OK ||
            message_decode(run->arena, envelope, 0, NULL, run->shops[0][shop], step_at(STEPS), message,
                           &error) != STATUS_OK) {
            failed(run, "a message cannot be read: %s", error.detail);
            continue;
        }
        for (size_t k = 0; k < *n; k++)
            is_known = is_known || uuid_compare(&events[k]->event_id, &message->event.event_id) == 0;
        if (!is_known && find_kept(kept, n_kept, &message->event.identity_key, &message->event.event_id))
            events[(*n)++] = &message->event;
    }
    return events;
}

/* A customer of the plan, and who they are one with by the links that hold. */
struct person {
    struct identity identity;
    const struct event **events; /* as the ledger has them */
    size_t n_events;
    int parent;
};

static int first_of(struct person *people, int i)
{
    while (people[i].parent != i)
        i = people[i].parent = people[people[i].parent].parent;
    return i;
}

static int person_of(const struct person *people, int n, const struct uuid *key)
{
    for (int i = 0; i < n; i++)
        if (uuid_compare(&people[i].identity.key, key) == 0)
            return i;
    return -1;
}

/* Links between customers of the plan, and through names that only messages mention. */
static void join_people(struct run *run, int shop, struct person *people, int n)
{
    const struct db_result *rows =
        database_rows(run->database, "SELECT identity_key, other_key FROM identity_link WHERE shop_id = %d AND "
                                     "withdrawn_at IS NULL",
                      run->shops[0][shop]->id);
    int n_links = db_rows(rows);
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < n_links; i++) {
            struct uuid a = db_uuid(rows, i, 0), b = db_uuid(rows, i, 1);
            int x = person_of(people, n, &a), y = person_of(people, n, &b);
            for (int k = 0; k < n_links && y < 0 && x >= 0; k++) {
                /* two that share a name */
                struct uuid c = db_uuid(rows, k, 0), d = db_uuid(rows, k, 1);
                int z = person_of(people, n, &c);
                if (uuid_compare(&b, &d) == 0 && z >= 0 && first_of(people, z) != first_of(people, x))
                    y = z;
            }
            if (x < 0 || y < 0 || first_of(people, x) == first_of(people, y))
                continue;
            people[first_of(people, y)].parent = first_of(people, x);
            again = true;
        }
    }
}

/* Who bears the name of all: an identity that the ledger knows, a user before an anonymous one, of the least key. */
static int holder_of(struct person *people, int n, int i)
{
    int best = -1;
    for (int k = 0; k < n; k++) {
        if (first_of(people, k) != first_of(people, i) || people[k].n_events == 0)
            continue;
        if (best < 0 || people[k].identity.kind < people[best].identity.kind ||
            (people[k].identity.kind == people[best].identity.kind &&
             uuid_compare(&people[k].identity.key, &people[best].identity.key) < 0))
            best = k;
    }
    return best;
}

static const char *check_pointer(struct arena *arena, const struct stored_customer *stored,
                                 const struct person *holder)
{
    if (stored == NULL || !stored->has_row)
        return "the identity is not stored";
    if (uuid_compare(&stored->row.merged_into, &holder->identity.key) != 0)
        return arena_printf(arena, "it does not point to %.*s", (int)holder->identity.value.n,
                            holder->identity.value.p);
    if (stored->row.state.a.events_count || stored->has_profile || stored->n_orders || stored->n_moves ||
        stored->n_memberships)
        return "somebody else's identity has a state of its own";
    return NULL;
}

static const char *check_person(struct run *run, const struct stored *stored,
                                const struct definitions *definitions, struct person *people, int n, int i)
{
    struct arena *arena = run->arena;
    struct state state;
    struct effects effects = {.arena = arena};
    const struct person *person = &people[i];
    int holder = holder_of(people, n, i);
    size_t n_events = 0;
    if (person->n_events == 0)
        return NULL;
    if (holder != i)
        return check_pointer(arena, stored_customer(stored, &person->identity.key), &people[holder]);
    for (int k = 0; k < n; k++)
        n_events += first_of(people, k) == first_of(people, i) ? people[k].n_events : 0;
    const struct event **events = ARENA_ARRAY(arena, const struct event *, n_events);
    n_events = 0;
    for (int k = 0; k < n; k++)
        for (size_t e = 0; first_of(people, k) == first_of(people, i) && e < people[k].n_events; e++)
            events[n_events++] = people[k].events[e];
    state_init(&state, &person->identity.key, person->identity.value, person->identity.kind);
    fold_ledger(definitions, &state, events, n_events, clock_now(&run->clock), &effects);
    return stored_difference(arena, stored_customer(stored, &person->identity.key), definitions, &state, &effects);
}

static void check_people(struct run *run, const struct stored *stored, const struct definitions *definitions,
                         int shop, struct kept_event *kept, size_t n_kept)
{
    int n = run->plan->n_customers;
    struct person *people = ARENA_ARRAY(run->arena, struct person, (size_t)n);
    for (int i = 0; i < n; i++) {
        people[i].identity = ledger_identity(run->arena, run->shops[0][shop], i);
        people[i].events = accepted_events(run, shop, i, kept, n_kept, &people[i].n_events);
        people[i].parent = i;
    }
    join_people(run, shop, people, n);
    for (int i = 0; i < n && run->failure[0] == 0; i++) {
        const char *difference = check_person(run, stored, definitions, people, n, i);
        if (difference == NULL)
            continue;
        failed(run, "%s", difference);
        run->failed_shop = shop;
        run->failed_customer = i;
    }
}

static void print_drift(void *context, const struct drift *drift)
{
    struct run *run = context;
    char key[UUID_TEXT];
    uuid_print(&drift->key, key);
    if (run->n_verified_drifts++ < 1)
        failed(run, "verify finds drift: %s.%s of %s: %s", drift->table, drift->column, key, drift->detail);
}

static void check(struct run *run)
{
    size_t n_kept;
    const struct definitions *definitions[SHOPS];
    struct verify_options options = {.found = print_drift, .context = run};
    struct verify_report report;
    struct stored stored;
    struct error error = {0};
    struct kept_event *kept = kept_events(run, &n_kept);
    for (int shop = 0; shop < SHOPS; shop++)
        if (session_definitions(run->sessions[0], run->shops[0][shop], true, &definitions[shop], &error) !=
            STATUS_OK)
            failed(run, "definitions cannot be loaded: %s", error.detail);
    check_answers(run, kept, n_kept);
    stored_read(run->arena, run->database, &stored);
    for (int shop = 0; shop < SHOPS; shop++)
        if (run->plan->only_shop < 0 || shop == run->plan->only_shop)
            check_people(run, &stored, definitions[shop], shop, kept, n_kept);
    if (run->failure[0])
        return;
    const char *difference =
        stored_tally_difference(run->arena, run->database, &stored, run->shops[0], SHOPS);
    if (difference == NULL)
        difference = stored_feed_difference(run->arena, run->database, &stored);
    if (difference) {
        failed(run, "%s", difference);
        return;
    }
    if (verify_run(run->sessions[0], &options, &report, &error) != STATUS_OK)
        failed(run, "verify fails: %s", error.detail);
    else if (report.lagging || report.pending)
        failed(run, "verify finds %" PRId64 " lagging, %" PRId64 " pending", report.lagging, report.pending);
}

static void start_services(struct run *run)
{
    struct error error = {0};
    for (int i = 0; i < WRITERS_MOST; i++)
        if (service_new(&run->database->config, &run->clock, &run->services[i], &error) != STATUS_OK ||
            service_start(run->services[i], &error) != STATUS_OK)
            fail_msg("service: %s", error.detail);
}

/* Once nobody is due and all crawls are through. */
static void stop_services(struct run *run)
{
    char now[TIME_TEXT];
    usec_t deadline = clock_monotonic() + 60 * USEC_PER_SEC;
    time_print(clock_now(&run->clock), now);
    while (
        run->failure[0] == 0 &&
        (database_number(run->database, "SELECT count(*) FROM crawl WHERE finished_at IS NULL") > 0 ||
         database_number(run->database, "SELECT count(*) FROM customer WHERE deadline <= '%s'", now) > 0)) {
        if (clock_monotonic() > deadline)
            failed(run, "the services leave customers unswept or crawls open");
        usleep(20000);
    }
    for (int i = 0; i < WRITERS_MOST; i++) {
        service_drain(run->services[i]);
        service_free(run->services[i]);
        run->services[i] = NULL;
    }
}

/* Carry out a plan; false when something was not as it must be: ${run}->failure. */
static bool carry_out(struct plan *plan, struct run *run, bool by_services)
{
    static const char *const zones[SHOPS] = {"Asia/Shanghai", "UTC"};
    static const char *const keys[SHOPS] = {"one", "two"};
    struct arena *arenas[WRITERS_MOST];
    *run = (struct run){.plan = plan, .arena = arena_new(1 << 20), .failed_shop = -1, .failed_customer = -1};
    pthread_mutex_init(&run->lock, NULL);
    run->database = &database;
    database_clear(run->database);
    run->database->config.lanes = plan->lanes;
    clock_set(&run->clock, BEGIN - USEC_PER_DAY);
    for (int i = 0; i < plan->n_writers; i++) {
        arenas[i] = arena_new(1 << 20);
        run->sessions[i] = database_session(run->database, &run->clock);
        for (int shop = 0; shop < SHOPS; shop++) {
            struct error error = {0};
            enum status status =
                i == 0 ? shop_create(run->sessions[i], keys[shop], "EUR", zones[shop], &run->shops[i][shop],
                                     &error)
                       : session_shop(run->sessions[i], span_of(keys[shop]), &run->shops[i][shop], &error);
            if (status != STATUS_OK)
                fail_msg("shop: %s", error.detail);
            if (i == 0)
                stored_keep_feed(run->sessions[i], run->shops[i][shop]);
        }
    }
    if (by_services)
        start_services(run);
    for (int step = 0; step < STEPS && run->failure[0] == 0; step++)
        take_step(run, arenas, step);
    clock_set(&run->clock, step_at(STEPS) + USEC_PER_DAY / 3);
    if (by_services)
        stop_services(run);
    for (int shop = 0; shop < SHOPS && run->failure[0] == 0; shop++)
        crawl(run, arenas[0], 0, shop);
    while (run->failure[0] == 0 && sweep(run, arenas[0], 0, 1000) > 0)
        ;
    database_run(run->database, "UPDATE crawl SET finished_at = started_at");
    if (run->failure[0] == 0)
        check(run);
    for (int i = 0; i < plan->n_writers; i++) {
        session_close(run->sessions[i]);
        arena_free(arenas[i]);
    }
    arena_free(run->arena);
    pthread_mutex_destroy(&run->lock);
    return run->failure[0] == 0;
}

/* --- making a failure small --- */

static bool still_fails(struct plan *plan, struct run *run)
{
    return !carry_out(plan, run, false);
}

/* Leave out whatever the failure does not need. */
static void reduce(struct plan *plan, struct run *run)
{
    struct run small;
    plan->only_shop = run->failed_shop;
    plan->only_customer = run->failed_customer;
    if (!still_fails(plan, &small)) {
        plan->only_shop = -1;
        return; /* it takes others, or two writers at once */
    }
    *run = small;
    for (int round = 0, again = 1; again && round < 3; round++) {
        again = 0;
        for (size_t i = 0; i < plan->n_ops; i++) {
            struct op *op = &plan->ops[i];
            if (op->is_left_out || op->shop != plan->only_shop)
                continue;
            op->is_left_out = true;
            if (still_fails(plan, &small)) {
                *run = small;
                again = 1;
                continue;
            }
            op->is_left_out = false;
            for (size_t k = 0; op->kind == OP_DELIVER && k < op->n; k++) {
                const struct telling *telling = op->deliveries[k].telling;
                if (telling == NULL || telling->customer != plan->only_customer)
                    continue;
                op->deliveries[k].telling = NULL;
                if (still_fails(plan, &small)) {
                    *run = small;
                    again = 1;
                } else {
                    op->deliveries[k].telling = telling;
                }
            }
        }
    }
}

static void print_plan(const struct plan *plan)
{
    for (int step = 0; step < STEPS; step++) {
        char time[TIME_TEXT];
        time_print(step_at(step), time);
        for (int exact = 1; exact >= 0; exact--)
            for (size_t i = 0; i < plan->n_ops; i++) {
                const struct op *op = &plan->ops[i];
                if (op->step != step || op->is_left_out || !is_wanted(plan, op, NULL) ||
                    op->is_exact != exact)
                    continue;
                if (op->kind == OP_SWEEP)
                    printf("  %s writer %d sweeps\n", time, op->writer);
                else if (op->kind == OP_TICK)
                    printf("  %s writer %d ticks %d\n", time, op->writer, op->number);
                else if (op->kind == OP_JOIN || op->kind == OP_PART)
                    printf("  %s writer %d %s c%d and %d\n", time, op->writer,
                           op->kind == OP_JOIN ? "joins" : "parts", op->number, op->other);
                else if (op->kind == OP_CRAWL)
                    printf("  %s writer %d crawls\n", time, op->writer);
                else if (op->kind == OP_PUBLISH)
                    printf("  %s %s publishes %.*s%s%s: %.*s\n", time, exact ? "exactly" : "meanwhile",
                           (int)op->publication.key.n, op->publication.key.p,
                           op->publication.is_withdrawn ? " withdrawn" : "",
                           op->publication.restate ? " restated" : "", (int)op->publication.document.n,
                           op->publication.document.p);
                for (size_t k = 0, n = 0; op->kind == OP_DELIVER && k < op->n; k++)
                    if (op->deliveries[k].telling && is_wanted(plan, op, &op->deliveries[k]))
                        printf("  %s writer %d %s %s\n", time, op->writer, n++ ? "   and" : "delivers",
                               op->deliveries[k].telling->json);
            }
    }
}

/* --- the test --- */

static int64_t counts[EVENT_KIND_COUNT];
static int64_t n_links, n_merged; /* over all rounds */

static void count_kinds(const struct plan *plan)
{
    for (int shop = 0; shop < SHOPS; shop++)
        for (int customer = 0; customer < plan->n_customers; customer++)
            for (size_t i = 0; i < plan->n_tellings[shop][customer]; i++)
                counts[plan->tellings[shop][customer][i].kind]++;
}

static void any_order_of_delivery_gives_the_state_of_the_ledger(void **state)
{
    struct chance seeds = {chance_seed()};
    int64_t cases = chance_cases(10000), done = 0;
    int round = 0;
    (void)state;
    printf("PROPERTY_SEED=%" PRIu64 " PROPERTY_CASES=%" PRId64 "\n", seeds.state, cases);
    for (; done < cases; round++) {
        struct arena *arena = arena_new(1 << 20);
        struct plan plan;
        struct run run;
        int64_t left = (cases - done + SHOPS - 1) / SHOPS;
        plan_make(&plan, arena, chance_next(&seeds), left < CUSTOMERS ? (int)left : CUSTOMERS, round);
        if (!carry_out(&plan, &run, false)) {
            printf("round %d (seed %" PRIu64 ", %d writers, %d lanes), shop %d, customer %d: %s\n", round,
                   plan.seed, plan.n_writers, plan.lanes, run.failed_shop, run.failed_customer, run.failure);
            const char *reduces = getenv("PROPERTY_REDUCE");
            if (run.failed_customer >= 0 && (reduces == NULL || strcmp(reduces, "no") != 0))
                reduce(&plan, &run);
            if (plan.only_shop >= 0) {
                printf("reduced: %s\n", run.failure);
                print_plan(&plan);
            }
            fail_msg("%s", run.failure);
        }
        count_kinds(&plan);
        n_links += database_number(&database, "SELECT count(*) FROM identity_link");
        n_merged += database_number(&database, "SELECT count(*) FROM change WHERE type = 9");
        done += SHOPS * plan.n_customers;
        arena_free(arena);
    }
    printf("%" PRId64 " ledgers in %d rounds, %" PRId64 " links, %" PRId64 " mergers; by hand %" PRId64
           " joined and %" PRId64 " parted\n",
           done, round, n_links, n_merged, n_joined, n_parted);
    if (done >= 1000)
        assert_true(n_links > 0 && n_merged > 0 && n_joined > 0 && n_parted > 0);
    for (int kind = EVENT_NONE + 1; kind < EVENT_KIND_COUNT; kind++) {
        printf("%8" PRId64 " %s\n", counts[kind], event_kind_name((enum event_kind)kind));
        if (done >= 1000)
            assert_true(counts[kind] > 0);
    }
}

/* Committers, sweepers and crawlers of two services, which know of each other only what the database says. */
static void two_services_on_one_database_give_the_state_of_the_ledger(void **state)
{
    struct chance seeds = {chance_seed()};
    (void)state;
#ifdef __SANITIZE_THREAD__
    skip(); /* the clock that the services read is set from outside */
#endif
    printf("PROPERTY_SEED=%" PRIu64 "\n", seeds.state);
    for (int round = 0; round < 4; round++) {
        struct arena *arena = arena_new(1 << 20);
        struct plan plan;
        struct run run;
        plan_make(&plan, arena, chance_next(&seeds), CUSTOMERS, 2 * round + 1);
        if (!carry_out(&plan, &run, true))
            fail_msg("round %d (seed %" PRIu64 ", %d lanes), shop %d, customer %d: %s", round, plan.seed,
                     plan.lanes, run.failed_shop, run.failed_customer, run.failure);
        arena_free(arena);
    }
}

static int set_up(void **state)
{
    (void)state;
    database_make(&database);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    database_drop(&database);
    database_done();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_of_delivery_gives_the_state_of_the_ledger),
        cmocka_unit_test(two_services_on_one_database_give_the_state_of_the_ledger),
    };
    database_server();
    log_open(LOG_ERROR);
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
