#include "batch.h"
#include "core/contribution.h"
#include "crypto/digest.h"

#include <stdlib.h>

/* What a batch adds to the sums that metrics read, as one entry of the journal a shop, and the texts behind the keys. */

void tally_move(struct batch *batch, const struct slot *slot, const struct transition *transition, int64_t times)
{
    struct contributor by = {.shop = slot->shop, .tallies = &batch->tallies, .times = times};
    contribute_move(&by, transition);
}

static int64_t revenue_of(const struct slot *slot)
{
    return slot->row.state.a.revenue_gross - slot->row.state.a.revenue_refunded;
}

/* Of a row that another version folded nothing but its stages is in the sums. */
static int64_t old_revenue_of(const struct slot *slot)
{
    return slot->has_contributed ? slot->old_revenue : 0;
}

static bool stands_as_before(const struct slot *slot)
{
    const struct state *state = &slot->row.state;
    for (int i = 0; i < MODEL_SLOTS; i++)
        if (slot->old_standing[i].stage != state->standing[i].stage)
            return false;
    return memcmp(slot->old_segments, state->segments, sizeof(state->segments)) == 0 &&
           old_revenue_of(slot) == revenue_of(slot);
}

void tally_standing(struct batch *batch, const struct slot *slot)
{
    if (stands_as_before(slot))
        return;
    struct contributor by = {.shop = slot->shop, .tallies = &batch->tallies, .times = -1};
    contribute_standing(&by, slot->old_standing, slot->old_segments, old_revenue_of(slot));
    by.times = 1;
    contribute_standing(&by, slot->row.state.standing, slot->row.state.segments, revenue_of(slot));
}

static const struct standing nowhere[MODEL_SLOTS];

void tally_erased(struct batch *batch, const struct slot *slot)
{
    struct contributor by = {.shop = slot->shop, .tallies = &batch->tallies, .times = -1};
    contribute_standing(&by, nowhere, slot->old_segments, 0);
}

/* Nobody will see how long the open stays of ${stays} would have been: they are cut off today, as if the model had been withdrawn. */
static void cut_off_stays(struct batch *batch, const struct slot *slot, const struct tallies *stays,
                          struct tallies *remainder)
{
    int64_t today = calendar_day_begun(slot->shop->calendar, batch->now);
    for (size_t i = 0; i < stays->n; i++) {
        const struct tally *open = &stays->rows[i];
        if (open->key.cube != CUBE_OPEN) {
            tallies_add(remainder, open, 1, 1);
            continue;
        }
        int64_t days = today > open->key.day ? today - open->key.day : 0;
        struct tally spell = *open;
        spell.key.cube = CUBE_SPELL;
        spell.key.day = period_begin(GRAIN_MONTH, open->key.day);
        spell.key.c = days * 256;
        tallies_add(remainder, &spell, 1, 1);
        tallies_add(&batch->tallies, &spell, 1, 1);
        tallies_add(&batch->tallies, open, 1, -1);
    }
}

static struct term unspecified(void)
{
    struct span text = span_of(REASON_UNSPECIFIED);
    return (struct term){.hash = hash64(text), .text = text};
}

static bool has_said_why(const struct tally *tally)
{
    return (tally->key.cube == CUBE_REASON || tally->key.cube == CUBE_WONBACK) && tally->key.a != 0 &&
           tally->key.a != (int64_t)unspecified().hash;
}

/* What their ledger contributed; why they left are their own words, and no longer told. */
static void leave_remainder(struct batch *batch, const struct slot *slot, struct tallies *remainder)
{
    for (size_t i = 0; i < slot->remainder.n; i++) {
        struct tally row = slot->remainder.rows[i];
        if (has_said_why(&row)) {
            tallies_add(&batch->tallies, &row, 1, -1);
            row.key.a = (int64_t)unspecified().hash;
            tallies_add(&batch->tallies, &row, 1, 1);
        }
        tallies_add(remainder, &row, 1, 1);
    }
}

