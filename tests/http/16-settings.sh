#!/usr/bin/env bash
# The owner of a shop chooses: which pages may send, and what makes two identities one customer.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop chosen EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

readonly ORIGIN='https://shop.example'
readonly VIEW='{"userId":"anna","event":"Product Viewed"}'

choose() { # PATCH [curl's options...]: with whatever version there is
    local patch=$1
    shift
    request PATCH /v1/settings -u "$admin_key:" -H 'Content-Type: application/merge-patch+json' -H 'If-Match: *' \
        --data-binary "$patch" "$@"
}
preflight() { # PATH ORIGIN
    request OPTIONS "$1" -H "Origin: $2" -H 'Access-Control-Request-Method: POST' \
        -H 'Access-Control-Request-Headers: authorization,content-type,x-retry-count'
    expect 204
}
allowed() { # ORIGIN: the page may read the reply
    [ "$(header Access-Control-Allow-Origin)" = "$1" ] || fail "the origin is $(header Access-Control-Allow-Origin)"
    expect_header Vary '^Origin$'
}
denied() {
    [ -z "$(header Access-Control-Allow-Origin)" ] || fail "the origin is allowed"
}

step "a new shop has defaults, and only its owner may see and change them"
request GET /v1/settings -u "$admin_key:"
expect 200 .identity.identities_max 200 .identity.sharers_max 1 .identity.blocked '[]' .ingest.allowed_origins '["*"]' \
    '.identity.join | length' 7 .scores.cadence default .scores.margin 1 .scores.discount_rate 0.1 \
    .scores.fit_every_days 7 .scores.rfm_every_days 7 .scores.rfm_bounds null
expect_header ETag '^"1"$'
expect_header Accept-Patch '^application/merge-patch\+json$'
for method in GET PATCH; do
    body=()
    [ "$method" = GET ] || body=(-d '{}' -H "$JSON")
    request "$method" /v1/settings "${body[@]}"
    refused 401 unauthorized
    request "$method" /v1/settings "${body[@]}" -u "$read_key:"
    refused 403 forbidden
    request "$method" /v1/settings "${body[@]}" -u "$write_key:"
    refused 403 forbidden
done

step "pages of any origin may send to a new shop"
for path in /v1/t /v1/b /v1/batch /v1/m /batch/ /api/s/track /v1/projects/x/settings; do
    preflight "$path" "$ORIGIN"
    allowed "$ORIGIN"
    expect_header Access-Control-Allow-Methods 'POST, GET, OPTIONS'
    for name in authorization content-type x-retry-count x-write-key; do
        expect_header Access-Control-Allow-Headers "$name"
    done
    expect_header Access-Control-Max-Age '^600$'
done
send t "$VIEW" -H "Origin: $ORIGIN"
expect 200
allowed "$ORIGIN"
expect_header Access-Control-Expose-Headers retry-after
request GET "/v1/projects/$write_key/settings" -H "Origin: $ORIGIN"
expect 200
allowed "$ORIGIN"
request GET /v1/settings -u "$admin_key:" -H "Origin: $ORIGIN"
denied
preflight /v1/settings "$ORIGIN"
denied
preflight /v1/customers "$ORIGIN"
denied

step "once a shop names its origins, the replies to its messages follow it"
choose '{"ingest":{"allowed_origins":["https://shop.example","http://localhost:3000"]}}'
expect 200 '.ingest.allowed_origins | length' 2 .identity.sharers_max 1
expect_header ETag '^"2"$'
send t "$VIEW" -H "Origin: $ORIGIN"
expect 200
allowed "$ORIGIN"
send t "$VIEW" -H "Origin: https://elsewhere.example"
expect 200
denied
preflight /v1/t https://SHOP.example
allowed https://SHOP.example
preflight /v1/t https://elsewhere.example
denied
request GET "/v1/projects/$write_key/settings" -H 'Origin: https://elsewhere.example'
denied

