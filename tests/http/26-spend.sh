#!/usr/bin/env bash
# What was paid for campaigns: told again until it is final, in the shop's currency and days.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

spend() { # BODY [curl's options...]
    send spend "$@"
}

shop spend EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-02T23:30:00Z # March 3 in Berlin

step "one row, and several"
spend '{"day":"2026-03-01","channel":" Paid_Search ","campaign":"Spring","amount":"120.005","currency":"EUR","impressions":40000,"clicks":900}'
expect 200 .accepted 1
spend '{"data":[{"day":"2026-03-02","channel":"email","amount":3},{"day":"2026-03-02","amount":"0.50"},{"day":"2026-03-04","channel":"email","amount":1}]}'
expect 200 .accepted 3
get /v1/spend
expect 200 '.data | length' 4 .has_more false \
    '.data[0] | "\(.day) \(.channel) \(.campaign) \(.amount) \(.currency) \(.impressions) \(.clicks)"' '2026-03-01 paid_search Spring 120.01 EUR 40000 900' \
    '[.data[] | select(.day == "2026-03-02") | "\(.channel) \(.amount)"] | sort | join(", ")' 'email 3.00, null 0.50'

step "what is told again replaces what was told"
spend '{"day":"2026-03-01","channel":"paid_search","campaign":"Spring","amount":"100"}'
get '/v1/spend?from=2026-03-01&to=2026-03-02'
expect 200 '.data | length' 1 .data[0].amount 100.00 .data[0].impressions 0
etag=$(header ETag)
get '/v1/spend?from=2026-03-01&to=2026-03-02' -H "If-None-Match: $etag"
expect 304
get '/v1/metrics/marketing?from=2026-03-01&to=2026-03-04&group_by=channel'
expect 200 '[.data[] | select(.channel == "paid_search") | .spend] | unique | join(",")' 100.00
etag=$(header ETag)
spend '{"day":"2026-03-01","channel":"paid_search","campaign":"Spring","amount":"110"}'
get '/v1/metrics/marketing?from=2026-03-01&to=2026-03-04&group_by=channel' -H "If-None-Match: $etag"
expect 200 '[.data[] | select(.channel == "paid_search") | .spend] | unique | join(",")' 110.00

step "page by page"
get '/v1/spend?from=2026-03-01&limit=2'
expect 200 '.data | length' 2 .has_more true
cursor=$(value .next_cursor)
get "/v1/spend?from=2026-03-01&limit=2&cursor=$cursor"
expect 200 '.data | length' 1 .has_more false
get "/v1/spend?cursor=$cursor"
refused 400 invalid_cursor

step "an Idempotency-Key tells it once"
spend '{"day":"2026-03-01","amount":7}' -H 'Idempotency-Key: "a"'
expect 200 .accepted 1
spend '{"day":"2026-03-01","amount":7}' -H 'Idempotency-Key: "a"'
expect 200 .accepted 1
expect_header Idempotent-Replayed true
spend '{"day":"2026-03-01","amount":8}' -H 'Idempotency-Key: "a"'
refused 422 key_reused

step "what is wrong is refused as a whole, with the place"
spend '{"data":[{"day":"2026-03-03","amount":1},{"day":"2026-03-03","channel":"x","amount":1,"currency":"USD"}]}'
refused 400 currency_mismatch "#/data/1/currency"
spend '{"data":[{"day":"2026-03-03","channel":"x","amount":1},{"day":"2026-03-03","channel":" X ","amount":2}]}'
refused 400 invalid_value "#/data/1"
spend '{"day":"2026-03-05","amount":1}'
refused 400 invalid_value "#/day"
spend '{"day":"2026-02-30","amount":1}'
refused 400 invalid_value "#/day"
spend '{"day":"2026-03-01","amount":-1}'
refused 400 invalid_value "#/amount"
spend '{"day":"2026-03-01"}'
refused 400 invalid_value "#/amount"
spend '{"day":"2026-03-01","amount":1,"clicks":1.5}'
refused 400 invalid_value "#/clicks"
spend '{"day":"2026-03-01","amount":1,"cost":1}'
refused 400 invalid_value "#/cost"
spend '{"data":[]}'
refused 400 invalid_value "#/data"
spend "$(jq -nc '{data: [range(1001) | {day: "2026-03-01", channel: "c\(.)", amount: 1}]}')"
refused 400 too_many "#/data"
spend '{'
refused 400 malformed_json
get '/v1/spend?from=2026-03-01T10:00:00Z'
refused 400 invalid_parameter
get '/v1/spend?from=2026-03-03'
expect 200 '.data | length' 0

step "who may not tell it, or reads it without a key, is refused; so is what is no request"
request POST /v1/spend -H "$JSON" -d '{"day":"2026-03-01","amount":1}'
refused 401 unauthorized
request POST /v1/spend -H "$JSON" -u "$read_key:" -d '{"day":"2026-03-01","amount":1}'
refused 403 forbidden
request GET /v1/spend
refused 401 unauthorized
request GET /v1/spend -u "$write_key:"
refused 403 forbidden
request POST /v1/spend -u "$write_key:" -H 'Content-Type: text/xml' -d '<x/>'
refused 415 unsupported_media_type
head -c 3000000 /dev/zero | tr '\0' ' ' > "$work/large"
request POST /v1/spend -u "$write_key:" -H "$JSON" --data-binary "@$work/large"
refused 413 body_too_large

step "a thousand rows at once"
spend "$(jq -nc '{data: [range(1000) | {day: "2026-03-03", channel: "c\(.)", campaign: "d\(.)", amount: 1}]}')"
expect 200 .accepted 1000
get '/v1/spend?from=2026-03-03&limit=1000'
expect 200 '.data | length' 1000 .has_more false

finish
