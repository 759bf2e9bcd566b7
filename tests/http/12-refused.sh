#!/usr/bin/env bash
# What is wrong is refused with a code, a place and a reason, at every door; and nothing of it is kept.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop refused EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

readonly SINGLE='track identify page screen group alias'
readonly MANY='batch import'

step "no message is taken without a key that may send"
for type in $SINGLE $MANY; do
    request POST "/v1/$type" -H "$JSON" -d '{"userId":"u","event":"Product Viewed","batch":[]}'
    refused 401 unauthorized
    expect 401 .success false
    expect_header WWW-Authenticate '^Basic realm="lifecycled"$'
    request POST "/v1/$type" -H "$JSON" -u "$read_key:" -d '{"userId":"u","event":"Product Viewed","batch":[]}'
    refused 403 forbidden
    request POST "/v1/$type" -H "$JSON" -d '{"writeKey":"wk_of_nobody","userId":"u","event":"Product Viewed","batch":[]}'
    refused 401 unauthorized
done
request POST /v1/track -H "$JSON" -H 'Authorization: Basic !' -d '{"userId":"u","event":"Product Viewed"}'
refused 401 unauthorized
request POST /v1/track -d 'no JSON, and no key'
refused 401 unauthorized

step "a body that is packed in another way than gzip is not understood, at any door"
for type in $SINGLE $MANY; do
    send "$type" '{}' -H 'Content-Encoding: br'
    refused 415 unsupported_media_type
done

step "what is no JSON is malformed, at any door"
for type in $SINGLE $MANY; do
    send "$type" '{"userId":"u",'
    refused 400 malformed_json
    expect 400 .success false .instance "/v1/$type" .type /problems/malformed_json
done
for body in '' '{"userId":"u"} {}' "{'userId':'u'}" '{"userId":"u","event":"a	b"}' '{"n":01}' '{"n":.5}' '{"a":NaN}' '{"a":"\x"}' '{"a":"\u00"}'; do
    track "$body"
    refused 400 malformed_json
done
for body in '[]' '"text"' 7 null; do
    track "$body"
    refused 400 wrong_type
done

step "a raw NUL is malformed, text that is no UTF-8 is told"
printf '{"userId":"u","event":"a\0b"}' > "$work/nul"
track @"$work/nul"
refused 400 malformed_json
printf '{"userId":"u","event":"a\xc3("}' > "$work/latin"
track @"$work/latin"
refused 400 invalid_utf8
printf '{"batch":[{"type":"track","userId":"u","event":"\xed\xa0\x80"}]}' > "$work/surrogate"
send batch @"$work/surrogate"
refused 400 invalid_utf8

step "gzip that is broken is told, and a bomb is stopped"
printf '{"userId":"u","event":"Product Viewed"}' | gzip | head -c 30 > "$work/cut"
track @"$work/cut" -H 'Content-Encoding: gzip'
refused 400 malformed_gzip
head -c 20000000 /dev/zero | gzip > "$work/bomb"
track @"$work/bomb" -H 'Content-Encoding: gzip'
refused 400 too_large
send batch @"$work/bomb" -H 'Content-Encoding: gzip'
refused 400 too_large

# text N: N letters
text() {
    head -c "$1" /dev/zero | tr '\0' x
}

