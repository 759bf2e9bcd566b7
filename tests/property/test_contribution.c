/*
 * What customers contribute to the tallies, without a database: against an oracle that reads the whole ledger anew for
 * each cube, after every event; with states that were stored and loaded in between; in time zones with odd clocks.
 *
 * PROPERTY_SEED repeats a run, PROPERTY_CASES (600) is the number of ledgers of the first test.
 */
#include "../support/chance.h"
#include "../support/definitions.h"
#include "../support/ledger.h"
#include "../support/naive_tallies.h"
#include "core/contribution.h"
#include "db/store.h"
#include "wire/message.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Where clocks do what is rare, and a first day before that. */
static const struct place {
    const char *zone;
    const char *begin;
} places[] = {
    {"UTC", "2023-12-20"},
    {"Europe/Berlin", "2026-02-20"},
    {"Asia/Kathmandu", "1985-12-10"},    /* 15 minutes forward at the new year */
    {"America/St_Johns", "2010-10-20"},  /* back at 00:01, so that midnight comes twice */
    {"Pacific/Apia", "2011-12-10"},      /* without the 30th of December */
    {"Asia/Shanghai", "2019-12-01"},
};

static struct shop shop = {.id = 1, .key = "shop", .space = {{1, 2, 3}}, .currency = "EUR", .exponent = 2};
static const char *zone; /* of the case */
static struct calendar *calendars[COUNT_OF(places)];
static usec_t begins[COUNT_OF(places)];
static struct arena *arena; /* of one case */
static struct chance chance;
static uint64_t seed; /* of the case */
static int64_t counts[CUBE_MAX + 1];

/* --- ledgers --- */

static usec_t begin_case(struct chance *seeds)
{
    seed = chance_next(seeds);
    chance = (struct chance){seed};
    arena_reset(arena);
    size_t i = (size_t)chance_of(&chance, COUNT_OF(places));
    zone = places[i].zone;
    shop.calendar = calendars[i];
    return begins[i];
}

static int compare_events(const void *a, const void *b)
{
    return event_compare(*(const struct event *const *)a, *(const struct event *const *)b);
}

static const struct event **random_events(usec_t begin, size_t *n)
{
    static const int spans[] = {3, 40, 120, 400}, sizes[] = {4, 12, 12, 40, 150};
    struct ledger_shape shape = {
        .begin = begin, .days = ONE_OF(&chance, spans), .events = ONE_OF(&chance, sizes), .calendar = shop.calendar};
    struct telling *tellings;
    size_t n_tellings = ledger_make(arena, &chance, &shape, 1, &tellings);
    const struct event **events = ARENA_ARRAY(arena, const struct event *, n_tellings);
    *n = 0;
    for (size_t i = 0; i < n_tellings; i++) {
        struct envelope *envelope;
        struct error error = {0};
        struct message *message = ARENA_NEW(arena, struct message);
        bool is_repeat = false;
        if (envelope_parse(arena, span_of(tellings[i].json), false, &envelope, &error) != STATUS_OK ||
            message_decode(arena, envelope, 0, NULL, &shop, begin + 500 * USEC_PER_DAY, message, &error) != STATUS_OK)
            fail_msg("%s %s: %s", error.pointer, error.detail, tellings[i].json);
        for (size_t k = 0; k < *n; k++)
            is_repeat = is_repeat || uuid_compare(&events[k]->event_id, &message->event.event_id) == 0;
        if (!is_repeat)
            events[(*n)++] = &message->event;
    }
    if (*n > 1)
        qsort(events, *n, sizeof(*events), compare_events);
    return events;
}

/* --- differences --- */

static struct tallies new_tallies(void)
{
    struct tallies tallies;
    tallies_init(&tallies, arena);
    return tallies;
}

static struct tallies copy_of(const struct tallies *from)
{
    struct tallies copy = new_tallies();
    tallies_add(&copy, from->rows, from->n, 1);
    tallies_sort(&copy);
    return copy;
}

