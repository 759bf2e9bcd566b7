#include "base/log.h"
#include "score_private.h"
#include "shop_worker.h"

/*
 * The worker that keeps the parameters of scores and the RFM bounds of all shops as their settings want them: at once
 * when a setting changed, by schedule, and when there are many more orders than were looked at.
 */
#define SCORER_PAUSE   USEC_PER_SEC
#define LOOK_PAUSE     (60 * USEC_PER_SEC) /* between two counts of a shop's orders */
#define LOOK_SHARE     200                 /* of the time that goes by, a count takes at most one part in so many */
#define FAILED_PAUSE   (60 * USEC_PER_SEC)
#define EARLY_PAUSE    (10 * 60 * USEC_PER_SEC) /* between two fits that are not scheduled */
#define EARLY_GROWTH   1.2

/* --- what is due ----------------------------------------------------------------------------------------------- */

static bool has_grown(int64_t from, int64_t to)
{
    return (double)to >= EARLY_GROWTH * (double)from && to > from;
}

/* Is it time, of something that is done every ${days} and was done at ${last} (NONE: never)? */
static bool is_scheduled(int days, usec_t last, usec_t now)
{
    return days > 0 && (last == NONE || now >= last + days * USEC_PER_DAY);
}

static enum status fit_when_due(struct session *session, const struct shop *shop, const struct settings *settings,
                                const struct score_counts *counts, struct error *error)
{
    struct score_fit_note last;
    struct score_fitting fitting;
    struct score_fit_wish wish = {.is_dry = false};
    usec_t now = clock_now(session->clock);
    if (settings->fit_days == 0)
        return STATUS_OK;
    enum status status = score_last_fit(session, shop, &last, error);
    bool is_first = status == STATUS_NOT_FOUND;
    if (status != STATUS_OK && !is_first)
        return status;
    bool is_due = is_first ? counts->customers >= FIT_CUSTOMERS_MIN
                           : (is_scheduled(settings->fit_days, last.fitted_at, now) &&
                              counts->purchase_days != last.purchase_days) ||
                                 (has_grown(last.purchase_days, counts->purchase_days) &&
                                  now >= last.fitted_at + EARLY_PAUSE);
    if (!is_due)
        return STATUS_OK;
    struct score_turn turn;
    status = score_turn_begin(session, shop, &turn, error);
    if (status != STATUS_OK)
        return status;
    status = score_fit(session, shop, &wish, &fitting, error);
    score_turn_end(session, &turn);
    if (status == STATUS_OK)
        LOG(LOG_INFO, "the parameters of scores were fitted", LOG_TEXT("shop", shop->key),
            LOG_TEXT("verdict", fit_verdict_name(fitting.fit.report.verdict)), LOG_NUMBER("version", fitting.version),
            LOG_NUMBER("customers", (int64_t)fitting.fit.report.customers));
    return status;
}

static enum status take_bounds_when_due(struct session *session, const struct shop *shop, const struct settings *settings,
                                        const struct score_counts *counts, struct scorer_shop *state, struct error *error)
{
    const struct definitions *definitions;
    usec_t now = clock_now(session->clock);
    int version;
    enum status status = session_definitions(session, shop, false, &definitions, error);
    if (status != STATUS_OK || settings->has_rfm_bounds || counts->customers < RFM_CUSTOMERS_MIN)
        return status;
    const struct rfm *rfm = rfm_latest(definitions);
    usec_t last = state->has_bounds_at ? state->bounds_at : rfm ? rfm->applies_from : NONE;
    bool is_due = rfm && rfm->is_fixed ? true /* the owner's no longer stand */
                  : settings->rfm_days == 0
                      ? false
                      : is_scheduled(settings->rfm_days, last, now) ||
                            (rfm && has_grown(rfm->customers, counts->customers) && now >= last + EARLY_PAUSE);
    if (!is_due)
        return STATUS_OK;
    status = rfm_refresh(session, shop, &version, error);
    if (status == STATUS_OK) {
        state->has_bounds_at = true;
        state->bounds_at = now;
    }
    return status;
}

/* What the settings say and what is in force, without a look at the orders. */
static enum status follow_settings(struct session *session, const struct shop *shop, const struct settings *settings,
                                   struct error *error)
{
    const struct definitions *definitions;
    int version;
    enum status status = score_follow_settings(session, shop, error);
    if (status == STATUS_OK)
        status = session_definitions(session, shop, false, &definitions, error);
    if (status == STATUS_OK && rfm_wants_owners(rfm_latest(definitions), settings))
        status = rfm_refresh(session, shop, &version, error);
    return status;
}

static enum status look_at_orders(struct session *session, const struct shop *shop, const struct settings *settings,
                                  struct scorer_shop *state, struct error *error)
{
    struct score_counts counts;
    usec_t begun = clock_monotonic();
    enum status status = score_read_counts(session, shop, &counts, error);
    usec_t pause = (clock_monotonic() - begun) * LOOK_SHARE;
    state->look_at = begun + (pause > LOOK_PAUSE ? pause : LOOK_PAUSE);
    if (status == STATUS_OK)
        status = fit_when_due(session, shop, settings, &counts, error);
    return status == STATUS_OK ? take_bounds_when_due(session, shop, settings, &counts, state, error) : status;
}

enum status scorer_step(struct session *session, const struct shop *shop, struct scorer_shop *state,
                        struct error *error)
{
    const struct settings *settings = settings_known(session->registry, shop);
    if (state->failed_at && clock_monotonic() < state->failed_at + FAILED_PAUSE)
        return STATUS_OK;
    state->failed_at = 0;
    enum status status = follow_settings(session, shop, settings, error);
    if (status == STATUS_OK && (clock_monotonic() >= state->look_at || state->settings_version != settings->version)) {
        state->settings_version = settings->version;
        status = look_at_orders(session, shop, settings, state, error);
    }
    if (status != STATUS_OK)
        state->failed_at = clock_monotonic();
    return status == STATUS_PRECONDITION_FAILED || status == STATUS_CONFLICT ? STATUS_OK : status;
}

/* --- the thread ------------------------------------------------------------------------------------------------ */

static enum status step(struct session *session, const struct shop *shop, void *state, struct error *error)
{
    return scorer_step(session, shop, state, error);
}

void *scorer_main(void *service)
{
    static const struct shop_worker worker = {
        .pause = SCORER_PAUSE,
        .state_size = sizeof(struct scorer_shop),
        .step = step,
        .trouble = "the scores of a shop could not be kept up to date and will be tried again",
    };
    shop_worker_run(service, &worker);
    return NULL;
}
