#!/usr/bin/env bash
# Webhook endpoints as their owner makes, changes and asks of them; what is delivered is told in 54-webhooks.sh.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

readonly NOBODY=00000000-0000-4000-8000-000000000000
readonly ANY=/v1/webhook-endpoints/$NOBODY
readonly URL=https://93.184.215.14/hook
readonly NO_DELIVERY=/v1/webhook-deliveries/msg_00000000000040008000000000000000_1_0

shop endpoints EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

patch() { # PATH BODY [curl's options...]: with the admin key
    local path=$1 body=$2
    shift 2
    request PATCH "$path" -H "Authorization: Bearer $admin_key" -H 'Content-Type: application/merge-patch+json' \
        --data-binary "$body" "$@"
}

look() { # PATH: with the admin key
    request GET "$1" -H "Authorization: Bearer $admin_key"
}

act() { # PATH: a POST without a body
    post "$1" ''
}

step "without LIFECYCLED_SECRET_KEY no endpoint can be made, and all else works"
post /v1/webhook-endpoints "{\"url\":\"$URL\"}"
refused 503 secret_key_missing
look /v1/webhook-endpoints
expect 200 '.data | length' 0
stop
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z LIFECYCLED_SECRET_KEY=a-key-of-the-tests
put /v1/segments/buyers '{"rule":{">=":[{"var":"orders_count"},1]}}'
expect 201

step "endpoints are for administrators, their deliveries for all who may read"
for call in 'GET /v1/webhook-endpoints' 'POST /v1/webhook-endpoints' "GET $ANY" "PATCH $ANY" "DELETE $ANY" "POST $ANY/rotate" \
    "POST $ANY/pause" "POST $ANY/resume" "POST $ANY/test" "POST $ANY/recover" "POST $NO_DELIVERY/resend"; do
    # shellcheck disable=SC2086  # a method and a path
    request $call
    refused 401 unauthorized
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $read_key"
    refused 403 forbidden
done
for path in /v1/webhook-deliveries "$NO_DELIVERY" /v1/webhook-samples; do
    request GET "$path"
    refused 401 unauthorized
    request GET "$path" -H "Authorization: Bearer $write_key"
    refused 403 forbidden
done

step "what is no request is told as everywhere"
head -c 40000 /dev/zero | tr '\0' ' ' > "$work/large"
for call in 'POST /v1/webhook-endpoints' "PATCH $ANY" "DELETE $ANY" "POST $ANY/rotate" "POST $ANY/test" "POST $ANY/recover"; do
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $admin_key" -H "$JSON" --data-binary "@$work/large"
    refused 413 body_too_large
    # shellcheck disable=SC2086
    request $call -H "Authorization: Bearer $admin_key" -H 'Content-Type: text/xml' -d '<x/>'
    refused 415 unsupported_media_type
    # shellcheck disable=SC2086
    request $call'?colour=blue' -H "Authorization: Bearer $admin_key"
    refused 400 invalid_parameter
done
for path in /v1/webhook-endpoints "$ANY" /v1/webhook-deliveries "$NO_DELIVERY" /v1/webhook-samples; do
    look "$path?colour=blue"
    refused 400 invalid_parameter
done
for path in "$ANY/pause" "$ANY/resume" "$NO_DELIVERY/resend"; do
    post "$path" '{}'
    refused 400 bad_request
done
for path in "$ANY" /v1/webhook-endpoints/x "$NO_DELIVERY" /v1/webhook-deliveries/x; do
    look "$path"
    refused 404 not_found
done
for call in "$ANY/rotate" "$ANY/pause" "$ANY/resume" "$ANY/test" "$NO_DELIVERY/resend"; do
    act "$call"
    refused 404 not_found
done
post "$ANY/recover" '{"since":1}'
refused 404 not_found
patch "$ANY" '{}' -H 'If-Match: *'
refused 404 not_found

step "what is wrong with an endpoint is told with its place"
wrong() { # BODY POINTER
    post /v1/webhook-endpoints "$1"
    refused 422 invalid_endpoint "#$2"
}
with() { # MEMBERS POINTER
    wrong "{\"url\":\"$URL\",$1}" "$2"
}
post /v1/webhook-endpoints '[]'
refused 422 invalid_endpoint
post /v1/webhook-endpoints '{'
refused 400 malformed_json
wrong '{}' /url
wrong '{"url":7}' /url
wrong '{"url":"ftp://example.com/"}' /url
wrong '{"url":"https://exa mple.com/"}' /url
wrong "{\"url\":\"https://example.com/$(head -c 2100 /dev/zero | tr '\0' x)\"}" /url
with '"target_url":"https://example.com/"' /target_url
with '"color":1' /color
with '"url":"https://example.com/"' /url
with '"status":"paused"' /status
with '"event_types":[]' /event_types
with '"event_types":7' /event_types
with '"event_types":["stage.changed","order.eaten"]' /event_types/1
with '"event":"user.*"' /event
with '"models":["purchase","none"]' /models/1
with '"segments":["buyers","none"]' /segments/1
with '"stages":["purchase.none"]' /stages/0
with '"stages":[7]' /stages/0
with '"format":"xml"' /format
with "\"description\":\"$(head -c 600 /dev/zero | tr '\0' x)\"" /description
with '"include_silent":"yes"' /include_silent
with '"authorization":"a\nb"' /authorization
with '"authorization":""' /authorization
with '"secret":"whsec_dG9vIHNob3J0"' /secret
with '"secret":"no secret at all, whatever it is like"' /secret
with "\"models\":[$(seq -s, 65 | sed -E 's/[0-9]+/"purchase"/g')]" /models

