#include "app/gauge.h"
#include "base/log.h"
#include "gauge_private.h"
#include "service_private.h"
#include "tally_read.h"
#include "wire/customer.h"

#include <stdlib.h>

#define GAUGES_PAUSE (15 * USEC_PER_SEC)
#define GAUGES_ASKED (300 * USEC_PER_SEC) /* how long a question keeps them being read */
#define GAUGES_OLD    (60 * USEC_PER_SEC)  /* nobody has asked for a while: they are not of now */
#define STAGE_NUMBERS 256

void gauges_each(struct service *service, enum gauge_name name, gauge_fn fn, void *context)
{
    struct gauges *gauges = &service->gauges;
    pthread_mutex_lock(&service->lock);
    usec_t now = clock_monotonic();
    bool are_old = now > gauges->taken_at + GAUGES_OLD;
    gauges->asked_at = now;
    for (size_t i = 0; i < gauges->n && !are_old; i++)
        if (gauges->rows[i].name == name)
            fn(context, &gauges->rows[i]);
    pthread_mutex_unlock(&service->lock);
}

usec_t gauges_read_at(struct service *service)
{
    pthread_mutex_lock(&service->lock);
    usec_t at = service->gauges.n ? service->gauges.read_at : NONE;
    pthread_mutex_unlock(&service->lock);
    return at;
}

void gauges_done(struct gauges *gauges)
{
    free(gauges->rows);
    *gauges = (struct gauges){.rows = NULL};
}

/* --- reading ---------------------------------------------------------------------------------------------------- */

struct collected {
    struct arena *arena;
    struct gauge *rows;
    size_t n, capacity;
};

static void collect(struct collected *out, struct gauge gauge)
{
    out->rows = arena_grow(out->arena, out->rows, out->n, &out->capacity, sizeof(*out->rows));
    out->rows[out->n++] = gauge;
}

/* What the tallies say of one shop, by the numbers of its definitions. */
struct figures {
    int64_t customers[MODEL_SLOTS][STAGE_NUMBERS];
    int64_t revenue[MODEL_SLOTS][STAGE_NUMBERS];
    int64_t members[SEGMENT_SLOTS];
    int64_t orders_today, revenue_today, new_today;
};

static void take(struct figures *figures, const struct tally *tally)
{
    int64_t a = tally->key.a, b = tally->key.b;
    if (tally->key.cube == CUBE_STANDING && a >= 1 && a <= MODEL_SLOTS && b >= 0 && b < STAGE_NUMBERS) {
        figures->customers[a - 1][b] = tally->n[0];
        figures->revenue[a - 1][b] = tally->n[1];
    } else if (tally->key.cube == CUBE_MEMBERS && a >= 1 && a <= SEGMENT_SLOTS) {
        figures->members[a - 1] = tally->n[0];
    } else if (tally->key.cube == CUBE_SALES) {
        figures->orders_today = tally->n[0];
        figures->revenue_today = tally->n[1];
        figures->new_today = tally->n[5];
    }
}

/* The stages of the version in force, and those of older ones in which somebody still stands. */
static void collect_model(struct collected *out, const struct shop *shop, const struct model_history *history,
                          const struct model *model, const int64_t *customers, const int64_t *revenue)
{
    for (int number = 1; number < STAGE_NUMBERS; number++) {
        const struct stage *stage = model_stage(model, number);
        if (stage == NULL && customers[number])
            stage = history_stage(history, number);
        if (stage == NULL)
            continue;
        struct gauge gauge = {.shop = shop, .model = model, .stage = stage};
        gauge.name = GAUGE_customers;
        gauge.value = customers[number];
        collect(out, gauge);
        gauge.name = GAUGE_customers_revenue;
        gauge.value = revenue[number];
        collect(out, gauge);
    }
}