static const char *row_text(const struct tally *row)
{
    const struct tally_key *k = &row->key;
    return arena_printf(arena,
                        "%s day %" PRId64 " a %" PRId64 " b %" PRId64 " c %" PRId64 ": %" PRId64 " %" PRId64 " %" PRId64
                        " %" PRId64 " %" PRId64 " %" PRId64,
                        cube_name((int)k->cube), k->day, k->a, k->b, k->c, row->n[0], row->n[1], row->n[2], row->n[3],
                        row->n[4], row->n[5]);
}

static void tell_ledger(const struct event **events, size_t n)
{
    printf("zone %s\n", zone);
    for (size_t i = 0; i < n; i++) {
        const struct event *e = events[i];
        char time[TIME_TEXT];
        time_print(e->occurred_at, time);
        printf("  %s %s order %.*s value %" PRId64 " channel %" PRId64 " campaign %" PRId64 " lines %zu seen %d\n", time,
               event_kind_name(e->kind), (int)e->order_id.n, e->order_id.p, e->value, (int64_t)e->by_channel,
               (int64_t)e->by_campaign, e->n_lines, e->seen);
    }
}

/* Both are sorted. */
static void same_rows(const char *what, const struct tally *a, size_t n_a, const struct tally *b, size_t n_b,
                      const struct event **events, size_t n)
{
    size_t i = 0;
    while (i < n_a && i < n_b && tally_key_compare(&a[i].key, &b[i].key) == 0 &&
           memcmp(a[i].n, b[i].n, sizeof(a[i].n)) == 0)
        i++;
    if (i == n_a && i == n_b)
        return;
    tell_ledger(events, n);
    fail_msg("PROPERTY_SEED of the case %" PRIu64 ": %s, after %zu events:\n  is   %s\n  not  %s", seed, what, n,
             i < n_a ? row_text(&a[i]) : "nothing", i < n_b ? row_text(&b[i]) : "nothing");
}

static void same_as_oracle(const struct tallies *tallies, const struct event **events, size_t n)
{
    struct tallies sorted = copy_of(tallies);
    struct naive_tallies naive = {.arena = arena, .shop_id = shop.id};
    naive_tallies(&naive, zone, events, n);
    naive_tallies_sort(&naive);
    same_rows("contributions", sorted.rows, sorted.n, naive.rows, naive.n, events, n);
}

static void count_cubes(const struct tallies *tallies)
{
    for (size_t i = 0; i < tallies->n; i++)
        counts[tallies->rows[i].key.cube]++;
}

static void print_cubes(void)
{
    for (int cube = CUBE_SALES; cube <= CUBE_MAX; cube++) {
        printf("%9" PRId64 " %s\n", counts[cube], cube_name(cube));
        assert_true(counts[cube]);
    }
}

/* --- events --- */

static void new_state(struct state *state)
{
    static const struct uuid key = {{7}};
    state_init(state, &key, span_of("c1"), IDENTITY_USER);
}

static void contributions_are_those_of_one_who_reads_the_whole_ledger_for_each_cube(void **unused)
{
    struct chance seeds = {chance_seed()};
    int64_t cases = chance_cases(600), n_events = 0;
    (void)unused;
    printf("PROPERTY_SEED=%" PRIu64 " PROPERTY_CASES=%" PRId64 "\n", seeds.state, cases);
    for (int64_t i = 0; i < cases; i++) {
        size_t n;
        const struct event **events = random_events(begin_case(&seeds), &n);
        struct tallies tallies = new_tallies();
        struct contributor by = {.shop = &shop, .tallies = &tallies, .times = 1};
        struct state state;
        new_state(&state);
        for (size_t k = 0; k < n; k++) {
            contribute_event(arena, &by, &state, events[k]);
            if (n >= 30 && k % 16 && k + 1 < n)
                continue;
            contribute_end(arena, &by, &state);
            same_as_oracle(&tallies, events, k + 1);
        }
        count_cubes(&tallies);
        n_events += (int64_t)n;
    }
    printf("%" PRId64 " events, rows:\n", n_events);
    print_cubes();
}