step "a preflight carries no key: it is answered for an origin that some shop allows"
"$LIFECYCLED_BIN" shops create other --currency EUR --timezone Europe/Berlin 2> /dev/null
other_key=$("$LIFECYCLED_BIN" keys create --shop other --scope write)
request POST /v1/t -u "$other_key:" -d "$VIEW" -H 'Origin: https://elsewhere.example'
allowed https://elsewhere.example
preflight /v1/t https://elsewhere.example
allowed https://elsewhere.example
send t "$VIEW" -H "Origin: https://elsewhere.example"
denied
send t '{' -H "Origin: $ORIGIN"
refused 400 malformed_json
allowed "$ORIGIN"
request POST /v1/t -u nobody: -d "$VIEW" -H 'Origin: https://elsewhere.example'
refused 401 unauthorized
allowed https://elsewhere.example

step "a patch changes what it names, null takes back the default, and what changes nothing makes no version"
choose '{"identity":{"join":["email"],"identities_max":50,"blocked":["Info@Shop.example","+49 89 1234","user:kiosk-7",
    "email:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","test@test.com"]}}'
expect 200 .identity.join '["email"]' .identity.identities_max 50 '.identity.blocked | length' 5 '.ingest.allowed_origins | length' 2
expect_header ETag '^"3"$'
choose '{"identity":{"join":null,"sharers_max":3}}'
expect 200 '.identity.join | length' 7 .identity.identities_max 50 .identity.sharers_max 3
expect_header ETag '^"4"$'
for patch in '{}' '{"identity":{"sharers_max":3}}' '{"identity":{}}' '{"identity":{"join":null}}'; do
    choose "$patch"
    expect 200
    expect_header ETag '^"4"$'
done
choose '{"identity":null}'
expect 200 .identity.identities_max 200 .identity.blocked '[]' '.ingest.allowed_origins | length' 2
request GET /v1/settings -u "$admin_key:"
expect 200 .identity.sharers_max 1
expect_header ETag '^"5"$'

step "the owner chooses how customers are scored; bounds that are not named stay"
choose '{"scores":{"cadence":"coffee","margin":0.35,"rfm_bounds":{"recency":[90,60,30,7],"frequency":[1,2,3,5],
    "monetary":["9.00","20.5","50","200.00"]}}}'
expect 200 .scores.cadence coffee .scores.margin 0.35 .scores.discount_rate 0.1 '.scores.rfm_bounds.recency[0]' 90
choose '{"scores":{"margin":null,"rfm_bounds":{"recency":[8,4,2,1]}}}'
expect 200 .scores.margin 1 .scores.rfm_bounds.recency '[8,4,2,1]' '.scores.rfm_bounds.monetary[1]' 20.5
choose '{"scores":{"rfm_bounds":{"monetary":null}}}'
refused 422 invalid_settings '#/scores/rfm_bounds/monetary'
choose '{"scores":{"rfm_bounds":null}}'
expect 200 .scores.rfm_bounds null .scores.cadence coffee
choose '{"scores":null}'
expect 200 .scores.cadence default
expect_header ETag '^"9"$'

step "who has not read what is in force does not overwrite it"
request PATCH /v1/settings -u "$admin_key:" -H "$JSON" -d '{"ingest":null}'
refused 428 precondition_required
request PATCH /v1/settings -u "$admin_key:" -H "$JSON" -d '{"ingest":null}' -H 'If-Match: "8"'
refused 412 precondition_failed
request PATCH /v1/settings -u "$admin_key:" -H "$JSON" -d '{"ingest":null}' -H 'If-Match: "9"'
expect 200 .ingest.allowed_origins '["*"]'
expect_header ETag '^"10"$'

