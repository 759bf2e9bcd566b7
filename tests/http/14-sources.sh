#!/usr/bin/env bash
# A shop's sources: each proves itself by a key or a signature of its own, and its owner sees what came of what it sent.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

readonly NOBODY=00000000-0000-4000-8000-000000000000
readonly SHOP_ORDER=tests/fuzz/corpus/fuzz_mask/order

shop sources EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

patch() { # PATH BODY [curl's options...]: with the admin key
    local path=$1 body=$2
    shift 2
    request PATCH "$path" -H "Authorization: Bearer $admin_key" -H 'Content-Type: application/merge-patch+json' \
        --data-binary "$body" "$@"
}

make_source() { # TYPE NAME [SETTINGS]: sets source, secret (or key) and place
    post /v1/sources "{\"type\":\"$1\",\"name\":\"$2\",\"settings\":${3:-{\}}}"
    expect 201 .type "$1" .name "$2"
    source=$(value .id)
    secret=$(value '.secret // .key')
    place=$(value .url)
}

hmac() { # SECRET < BYTES: base64
    openssl dgst -sha256 -hmac "$1" -binary | base64
}

shopify() { # SECRET TOPIC BODY [curl's options...]
    local secret=$1 topic=$2 body=$3
    shift 3
    request POST "$place" -H "$JSON" -H "X-Shopify-Topic: $topic" -H 'X-Shopify-Shop-Domain: sources.myshopify.com' \
        -H "X-Shopify-Webhook-Id: w-$RANDOM$RANDOM" -H "X-Shopify-Hmac-Sha256: $(printf %s "$body" | hmac "$secret")" \
        --data-binary "$body" "$@"
}