static void collect_shop(struct collected *out, const struct shop *shop, const struct definitions *definitions,
                         const struct figures *figures, usec_t now)
{
    for (int i = 0; i < definitions->n_models; i++) {
        const struct model *model = model_at(&definitions->models[i], now);
        if (model && !model->is_withdrawn)
            collect_model(out, shop, &definitions->models[i], model, figures->customers[i], figures->revenue[i]);
    }
    for (int i = 0; i < definitions->n_segments; i++) {
        const struct segment *segment = segment_at(&definitions->segments[i], now);
        if (segment && !segment->is_withdrawn)
            collect(out, (struct gauge){GAUGE_segment_customers, shop, NULL, NULL, segment, figures->members[i]});
    }
    collect(out, (struct gauge){GAUGE_orders_today, shop, NULL, NULL, NULL, figures->orders_today});
    collect(out, (struct gauge){GAUGE_revenue_today, shop, NULL, NULL, NULL, figures->revenue_today});
    collect(out, (struct gauge){GAUGE_new_customers_today, shop, NULL, NULL, NULL, figures->new_today});
}

static enum status read_shop(struct session *session, const struct shop *shop, struct collected *out, struct error *error)
{
    usec_t now = clock_now(session->clock);
    int64_t today = calendar_day(shop->calendar, now);
    const struct tally_range ranges[] = {
        {.cube = CUBE_STANDING, .from = 0, .to = 1},
        {.cube = CUBE_MEMBERS, .from = 0, .to = 1},
        {.cube = CUBE_SALES, .from = today, .to = today + 1, .has_a = true, .a = DIMENSION_TOTAL},
    };
    const struct definitions *definitions;
    struct tallies tallies;
    struct tally_state state;
    enum status status = session_definitions(session, shop, false, &definitions, error);
    if (status == STATUS_OK)
        status = tallies_read(session, shop, ranges, COUNT_OF(ranges), &tallies, &state, error);
    if (status != STATUS_OK)
        return status;
    struct figures *figures = ARENA_NEW(session->arena, struct figures);
    for (size_t i = 0; i < tallies.n; i++)
        take(figures, &tallies.rows[i]);
    collect_shop(out, shop, definitions, figures, now);
    return STATUS_OK;
}

static enum status read_all(struct session *session, struct collected *out, struct error *error)
{
    size_t most = (size_t)session->config->business_gauges;
    enum status status = STATUS_OK;
    if (session_shop_at(session, most))
        return STATUS_OK;
    for (size_t i = 0; i < most && status == STATUS_OK; i++) {
        const struct shop *shop = session_shop_at(session, i);
        if (shop == NULL)
            break;
        status = read_shop(session, shop, out, error);
    }
    return status;
}

static void replace(struct service *service, const struct collected *from)
{
    struct gauge *rows = NULL;
    if (from->n) {
        rows = malloc(from->n * sizeof(*rows));
        if (rows == NULL)
            abort();
        memcpy(rows, from->rows, from->n * sizeof(*rows));
    }
    pthread_mutex_lock(&service->lock);
    struct gauge *old = service->gauges.rows;
    service->gauges.rows = rows;
    service->gauges.n = from->n;
    service->gauges.read_at = clock_now(service->clock);
    service->gauges.taken_at = clock_monotonic();
    pthread_mutex_unlock(&service->lock);
    free(old);
}

void gauges_step(struct session *session, usec_t *next_at)
{
    struct service *service = session->service;
    struct collected collected = {.arena = session->arena};
    struct error error;
    usec_t now = clock_monotonic();
    pthread_mutex_lock(&service->lock);
    bool is_asked = service->gauges.asked_at && now < service->gauges.asked_at + GAUGES_ASKED;
    pthread_mutex_unlock(&service->lock);
    if (session->config->business_gauges == 0 || now < *next_at || !is_asked)
        return;
    *next_at = now + GAUGES_PAUSE;
    enum status status = read_all(session, &collected, &error);
    if (status != STATUS_OK) {
        LOG(LOG_WARN, "figures of the business could not be read and will be tried again",
            LOG_TEXT("code", status_code(status)), LOG_TEXT("sqlstate", error.sqlstate));
        return;
    }
    replace(service, &collected);
}
