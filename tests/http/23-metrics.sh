#!/usr/bin/env bash
# What is common to all metrics: the catalogue, formats, freshness. Their numbers are in 23-indicators.sh.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # USER ID TIME CHANNEL
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"order-$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":10,\"currency\":\"EUR\",\"channel\":\"$4\"}}"
    expect 200 .success true
}

shop metrics EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-15T10:00:00Z

# No new version of anything makes an answer anew while the scenario runs.
request PATCH /v1/settings -u "$admin_key:" -H 'Content-Type: application/merge-patch+json' -H 'If-Match: *' \
    --data-binary '{"scores":{"rfm_every_days":0,"fit_every_days":0}}'
expect 200

step "the catalogue says what each metric is, in both languages"
get /v1/metrics
expect 200 '[.data[] | select((.title.zh | length) == 0 or (.definition.en | length) < 20)] | length' 0 \
    '[.data[] | select(.name == "sales")][0].title.zh' 销售 \
    '[.data[] | select(.name == "sales")][0] | "\(.unit) \(.default_interval) \(.intervals | join(","))"' 'orders day day,week,month,total' \
    '[.data[] | select(.name == "sales")][0].dimensions[2] | join("+")' channel+campaign \
    '[.data[] | .columns[] | select(.definition.zh == "" or .definition.en == "")] | length' 0
expect 200 '.dimensions[] | select(.name == "cohort") | "\(.title.zh) \(.title.en)"' '首单月份 month of the first order' \
    '[.data[] | .unit, .columns[].unit] - [.units[].name, ""] | length' 0 \
    '[.data[] | .columns[] | select(.formula_text.en != .formula)] | length' 0 \
    '[.data[] | select(.name == "cohorts")][0] | .source_text.zh | startswith("同期群分析")' true \
    '[.data[] | select(.name == "cohorts")][0].columns[] | select(.name == "rate") | .formula_text.zh' 'customers / age 为 0 的 customers'
units=$(value '[.units[].name] | tojson')
etag=$(header ETag)
get /v1/metrics/overview
[ "$(value "[.data[].unit] - $units | length")" = 0 ] || fail "the overview has units that the catalogue does not name"
get '/v1/metrics?lang=zh' -H "If-None-Match: $etag"
expect 304

step "an answer says as of when it is, of what and by whose days"
order anna a1 2026-06-14T10:00:00Z email
order bob b1 2026-06-14T22:30:00Z '=cmd()'
get /v1/metrics/sales
expect 200 '.data | length' 30 .currency EUR .timezone Europe/Berlin .from 2026-05-17 .to 2026-06-16 .complete false \
    '.data[-1] | "\(.day) \(.orders) \(.complete)"' '2026-06-15 1 false' '.data[-2] | "\(.day) \(.orders) \(.complete)"' '2026-06-14 1 true'
expect_header Cache-Control 'no-cache'
etag=$(header ETag)
get /v1/metrics/sales -H "If-None-Match: $etag"
expect 304

step "what is sent is in the next answer, late or not"
order anna a0 2026-06-01T10:00:00Z email
get /v1/metrics/sales -H "If-None-Match: $etag"
expect 200 '[.data[] | select(.day == "2026-06-01") | "\(.orders) \(.new_customers)"] | join(",")' '1 1' \
    '[.data[].new_customers] | add' 2

step "an event that no metric tells of changes no answer"
etag=$(header ETag)
track '{"userId":"anna","event":"Page Liked","timestamp":"2026-06-15T09:00:00Z"}'
get /v1/metrics/sales -H "If-None-Match: $etag"
expect 304

step "CSV for spreadsheets: a line of names, and no formula"
get '/v1/metrics/sales?interval=total&group_by=channel' -H 'Accept: text/csv'
expect 200
expect_header Content-Type '^text/csv'
expect_header Content-Disposition 'filename="sales.csv"'
expect_header X-Lag-Seconds '^0.000$'
expect_header X-Complete '^false$'
[ "$(head -n 1 <<< "$reply")" = $'channel,orders,revenue,gross,refunded,discounts,average_order_value,coupon_orders,coupon_share,new_customers\r' ] ||
    fail "the line of names"
grep -q "^'=cmd(),1,10.00,10.00,0.00,0.00,10.00,0,0,1" <<< "$reply" || fail "the guarded line"
get '/v1/metrics/referrals?format=csv'
expect_header X-Complete '^false$'
etag=$(header ETag)
rows=$reply
get '/v1/metrics/referrals?format=csv&from=2026-05-17&to=2026-06-15'
expect 200
expect_header X-Complete '^true$'
[ "$reply" = "$rows" ] || fail "there are referrals"
[ "$(header ETag)" != "$etag" ] || fail "what is complete has the tag of what is not"
get '/v1/metrics/sales?interval=total&group_by=channel&format=csv&guard=off&bom=on'
expect 200
[[ $reply == $'\xef\xbb\xbf'channel,* ]] || fail "the byte order mark"
grep -q "^=cmd(),1" <<< "$reply" || fail "the line that is not guarded"
get '/v1/metrics/overview?format=csv&lang=zh'
expect 200
grep -q '^revenue,收入,money,30.00,0.00,' <<< "$reply" || fail "the Chinese name"

