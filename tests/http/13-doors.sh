#!/usr/bin/env bash
# Every door asks for the right key, says when nothing has changed, and takes nothing that it does not know.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop doors EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z
track '{"userId":"anna","event":"Order Completed","timestamp":"2026-02-01T00:00:00Z","properties":{"order_id":"1","revenue":20}}'
put /v1/segments/buyers '{"rule":{">=":[{"var":"orders_count"},1]}}'
is_decided() {
    get /v1/segments/buyers
    [ "$(value .progress)" = null ]
}
eventually 10 is_decided

# What is read with a key, and what is told to anybody.
readonly READ='/v1/customers /v1/customers/anna /v1/customers/anna/events /v1/customers/anna/orders
    /v1/customers/anna/transitions /v1/customers/anna/explain /v1/customers/anna/scores
    /v1/scores/parameters /v1/scores/accuracy /v1/segments /v1/segments/buyers/customers
    /v1/models /v1/models/presets /v1/metrics/stages /v1/metrics/transitions /v1/metrics/rfm /v1/facts /v1/refusals'
readonly VERSIONED='/v1/segments/buyers /v1/models/purchase'
readonly OPEN='/healthz /readyz /metrics /openapi.yaml /problems/forbidden'

step "nothing is read without a key, with a key of nobody, or with a key that may only send"
for path in $READ $VERSIONED; do
    request GET "$path"
    refused 401 unauthorized
    expect_header WWW-Authenticate '^Bearer realm="lifecycled"$'
    request GET "$path" -H 'Authorization: Bearer nobody_has_this'
    refused 401 unauthorized
    request GET "$path" -u "$write_key:"
    refused 403 forbidden
done

step "nothing is defined without a key that may do all"
readonly RULE='{"rule":true}'
for path in /v1/segments/x /v1/models/x; do
    for method in PUT DELETE; do
        body=()
        [ "$method" = DELETE ] || body=(-d "$RULE")
        request "$method" "$path" "${body[@]}" -H "$JSON"
        refused 401 unauthorized
        request "$method" "$path" "${body[@]}" -H "$JSON" -u "$read_key:"
        refused 403 forbidden
    done
done
request POST /v1/segments/preview -d "$RULE" -H "$JSON"
refused 401 unauthorized
request POST /v1/segments/preview -d "$RULE" -H "$JSON" -u "$write_key:"
refused 403 forbidden

step "a key is the key of one shop"
"$LIFECYCLED_BIN" shops create other --currency JPY --timezone Asia/Tokyo 2> /dev/null
other_key=$("$LIFECYCLED_BIN" keys create --shop other --scope admin)
request GET /v1/customers/anna -u "$other_key:"
refused 404 not_found
request GET /v1/segments/buyers -u "$other_key:"
refused 404 not_found
request GET /v1/metrics/stages -u "$other_key:"
expect 200 .currency JPY '[.data[].customers] | add' 0

step "what has not changed is not sent again, and HEAD sends nothing"
is_unchanged() { # PATH: asked again at once; as_of is not counted, but a second may pass between two answers of a day count
    get "$1"
    expect 200
    local etag
    etag=$(header ETag)
    get "$1" -H "If-None-Match: \"other\", $etag"
    [ "$status" = 304 ] && [ -z "$reply" ]
}
for path in $READ; do
    eventually 5 is_unchanged "$path"
    expect_header ETag '^"'
    request HEAD "$path" -u "$read_key:"
    expect 200
    expect_header Cache-Control '^private, no-cache$'
    [ -z "$reply" ] || fail "HEAD has a body"
done
for path in /openapi.yaml /problems/forbidden; do
    eventually 5 is_unchanged "$path"
done
for path in $VERSIONED; do
    get "$path" -H 'If-None-Match: "1"'
    expect 200 .version 1
    expect_header ETag '^"1"$'
done

step "what takes no body refuses one, and what it does not know is not left out silently"
for path in $READ $VERSIONED; do
    get "$path" -d '{}'
    refused 400 bad_request
    get "$path?statge=new"
    refused 400 invalid_parameter
    get "$path?lang=de"
    refused 400 invalid_parameter
done
for path in $OPEN; do
    request GET "$path" -d x
    refused 400 bad_request
    request GET "$path" -d x -H 'Content-Type: text/html' -H 'Content-Encoding: br'
    refused 400 bad_request
    request GET "$path?whatever=1"
    expect 200
done
for path in /v1/segments/buyers /v1/models/purchase; do
    delete "$path" -d x -H 'If-Match: "1"'
    refused 400 bad_request
    delete "$path?now=1" -H 'If-Match: "1"'
    refused 400 invalid_parameter
done
for query in lang=en\&lang=zh lang=%zz lang=%ff 'lang=en%00'; do
    get "/v1/facts?$query"
    refused 400 invalid_parameter
done

