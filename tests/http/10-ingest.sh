#!/usr/bin/env bash
# A shop sends what its customers do, as its many clients send it: each message is answered with what it changed, and
# counts once.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop ingest EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

readonly VIEW='"event":"Product Viewed"'

step "the first event of a customer is a transition from null; the next one changes nothing"
track '{"messageId":"m-1","userId":"anna","event":"Order Completed","timestamp":"2026-03-01T09:30:00Z",
    "properties":{"order_id":"1001","revenue":"59.90","currency":"EUR"}}'
expect 200 .success true .messageId m-1 .duplicate false .customer anna '.models | length' 1 '.models[0].model' purchase \
    '.models[0].from' null '.models[0].to' first_purchase '.models[0].changed' true \
    '.models[0].rule' 'orders_count == 1 and days_since_last_order < 180 and not churn_reason' \
    '.models[0].since' 2026-03-01T09:30:00.000Z '.models[0].next.stage' churned \
    '.models[0].next.at' 2026-08-28T09:30:00.000Z '.segments.entered' '[]' '.segments.left' '[]'
expect_header Content-Type '^application/json$'
track '{"userId":"anna","event":"Product Viewed"}'
expect 200 .messageId null '.models[0].from' first_purchase '.models[0].to' first_purchase '.models[0].changed' false

step "a repeat is answered as it was then, and told to be one"
track '{"messageId":"m-2","userId":"anna","event":"Order Completed","properties":{"order_id":"1002","revenue":5}}'
expect 200 '.models[0].from' first_purchase '.models[0].to' repeat_purchase
first=$(jq -S '.duplicate = true' <<< "$reply")
track '{"userId":"anna","event":"Order Completed","properties":{"order_id":"1003","revenue":5}}'
track '{"userId":"anna","event":"Order Completed","properties":{"order_id":"1004","revenue":5}}'
expect 200 '.models[0].to' loyal
track '{"messageId":"m-2","userId":"anna","event":"Order Completed","properties":{"order_id":"1002","revenue":5}}'
expect 200 .duplicate true
[ "$(jq -S . <<< "$reply")" = "$first" ] || fail "the first answer was: $first"
get /v1/customers/anna
expect 200 .facts.orders_count 4 .facts.revenue 74.90 .facts.events_count 5

step "a message without an id is known by its content if it says when"
said='{"userId":"bert","event":"Product Viewed","timestamp":"2026-02-01T00:00:00Z"}'
track "$said"
expect 200 .duplicate false
track "$said"
expect 200 .duplicate true
track '{"userId":"bert","event":"Product Viewed"}'
track '{"userId":"bert","event":"Product Viewed"}'
expect 200 .duplicate false
get /v1/customers/bert
expect 200 .facts.product_views_count 3

step "every type of message is taken"
send identify '{"userId":"carl","traits":{"country":"DE","age":41,"tags":["a","b"],"address":{"city":"Bonn"}}}'
expect 200 .customer carl '.models[0].to' prospect
send identify '{"userId":"carl","traits":{"age":null,"vip":true},"context":{"active":false}}'
expect 200
send page '{"anonymousId":"visitor","name":"Home","properties":{"url":"/"}}'
expect 200 .customer visitor
send screen '{"userId":"carl","name":"Basket"}'
expect 200
send group '{"userId":"carl","groupId":"acme","traits":{"name":"Acme"}}'
expect 200
send alias '{"userId":"carl","previousId":"visitor"}'
expect 200
get /v1/customers/carl
expect 200 .traits.country DE .traits.age null .traits.vip true '.traits.tags | length' 2 .facts.events_count 6
get /v1/customers/carl/events
expect 200 '[.data[].type] | sort | join(" ")' 'alias group identify identify page screen'
get /v1/customers/visitor
expect 200 .id carl .facts.events_count 6

step "ids may be numbers of any size, and a user id of null is none"
track '{"userId":12345678901234567890,"event":"Product Viewed"}'
expect 200 .customer 12345678901234567890
track '{"userId":null,"anonymousId":"ajs-1","event":"Product Viewed"}'
expect 200 .customer ajs-1
track '{"userId":"李雷","event":"看了商品","messageId":"编号-1"}'
expect 200 .customer 李雷 .messageId 编号-1
get /v1/customers/%E6%9D%8E%E9%9B%B7
expect 200 '.facts."events.看了商品.count"' 1

step "the spelling of an event's name does not matter"
for name in 'Product Added' product_added ' PRODUCT-ADDED ' 'Added Product'; do
    track "{\"userId\":\"dora\",\"event\":\"$name\"}"
    expect 200
done
get /v1/customers/dora
expect 200 .facts.carts_count 4

