#!/usr/bin/env bash
# A shop describes its own lifecycle: what cannot work is refused before it is in force, with the reason; what is put in force
# decides everybody, and says how far it is.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # USER ID TIME
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"timestamp\":\"$3\",\"properties\":{\"order_id\":\"$2\",\"revenue\":10}}"
    expect 200
}

is_decided() { # KEY
    get "/v1/models/$1"
    [ "$(value .progress)" = null ]
}

stage() { # KEY ROLE RULE [MORE]
    printf '{"key":"%s","name":{"zh":"阶段","en":"%s"},"role":"%s","rule":%s%s}' "$1" "$1" "$2" "$3" "${4:-}"
}

model() { # STAGE...
    local IFS=,
    printf '{"name":{"zh":"模型","en":"Model"},"stages":[%s]}' "$*"
}

shop models EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T12:00:00Z
for i in 1 2 3; do
    order anna "a$i" "2026-0$i-01T00:00:00Z"
done
order bob b1 2026-04-01T00:00:00Z
seq 600 | jq -cs '{batch: map({type: "page", userId: "visitor-\(.)"})}' > "$work/visitors"
send batch @"$work/visitors"
expect 200 .accepted 600

step "a stage in which nobody could ever stand is refused, and the one that shadows it is named"
put /v1/models/own "$(model "$(stage buyer active '{">=":[{"var":"orders_count"},1]}')" \
    "$(stage regular loyal '{">=":[{"var":"orders_count"},3]}')" "$(stage other prospect true)")"
refused 422 invalid_model '#/stages/1/rule'
expect 422 '.detail | test("regular") and test("buyer")' true

step "a model that leaves somebody out is refused"
put /v1/models/own "$(model "$(stage buyer active '{">=":[{"var":"orders_count"},1]}')" \
    "$(stage other prospect '{"<":[{"var":"orders_count"},1]}')")"
refused 422 invalid_model '#/stages/1/rule'

step "a rule is refused at the place where it is wrong"
put /v1/models/own "$(model "$(stage buyer active '{"and":[{">":[{"var":"orders_count"},0]},{"==":[{"var":"revenue"},"much"]}]}')" \
    "$(stage other prospect true)")"
expect 422 .code invalid_rule '.errors[0].pointer | startswith("#/stages/0/rule/and/1")' true

step "a document is what it says it is, or it is refused"
for document in '{}' '[]' '{"stages":[]}' '{"stages":{}}' '{"preset":7}' '{"preset":"crm","colour":"red"}' \
    '{"preset":"crm","cadence":"hourly"}' '{"preset":"purchase","settings":{"no_such":1}}' '{"preset":"purchase","settings":[]}' \
    "$(model "$(stage a new true)" "$(stage a new true)")" "$(model "$(stage A new true)")" "$(model "$(stage a happy true)")" \
    "$(model "$(stage a new true ',"colour":"red"')")"; do
    put /v1/models/own "$document"
    refused 422 invalid_model
done
get /v1/models/own
refused 404 not_found

step "a preset takes the numbers of a trade, and a number of one's own"
put /v1/models/coffee '{"preset":"purchase","cadence":"coffee"}'
expect 201 .version 1 .document.cadence coffee .name.en 'Purchase cycle' \
    '.stages[-2].rule' 'orders_count >= 20 and days_since_last_order < 30 and not churn_reason'
expect_header ETag '^"1"$'
put /v1/models/coffee '{"preset":"purchase","cadence":"coffee","settings":{"loyal_orders":3}}' -H 'If-Match: "1"'
expect 200 .version 2 '.stages[-2].rule' 'orders_count >= 3 and days_since_last_order < 30 and not churn_reason'

step "what says the same as before is not a new version"
put /v1/models/coffee '{"preset":"purchase","cadence":"coffee","settings":{"loyal_orders":3}}' -H 'If-Match: *'
expect 200 .version 2

step "everybody is decided by a new model at once, and it is told how far that is in the database"
put /v1/models/own "$(model "$(stage regular loyal '{">=":[{"var":"orders_count"},3]}' ',"hold":{">=":[{"var":"orders_count"},2]}')" \
    "$(stage buyer active '{">=":[{"var":"orders_count"},1]}')" "$(stage other prospect true)")"
expect 201 .progress.total 602 '.progress.done < 602' true
get /v1/customers/anna
expect 200 '.stages[] | select(.model == "own") | .stage' regular
eventually 20 is_decided own
get '/v1/metrics/stages?model=own'
expect 200 '[.data[] | "\(.stage) \(.customers)"] | join(", ")' 'regular 1, buyer 1, other 600'

step "a hold rule keeps whom the rule would let go"
track '{"userId":"anna","event":"Order Cancelled","properties":{"order_id":"a1"}}'
expect 200 '.models[] | select(.model == "own") | "\(.to) \(.rule)"' 'regular orders_count >= 2'
track '{"userId":"anna","event":"Order Cancelled","properties":{"order_id":"a2"}}'
expect 200 '.models[] | select(.model == "own") | "\(.from) \(.to)"' 'regular buyer'

step "a new version decides from now on; restated it decides the past, too"
put /v1/models/own "$(model "$(stage buyer active '{">=":[{"var":"orders_count"},1]}')" "$(stage other prospect true)")" -H 'If-Match: "1"'
expect 200 .version 2 '.applies_from | startswith("2026-06-01T12:")' true
get '/v1/customers/anna?as_of=2026-05-01'
expect 200 '.stages[] | select(.model == "own") | .stage' regular
put '/v1/models/own?restate=true' "$(model "$(stage customer active '{">=":[{"var":"orders_count"},1]}')" "$(stage other prospect true)")" \
    -H 'If-Match: "2"'
expect 200 .version 3 .applies_from null
get '/v1/customers/anna?as_of=2026-05-01'
expect 200 '.stages[] | select(.model == "own") | .stage' customer
eventually 20 is_decided own

step "only who has seen the version in force may replace or withdraw it"
put /v1/models/own '{"preset":"crm"}'
refused 428 precondition_required
put /v1/models/own '{"preset":"crm"}' -H 'If-Match: "2"'
refused 412 precondition_failed
put /v1/models/own '{"preset":"crm"}' -H 'If-Match: W/"3"'
refused 412 precondition_failed
delete /v1/models/own
refused 428 precondition_required
delete /v1/models/own -H 'If-Match: "2"'
refused 412 precondition_failed
delete /v1/models/No
refused 400 invalid_value
put /v1/models/No '{"preset":"crm"}'
refused 400 invalid_value
delete /v1/segments/No
refused 400 invalid_value
put /v1/segments/vip '{"rule":true}'
expect 201
delete /v1/segments/vip -H 'If-Match: "2"'
refused 412 precondition_failed

step "a model that was withdrawn holds nobody, and what was stays told"
delete /v1/models/own -H 'If-Match: "3", "4"'
expect 204
get /v1/customers/anna
expect 200 '[.stages[].model] | join(" ")' 'purchase coffee'
has_left() {
    get /v1/customers/anna/transitions
    [ "$(value '[.data[] | select(.model == "own")][0] | "\(.from)>\(.to) \(.cause)"')" = 'customer>null definition' ]
}
eventually 20 has_left

step "a shop may have 32 models over its life"
for i in $(seq 4 32); do
    put "/v1/models/m$i" '{"preset":"reach"}'
    expect 201
done
put /v1/models/m33 '{"preset":"reach"}'
refused 422 too_many_definitions
eventually 60 is_decided m32

finish
