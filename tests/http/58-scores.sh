#!/usr/bin/env bash
# What customers will probably do: from the first order on, by the prior of a cadence until there is enough to fit.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # CUSTOMER ORDER TIME VALUE
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":$4}}"
    expect 200
}

is_true() { # WHAT FILTER: of the last reply
    [ "$(value "$2")" = true ] || fail "$1"
}

# shellcheck disable=SC2178,SC2128 # no lists here
verb() { # CODE VERB [OPTION]...: what it prints is in $work/out and $work/err
    local code=0 wanted=$1
    shift
    LIFECYCLED_CLOCK=$(service_time) "$LIFECYCLED_BIN" "$@" > "$work/out" 2> "$work/err" || code=$?
    [ "$code" = "$wanted" ] || fail "lifecycled $* ended with $code: $(cat "$work/out" "$work/err")"
}

# 400 customers who buy at a rate of their own, and leave after a purchase with a probability of their own.
history() {
    awk 'function random() { seed = (seed * 16807) % 2147483647; return seed / 2147483647 }
    function date(day,    year, month, n, days) { # from 2024 on
        for (year = 2024; day >= (n = year % 4 ? 365 : 366); year++) day -= n
        split("31 " n - 337 " 31 30 31 30 31 31 30 31 30 31", days, " ")
        for (month = 1; day >= days[month]; month++) day -= days[month]
        return sprintf("%d-%02d-%02dT12:00:00Z", year, month, day + 1)
    }
    BEGIN {
        seed = 42
        print "userId,timestamp,order_id,revenue"
        for (c = 1; c <= 400; c++) {
            rate = 0.004 + 0.06 * random() ^ 2; leaves = 0.35 * random(); value = 20 + 60 * random(); day = 300 * random()
            for (n = 1; day < 880; n++) { # up to 2026-05-30
                printf "c-%d,%s,o-%d-%d,%.2f\n", c, date(int(day)), c, n, value * (0.6 + 0.8 * random())
                if (random() < leaves) break
                day -= log(random()) / rate
            }
        }
    }'
}

shop scores EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T10:00:00Z

step "a shop begins with the prior of a cadence, and says so"
get /v1/scores/parameters
expect 200 .version 0 .source prior .applies_from null .cadence default .fitted_at null .diagnostics null .spend null \
    .currency EUR .model.name mbg_cnbd_k .model.k 1 .blends '{"30d":null,"90d":null}' .usual_value 0.00 .margin 1
get /v1/scores/accuracy
expect 200 .version 0 .holdout null
is_true "a reason is given" '.reason | startswith("the parameters in force are the prior")'

step "who has not ordered has no scores"
track '{"userId":"fay","event":"Product Viewed","timestamp":"2026-05-30T10:00:00Z"}'
expect 200
get /v1/customers/fay/scores
expect 200 .id fay .facts.p_active_90d null .facts.churn_risk null .facts.clv_365d null .facts.clv_historic 0.00 \
    .facts.next_order_at null .purchases null .horizons '[]' .parameters.source prior .parameters.accuracy null

step "from the first order on they have, and the orders of one day of the shop are one purchase"
order anna a-1 2026-05-01T10:00:00Z 40
order anna a-2 2026-05-14T22:30:00Z 50 # the 15th in Berlin
order anna a-3 2026-05-15T10:00:00Z 30
get /v1/customers/anna/scores
expect 200 .purchases.repeat_days 1 .purchases.recency_weeks 2 .purchases.repeat_value 80.00 .facts.clv_historic 120.00 \
    .facts.expected_order_value 40.00 '.horizons | map(.days) | join(" ")' '30 90' '.horizons[1].method' purchase_model
is_true "the risk is that of no order within 90 days" '.facts | .churn_risk + .p_active_90d == 1'
is_true "an order within 90 days is likelier than within 30" '.facts | .p_active_90d > .p_active_30d'
is_true "the range holds the expected day" '.facts | .next_order_at_low < .next_order_at and .next_order_at < .next_order_at_high'
etag=$(header ETag)
get /v1/customers/anna/scores -H "If-None-Match: $etag"
expect 304

step "what drove a score adds up to it, in the language that is asked for"
get '/v1/customers/anna/scores?lang=zh'
expect_header Vary '^Accept-Language$'
# shellcheck disable=SC2016 # jq's variables
is_true "the contributions add up" 'all(.horizons[]; (.base + ([.drivers[].contribution] | add)) as $sum |
    (1 / (1 + ($sum | -. | exp)) - .probability | fabs) < 1e-9)'
is_true "the silence made it less likely" '.horizons[1].drivers | map(select(.feature == "silence_weeks"))[0].contribution < 0'
is_true "the label is Chinese" '.horizons[1].drivers | map(.label) | contains(["距上次下单的周数"])'