step "a definition is JSON of at most 256 KB, and says so"
printf '{"rule":true,"name":{"zh":"%s","en":"x"}}' "$(head -c 262144 /dev/zero | tr '\0' x)" > "$work/large"
for path in /v1/segments/x /v1/models/x; do
    put "$path" '{"rule":'
    refused 400 malformed_json
    put "$path" x -H 'Content-Encoding: gzip'
    refused 400 malformed_gzip
    put "$path" $'{"rule":"\xff"}'
    refused 400 invalid_utf8
    put "$path" '' -H 'Content-Encoding: br'
    refused 415 unsupported_media_type
    request PUT "$path" -u "$admin_key:" -H 'Content-Type: text/csv' -d a,b
    refused 415 unsupported_media_type
    put "$path" @"$work/large"
    refused 413 body_too_large
    gzip < "$work/large" > "$work/packed"
    put "$path" @"$work/packed" -H 'Content-Encoding: gzip'
    refused 413 body_too_large
    put "$path?restate=perhaps" "$RULE"
    [ "$status" = 400 ] || [ "$status" = 422 ] || fail "restate is true or false"
done
post /v1/segments/preview '' -H 'Content-Encoding: br'
refused 415 unsupported_media_type
post /v1/segments/preview @"$work/large"
refused 413 body_too_large
post /v1/segments/preview $'{"rule":"\xff"}'
refused 400 invalid_utf8
gzip <<< "$RULE" > "$work/packed"
post '/v1/segments/preview?lang=zh' @"$work/packed" -H 'Content-Encoding: gzip'
expect 200 .count 1
for document in '{"rule":{"foo":[]}}' '{"rule":true,"nmae":{"zh":"a","en":"b"}}' '{"rule":true,"rule":false}' \
    '{"rule":true,"name":{"en":"b"}}' '{"rule":true,"name":{"zh":" ","en":"b"}}' '[]' '{}'; do
    put /v1/segments/x "$document"
    refused 422 invalid_rule
done
get /v1/segments/x
refused 404 not_found

step "what is not there is 404, whoever is asked"
for path in customers/nobody customers/nobody/events customers/nobody/orders customers/nobody/transitions \
    customers/nobody/explain customers/nobody/scores customers/anna/explain?model=none segments/none segments/none/customers models/none nothing; do
    get "/v1/$path"
    refused 404 not_found
done
for path in / /v1 /v1/ /v1/track/ /V1/facts //healthz /problems/unheard_of /v1/customers//events; do
    request GET "$path"
    refused 404 not_found
done
delete /v1/models/none -H 'If-Match: *'
refused 404 not_found

step "a cursor that is none, or of another list, is told"
for path in customers customers/anna/events customers/anna/orders customers/anna/transitions segments/buyers/customers; do
    for cursor in 'a%20b' AYYB6mC6poADAQAAAAAAAAAALnU_KEuSWgafZ9u7THV9; do
        get "/v1/$path?cursor=$cursor"
        refused 400 invalid_cursor
    done
    for limit in 0 1.5 99999999999999999999; do
        get "/v1/$path?limit=$limit"
        refused 400 invalid_parameter
    done
done

step "another method is told which there are"
request PATCH /v1/models/purchase
refused 405 method_not_allowed
expect_header Allow '^GET, HEAD, PUT, DELETE$'
request GET /v1/track
refused 405 method_not_allowed
expect_header Allow '^POST$'
request MKCOL /healthz
refused 405 method_not_allowed
request OPTIONS /v1/models/purchase
expect 204
expect_header Allow '^GET, HEAD, PUT, DELETE, OPTIONS$'

step "a path is percent-encoded text"
get /v1/customers/%61nna
expect 200 .id anna
for path in %zz %ff %00 %; do
    get "/v1/customers/$path"
    refused 400 bad_request
    request GET "/problems/$path"
    refused 400 bad_request
    request GET "/$path"
    refused 400 bad_request
done
track '{"userId":"a/b?c","event":"Product Viewed"}'
get /v1/customers/a%2Fb%3Fc
expect 200 .id 'a/b?c'

step "each problem has a page that says what it means"
request GET /problems/currency_mismatch
expect 200 .status 400 .type /problems/currency_mismatch .title "The amount is in another currency than the shop's"

step "the service tells its state, its figures and this very contract"
request GET /healthz
expect 200 .status ok
expect_header Cache-Control '^no-store$'
request GET /readyz
expect 200 .status ready .checks.database ok
"$LIFECYCLED_BIN" healthcheck < /dev/null 2> "$work/health" && fail "port 0 is healthy"
LIFECYCLED_LISTEN=${direct#http://} "$LIFECYCLED_BIN" healthcheck || fail "it is ready, and the healthcheck says no"
request GET /metrics
expect_header Content-Type '^text/plain; version=0\.0\.4; charset=utf-8$'
grep -q '^# TYPE lifecycle_events_accepted_total counter$' <<< "$reply" || fail "the older format"
request GET /metrics -H 'Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5'
expect_header Content-Type '^application/openmetrics-text; version=1\.0\.0; charset=utf-8$'
grep -q '^# TYPE lifecycle_events_accepted counter$' <<< "$reply" || fail "the newer format"
[ "$(tail -n 1 <<< "$reply")" = '# EOF' ] || fail "the newer format ends in EOF"
request GET /openapi.yaml
expect_header Content-Type '^application/yaml$'
diff <(printf '%s\n' "$reply") openapi.yaml > /dev/null || fail "the program holds another openapi.yaml"

finish
