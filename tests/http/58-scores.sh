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

finish