/* Their share of what dashboards read: moves of past days, what events contributed, and where they stand. */
void batch_save_remainder(struct batch *batch, const struct slot *slot)
{
    static const unsigned char none[SEGMENT_SLOTS / 8];
    struct tallies remainder;
    tallies_init(&remainder, batch->arena);
    struct contributor by = {.shop = slot->shop, .tallies = &remainder, .times = 1};
    struct transition *old = ARENA_ARRAY(batch->arena, struct transition, slot->n_old_transitions);
    for (size_t i = 0; i < slot->n_old_transitions; i++) {
        old[i] = slot->old_transitions[i].transition;
        contribute_move(&by, &old[i]);
    }
    contribute_standing(&by, slot->old_standing, none, old_revenue_of(slot));
    if (slot->has_contributed) {
        struct tallies stays;
        tallies_init(&stays, batch->arena);
        contribute_stays(&(struct contributor){.shop = slot->shop, .tallies = &stays, .times = 1}, NULL, old,
                         slot->n_old_transitions);
        cut_off_stays(batch, slot, &stays, &remainder);
    }
    leave_remainder(batch, slot, &remainder);
    tallies_sort(&remainder);
    if (remainder.n)
        db_send(batch->db, SQL_REMAINDER_ADD, tally_args(batch->arena, slot->shop->id, remainder.rows, remainder.n));
}

void batch_save_tallies(struct batch *batch)
{
    struct tallies *all = &batch->tallies;
    tallies_sort(all);
    for (size_t i = 0, n; i < all->n; i += n) {
        int shop_id = all->rows[i].key.shop_id;
        for (n = 1; i + n < all->n && all->rows[i + n].key.shop_id == shop_id; n++)
            ;
        tally_append(batch->db, batch->arena, shop_id, &all->rows[i], n, batch->now);
    }
}

/* --- texts ------------------------------------------------------------------------------------------------------ */

struct term_list {
    struct shop_term *terms;
    size_t n, capacity;
};

static void add_term(struct batch *batch, struct term_list *list, const struct shop *shop, struct term text)
{
    struct shop_term term = {.shop_id = shop->id, .term = text};
    if (known_terms_has(batch->known_terms, &term))
        return;
    list->terms = arena_grow(batch->arena, list->terms, list->n, &list->capacity, sizeof(*list->terms));
    list->terms[list->n++] = term;
}

static void add_terms(struct batch *batch, struct term_list *list, const struct shop *shop, const struct event *event)
{
    for (size_t i = 0; i < event->n_terms; i++)
        add_term(batch, list, shop, event->terms[i]);
}

/* Of the erased nothing is told again; their reasons became this one. */
static void add_terms_of_erased(struct batch *batch, struct term_list *list, const struct slot *slot)
{
    for (size_t i = 0; i < slot->remainder.n; i++)
        if (has_said_why(&slot->remainder.rows[i])) {
            add_term(batch, list, slot->shop, unspecified());
            return;
        }
}

/* By key; of one key those with a label first. */
static int compare_terms(const void *a, const void *b)
{
    const struct shop_term *x = a, *y = b;
    if (x->shop_id != y->shop_id)
        return x->shop_id < y->shop_id ? -1 : 1;
    if (x->term.hash != y->term.hash)
        return (int64_t)x->term.hash < (int64_t)y->term.hash ? -1 : 1;
    return (y->term.label.n > 0) - (x->term.label.n > 0);
}

void batch_save_terms(struct batch *batch)
{
    struct term_list list = {.n = 0};
    for (size_t i = 0; i < batch->n_slots; i++) {
        const struct slot *slot = &batch->slots[i];
        if (slot->is_erased) {
            add_terms_of_erased(batch, &list, slot);
            continue;
        }
        for (size_t k = 0; k < slot->n_entries; k++)
            if (slot->entries[k]->is_new)
                add_terms(batch, &list, slot->shop, &slot->entries[k]->item->message.event);
        for (size_t k = 0; slot->must_refold && k < slot->n_ledger; k++)
            add_terms(batch, &list, slot->shop, slot->ledger[k]);
    }
    if (list.n > 1)
        qsort(list.terms, list.n, sizeof(*list.terms), compare_terms);
    for (size_t i = 0; i < list.n; i++) {
        const struct shop_term *last = batch->n_terms ? &list.terms[batch->n_terms - 1] : NULL;
        if (last && last->shop_id == list.terms[i].shop_id && last->term.hash == list.terms[i].term.hash)
            continue;
        list.terms[batch->n_terms++] = list.terms[i];
    }
    batch->terms = list.terms;
    if (batch->n_terms)
        db_send(batch->db, SQL_TERM_INSERT, term_args(batch->arena, batch->terms, batch->n_terms));
}