step "a key is taken in every way that clients send it"
sends() { # [curl's options...]: a message with nothing but these
    request POST /v1/track -H "$JSON" "$@"
}
body="{\"userId\":\"erik\",$VIEW}"
sends -d "$body" -H "Authorization: Basic $(printf %s "$write_key:" | base64 -w 0)"
expect 200
sends -d "$body" -H "Authorization: Basic $(printf %s "$write_key" | base64 -w 0)"
expect 200
sends -d "$body" -H "Authorization: Bearer $write_key"
expect 200
sends -d "$body" -H "X-Write-Key: $write_key"
expect 200
sends -d "{\"userId\":\"erik\",$VIEW,\"writeKey\":\"wk:***\"}" -H "X-Write-Key: $write_key:secret"
expect 200
sends -d "{\"userId\":\"erik\",$VIEW,\"writeKey\":\"$write_key\"}"
expect 200
sends -d "{\"userId\":\"erik\",$VIEW,\"api_key\":\"$write_key\"}"
expect 200
sends -d "$body" -H "Authorization: Bearer $admin_key"
expect 200
get /v1/customers/erik
expect 200 .facts.product_views_count 8
! sql 'SELECT payload::text FROM event' | grep -q "$write_key" || fail "a key is in the ledger"

step "a key that was made just now is known, one that was revoked is not"
new_key=$("$LIFECYCLED_BIN" keys create --shop ingest --scope write --label new 2> /dev/null)
sends -d "$body" -u "$new_key:"
expect 200
id=$("$LIFECYCLED_BIN" keys list --shop ingest 2> /dev/null | awk -F '\t' '$5 == "new" { print $1 }')
"$LIFECYCLED_BIN" keys revoke "$id" --shop ingest 2> /dev/null
is_unknown() {
    sends -d "$body" -u "$new_key:"
    [ "$status" = 401 ]
}
eventually 10 is_unknown
refused 401 unauthorized

step "the type of the body is not looked at, and it may be packed"
for type in text/plain application/x-www-form-urlencoded ''; do
    request POST /v1/track -u "$write_key:" -H "Content-Type: $type" -d "{\"userId\":\"fritz\",$VIEW}"
    expect 200
done
printf '{"batch":[{"type":"track","userId":"fritz",%s}]}' "$VIEW" | gzip > "$work/packed"
send batch @"$work/packed" -H 'Content-Encoding: gzip' -H 'Content-Type: application/x-www-form-urlencoded'
expect 200 .accepted 1
get /v1/customers/fritz
expect 200 .facts.product_views_count 4

step "in a batch the good ones are taken and the others told, by their place"
send batch '{"sentAt":"2026-03-01T12:00:00Z","context":{"channel":"web","ip":"::1"},"batch":[
    {"type":"track","userId":"gabi","event":"Order Completed","messageId":"b-0","properties":{"order_id":"g1","revenue":10}},
    null,
    {"type":"track","userId":"gabi","event":"Order Completed","messageId":"b-2","properties":{"order_id":"g2","revenue":"ten"}},
    7,
    {"type":"track","userId":"gabi","messageId":"b-4"},
    {"type":"burp","userId":"gabi"},
    {"userId":"gabi"},
    {"type":"identify","userId":"gabi","traits":{"vip":true},"context":{"channel":"app"}},
    {"type":"track","userId":"gabi","event":"Order Completed","messageId":"b-0","properties":{"order_id":"g1","revenue":10}}]}'
expect 200 .success true .accepted 2 .duplicates 1 .refused 6 '[.errors[].index] | join(" ")' '1 2 3 4 5 6' \
    '[.errors[].code] | join(" ")' 'wrong_type invalid_amount wrong_type missing_member unknown_type missing_member' \
    '[.errors[].pointer] | join(" ")' \
    '/batch/1 /batch/2/properties/revenue /batch/3 /batch/4/event /batch/5/type /batch/6/type' \
    '.errors[1].messageId' b-2 '.errors[0].messageId' null
get /v1/customers/gabi
expect 200 .facts.orders_count 1 .facts.channels_count 2 .traits.vip true
get /v1/customers/gabi/events
expect 200 '[.data[].context.ip] | join(" ")' '::1 ::1'

step "what first and last brought a customer are facts, in the order of the timeline"
send batch '{"batch":[
    {"type":"page","userId":"ines","messageId":"t-0","timestamp":"2026-02-02T00:00:00Z","context":{"locale":"de-DE",
        "page":{"url":"https://shop.example/?utm_campaign=Spring+Sale&utm_source=Google&utm_medium=cpc"}}},
    {"type":"track","userId":"ines","messageId":"t-1","timestamp":"2026-02-03T00:00:00Z","event":"Campaign Touched",
        "properties":{"campaign":"Newsletter 7","channel":"Email"}}]}'
expect 200 .accepted 2
get /v1/customers/ines
expect 200 .facts.first_campaign 'Spring Sale' .facts.first_campaign_source google .facts.first_campaign_medium cpc \
    .facts.last_campaign 'Newsletter 7' .facts.last_campaign_source google .facts.first_channel email \
    .facts.last_locale de-DE
track '{"userId":"ines","messageId":"t-2","timestamp":"2026-02-01T00:00:00Z","event":"Product Viewed","context":{
    "channel":"app","campaign":{"name":"Winter","source":"partner"}}}'