standard() { # WHSEC TIMESTAMP BODY [curl's options...]
    local key=${1#whsec_} timestamp=$2 body=$3 hex signature
    shift 3
    hex=$(base64 -d <<< "$key" | od -An -tx1 | tr -d ' \n')
    signature=$(printf '%s.%s.%s' msg_1 "$timestamp" "$body" |
        openssl dgst -sha256 -mac HMAC -macopt "hexkey:$hex" -binary | base64)
    request POST "$place" -H "$JSON" -H 'webhook-id: msg_1' -H "webhook-timestamp: $timestamp" \
        -H "webhook-signature: v1,$signature" --data-binary "$body" "$@"
}

counted() { # FILTER NUMBER: of the source
    get "/v1/sources/$source"
    [ "$status" = 200 ] && [ "$(value ".counters$1")" = "$2" ]
}

step "without LIFECYCLED_SECRET_KEY no source can be made, and all else works"
post /v1/sources '{"type":"segment","name":"site"}'
refused 503 secret_key_missing
get /v1/sources
expect 200 '.data | length' 0
track '{"userId":"anna","event":"Product Viewed"}'
expect 200
stop
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z LIFECYCLED_SECRET_KEY=a-key-of-the-tests

step "who may read may look at sources, only an administrator makes them"
request GET /v1/sources
refused 401 unauthorized
request GET /v1/sources -H "Authorization: Bearer $write_key"
refused 403 forbidden
request POST /v1/sources -H "Authorization: Bearer $read_key" -H "$JSON" -d '{"type":"segment","name":"x"}'
refused 403 forbidden

readonly JUST_ANY=/v1/sources/$NOBODY
for call in 'GET /v1/sources' 'POST /v1/sources' "GET $JUST_ANY" "PATCH $JUST_ANY" "DELETE $JUST_ANY" "POST $JUST_ANY/rotate" \
    "GET $JUST_ANY/recent"; do
    # shellcheck disable=SC2086  # a method and a path
    request $call
    refused 401 unauthorized
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $write_key"
    refused 403 forbidden
done

step "what is no request is told as everywhere"
head -c 40000 /dev/zero | tr '\0' ' ' > "$work/large"
for call in 'POST /v1/sources' "PATCH $JUST_ANY" "POST $JUST_ANY/rotate"; do
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $admin_key" -H "$JSON" --data-binary "@$work/large"
    refused 413 body_too_large
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $admin_key" -H 'Content-Type: text/xml' -d '<x/>'
    refused 415 unsupported_media_type
done
for path in /v1/sources "$JUST_ANY"; do
    get "$path?colour=blue"
    refused 400 invalid_parameter
done
delete "$JUST_ANY" -d '{}'
refused 400 bad_request
get /v1/sources
get /v1/sources -H "If-None-Match: $(header ETag)"
expect 304

step "what is wrong with a source is told with its place"
wrong() { # BODY POINTER
    post /v1/sources "$1"
    refused 422 invalid_source "#$2"
}
post /v1/sources '[]'
refused 422 invalid_source
wrong '{"name":"x"}' /type
wrong '{"type":"magento","name":"x"}' /type
wrong '{"type":"segment"}' /name
wrong '{"type":"segment","name":""}' /name
wrong '{"type":"segment","name":"x","color":1}' /color
wrong '{"type":"segment","name":"x","settings":[]}' /settings
wrong '{"type":"segment","name":"x","settings":{"currency":"euro"}}' /settings/currency
wrong '{"type":"segment","name":"x","settings":{"user_id":"id"}}' /settings/user_id
wrong '{"type":"shopify","name":"x","settings":{"user_id":"name"}}' /settings/user_id
wrong '{"type":"shopify","name":"x","settings":{"mapping":{}}}' /settings/mapping
wrong '{"type":"shopify","name":"x","settings":{"secret":"short"}}' /settings/secret
wrong '{"type":"segment","name":"x","settings":{"secret":"long enough"}}' /settings/secret
wrong '{"type":"shopify","name":"x","settings":{"rotation_hours":169}}' /settings/rotation_hours
wrong '{"type":"shopify","name":"x","settings":{"rotation_hours":"1"}}' /settings/rotation_hours
wrong '{"type":"cloudevents","name":"x","settings":{"mapping":{"user_id":7}}}' /settings/mapping/user_id
post /v1/sources '{"type":'
refused 400 malformed_json

step "a source with a key of its own: the key works wherever a write key does, and what it sent is counted"
make_source segment 'the site' '{"currency":"USD","channel":"web"}'
key=$secret
[ "$place" = /v1/batch ] || fail "the url is $place"
get "/v1/sources/$source"
expect 200 .key null .secret null .settings.currency USD .settings.rotation_hours 24 .last_heard_at null '.secrets | length' 1
expect_header ETag '^"1"$'
for _ in 1 2; do
    request POST /v1/track -u "$key:" -H "$JSON" \
        -d '{"messageId":"m-1","userId":"bert@shop.example","event":"Order Completed","properties":{"order_id":"1","currency":"EUR","revenue":10},"context":{"ip":"203.0.113.9"}}'
    expect 200 .success true
done
request POST /v1/track -u "$key:" -H "$JSON" -d '{"userId":"bert","event":"Order Completed","properties":{"order_id":"2","currency":"EUR","revenue":"ten"},"context":{"traits":{"phone":"+49 171 2345678"}}}'
refused 400 invalid_amount
request POST /v1/batch -H "$JSON" \
    -d "{\"writeKey\":\"$key\",\"batch\":[{\"type\":\"page\",\"userId\":\"bert\",\"name\":\"Start\"},7]}"
expect 200 .accepted 1 .refused 1
eventually 10 counted .refused.wrong_type 1
expect 200 .counters.accepted 2 .counters.duplicate 1 .counters.ignored 0 .counters.refused.invalid_amount 1
[[ $(value .last_heard_at) == 2026-03-01T12:0* ]] || fail "last heard at $(value .last_heard_at)"

step "the log shows what came, masked, what we made of it, and what it changed or why it was refused"
get "/v1/sources/$source/recent"
expect 200 '.data | length' 5 '[.data[].result] | sort | join(" ")' 'accepted accepted duplicate refused refused'
for personal in bert@shop.example 203.0.113.9 2345678; do
    [[ $reply != *"$personal"* ]] || fail "the log holds $personal"
done
get "/v1/sources/$source/recent?result=accepted&limit=1"
expect 200 '.data | length' 1 .has_more true
next=$(value .next_cursor)
get "/v1/sources/$source/recent?result=accepted&limit=1&cursor=$next"
expect 200 '.data | length' 1 .has_more false .data[0].messageId m-1 '.data[0].event' 'Order Completed' \
    .data[0].message.userId '[email]' .data[0].message.context.channel null .data[0].message.properties.revenue 10 '.data[0].outcome.models[0].to' first_purchase
get "/v1/sources/$source/recent?result=refused"
expect 200 '.data | length' 2 '.data[1].error.code' invalid_amount '.data[1].error.pointer' /properties/revenue \
    .data[1].message.context.traits.phone '[masked]'
get "/v1/sources/$source/recent?result=refused" -H "If-None-Match: $(header ETag)"
expect 304
get "/v1/sources/$source/recent?result=lost"
refused 400 invalid_parameter
get "/v1/sources/$source/recent?cursor=x"
refused 400 invalid_cursor
[ "$(sql "SELECT count(*) FROM source_message WHERE message::text LIKE '%bert@%'")" = 0 ] || fail "an address was stored"

step "the defaults of a source stand in for what its messages do not say"
request POST /v1/track -u "$key:" -H "$JSON" \
    -d '{"userId":"carl","event":"Order Completed","properties":{"order_id":"3","revenue":10}}'
refused 400 currency_mismatch

step "at high rates the log is a sample, and the counters are exact, also when the service ends at once"
jq -n -c '{batch: [range(400) | {type: "page", userId: "flood", messageId: "f-\(.)"}]}' > "$work/flood"
request POST /v1/batch -u "$key:" -H "$JSON" --data-binary "@$work/flood"
expect 200 .accepted 400
request POST /v1/batch -u "$key:" -H "$JSON" --data-binary "@$work/flood"
expect 200 .duplicates 400
stop
[ "$(sql "SELECT string_agg(code || n, ' ' ORDER BY code) FROM source_tally WHERE code IN ('accepted', 'duplicate')")" = \
    'accepted402 duplicate401' ] || fail "the counters are $(sql 'SELECT code, n FROM source_tally')"
kept=$(sql 'SELECT count(*) FROM source_message')
if [ "$kept" -lt 10 ] || [ "$kept" -gt 100 ]; then
    fail "$kept messages are in the log"
fi
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z LIFECYCLED_SECRET_KEY=a-key-of-the-tests

step "a source is changed by who has read it"
patch "/v1/sources/$source" '{"settings":{"currency":null}}'
refused 428 precondition_required
patch "/v1/sources/$source" '{"settings":{"currency":null}}' -H 'If-Match: "7"'
refused 412 precondition_failed
patch "/v1/sources/$source" '{"type":"shopify"}' -H 'If-Match: "1"'
refused 422 invalid_source '#/type'
patch "/v1/sources/$source" '{' -H 'If-Match: "1"'
refused 400 malformed_json
patch "/v1/sources/$source" '{"name":"the shop","settings":{"currency":null,"rotation_hours":1}}' -H 'If-Match: "1"'
expect 200 .name 'the shop' .settings.currency null .settings.channel web .version 2
request POST /v1/track -u "$key:" -H "$JSON" \
    -d '{"userId":"carl","event":"Order Completed","properties":{"order_id":"3","revenue":10}}'
expect 200

step "a key is rotated: both are valid for a while, then one"
post "/v1/sources/$source/rotate" '' -H 'If-Match: "1"'
refused 412 precondition_failed
post "/v1/sources/$source/rotate" '{'
refused 400 malformed_json
post "/v1/sources/$source/rotate" '{"secret":"another secret"}'
refused 422 invalid_source '#/secret'
post "/v1/sources/$source/rotate" ''
expect 200 '.secrets | length' 2 .secrets[0].expires_at null .version 3
second=$(value .key)
[ "$second" != "$key" ] || fail "the key is the same"
for each in "$key" "$second"; do
    request POST /v1/page -u "$each:" -H "$JSON" -d '{"userId":"dora","name":"Start"}'
    expect 200
done
post "/v1/sources/$source/rotate" '{}'
expect 200 '.secrets | length' 2
third=$(value .key)
request POST /v1/page -u "$key:" -H "$JSON" -d '{"userId":"dora","name":"Start"}'
refused 401 unauthorized
stop
serve LIFECYCLED_CLOCK=2026-03-01T14:00:00Z LIFECYCLED_SECRET_KEY=a-key-of-the-tests
request POST /v1/page -u "$second:" -H "$JSON" -d '{"userId":"dora","name":"Start"}'
refused 401 unauthorized
get "/v1/sources/$source"
expect 200 '.secrets | length' 1

step "a webhook is taken when its source signed the bytes that came"
make_source shopify 'the shop system' '{"secret":"hush hush hush","user_id":"id"}'
[ "$secret" = null ] || fail "a secret that was dictated is shown"
body='{"id":1,"topic":"x"}'
shopify 'hush hush hush' themes/create "$body"
expect 200 .success true .accepted 0
shopify 'another secret' themes/create "$body"
refused 401 bad_signature
request POST "$place" -H "$JSON" -H 'X-Shopify-Topic: themes/create' -d "$body"
refused 401 bad_signature
request POST "$place" -H "$JSON" -H 'shopify-topic: themes/create' -d "$body" \
    -H "shopify-hmac-sha256: $(printf %s "$body" | hmac 'hush hush hush')"
expect 200
shopify 'hush hush hush' orders/create "$(jq -c '.test = false | .currency = "EUR" | .financial_status = "paid"' "$SHOP_ORDER")"
expect 200 .success true .refused 0
[ "$(value .accepted)" -ge 1 ] || fail "no message was made of the order"
shopify 'hush hush hush' orders/create '{"id":'
refused 400 malformed_json
for path in /webhooks/shopify/$NOBODY /webhooks/shopify/x "/webhooks/woocommerce/$source" "/webhooks/inbound/$source"; do
    request POST "$path" -H "$JSON" -d "$body"
    refused 404 not_found
done
eventually 10 counted .refused.malformed_json 1
expect 200 .counters.ignored 2 .counters.refused.bad_signature 2
get "/v1/sources/$source/recent?result=ignored"
expect 200 '.data | length' 2 .data[0].subject themes/create .data[0].message.id 1
[ "$(value .data[0].reason)" != null ] || fail "no reason"
get "/v1/sources/$source/recent?result=refused"
expect 200 '[.data[] | select(.error.code == "bad_signature") | .message] | unique | join("")' ''

large_order() { # LETTERS
    jq -c ".id = 77 | .test = false | .currency = \"EUR\" | .financial_status = \"paid\" | .note = (\"x\" * $1)" "$SHOP_ORDER" > "$work/order"
    request POST "$place" -H "$JSON" -H 'X-Shopify-Topic: orders/create' -H 'X-Shopify-Webhook-Id: large' \
        -H "X-Shopify-Hmac-Sha256: $(hmac 'hush hush hush' < "$work/order")" --data-binary "@$work/order"
}
large_order 800000
expect 200 .success true .refused 0
large_order 1100000
refused 400 too_large
for path in "$place" /webhooks/woocommerce/$NOBODY /webhooks/inbound/$NOBODY; do
    request POST "$path" -H "$JSON" -H 'Content-Encoding: br' -d "$body"
    refused 415 unsupported_media_type
done

step "two secrets of signatures are valid while one takes the other's place"
patch "/v1/sources/$source" '{"settings":{"secret":"whisper whisper"}}' -H 'If-Match: *'
expect 200 '.secrets | length' 2 .secret null .settings.secret null
for each in 'hush hush hush' 'whisper whisper'; do
    shopify "$each" themes/create "$body"
    expect 200
done
post "/v1/sources/$source/rotate" '{"secret":"murmur murmur"}'
expect 200 .secret null
shopify 'hush hush hush' themes/create "$body"
refused 401 bad_signature
shopify 'murmur murmur' themes/create "$body"
expect 200
[[ $(sql 'SELECT string_agg(sealed::text, $$$$) FROM source_secret WHERE sealed IS NOT NULL') != *"$(printf murmur | od -An -tx1 | tr -d ' \n')"* ]] ||
    fail "a secret is stored in clear"

step "what a person asks for by the shop system is stored before it is answered"
shopify 'murmur murmur' customers/redact \
    '{"shop_id":1,"shop_domain":"sources.myshopify.com","customer":{"id":7,"email":"eva@shop.example","phone":"+491712345678"},"orders_to_redact":[]}'
expect 200 .success true
[ "$(sql "SELECT count(*) FROM privacy_request WHERE kind = 1 AND cardinality(people) >= 1 AND source_id = '$source'")" = 1 ] ||
    fail "the request was not stored"

step "WooCommerce pings without a signature and must hear 200; all else it signs"
make_source woocommerce 'the other shop system'
[ ${#secret} -ge 32 ] || fail "the secret is $secret"
request POST "$place" -d webhook_id=5
expect 200 .accepted 0
request POST "$place" -d 'webhook_id=5&x=1'
refused 401 bad_signature
body='{"id":9,"name":"a product"}'
request POST "$place" -H "$JSON" -H 'X-WC-Webhook-Topic: product.created' -d "$body" \
    -H "X-WC-Webhook-Signature: $(printf %s "$body" | hmac "$secret")"
expect 200 .accepted 0
request POST "$place" -H "$JSON" -H 'X-WC-Webhook-Topic: order.created' -d '{' \
    -H "X-WC-Webhook-Signature: $(printf '{' | hmac "$secret")"
refused 400 malformed_json
gzip <<< "$body" > "$work/packed"
request POST "$place" -H "$JSON" -H 'Content-Encoding: gzip' -H 'X-WC-Webhook-Topic: product.created' \
    --data-binary "@$work/packed" -H "X-WC-Webhook-Signature: $(hmac "$secret" < "$work/packed")"
expect 200 .accepted 0

step "a Standard Webhook is signed with its time, which must be near"
make_source standard-webhooks 'a service'
[[ $secret == whsec_* ]] || fail "the secret is $secret"
now=$(date -d "$(service_time)" +%s)
body='{"type":"order.completed","timestamp":"2026-03-01T13:59:00Z","data":{"user_id":"fred","order_id":"9","revenue":5}}'
standard "$secret" "$now" "$body"
expect 200 .success true
standard "$secret" "$now" '{"type":7}'
expect 400
standard "$secret" $((now - 400)) "$body"
refused 401 bad_signature
standard "$secret" $((now + 400)) "$body"
refused 401 bad_signature
standard "whsec_$(printf another | base64)" "$now" "$body"
refused 401 bad_signature

step "CloudEvents are taken with a key, in a header or in the query, after a handshake"
request OPTIONS /v1/cloudevents -H 'WebHook-Request-Origin: events.example' -H 'WebHook-Request-Rate: 100'
expect 204
expect_header WebHook-Allowed-Origin '^events.example$'
expect_header WebHook-Allowed-Rate '^\*$'
expect_header Allow POST
request OPTIONS /v1/customers -H 'WebHook-Request-Origin: events.example'
[ -z "$(header WebHook-Allowed-Origin)" ] || fail "a handshake where nothing is taken"
make_source cloudevents 'a bus'
event='{"specversion":"1.0","id":"1","source":"/bus","type":"com.shop.order.completed","data":{"userId":"gina","order_id":"11","revenue":5}}'
readonly EVENT='Content-Type: application/cloudevents+json'
request POST /v1/cloudevents -H "$EVENT" -d "$event"
refused 401 unauthorized
request POST /v1/cloudevents -H "$EVENT" -H "Authorization: Bearer $read_key" -d "$event"
refused 403 forbidden
request POST "/v1/cloudevents?access_token=$secret" -H "$EVENT" -d "$event"
expect 200 .accepted 1
request POST /v1/cloudevents -H "$EVENT" -H "Authorization: Bearer $secret" -d "$event"
expect 200 .duplicates 1
request POST /v1/cloudevents -H "$EVENT" -H "Authorization: Bearer $write_key" -d "$event"
expect 200 .duplicates 1
request POST /v1/cloudevents -H 'Content-Type: application/cloudevents+protobuf' -H "Authorization: Bearer $secret" -d x
refused 415 unsupported_media_type
request POST /v1/cloudevents -H "$EVENT" -H "Authorization: Bearer $secret" -d '{"specversion":"1.0"}'
refused 400 missing_member
eventually 10 counted .duplicate 1
expect 200 .counters.accepted 1

step "with another LIFECYCLED_SECRET_KEY signatures cannot be checked, and their senders are told to come again"
stop
serve LIFECYCLED_CLOCK=2026-03-01T14:00:00Z LIFECYCLED_SECRET_KEY=another-key
get /v1/sources
expect 200 '.data | length' 5
shopify_source=$(value '.data[] | select(.type == "shopify") | .id')
place=/webhooks/shopify/$shopify_source
shopify 'murmur murmur' themes/create '{"id":1}'
refused 503 secret_key_missing
for type in woocommerce standard-webhooks; do
    get /v1/sources
    place=$(value ".data[] | select(.type == \"$type\") | .url")
    request POST "$place" -H "$JSON" -d '{}'
    refused 503 secret_key_missing
done
place=/webhooks/shopify/$shopify_source
request POST /v1/page -u "$third:" -H "$JSON" -d '{"userId":"dora","name":"Start"}'
expect 200

step "a source that is deleted is gone, and so are its secrets and its log"
delete "/v1/sources/$shopify_source"
refused 428 precondition_required
delete "/v1/sources/$shopify_source" -H 'If-Match: "99"'
refused 412 precondition_failed
delete "/v1/sources/$shopify_source" -H 'If-Match: *'
expect 204
for path in "/v1/sources/$shopify_source" "/v1/sources/$shopify_source/recent" "/v1/sources/$NOBODY" /v1/sources/x; do
    get "$path"
    refused 404 not_found
done
shopify 'murmur murmur' themes/create '{"id":1}'
refused 404 not_found
patch "/v1/sources/$shopify_source" '{}' -H 'If-Match: *'
refused 404 not_found
post "/v1/sources/$shopify_source/rotate" ''
refused 404 not_found
delete "/v1/sources/$shopify_source" -H 'If-Match: *'
refused 404 not_found
[ "$(sql "SELECT count(*) FROM source_secret s JOIN source USING (source_id) WHERE deleted_at IS NOT NULL")" = 0 ] ||
    fail "a secret is left"

step "a shop has at most 100 sources"
sql "INSERT INTO source (source_id, shop_id, type, name, settings, version, created_at)
    SELECT gen_random_uuid(), 1, 1, 'x', '{\"rotation_hours\":24}', 1, '2026-01-01' FROM generate_series(1, 96)"
post /v1/sources '{"type":"segment","name":"one too many"}'
refused 422 too_many_definitions

! grep -q -E 'bert@|eva@|lcs_|whsec_|hush' "$work/log" || fail "the log holds what it must not"
finish
