#include "app/publish.h"
#include "db/db.h"
#include "score_private.h"
#include "view.h"

#include <stdlib.h>

/*
 * What other parameters would move: every customer is folded to now under the definitions in force, and then across a
 * boundary at which the new parameters apply.
 */
#define PAGE 512

struct ahead {
    struct session *session;
    const struct shop *shop;
    const struct definitions *present;
    const struct scores *scores;
    struct definitions trial; /* with one more version of scores */
    usec_t at;                /* from which on it applies */
    struct arena *scratch;    /* of a page */
    struct score_preview *out;
    size_t capacity;
};

static void add_version(struct ahead *ahead, struct arena *arena)
{
    size_t n = ahead->present->scores.n;
    struct scores *version = arena_copy(arena, ahead->scores, sizeof(*ahead->scores));
    ahead->at = clock_now(ahead->session->clock) + 1;
    version->applies_from = ahead->at;
    version->revision = ahead->present->revision;
    ahead->trial = *ahead->present;
    ahead->trial.scores.versions = ARENA_ARRAY(arena, const struct scores *, n + 1);
    for (size_t i = 0; i < n; i++)
        ahead->trial.scores.versions[i] = ahead->present->scores.versions[i];
    ahead->trial.scores.versions[n] = version;
    ahead->trial.scores.n = n + 1;
    definitions_seal(arena, &ahead->trial);
}

static void count_move(struct ahead *ahead, struct score_move move)
{
    struct score_preview *out = ahead->out;
    for (size_t i = 0; i < out->n; i++) {
        struct score_move *known = &out->moves[i];
        if (known->model == move.model && known->segment == move.segment && known->from == move.from &&
            known->to == move.to) {
            known->customers++;
            return;
        }
    }
    out->moves = arena_grow(ahead->session->arena, out->moves, out->n, &ahead->capacity, sizeof(*out->moves));
    move.customers = 1;
    out->moves[out->n++] = move;
}

static void count_customer(struct ahead *ahead, struct state *state)
{
    struct effects effects = {.arena = ahead->scratch};
    usec_t to = state->position.at > ahead->at ? state->position.at : ahead->at;
    ahead->out->customers++;
    fold_advance(&ahead->trial, state, to, &effects);
    for (size_t i = 0; i < effects.n_transitions; i++) {
        const struct transition *t = &effects.transitions[i];
        if (t->cause == CAUSE_DEFINITION)
            count_move(ahead, (struct score_move){.model = t->model, .from = t->from, .to = t->to});
    }
    for (size_t i = 0; i < effects.n_memberships; i++) {
        const struct membership *m = &effects.memberships[i];
        if (m->cause == CAUSE_DEFINITION)
            count_move(ahead, (struct score_move){.segment = m->segment, .from = !m->entered, .to = m->entered});
    }
}

/* The customers after ${cursor}, which moves to the last of them. */
static enum status look_at_page(struct ahead *ahead, struct uuid *cursor, bool *is_last, struct error *error)
{
    const struct db_result *rows;
    enum status status = session_goes_on(ahead->session, error);
    if (status != STATUS_OK)
        return status;
    arena_reset(ahead->scratch);
    struct db_args *args = db_args(ahead->scratch, 3);
    arg_int(args, DB_INT4, ahead->shop->id);
    arg_uuid(args, cursor);
    arg_int(args, DB_INT4, PAGE);
    status = db_run(ahead->session->db, SQL_CRAWL_KEYS, args, &rows, error);
    if (status != STATUS_OK)
        return status;
    size_t n = (size_t)db_rows(rows);
    struct look *looks = ARENA_ARRAY(ahead->scratch, struct look, n);
    for (size_t i = 0; i < n; i++)
        looks[i] = (struct look){
            .key = db_uuid(rows, (int)i, 0), .shop = ahead->shop, .definitions = ahead->present, .as_of = NONE};
    *is_last = n < PAGE;
    if (n)
        *cursor = looks[n - 1].key;
    status = looks_load(ahead->session, ahead->scratch, looks, n, LOOK_PROFILE | LOOK_ORDERS, error);
    add_version(ahead, ahead->scratch); /* just after the state of these */
    for (size_t i = 0; i < n && status == STATUS_OK; i++)
        if (looks[i].is_found)
            count_customer(ahead, &looks[i].view.state);
    return status;
}

static int compare_moves(const void *a, const void *b)
{
    const struct score_move *x = a, *y = b;
    if (!x->model != !y->model)
        return x->model ? -1 : 1;
    if (x->model != y->model)
        return x->model - y->model;
    if (x->segment != y->segment)
        return x->segment - y->segment;
    return x->from != y->from ? x->from - y->from : x->to - y->to;
}

enum status score_look_ahead(struct session *session, const struct shop *shop, const struct scores *scores,
                             struct score_preview *out, struct error *error)
{
    struct ahead ahead = {.session = session, .shop = shop, .scores = scores, .out = out};
    struct uuid cursor = {{0}};
    bool is_last = false;
    *out = (struct score_preview){.customers = 0};
    enum status status = session_definitions(session, shop, true, &ahead.present, error);
    if (status != STATUS_OK || !ahead.present->needs_scores)
        return status;
    ahead.scratch = arena_new(1 << 16);
    while (status == STATUS_OK && !is_last)
        status = look_at_page(&ahead, &cursor, &is_last, error);
    arena_free(ahead.scratch);
    if (status == STATUS_OK && out->n > 1)
        qsort(out->moves, out->n, sizeof(*out->moves), compare_moves);
    return status;
}