step "what is no setting is refused as a whole, with the place"
wrong() { # PATCH POINTER
    choose "$1"
    refused 422 invalid_settings "#$2"
}
wrong '{"identiy":{}}' /identiy
wrong '{"identity":{"joins":[]}}' /identity/joins
wrong '{"identity":[]}' /identity
wrong '{"identity":{"join":"email"}}' /identity/join
wrong '{"identity":{"join":["email","user"]}}' /identity/join/1
wrong '{"identity":{"join":[1]}}' /identity/join/0
wrong '{"identity":{"identities_max":1}}' /identity/identities_max
wrong '{"identity":{"identities_max":2.5}}' /identity/identities_max
wrong '{"identity":{"identities_max":"9"}}' /identity/identities_max
wrong '{"identity":{"sharers_max":-1}}' /identity/sharers_max
wrong '{"identity":{"sharers_max":99999999999999999999}}' /identity/sharers_max
wrong '{"identity":{"blocked":[""]}}' /identity/blocked/0
wrong '{"identity":{"blocked":["a@b.example","nobody"]}}' /identity/blocked/1
wrong '{"identity":{"blocked":["user:"]}}' /identity/blocked/0
wrong '{"ingest":{"allowed_origins":"*"}}' /ingest/allowed_origins
wrong '{"ingest":{"allowed_origins":["https://shop.example/"]}}' /ingest/allowed_origins/0
wrong '{"ingest":{"allowed_origins":["https://*.shop.example"]}}' /ingest/allowed_origins/0
wrong '{"ingest":{"allowed_origins":["shop.example"]}}' /ingest/allowed_origins/0
wrong '{"scores":{"cadence":"books"}}' /scores/cadence
wrong '{"scores":{"margin":1.5}}' /scores/margin
wrong '{"scores":{"discount_rate":"0.1"}}' /scores/discount_rate
wrong '{"scores":{"fit_every_days":-1}}' /scores/fit_every_days
wrong '{"scores":{"rfm_every_days":366}}' /scores/rfm_every_days
wrong '{"scores":{"rfm_bounds":"auto"}}' /scores/rfm_bounds
wrong '{"scores":{"rfm_bounds":{"recency":[1,2,3,4]}}}' /scores/rfm_bounds/recency/1
wrong '{"scores":{"rfm_bounds":{"recency":[4,3,2,1],"frequency":[1,2,3,4],"monetary":["1","2","3","4.005"]}}}' \
    /scores/rfm_bounds/monetary/3
choose '{"identity":{"sharers_max":2,"sharers_max":3}}'
refused 422 invalid_settings
choose '[]'
refused 422 invalid_settings
choose "$(jq -cn '{identity: {blocked: [range(1001) | "user:\(.)"]}}')"
refused 422 invalid_settings '#/identity/blocked'
choose '{"identity":'
refused 400 malformed_json
choose $'{"identity":"\xff"}'
refused 400 invalid_utf8
choose x -H 'Content-Encoding: br'
refused 415 unsupported_media_type
request PATCH /v1/settings -u "$admin_key:" -H 'Content-Type: text/csv' -d a,b
refused 415 unsupported_media_type
head -c 300000 /dev/zero | tr '\0' x > "$work/large"
choose @"$work/large"
refused 413 body_too_large
request PATCH '/v1/settings?lang=de' -u "$admin_key:" -H "$JSON" -d '{}'
refused 400 invalid_parameter
request GET '/v1/settings?all=1' -u "$admin_key:"
refused 400 invalid_parameter
request GET /v1/settings -u "$admin_key:"
expect_header ETag '^"10"$'
choose "$(jq -cn '{identity: {blocked: [range(1000) | "user:\(.)"]}}')"
expect 200 '.identity.blocked | length' 1000

step "what was chosen is still chosen after the service was started again"
stop
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z
choose '{"identity":null,"ingest":{"allowed_origins":["null"]}}'
expect 200
stop
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z
send t "$VIEW" -H 'Origin: null'
expect 200
allowed null
send t "$VIEW" -H "Origin: $ORIGIN"
denied

finish