step "NDJSON: an object a line"
get '/v1/metrics/sales?interval=total&group_by=channel&format=ndjson'
expect 200
expect_header Content-Type '^application/x-ndjson'
[ "$(jq -r .channel <<< "$reply" | paste -sd ' ')" = '=cmd() email' ] || fail "two lines"
get '/v1/metrics/sales?guard=on'
refused 400 invalid_parameter

step "more rows than anybody reads are refused, and it is said what to narrow"
for i in 1 2 3; do
    order "many-$i" "m$i" 2026-06-15T09:00:00Z "channel-$i"
done
get '/v1/metrics/cohorts?interval=week&from=2017-01-02' # 494 weeks: half of 494 * 495
refused 422 too_many_groups
get '/v1/metrics/cohorts?interval=week&from=2024-01-01'
expect 200
sql "INSERT INTO tally SELECT (SELECT min(shop_id) FROM shop), 6, 20000, 1, n, 0, 1, 0, 0, 0, 0, 0 FROM generate_series(1, 4000) n" > /dev/null
get '/v1/metrics/sales?group_by=channel'
expect 200
get '/v1/metrics/sales?group_by=channel&from=2024-06-01'
refused 422 too_many_groups
grep -q 'interval' <<< "$reply" || fail "it does not say what to narrow"
sql "DELETE FROM tally WHERE cube = 6 AND day = 20000" > /dev/null

step "with a second of patience an answer is told again beside ingest, as of when it was made"
stop
serve LIFECYCLED_CLOCK=2026-06-15T10:00:00Z LIFECYCLED_METRIC_AGE_MS=2000
get '/v1/metrics/sales?interval=total'
before=$(value '.data[0].orders')
as_of=$(value .as_of)
order anna a9 2026-06-15T09:30:00Z email
get '/v1/metrics/sales?interval=total'
[ "$(value '.data[0].orders')" = "$before" ] || fail "it was made anew"
has_followed() {
    get '/v1/metrics/sales?interval=total'
    [ "$(value '.data[0].orders')" = $((before + 1)) ]
}
eventually 10 has_followed
[[ $(value .as_of) > $as_of ]] || fail "as_of did not move"
sleep 0.5
as_of=$(value .as_of)
get '/v1/metrics/sales?interval=total'
[[ $(value .as_of) > $as_of ]] || fail "while nothing happens an answer is as of now"

step "what is kept is told in all forms"
kept() { # PATH: twice the same but for its instant
    get "$1"
    expect 200
    first=$(sed -E 's/"as_of":"[^"]*"//' <<< "$reply")
    etag=$(header ETag)
    get "$1"
    expect 200
    [ "$(sed -E 's/"as_of":"[^"]*"//' <<< "$reply")" = "$first" ] || fail "$1 is told in another way when it is kept"
    [ "$(header ETag)" = "$etag" ] || fail "$1 has another tag when it is kept"
    get "$1" -H "If-None-Match: $etag"
    expect 304
    [ -z "$reply" ] || fail "$1 says something with 304"
    request GET "$1" -u "$read_key:" --head
    expect 200
}
kept '/v1/metrics/sales?interval=month'
kept '/v1/metrics/sales?interval=month&format=csv&bom=on'
kept '/v1/metrics/sales?interval=month&format=ndjson'
expect_header X-Lag-Seconds '0\.000'
get '/v1/metrics/sales?interval=month' -H 'Accept: text/csv'
expect_header Content-Type 'text/csv.*'
request GET '/v1/metrics/sales?interval=month' -u "$write_key:"
refused 403 forbidden

step "time that moves customers of another shop does not make this one late"
"$LIFECYCLED_BIN" shops create other --currency EUR --timezone UTC 2> /dev/null
own=("$write_key" "$read_key" "$admin_key")
keys_of other
send track '{"userId":"olga","event":"Order Completed","messageId":"o1","timestamp":"2026-01-01T00:00:00Z",
    "properties":{"order_id":"o1","revenue":10,"currency":"EUR"}}'
expect 200
write_key=${own[0]} read_key=${own[1]} admin_key=${own[2]}
stop
# 180 days after her order she churns; the other shop is looked at before and after.
serve LIFECYCLED_CLOCK=2026-06-29T23:59:58Z LIFECYCLED_METRIC_AGE_MS=2000
get '/v1/metrics/stages'
expect 200 .lag_seconds 0
has_churned() { [ "$(sql "SELECT count(*) FROM transition WHERE at = '2026-06-30T00:00:00Z'")" = 1 ]; }
eventually 15 has_churned
sleep 1.5
get '/v1/metrics/stages'
expect 200 '.lag_seconds < 1' true

step "the list of metrics is for those who may read"
get '/v1/metrics?colour=blue'
refused 400 invalid_parameter
request GET /v1/metrics
refused 401 unauthorized
request GET /v1/metrics -u "$write_key:"
refused 403 forbidden
put /v1/segments/all '{"rule":true}'
expect 201
get '/v1/metrics/segments?segment=all'
expect 200 '.data | length' 1
get '/v1/metrics/segments?segment=none'
refused 400 invalid_parameter

finish