step "silence only lowers it, and the next order lifts it"
before=$(value .facts.p_active_90d)
get '/v1/customers/anna/scores?as_of=2026-07-15'
expect 200
is_true "it fell" ".facts.p_active_90d < $before"
get '/v1/customers/anna/scores?as_of=2026-05-10&by=user_id'
expect 200 .purchases.repeat_days 0
order anna a-4 2026-05-31T10:00:00Z 40
get /v1/customers/anna/scores
expect 200 .purchases.repeat_days 2
is_true "it rose" ".facts.p_active_90d > $before"

step "a whole refund takes the order out as if it had never been"
track '{"userId":"anna","event":"Order Refunded","messageId":"r-4","timestamp":"2026-06-01T09:00:00Z","properties":{"order_id":"a-4"}}'
expect 200
get /v1/customers/anna/scores
expect 200 .purchases.repeat_days 1 .facts.p_active_90d "$before" .facts.clv_historic 120.00

step "a score in a rule moves a customer at a midnight of the shop"
put /v1/models/risk '{"name":{"zh":"风险","en":"Risk"},"stages":[
    {"key":"none","role":"prospect","name":{"zh":"无","en":"None"},"rule":{"==":[{"var":"orders_count"},0]}},
    {"key":"high","role":"at_risk","name":{"zh":"高","en":"High"},"rule":{">=":[{"var":"churn_risk"},0.6]}},
    {"key":"low","role":"active","name":{"zh":"低","en":"Low"},"rule":true}]}'
expect 201
get '/v1/due?model=risk&within=366d'
expect 200 '.data | length' 1 '.data[0].customer' anna '.data[0].from' low '.data[0].to' high
at=$(value '.data[0].at')
[[ $at == *T22:00:00.000Z || $at == *T23:00:00.000Z ]] || fail "$at is no midnight in Berlin"
get "/v1/customers/anna/scores?as_of=$at"
is_true "from then on the risk is 0.6" '.facts.churn_risk >= 0.6'
get "/v1/customers/anna/scores?as_of=$(date -u -d "$at - 1 second" +%Y-%m-%dT%H:%M:%SZ)"
is_true "before it was less" '.facts.churn_risk < 0.6'

# --- fitting ---

step "what is too few to fit is said to be, and the prior serves on"
verb 65 fit --shop scores
grep -q '^Verdict: too_few: ' "$work/out" || fail "$(cat "$work/out")"
get /v1/scores/parameters
expect 200 .source prior .last_fit.verdict too_few
is_true "the reason is given" '.last_fit.reason | length > 10'
post /v1/scores/fit ''
expect 200 .dry_run false .verdict too_few .diagnostics.verdict too_few .holdout null

step "a shop with a history is fitted: first it is looked at what would move"
"$LIFECYCLED_BIN" shops create history --currency EUR --timezone Europe/Berlin 2> /dev/null
keys_of history
request PATCH /v1/settings -u "$admin_key:" -H "$JSON" -H 'If-Match: *' -d '{"scores":{"fit_every_days":0,"rfm_every_days":0}}'
expect 200
put /v1/segments/leaving '{"rule":{">=":[{"var":"churn_risk"},0.8]}}'
expect 201
history > "$work/history.csv"
verb 0 import --shop history --format csv "$work/history.csv"
is_decided() {
    get /v1/segments/leaving
    [ "$(value .progress)" = null ]
}
eventually 20 is_decided
post /v1/scores/fit '{"dry_run":true}'
expect 200 .dry_run true .verdict ok .reason null .version 0 .diagnostics.customers 400 '.diagnostics.by_k | length' 4 \
    .moves.customers 400 '.moves.models' '[]' '.moves.segments | map(.segment) | join(" ")' leaving
would_enter=$(value '.moves.segments[0].entered')
would_leave=$(value '.moves.segments[0].left')
members() {
    get /v1/segments/leaving
    value .count
}
before=$(members)
get /v1/scores/parameters
expect 200 .version 0 .source prior .last_fit null
verb 0 fit --shop history --dry-run
grep -q '^Verdict: ok. Version 0 is in force.$' "$work/out" || fail "$(cat "$work/out")"
grep -q "^  leaving: $would_enter enter, $would_leave leave$" "$work/out" || fail "$(cat "$work/out")"

step "only one fit of a shop runs at a time"
mkfifo "$work/holding"
psql -qX "$LIFECYCLED_DATABASE_URL" < "$work/holding" > "$work/is-held" &
exec 6> "$work/holding"
printf "BEGIN;\nLOCK TABLE customer_order IN ACCESS EXCLUSIVE MODE;\nSELECT 'locked';\n" >&6
eventually 10 grep -q locked "$work/is-held"
curl -sS -o "$work/first" -X POST "$direct/v1/scores/fit" -u "$admin_key:" -H "$JSON" -d '{"dry_run":true}' &
first=$!
is_begun() {
    [ "$(sql 'SELECT count(*) FROM idempotency WHERE reply IS NULL')" = 1 ]
}
eventually 10 is_begun
post /v1/scores/fit '{"dry_run":true}'
refused 409 conflict
printf 'ROLLBACK;\n\\q\n' >&6
exec 6>&-
wait "$first"
[ "$(jq -r .verdict "$work/first")" = ok ] || fail "the first did not end well: $(cat "$work/first")"

