#include "verify_private.h"

#include <inttypes.h>
#include <stdlib.h>

/*
 * The texts behind hashes: each that the ledger tells is stored. Those of the erased and of what was paid for ads the
 * ledger does not tell. A repair writes what is missing; a text that is stored is left as it was first told.
 */

enum { STORED, LOST, PLACE };

static int64_t *known(struct verify *v, int shop_id, uint64_t hash)
{
    return tallies_at(&v->terms, &(struct tally_key){.shop_id = shop_id, .a = (int64_t)hash});
}

static bool take_term(void *context, const struct db_result *rows, int row)
{
    known(context, db_int(rows, row, 0), (uint64_t)db_int8(rows, row, 1))[STORED] = 1;
    return true;
}

enum status verify_load_terms(struct verify *v, struct error *error)
{
    tallies_init(&v->terms, v->sums);
    return db_stream(v->db, sql_statements[SQL_VERIFY_TERMS].text, NULL, take_term, v, error);
}

static void lose(struct verify *v, const struct shop *shop, const struct term *term, const struct uuid *key)
{
    verify_found(v, "term", "row", key, arena_printf(v->arena, "the text behind %" PRId64 " is missing", (int64_t)term->hash));
    if (!v->options->repairs)
        return;
    v->lost_terms = verify_more(v->lost_terms, v->n_lost_terms, &v->lost_terms_capacity, sizeof(*v->lost_terms));
    v->lost_terms[v->n_lost_terms++] = (struct shop_term){
        .shop_id = shop->id, .term = {.hash = term->hash, .text = arena_span(v->sums, term->text)}};
}

void verify_terms(struct verify *v, const struct shop *shop, const struct event *event)
{
    int64_t page_drifts = v->page_drifts;
    for (size_t i = 0; i < event->n_terms; i++) {
        const struct term *term = &event->terms[i];
        int64_t *is = known(v, shop->id, term->hash);
        if (is[STORED])
            continue;
        if (!is[LOST]) {
            is[LOST] = 1;
            is[PLACE] = (int64_t)v->n_lost_terms;
            lose(v, shop, term, &event->identity_key);
        }
        if (v->options->repairs && term->label.n && v->lost_terms[is[PLACE]].term.label.n == 0)
            v->lost_terms[is[PLACE]].term.label = arena_span(v->sums, term->label);
    }
    v->page_drifts = page_drifts; /* the customers of the page are as they should be */
}

static int compare_terms(const void *a, const void *b)
{
    const struct shop_term *x = a, *y = b;
    if (x->shop_id != y->shop_id)
        return x->shop_id < y->shop_id ? -1 : 1;
    return ((int64_t)x->term.hash > (int64_t)y->term.hash) - ((int64_t)x->term.hash < (int64_t)y->term.hash);
}

enum status verify_repair_terms(struct verify *v, struct error *error)
{
    if (v->n_lost_terms == 0)
        return STATUS_OK;
    qsort(v->lost_terms, v->n_lost_terms, sizeof(*v->lost_terms), compare_terms);
    return db_run(v->session->db, SQL_TERM_INSERT, term_args(v->arena, v->lost_terms, v->n_lost_terms), NULL, error);
}