step "where webhooks may not go is refused when it is named"
for target in http://93.184.215.14/ https://127.0.0.1/ https://10.1.2.3/ https://169.254.169.254/latest/meta-data 'https://[::1]/' \
    'https://[::ffff:10.0.0.1]/' 'https://[fd00::1]/' https://0x7f.1/ https://2130706433/ https://localhost/ https://93.184.215.14:8443/ \
    https://user:pass@93.184.215.14/ https://100.64.0.1/ https://192.168.1.1/; do
    wrong "{\"url\":\"$target\"}" /url
done
wrong '{"hookUrl":"https://127.0.0.1/"}' /hookUrl

step "an endpoint is made, and its secret shown once"
post /v1/webhook-endpoints "{\"url\":\"$URL\",\"event_types\":[\"stage.changed\",\"segment.*\"],\"models\":[\"purchase\"],\"segments\":[\"buyers\"],
    \"stages\":[\"purchase.repeat_purchase\"],\"description\":\"the \\\"bus\\\"\",\"include_silent\":true,\"authorization\":\"Basic c2VjcmV0OnNlY3JldA==\"}"
expect 201 .url "$URL" .event_types '["stage.changed","segment.*"]' .models '["purchase"]' .segments '["buyers"]' \
    .stages '["purchase.repeat_purchase"]' .description 'the "bus"' .format standard .include_silent true .has_authorization true .status enabled \
    .status_reason null .version 1 '.secrets | length' 1 '.secret | length' 50 .progress.lag 0 .progress.pending 0
[[ $reply != *c2VjcmV0* ]] || fail "the authorization is shown"
endpoint=/v1/webhook-endpoints/$(value .id)
secret=$(value .secret)
expect_header Location "^$endpoint\$"
expect_header ETag '^"1"$'
look "$endpoint"
expect 200 '.secret // "none"' none .url "$URL"
look /v1/webhook-endpoints
expect 200 '.data | length' 1 .has_more false
request GET /v1/webhook-endpoints -u "$admin_key:" -H "If-None-Match: $(header ETag)"
expect 304
[ "$(sql "SELECT count(*) FROM webhook_secret WHERE sealed::text LIKE '%' || encode('${secret:6:20}', 'hex') || '%'")" = 0 ] ||
    fail "the secret is stored in clear"