expect 200
get /v1/customers/ines
expect 200 .facts.first_campaign Winter .facts.first_campaign_source partner .facts.first_campaign_medium cpc \
    .facts.last_campaign 'Newsletter 7' .facts.first_channel app .facts.last_channel email

step "an order belongs to whoever was first to name it, in a batch, too"
track '{"userId":"hans","event":"Order Refunded","messageId":"h-1","properties":{"order_id":"g1"}}'
refused 400 order_claimed '#/properties/order_id'
send import '{"batch":[{"type":"track","userId":"hans","event":"Order Completed","properties":{"order_id":"g1","revenue":1}},
    {"type":"track","userId":"hans","event":"Order Completed","properties":{"order_id":"h1","revenue":1}}]}'
expect 200 .accepted 1 .refused 1 '.errors[0].code' order_claimed '.errors[0].pointer' /batch/0/properties/order_id

step "a batch of nothing is nothing"
send batch '{"batch":[]}'
expect 200 .accepted 0 .refused 0

step "money of another currency needs a rate"
order() { # PROPERTIES
    track "{\"userId\":\"ida\",\"event\":\"Order Completed\",\"properties\":{$1}}"
}
order '"order_id":"i1","revenue":100,"currency":"USD"'
refused 400 currency_mismatch '#/properties/currency'
order '"order_id":"i1","revenue":100,"currency":"usd","exchange_rate":"0.925"'
expect 200
order '"order_id":"i2","revenue":"0.005","currency":"eur"'
expect 200
order '"order_id":"i3","products":[{"product_id":"p","price":19.99,"quantity":3},{"sku":"q","price":"0.03"}]'
expect 200
order '"order_id":"i4","subtotal":5,"total":9'
expect 200
get /v1/customers/ida/orders
expect 200 '[.data[] | "\(.order_id)=\(.value)"] | sort | join(" ")' 'i1=92.50 i2=0.01 i3=60.00 i4=5.00'

step "an event up to 24 hours ahead is taken as now, further ahead it is refused"
track '{"userId":"jana","event":"Product Viewed","timestamp":"2026-03-02T11:00:00Z"}'
expect 200 '.models[0].since | startswith("2026-03-01T12:0")' true
track '{"userId":"jana","event":"Product Viewed","timestamp":"2026-03-02T13:00:00Z"}'
refused 400 timestamp_in_future '#/timestamp'

step "a browser's clock is set right by when it sent; a server's is trusted"
track '{"userId":"kai","event":"Product Viewed","timestamp":"2026-03-01T10:00:00Z","sentAt":"2026-03-01T11:00:00Z",
    "context":{"library":{"name":"analytics.js"}}}'
expect 200 '.models[0].since | startswith("2026-03-01T11:00:")' true
track '{"userId":"lea","event":"Product Viewed","timestamp":"2026-03-01T10:00:00Z","sentAt":"2026-03-01T11:00:00Z"}'
expect 200 '.models[0].since' 2026-03-01T10:00:00.000Z

step "times are read as clients write them"
for time in 2026-2-03T04:05:06Z 2026-02-03T04:05Z 2026-02-03T06:05:06.0000+0200 2026-02-03T04:05:06.123456789Z; do
    track "{\"userId\":\"mia\",\"event\":\"Product Viewed\",\"timestamp\":\"$time\"}"
    expect 200
done
get /v1/customers/mia
expect 200 .facts.first_seen_at 2026-02-03T04:05:00.000Z .facts.last_seen_at 2026-02-03T04:05:06.123456Z

step "NUL is stripped and counted, and half a character is replaced"
track '{"userId":"ni\u0000na","event":"Product Viewed","properties":{"a":"x\u0000y","b":"\ud83d!"}}'
expect 200 .customer nina
get /v1/customers/nina/events
expect 200 '.data[0].properties.a' xy '.data[0].properties.b' '�!'
request GET /metrics
grep -q '^lifecycle_nul_characters_stripped_total 2$' <<< "$reply" || fail "they are not counted"

step "a page of any origin may send, and may not read"
request OPTIONS /v1/track -H 'Origin: https://shop.example' -H 'Access-Control-Request-Method: POST'
expect 204
expect_header Access-Control-Allow-Origin '^https://shop\.example$'
expect_header Access-Control-Allow-Headers 'authorization.*x-retry-count'
expect_header Vary Origin
send track "{\"userId\":\"olga\",$VIEW}" -H 'Origin: https://shop.example'
expect 200
expect_header Access-Control-Allow-Origin '^https://shop\.example$'
request OPTIONS /v1/customers -H 'Origin: https://shop.example'
expect 204
[ -z "$(header Access-Control-Allow-Origin)" ] || fail "pages of other origins may read"

step "a request keeps the id that it came with, if that is fit for a header"
send track "{\"userId\":\"olga\",$VIEW}" -H 'X-Request-Id: checkout-7.f_3A'
expect_header X-Request-Id '^checkout-7\.f_3A$'
send track "{\"userId\":\"olga\",$VIEW}" -H 'X-Request-Id: not <fit>'
expect_header X-Request-Id '^[0-9a-f]{32}$'

finish