/* What a batch loads: the order that the event names; all of them when that one has a row already. */
static void load_again(struct state *state, const struct event *event)
{
    struct order *all = state->orders;
    size_t n = state->n_orders;
    bool is_known = event_is_order(event->kind) && state_order(state, &event->order_key);
    marks_decode(arena, arena_span(arena, marks_encode(arena, &state->profile.marks)), &state->profile.marks);
    state->orders = NULL;
    state->n_orders = state->orders_capacity = 0;
    state->has_all_orders = is_known;
    state->has_counted = false;
    state->n_counted = state->counted_capacity = 0;
    state->counted = NULL;
    for (size_t i = 0; is_known && i < n; i++) {
        struct order order = all[i];
        circumstances_decode(arena, circumstances_encode(arena, &order.circumstances), &order.circumstances);
        order.lines = lines_decode(arena, lines_encode(arena, order.lines, order.n_lines), &order.n_lines);
        state_add_order(arena, state, &order);
    }
}

/* Orders of before that the batch did not load. */
static void keep_orders(struct state *state, const struct order *before, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (state_order(state, &before[i].key) == NULL)
            state_add_order(arena, state, &before[i]);
}

static void a_state_that_was_stored_and_loaded_contributes_the_same(void **unused)
{
    struct chance seeds = {chance_seed()};
    (void)unused;
    for (int64_t i = 0; i < chance_cases(600); i++) {
        size_t n;
        const struct event **events = random_events(begin_case(&seeds), &n);
        struct tallies stepwise = new_tallies(), at_once = new_tallies();
        struct contributor by = {.shop = &shop, .tallies = &stepwise, .times = 1};
        struct contributor by_whole = {.shop = &shop, .tallies = &at_once, .times = 1};
        struct state state, kept; /* kept: as one fold leaves it */
        new_state(&state);
        new_state(&kept);
        for (size_t k = 0; k < n; k++) {
            size_t n_before = state.n_orders;
            const struct order *before =
                n_before ? arena_copy(arena, state.orders, n_before * sizeof(*before)) : NULL;
            load_again(&state, events[k]);
            contribute_event(arena, &by, &state, events[k]);
            contribute_end(arena, &by, &state);
            keep_orders(&state, before, n_before);
            state_apply(arena, shop.calendar, &kept, events[k]);
            assert_memory_equal(&state.a, &kept.a, sizeof(kept.a));
        }
        contribute_ledger(arena, &by_whole, events, n);
        tallies_sort(&stepwise);
        tallies_sort(&at_once);
        same_rows("loaded", stepwise.rows, stepwise.n, at_once.rows, at_once.n, events, n);
    }
}

static void what_is_taken_away_is_what_was_given(void **unused)
{
    struct chance seeds = {chance_seed()};
    (void)unused;
    for (int64_t i = 0; i < chance_cases(600); i++) {
        size_t n;
        const struct event **events = random_events(begin_case(&seeds), &n);
        size_t cut = (size_t)chance_of(&chance, (int64_t)n + 1);
        struct tallies tallies = new_tallies();
        struct contributor give = {.shop = &shop, .tallies = &tallies, .times = 1};
        struct contributor take = {.shop = &shop, .tallies = &tallies, .times = -1};
        const struct event **shuffled = arena_copy(arena, events, n * sizeof(*events));
        /* as one who met some of the events late: what was known is taken away, all is given */
        chance_shuffle(&chance, (void **)shuffled, n);
        contribute_ledger(arena, &give, shuffled, cut);
        contribute_ledger(arena, &take, shuffled, cut);
        struct tallies none = copy_of(&tallies);
        assert_int_equal(none.n, 0);
        contribute_ledger(arena, &give, shuffled, n);
        same_as_oracle(&tallies, events, n);
    }
}