step "a patch changes what it names, for whoever has read the endpoint"
patch "$endpoint" '{"description":"x"}'
refused 428 precondition_required
patch "$endpoint" '{"description":"x"}' -H 'If-Match: "9"'
refused 412 precondition_failed
for change in '{"secret":"whsec_x"}' /secret '{"hookUrl":"https://a.example/"}' /hookUrl '{"status":"disabled"}' /status '{"url":null}' /url \
    '{"url":"https://127.0.0.1/"}' /url '{"segments":["none"]}' /segments/0; do
    case $change in
    /*)
        patch "$endpoint" "$body" -H 'If-Match: *'
        refused 422 invalid_endpoint "#$change"
        ;;
    *) body=$change ;;
    esac
done
patch "$endpoint" '{"description":null,"models":null,"stages":["repeat_purchase"],"authorization":null}' -H 'If-Match: "1"'
expect 200 .description '' .models null .stages '["repeat_purchase"]' .has_authorization false .segments '["buyers"]' .version 2
patch "$endpoint" '{"status":"paused"}' -H 'If-Match: "2"'
expect 200 .status paused
delete /v1/segments/buyers -H 'If-Match: *'
expect 204
patch "$endpoint" '{"status":"enabled","url":"https://93.184.215.14/other"}' -H 'If-Match: *'
expect 200 .status enabled .url https://93.184.215.14/other .segments '["buyers"]'

step "it is paused and resumed, however often"
for _ in 1 2; do
    act "$endpoint/pause"
    expect 200 .status paused
done
for _ in 1 2; do
    act "$endpoint/resume"
    expect 200 .status enabled .status_reason null
done

step "its secret is rotated: two sign for a while, never three"
post "$endpoint/rotate" '{"hours":169}'
refused 422 invalid_endpoint '#/hours'
post "$endpoint/rotate" '{"hours":1}' -H 'If-Match: "1"'
refused 412 precondition_failed
act "$endpoint/rotate"
expect 200 '.secrets | length' 2 '.secrets[0].expires_at' null
[ "$(value .secret)" != "$secret" ] || fail "the secret is the same"
[[ $(value '.secrets[1].expires_at') == 2026-03-02T12:* ]] || fail "the old secret does not end after a day"
post "$endpoint/rotate" '{"secret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}'
expect 200 '.secrets | length' 2 '.secret // "none"' none
post "$endpoint/rotate" '{"hours":0}'
expect 200 '.secrets | length' 1

step "an example is asked for, and waits for its attempt"
act "$endpoint/pause"
expect 200
post "$endpoint/test" '{"type":"order.eaten"}'
refused 422 invalid_endpoint '#/type'
post "$endpoint/test" '{"type":"segment.entered"}'
expect 202 .state pending
delivery=/v1/webhook-deliveries/$(value .id)
expect_header Location "^$delivery\$"
get "$delivery"
expect 200 .type segment.entered .is_test true .sequence null .state pending .attempts '[]' .attempts_count 0 .status null .failure null
get "$delivery" -H "If-None-Match: $(header ETag)"
expect 304
act "$delivery/resend"
expect 202 .state pending
look "$endpoint"
expect 200 .progress.pending 1

step "in the format of Segment an example has two parts, or none"
post /v1/webhook-endpoints "{\"hookUrl\":\"$URL\",\"event\":\"segment.entered\",\"hookId\":\"7\",\"zap\":{\"id\":1},\"format\":\"segment\",
    \"secret\":\"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"}"
expect 201 .url "$URL" .event_types '["segment.entered"]' '.secret // "none"' none
second=$(value .id)
act "/v1/webhook-endpoints/$second/pause"
post "/v1/webhook-endpoints/$second/test" '{"type":"customer.merged"}'
refused 422 invalid_endpoint '#/type'
act "/v1/webhook-endpoints/$second/test"
expect 202
get "/v1/webhook-deliveries?endpoint=$second&type=stage.*&state=pending&since=2026-01-01"
expect 200 '.data | length' 2 '.data[0].part' 1 '.data[1].part' 0 .has_more false

step "deliveries are told page by page, the newest first"
get '/v1/webhook-deliveries?limit=2'
expect 200 '.data | length' 2 .has_more true
expect_header Link 'rel="next"'
get "/v1/webhook-deliveries?limit=2&cursor=$(value .next_cursor)"
expect 200 '.data | length' 1 .has_more false '.data[0].type' segment.entered
get /v1/webhook-deliveries -H "If-None-Match: $(header ETag)"
get /v1/webhook-deliveries
get /v1/webhook-deliveries -H "If-None-Match: $(header ETag)"
expect 304
get '/v1/webhook-deliveries?state=exhausted'
expect 200 '.data | length' 0
for query in state=lost type=none endpoint=x since=yesterday limit=0; do
    get "/v1/webhook-deliveries?$query"
    refused 400 invalid_parameter
done
get '/v1/webhook-deliveries?type=stage.changed,none'
refused 400 invalid_parameter
[ "$(value .detail)" = 'type: there is no type of changes none' ] || fail "$reply"
get '/v1/webhook-deliveries?cursor=x'
refused 400 invalid_cursor

step "a part of the feed is asked for again"
track '{"userId":"anna","event":"Order Completed","properties":{"order_id":"1","revenue":5}}'
expect 200
head=$(sql 'SELECT head FROM feed_head')
bad_range() { # BODY POINTER
    post "$endpoint/recover" "$1"
    refused 422 invalid_endpoint "#$2"
}
bad_range '{}' /since
bad_range '{"since":0}' /since
bad_range '{"since":1.5}' /since
bad_range '{"since":"yesterday"}' /since
bad_range "{\"since\":$((head + 2))}" /since
bad_range "{\"since\":1,\"until\":$((head + 1))}" /until
bad_range '{"since":3,"until":1}' /until
bad_range '{"since":1,"all":1}' /all
post "$endpoint/recover" '{"since":1}'
expect 202 .since 1 .until "$head" .all false
bad_range '{"since":"2026-02-28T12:00:00Z","until":"2026-03-01T11:00:00Z","all":true}' /until # nothing happened then
bad_range '{"since":"2030-01-01T00:00:00Z"}' /since
post "$endpoint/recover" '{"since":"2026-02-28T12:00:00Z","all":true}'
expect 202 .since 1 .until "$head" .all true
sql 'UPDATE feed_head SET oldest = 2' > "$work/out"
post "$endpoint/recover" '{"since":1}'
refused 410 cursor_too_old
sql "UPDATE feed_head SET oldest = 1; UPDATE webhook_replay SET done_at = NULL;
    INSERT INTO webhook_replay SELECT shop_id, endpoint_id, gen_random_uuid(), 1, 1, false, 0, created_at FROM webhook_replay,
        generate_series(1, 9) LIMIT 9" > "$work/out"
post "$endpoint/recover" '{"since":1}'
refused 409 conflict

step "what makes or does something can be sent again with its key"
for repeat in "/v1/webhook-endpoints {\"url\":\"$URL\"}" "$endpoint/rotate {}" "$endpoint/test {}"; do
    read -r path body <<< "$repeat"
    post "$path" "$body" -H "Idempotency-Key: $path"
    [[ $status == 20? ]] || fail "$path"
    first=$(value .id)
    post "$path" "$body" -H "Idempotency-Key: $path"
    [ "$(header Idempotent-Replayed)" = true ] || fail "$path is not the same reply"
    [ "$(value .id)" = "$first" ] || fail "$path was done again"
    sql 'UPDATE idempotency SET reply = NULL' > "$work/out"
    post "$path" "$body" -H "Idempotency-Key: $path"
    refused 409 conflict
    post "$path" '{"x":1}' -H "Idempotency-Key: $path"
    refused 422 key_reused
done

step "what was cancelled cannot be attempted again"
sql "UPDATE webhook_delivery SET state = 4, next_at = NULL WHERE endpoint_id = '$second'" > "$work/out"
get "/v1/webhook-deliveries?endpoint=$second&state=cancelled"
expect 200 '.data | length' 2
act "/v1/webhook-deliveries/$(value '.data[0].id')/resend"
refused 409 conflict

step "samples are bodies of the latest changes, a bare list, and examples where there are none"
get '/v1/webhook-samples'
expect 200 'type' array '.[0].data.customer' anna
get '/v1/webhook-samples' -H "If-None-Match: $(header ETag)"
expect 304
get '/v1/webhook-samples?types=stage.changed&limit=1'
expect 200 '. | length' 1 '.[0].type' stage.changed '.[0].data.customer' anna '.[0].data.model' purchase
get '/v1/webhook-samples?types=customer.merged,segment.left'
expect 200 '. | map(.type) | join(" ")' 'segment.left customer.merged' '.[0].data.customer' example-customer
get '/v1/webhook-samples?types=stage.changed&format=segment&limit=2'
expect 200 '. | map(.type) | join(" ")' 'identify track' '.[0].userId' anna '.[1].event' 'Lifecycle Stage Changed'
get '/v1/webhook-samples?limit=100&types=*'
expect 200
for query in types=none format=xml limit=101; do
    get "/v1/webhook-samples?$query"
    refused 400 invalid_parameter
done
get '/v1/webhook-samples?types=nope'
refused 400 invalid_parameter
[ "$(value .detail)" = 'types: there is no type of changes nope' ] || fail "$reply"

step "what is deleted is gone, also when it is deleted again"
delete "$endpoint" -H 'If-Match: "1"'
refused 412 precondition_failed
delete "/v1/webhook-endpoints/$second" -H "$JSON" -d '{"hookUrl":"x"}'
expect 204
delete "/v1/webhook-endpoints/$second"
expect 204
delete /v1/webhook-endpoints/never-was
expect 204
look "/v1/webhook-endpoints/$second"
refused 404 not_found
delete "$endpoint"
expect 204
get '/v1/webhook-deliveries?state=pending'
expect 200 '.data | length' 0
act "$delivery/resend"
refused 404 not_found
[ "$(sql "SELECT count(*) FROM webhook_endpoint e JOIN (SELECT endpoint_id FROM webhook_secret UNION ALL SELECT endpoint_id FROM webhook_progress) x
    USING (endpoint_id) WHERE deleted_at IS NOT NULL")" = 0 ] ||
    fail "a secret is left"

step "a shop has at most 50"
sql "INSERT INTO webhook_endpoint (endpoint_id, shop_id, settings, status, reason, status_at, version, asked, created_at)
    SELECT gen_random_uuid(), 1, '{\"url\":\"https://a.example/\",\"format\":\"standard\",\"include_silent\":false}', 2, 0, '2026-01-01', 1, 0,
        '2026-01-01' FROM generate_series(1, 50)" > "$work/out"
post /v1/webhook-endpoints "{\"url\":\"$URL\"}"
refused 422 too_many_definitions

! grep -q -E 'whsec_|c2VjcmV0|93\.184' "$work/log" || fail "the log holds what it must not"
finish