step "then it is in force, and who moves is who was said to"
post /v1/scores/fit '{}' -H 'Idempotency-Key: fit-1'
expect 200 .dry_run false .verdict published .version 1 '.moves.segments[0].entered' "$would_enter" '.moves.segments[0].left' "$would_leave"
post /v1/scores/fit '{}' -H 'Idempotency-Key: fit-1'
expect 200 .verdict published .version 1
expect_header Idempotent-Replayed '^true$'
eventually 20 is_decided
[ "$(members)" = $((before + would_enter - would_leave)) ] || fail "$(members) members, after $before, $would_enter, $would_leave"
get /v1/scores/parameters
expect 200 .version 1 .source fit .until "$(date -u -d "$clock - 1 day" +%Y-%m-%d)" .diagnostics.verdict ok .last_fit.verdict published
is_true "there is a model of spend" '.spend.q > 1'
get /v1/customers/c-1/scores
expect 200 .parameters.version 1 .parameters.source fit
is_true "the accuracy stands beside the scores" '.parameters.accuracy.auc > 0.7'
# shellcheck disable=SC2016 # jq's variables
is_true "the contributions add up" 'all(.horizons[]; (.base + ([.drivers[].contribution] | add)) as $sum |
    (1 / (1 + ($sum | -. | exp)) - .probability | fabs) < 1e-9)'
post /v1/scores/fit '{}'
expect 200 .verdict unchanged .version 1

step "how right it was, measured where it could not see"
get /v1/scores/accuracy
expect 200 .version 1 .reason null .holdout.customers 400 '.holdout.calibration | map(.customers) | add' 400 '.holdout.is_short' false
is_true "better than chance" '.holdout.auc > 0.7'
is_true "better than the rule of thumb" '.holdout.log_loss < .holdout.baselines.hiatus.log_loss'
is_true "the likeliest first" '.holdout.calibration | .[0].bought > .[9].bought and .[0].lift > 1'

step "a setting that is not fitted makes a version, and what was measured stays known"
request PATCH /v1/settings -u "$admin_key:" -H "$JSON" -H 'If-Match: *' -d '{"scores":{"margin":0.25}}'
expect 200
has_margin() {
    get /v1/scores/parameters
    [ "$(value .margin)" = 0.25 ]
}
eventually 20 has_margin
expect 200 .version 2 .source fit .diagnostics.verdict ok
get /v1/scores/accuracy
expect 200 .version 2 .reason null .holdout.customers 400

step "a back-test takes any date"
verb 0 backtest --shop history --calibrate-to 2025-12-31 --horizon 13w --format json
jq -e '.calibrated_to == "2025-12-31" and .horizon_days == 91 and .auc > 0.7 and .log_loss < .baselines.hiatus.log_loss and .k >= 1 and
    (.baselines | keys_unsorted) == ["hiatus", "naive_same", "zero", "bg_nbd"] and .baselines.zero.bias == -100 and
    ([.accuracy, .mae, .rmse, .bias] | all(type == "number"))' "$work/out" > /dev/null || fail "$(cat "$work/out")"
verb 0 backtest --shop history --calibrate-to 2026-01-31
grep -q '^ours  ' "$work/out" || fail "$(cat "$work/out")"
grep -q '^10  ' "$work/out" || fail "$(cat "$work/out")"
verb 65 backtest --shop history --calibrate-to 2023-12-31
verb 65 backtest --shop nobody --calibrate-to 2025-06-30
for wrong in '' '--calibrate-to 2025-02-30' '--calibrate-to 2025-06-30 --horizon 36h' '--calibrate-to 2025-06-30 --format xml' \
    '--calibrate-to 2025-06-30 --horizon'; do
    # shellcheck disable=SC2086 # options
    verb 64 backtest --shop history $wrong
done
verb 64 fit
verb 65 fit --shop nobody

step "what is no request for a fit is refused"
for body in '{"dry":true}' '{"dry_run":1}' '[]' '{"dry_run":true,"dry_run":false}'; do
    post /v1/scores/fit "$body"
    refused 400 invalid_value
done
post /v1/scores/fit '{"dry_run":'
refused 400 malformed_json
post /v1/scores/fit x -H 'Content-Encoding: gzip'
refused 400 malformed_gzip
request POST /v1/scores/fit -u "$admin_key:" -H 'Content-Type: text/csv' -d a,b
refused 415 unsupported_media_type
post /v1/scores/fit "{\"dry_run\":true,\"x\":\"$(head -c 40000 /dev/zero | tr '\0' x)\"}"
refused 413 body_too_large
request POST /v1/scores/fit -d '{}' -H "$JSON"
refused 401 unauthorized
request POST /v1/scores/fit -d '{}' -H "$JSON" -u "$read_key:"
refused 403 forbidden

finish
