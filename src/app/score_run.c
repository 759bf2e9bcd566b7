#include "app/score_run.h"

#include "score_private.h"

/* --- what came of it -------------------------------------------------------------------------------------------- */

static const char *verdict_of(const struct score_fitting *fitting, const struct scores *before, bool is_dry)
{
    if (fitting->fit.report.verdict != FIT_OK)
        return fit_verdict_name(fitting->fit.report.verdict);
    if (!scores_differ(before, &fitting->fit.scores))
        return "unchanged";
    return is_dry ? "ok" : "published";
}

static void take_moves(struct arena *arena, const struct definitions *definitions, const struct score_preview *preview,
                       struct fit_outcome *out)
{
    struct fit_move *moves = ARENA_ARRAY(arena, struct fit_move, preview->n);
    struct fit_crossing *crossings = ARENA_ARRAY(arena, struct fit_crossing, preview->n);
    const struct segment_history *last = NULL;
    for (size_t i = 0; i < preview->n; i++) {
        const struct score_move *move = &preview->moves[i];
        if (move->model) {
            moves[out->n_moves++] = (struct fit_move){
                .model = &definitions->models[move->model - 1], .from = move->from, .to = move->to, .customers = move->customers};
            continue;
        }
        const struct segment_history *segment = &definitions->segments[move->segment - 1];
        if (segment != last)
            crossings[out->n_crossings++] = (struct fit_crossing){.segment = segment};
        last = segment;
        *(move->to ? &crossings[out->n_crossings - 1].entered : &crossings[out->n_crossings - 1].left) = move->customers;
    }
    out->moves = moves;
    out->crossings = crossings;
}

static enum status fit(struct session *session, const struct shop *shop, bool is_dry, struct fit_outcome *out,
                       struct error *error)
{
    const struct definitions *definitions;
    struct score_fit_wish wish = {.is_dry = is_dry, .has_preview = true};
    struct score_fitting *fitting = ARENA_NEW(session->arena, struct score_fitting);
    enum status status = session_definitions(session, shop, true, &definitions, error);
    if (status != STATUS_OK)
        return status;
    const struct scores *before = scores_at(definitions, clock_now(session->clock));
    status = score_fit(session, shop, &wish, fitting, error);
    if (status == STATUS_PRECONDITION_FAILED)
        return error_set(error, STATUS_CONFLICT, "", "another version was published meanwhile");
    if (status == STATUS_OK)
        status = session_definitions(session, shop, true, &definitions, error);
    if (status != STATUS_OK)
        return status;
    *out = (struct fit_outcome){.is_dry = is_dry,
                                .verdict = verdict_of(fitting, before, is_dry),
                                .version = fitting->version,
                                .report = &fitting->fit.report,
                                .scores = &fitting->fit.scores,
                                .n_looked_at = fitting->preview.customers};
    take_moves(session->arena, definitions, &fitting->preview, out);
    return STATUS_OK;
}

/* --- one at a time ---------------------------------------------------------------------------------------------- */

#define TURN_PATIENCE (60 * 60 * USEC_PER_SEC)

/* As of a request that all who ask for a fit send, under a key that no API key has. */
enum status score_turn_begin(struct session *session, const struct shop *shop, struct score_turn *turn,
                             struct error *error)
{
    struct span kept;
    *turn = (struct score_turn){
        .once = {.shop = shop, .api_key = span_of(""), .key = span_of("a fit of the scores"), .patience = TURN_PATIENCE}};
    enum status status = once_begin(session, &turn->once, &kept, error);
    if (status == STATUS_CONFLICT)
        return error_set(error, STATUS_CONFLICT, "", "another fit of this shop is running");
    return status;
}

void score_turn_end(struct session *session, const struct score_turn *turn)
{
    struct error ignored;
    enum status status = once_forget(session, &turn->once, &ignored);
    (void)status; /* a turn that cannot be ended ends by itself after a while */
}

enum status score_run(struct session *session, const struct shop *shop, bool is_dry, struct fit_outcome *out,
                      struct error *error)
{
    struct score_turn turn;
    enum status status = score_turn_begin(session, shop, &turn, error);
    if (status != STATUS_OK)
        return status;
    status = fit(session, shop, is_dry, out, error);
    score_turn_end(session, &turn);
    return status;
}
