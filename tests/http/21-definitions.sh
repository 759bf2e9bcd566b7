#!/usr/bin/env bash
# A shop says what its segments and models are, sees beforehand whom they will hold, and changes its mind safely.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # USER ID TIME REVENUE
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"order-$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":$4,\"currency\":\"EUR\"}}"
    expect 200 .success true
}

is_decided() { # PATH: the crawl after a change is over
    get "$1"
    [ "$(value .progress)" = null ]
}

readonly RICH='{"rule":{">=":[{"var":"revenue"},"100"]},"name":{"zh":"大客户","en":"Rich"}}'

shop defs EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T12:00:00Z
order anna a1 2026-05-01T10:00:00Z 100
order bob b1 2026-05-02T10:00:00Z 99.99
order '=1+1' e1 2026-05-03T10:00:00Z 500
order 'quo\"te,r' q1 2026-05-03T10:00:00Z 100.01

step "a preview counts exactly, without defining anything"
request POST /v1/segments/preview -H "Authorization: Bearer $read_key" -H "$JSON" -d "$RICH"
expect 200 .count 3 '.sample | sort | join(" ")' '=1+1 anna quo"te,r'
post /v1/segments/preview '{"rule":{">":[{"var":"revenue"},1000]}}'
expect 200 .count 0 .sample '[]'
post /v1/segments/preview '{"rule":{">":[{"var":"no_such_fact"},1]}}'
refused 422 invalid_rule '#/rule/%3E/0/var'
post /v1/segments/preview '{"rule":'
refused 400 malformed_json
get /v1/segments
expect 200 .data '[]' .has_more false

step "a segment that is put holds whom its rule says, and those who come to answer to it"
put /v1/segments/rich "$RICH"
expect 201 .key rich .version 1 '.rule | tojson' '{">=":[{"var":"revenue"},"100"]}'
expect_header ETag '^"1"$'
eventually 10 is_decided /v1/segments/rich
expect 200 .count 3 .name.en Rich .text 'revenue is at least 100.00' .version 1
order bob b2 2026-05-03T10:00:00Z 1
expect 200 '.segments.entered[0]' rich
get '/v1/segments/rich?lang=zh'
expect 200 .count 4
get /v1/customers/bob
expect 200 '.segments[0]' rich
get '/v1/customers?segment=rich&sort=id'
expect 200 '.data | length' 4 '.data[0].segments[0]' rich

step "members are listed page by page, with the instant at which they entered"
get '/v1/segments/rich/customers?limit=3'
expect 200 '.data | length' 3 .has_more true
first=$(value '.data[].id')
get "/v1/segments/rich/customers?limit=3&cursor=$(value .next_cursor)"
expect 200 '.data | length' 1 .has_more false
all=$(printf '%s\n%s\n' "$first" "$(value '.data[].id')" | LC_ALL=C sort | tr '\n' ' ')
[ "$all" = '=1+1 anna bob quo"te,r ' ] || fail "the members are $all"
get '/v1/segments/rich/customers?limit=1000'
expect 200 '.data[] | select(.id == "bob") | .entered_at' 2026-05-03T10:00:00.000Z
get /v1/segments/poor/customers
refused 404 not_found

step "as CSV a member whose id looks like a formula is a text"
get '/v1/segments/rich/customers?format=csv&columns=id,entered_at,orders_count,revenue'
expect 200
expect_header Content-Type '^text/csv; charset=utf-8'
expect_header Content-Disposition 'attachment'
grep -q "^'=1+1,2026-05-03T10:00:00.000Z,1,500.00" <<< "$reply" || fail "no guard against formulas"
grep -q '^"quo""te,r",' <<< "$reply" || fail "a quote is not doubled"
[ "$(grep -c $'\r$' <<< "$reply")" = 5 ] || fail "lines end in CR LF"
get /v1/segments/rich/customers -H 'Accept: text/csv'
expect_header Content-Type '^text/csv'
get '/v1/segments/rich/customers?format=xml'
refused 400 invalid_parameter