step "a message has at most 32,768 bytes, a batch 512,000 and 2,500 messages"
head='{"userId":"size","event":"Product Viewed","properties":{"a":"'
printf '%s%s"}}' "$head" "$(text $((32768 - ${#head} - 3)))" > "$work/most"
[ "$(wc -c < "$work/most")" = 32768 ]
track @"$work/most"
expect 200
printf '%s%s"}}' "$head" "$(text $((32769 - ${#head} - 3)))" > "$work/more"
track @"$work/more"
refused 400 too_large
large=$(text 32700)
send batch "{\"batch\":[{\"type\":\"track\",\"userId\":\"size\",\"event\":\"Product Viewed\"},
    {\"type\":\"track\",\"userId\":\"size\",\"event\":\"Product Viewed\",\"properties\":{\"a\":\"$large\"}}]}"
expect 200 .accepted 1 .refused 1 '.errors[0].code' too_large '.errors[0].pointer' /batch/1
printf '{"batch":[],"context":{"a":"%s"}}' "$(text 512000)" > "$work/large"
send batch @"$work/large"
refused 400 too_large
seq 2500 | jq -cs '{batch: map({type: "page", userId: "many", messageId: "many-\(.)"})}' > "$work/many"
send batch @"$work/many"
expect 200 .accepted 2500
seq 2501 | jq -cs '{batch: map({type: "page", userId: "many"})}' > "$work/many"
send batch @"$work/many"
refused 400 too_many '#/batch'
get /v1/customers/many
expect 200 .facts.events_count 2500

step "a document is nested at most 64 levels deep"
nested() { # LEVELS of lists
    printf '{"userId":"deep","event":"Product Viewed","properties":{"a":%s%s}}' \
        "$(head -c "$1" /dev/zero | tr '\0' '[')" "$(head -c "$1" /dev/zero | tr '\0' ']')"
}
track "$(nested 62)"
expect 200
track "$(nested 63)"
refused 400 too_deep
track "$(nested 10000)"
refused 400 too_deep

step "a batch must be one"
send batch '{"userId":"u","event":"Product Viewed"}'
refused 400 missing_member '#/batch'
send batch '{"batch":{}}'
refused 400 wrong_type '#/batch'
send batch '{"batch":[],"context":7}'
refused 400 wrong_type '#/context'
send import '[]'
refused 400 wrong_type

# wrong TYPE CODE POINTER MESSAGE
wrong() {
    send "$1" "$4"
    refused 400 "$2" "$3"
    wrong_ones+=("$(jq -c --arg type "$1" '{type: $type} + .' <<< "$4")")
    wrong_codes+=("$2")
}
wrong_ones=()
wrong_codes=()

step "each thing that can be wrong with a message has its code and its place"
order='"userId":"u","event":"Order Completed"'
send track '{"event":"Product Viewed"}'
refused 400 missing_identity
wrong track wrong_type '#/userId' '{"userId":{"a":1},"event":"Product Viewed"}'
wrong track wrong_type '#/anonymousId' '{"anonymousId":1.5,"event":"Product Viewed"}'
wrong track invalid_value '#/userId' "{\"userId\":\"$(text 256)\",\"event\":\"Product Viewed\"}"
wrong track invalid_value '#/messageId' "{\"userId\":\"u\",\"messageId\":\"$(text 256)\",\"event\":\"Product Viewed\"}"
wrong track missing_member '#/event' '{"userId":"u"}'
wrong track wrong_type '#/event' '{"userId":"u","event":7}'
wrong track invalid_value '#/event' '{"userId":"u","event":" _- "}'
wrong track wrong_type '#/properties' '{"userId":"u","event":"Product Viewed","properties":[]}'
wrong track wrong_type '#/context' '{"userId":"u","event":"Product Viewed","context":"web"}'
wrong track invalid_timestamp '#/timestamp' '{"userId":"u","event":"Product Viewed","timestamp":"yesterday"}'
wrong track invalid_timestamp '#/timestamp' '{"userId":"u","event":"Product Viewed","timestamp":"2026-01-01T00:00:00"}'
wrong track invalid_timestamp '#/timestamp' '{"userId":"u","event":"Product Viewed","timestamp":"2026-02-30T00:00:00Z"}'
wrong track timestamp_in_future '#/timestamp' '{"userId":"u","event":"Product Viewed","timestamp":"2027-01-01T00:00:00Z"}'
wrong track invalid_amount '#/properties/revenue' "{$order,\"properties\":{\"revenue\":-0.01}}"
wrong track invalid_amount '#/properties/revenue' "{$order,\"properties\":{\"revenue\":\"1e400\"}}"
wrong track invalid_amount '#/properties/revenue' "{$order,\"properties\":{\"revenue\":99999999999999999999}}"
wrong track wrong_type '#/properties/revenue' "{$order,\"properties\":{\"revenue\":true}}"
wrong track invalid_amount '#/properties/products/1/price' "{$order,\"properties\":{\"products\":[{\"price\":1},{\"price\":\"two\"}]}}"
wrong track wrong_type '#/properties/products' "{$order,\"properties\":{\"products\":{}}}"
wrong track invalid_value '#/properties/currency' "{$order,\"properties\":{\"revenue\":1,\"currency\":\"XYZ\"}}"
wrong track currency_mismatch '#/properties/currency' "{$order,\"properties\":{\"revenue\":1,\"currency\":\"JPY\"}}"
wrong track invalid_value '#/properties/exchange_rate' "{$order,\"properties\":{\"revenue\":1,\"currency\":\"JPY\",\"exchange_rate\":0}}"
wrong track missing_member '#/properties/order_id' '{"userId":"u","event":"Order Refunded","properties":{}}'
wrong track missing_member '#/properties/products/0/price' \
    '{"userId":"u","event":"Order Refunded","properties":{"order_id":"o","products":[{"sku":"s"}]}}'
wrong track missing_member '#/properties/kind' '{"userId":"u","event":"Survey Answered","properties":{"score":3}}'
wrong track invalid_value '#/properties/score' '{"userId":"u","event":"Survey Answered","properties":{"kind":"nps","score":11}}'
wrong track invalid_value '#/properties/score' '{"userId":"u","event":"Survey Answered","properties":{"kind":"csat","score":2.5}}'
wrong track missing_member '#/properties/points' '{"userId":"u","event":"Points Earned","properties":{}}'
wrong track wrong_type '#/properties/reason' '{"userId":"u","event":"Customer Churned","properties":{"reason":7}}'
wrong track wrong_type '#/properties/channel' '{"userId":"u","event":"Campaign Touched","properties":{"channel":7}}'
wrong identify wrong_type '#/traits' '{"userId":"u","traits":[]}'
wrong identify too_large '#/traits' "{\"userId\":\"u\",\"traits\":{\"$(text 101)\":1}}"
wrong identify too_many '#/traits' "{\"userId\":\"u\",\"traits\":$(seq 257 | jq -cs 'map({key: "t\(.)", value: 1}) | from_entries')}"

step "in a batch they have the same codes"
send batch "{\"batch\":[$(IFS=,; echo "${wrong_ones[*]}")]}"
expect 200 .accepted 0 .refused "${#wrong_ones[@]}" '[.errors[].code] | join(" ")' "${wrong_codes[*]}"

step "nobody is made of what was refused, and it is remembered without what it held"
get /v1/customers/u
refused 404 not_found
is_told() {
    get '/v1/refusals?limit=1000'
    [ "$(value '[.data[].code] | unique | length')" -ge 14 ]
}
eventually 10 is_told
expect 200 '[.data[].received_at | startswith("2026-03-01T12:")] | all' true \
    '[.data[] | select(.code == "too_deep") | .pointer] | unique | length' 1
! grep -qE 'yesterday|XYZ|wk_of_nobody' <<< "$reply" || fail "what was refused is told"
get '/v1/refusals?limit=3'
expect 200 '.data | length' 3
request GET /metrics
[ "$(sed -nE 's/^lifecycle_events_refused_total ([0-9]+)$/\1/p' <<< "$reply")" -ge 60 ] || fail "they are not counted"

finish