static void an_entry_of_the_journal_is_read_as_it_was_written(void **unused)
{
    struct chance seeds = {chance_seed()};
    (void)unused;
    for (int64_t i = 0; i < chance_cases(600); i++) {
        size_t n;
        const struct event **events = random_events(begin_case(&seeds), &n);
        struct tallies tallies = new_tallies(), read = new_tallies();
        struct contributor by = {.shop = &shop, .tallies = &tallies, .times = one_in(&chance, 2) ? 1 : -1};
        contribute_ledger(arena, &by, events, n);
        tallies_sort(&tallies);
        struct span bytes = tallies_encode(arena, tallies.rows, tallies.n);
        assert_true(tallies_decode(shop.id, bytes, &read, 1));
        tallies_sort(&read);
        same_rows("read", read.rows, read.n, tallies.rows, tallies.n, events, n);
        struct tallies none = new_tallies();
        assert_true(tallies_decode(shop.id, bytes, &none, 1) && tallies_decode(shop.id, bytes, &none, -1));
        tallies_sort(&none);
        assert_int_equal(none.n, 0);
    }
}

/* --- stays --- */

static struct transition *random_transitions(usec_t begin, size_t *n)
{
    int at_stage[3] = {0};
    usec_t at = begin;
    *n = (size_t)chance_of(&chance, 20);
    struct transition *out = ARENA_ARRAY(arena, struct transition, *n);
    for (size_t i = 0; i < *n; i++) {
        int model = (int)chance_of(&chance, 3), to = (int)chance_of(&chance, 4);
        if (one_in(&chance, 3))
            at = calendar_midnight(shop.calendar, calendar_day(shop.calendar, at) + chance_of(&chance, 3));
        else
            at += chance_of(&chance, 20 * USEC_PER_DAY);
        if (to == at_stage[model])
            to = to ? 0 : 4;
        at = i && at < out[i - 1].at ? out[i - 1].at : at;
        out[i] = (struct transition){.model = model + 1, .from = at_stage[model], .to = to, .at = at};
        at_stage[model] = to;
    }
    return out;
}

static void stays_are_the_same_however_they_are_cut(void **unused)
{
    struct chance seeds = {chance_seed()};
    (void)unused;
    for (int64_t i = 0; i < chance_cases(600) * 4; i++) {
        size_t n;
        struct transition *transitions = random_transitions(begin_case(&seeds), &n);
        size_t cut = (size_t)chance_of(&chance, (int64_t)n + 1);
        struct tallies tallies = new_tallies();
        struct contributor by = {.shop = &shop, .tallies = &tallies, .times = 1};
        struct standing before[MODEL_SLOTS] = {{0}};
        for (int m = 0; m < MODEL_SLOTS; m++)
            before[m].since = NONE;
        for (size_t k = 0; k < n; k++) {
            contribute_move(&by, &transitions[k]);
            if (k < cut)
                before[transitions[k].model - 1] =
                    (struct standing){.stage = transitions[k].to, .since = transitions[k].at};
        }
        contribute_stays(&by, NULL, transitions, cut);
        contribute_stays(&by, before, transitions + cut, n - cut);
        struct naive_tallies naive = {.arena = arena, .shop_id = shop.id};
        naive_stays(&naive, zone, transitions, n);
        naive_tallies_sort(&naive);
        tallies_sort(&tallies);
        same_rows("stays", tallies.rows, tallies.n, naive.rows, naive.n, NULL, 0);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        int64_t day;
        calendars[i] = calendar_new(places[i].zone);
        if (calendars[i] == NULL || !day_parse(span_of(places[i].begin), &day))
            return -1;
        begins[i] = day * USEC_PER_DAY;
    }
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++)
        calendar_free(calendars[i]);
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contributions_are_those_of_one_who_reads_the_whole_ledger_for_each_cube),
        cmocka_unit_test(a_state_that_was_stored_and_loaded_contributes_the_same),
        cmocka_unit_test(what_is_taken_away_is_what_was_given),
        cmocka_unit_test(an_entry_of_the_journal_is_read_as_it_was_written),
        cmocka_unit_test(stays_are_the_same_however_they_are_cut),
    };
    return cmocka_run_group_tests(tests, set_up, clean_up);
}