step "what is in force is changed only by somebody who has seen it"
put /v1/segments/rich '{"rule":{">=":[{"var":"revenue"},200]}}'
refused 428 precondition_required
put /v1/segments/rich '{"rule":{">=":[{"var":"revenue"},200]}}' -H 'If-Match: "7"'
refused 412 precondition_failed
put /v1/segments/poor '{"rule":{"<":[{"var":"revenue"},1]}}' -H 'If-Match: "3"'
refused 412 precondition_failed
put /v1/segments/rich '{"rule":{">=":[{"var":"revenue"},200]}}' -H 'If-Match: "1"'
expect 200 .version 2 .name null
expect_header ETag '^"2"$'
eventually 10 is_decided /v1/segments/rich
expect 200 .count 1
put '/v1/segments/Not%20a%20key' "$RICH"
refused 400 invalid_value
request PUT /v1/segments/mine -H "Authorization: Bearer $read_key" -H "$JSON" -d "$RICH"
refused 403 forbidden

step "a segment that is withdrawn has no members"
delete /v1/segments/rich
refused 428 precondition_required
delete /v1/segments/rich -H 'If-Match: "2"'
expect 204
get /v1/segments/rich
refused 404 not_found
delete /v1/segments/rich -H 'If-Match: "2"'
refused 404 not_found
get /v1/customers/anna
expect 200 .segments '[]'
put /v1/segments/rich "$RICH"
expect 201 .version 4

step "a new shop has the model purchase; the presets are there to choose from"
get /v1/models
expect 200 '[.data[].key] | join(" ")' purchase '.data[0].version' 1 '.data[0].stages[0].key' prospect \
    '.data[0].stages[-1].rule' true '.data[0].stages[1].hold' null '.data[0].stages[1].role' new
get /v1/models/presets
expect 200 '.data | length' 14 '[.data[].key] | index("ecommerce") != null' true
get /v1/models/purchase
expect 200 .document.preset purchase '.document.stages | length' 5 .version 1
expect_header ETag '^"1"$'
get /v1/models/none
refused 404 not_found

step "a preset becomes a model by which everybody is told at once"
put /v1/models/crm '{"preset":"crm","cadence":"fashion"}'
expect 201 .version 1 .document.cadence fashion
get /v1/customers/anna
expect 200 '[.stages[].model] | join(" ")' 'purchase crm' '.stages[1].since' 2026-05-01T10:00:00.000Z
eventually 10 is_decided /v1/models/crm
put /v1/models/crm '{"preset":"crm"}'
refused 428 precondition_required
put /v1/models/crm '{"preset":"crm"}' -H 'If-Match: "1"'
expect 200 .version 2 .document.cadence default
put /v1/models/other '{"preset":"nothing"}'
refused 404 not_found '#/preset'
put /v1/models/other '{"name":{"zh":"一","en":"One"},"stages":[{"key":"one","name":{"zh":"一","en":"One"},"role":"new",
    "rule":{">":[{"var":"orders_count"},1]}}]}'
refused 422 invalid_model '#/stages/0/rule'
delete /v1/models/crm -H 'If-Match: "2"'
expect 204
get /v1/customers/anna
expect 200 '[.stages[].model] | join(" ")' purchase

step "facts are fields of a rule builder, in the language of whoever asks"
get '/v1/facts?lang=zh'
expect 200 '.data[] | select(.name == "orders_count") | .label' 订单数 \
    '[.data[] | .operators | length > 0] | all' true
get /v1/facts
expect 200 '.data[] | select(.name == "revenue") | [.type, .inputType, .nullable | tostring] | join(" ")' 'money number false' \
    '.data[] | select(.name == "subscription_status") | .values | length' 2

step "refused messages are told, without what they held"
track '{"userId":"anna","event":"Order Completed","properties":{"order_id":"x","revenue":"secret"}}'
refused 400 invalid_amount
is_told() {
    get /v1/refusals
    [ "$(value '.data[0].code // ""')" = invalid_amount ]
}
eventually 5 is_told
expect 200 '.data[0].pointer' /properties/revenue
! grep -q secret <<< "$reply" || fail "what was refused is told"

finish
