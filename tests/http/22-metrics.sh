#!/usr/bin/env bash
# How many stand where, day by day, and how many moved: as it is known now, with what came late.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # USER ID TIME
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"order-$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"revenue\":10,\"currency\":\"EUR\"}}"
    expect 200 .success true
}

customers() { # DAY STAGE
    value "[.data[] | select(.day == \"$1\" and .stage == \"$2\") | .customers] | join(\",\")"
}

moves() { # FROM TO
    value "[.data[] | select(.from == $1 and .to == \"$2\") | .customers] | join(\",\")"
}

shop metrics EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-01T12:00:00Z
order anna a1 2026-03-01T10:00:00Z
order anna a2 2026-03-03T10:00:00Z
order bob b1 2026-03-01T22:59:59.999Z
order carl c1 2026-03-01T23:00:00Z # midnight in Berlin
order dora d1 2025-10-01T10:00:00Z # has left at the end of March

step "now: a row for each stage, those without anybody included"
get /v1/metrics/stages
expect 200 .currency EUR .lag_seconds 0 '.data | length' 5 \
    '[.data[] | select(.customers > 0) | "\(.stage) \(.role) \(.customers)"] | join(", ")' \
    'first_purchase new 2, repeat_purchase active 1, churned lost 1' '.data[0].name.en' Prospect '.data[0].model' purchase
etag=$(header ETag)
get /v1/metrics/stages -H "If-None-Match: $etag"
expect 304

step "by day: as it was at the end of each day of the shop"
get '/v1/metrics/stages?from=2026-03-01&to=2026-03-04'
expect 200 '[.data[].day] | unique | join(" ")' '2026-03-01 2026-03-02 2026-03-03'
[ "$(customers 2026-03-01 first_purchase)" = 3 ] || fail "three on the first day"
[ "$(customers 2026-03-02 first_purchase)" = 4 ] || fail "the next day began with midnight in Berlin"
[ "$(customers 2026-03-03 first_purchase)/$(customers 2026-03-03 repeat_purchase)" = 3/1 ] || fail "anna went on"
get '/v1/metrics/stages?from=2026-03-29&to=2026-03-31&model=purchase'
[ "$(customers 2026-03-29 churned)/$(customers 2026-03-30 churned)" = 0/1 ] || fail "time moved dora on March 30"
get '/v1/metrics/stages?from=2026-05-31&to=2026-12-31'
expect 200 '[.data[].day] | unique | join(" ")' '2026-05-31 2026-06-01'

step "moves: a matrix over all time, a range of days or of instants"
get /v1/metrics/transitions
[ "$(moves null first_purchase)/$(moves '"first_purchase"' churned)" = 4/1 ] || fail "over all time"
expect 200 '.data[] | select(.to == "churned") | "\(.from_role) \(.to_role)"' 'new lost'
get '/v1/metrics/transitions?from=2026-03-01&to=2026-03-02'
[ "$(moves null first_purchase)" = 2 ] || fail "two on March 1"
get '/v1/metrics/transitions?from=2026-03-01T22:59:59.999Z&to=2026-03-01T23:00:00.001Z'
[ "$(moves null first_purchase)" = 2 ] || fail "two around midnight"
# whole days from the sums and what is cut off from the moves themselves, in any mixture
n_found=0
for from in 2026-02-28T23:00:00Z 2026-03-01T22:59:59.999Z 2026-03-02T12:00:00Z 2026-03-29T10:00:00Z 2026-03-29T22:00:00Z; do
    for to in 2026-03-01T22:59:59.9995Z 2026-03-01T23:00:00Z 2026-03-02T11:00:00Z 2026-03-03T23:00:00Z 2026-03-30T00:00:01Z 2026-05-31T22:00:00Z 2027-01-01T00:00:00Z; do
        [[ $from < $to ]] || continue
        get "/v1/metrics/transitions?from=$from&to=$to"
        expect 200
        found=$(value '[.data[].customers] | add // 0')
        [ "$found" = "$(sql "SELECT count(*) FROM transition WHERE superseded_at IS NULL AND at >= '$from' AND at < '$to'")" ] ||
            fail "from $from to $to: $found"
        n_found=$((n_found + found))
    done
done
[ "$n_found" -gt 30 ] || fail "there were only $n_found moves to find"

step "a range of instants is over when its end has come, also within a day"
get '/v1/metrics/transitions?from=2026-06-01T10:00:00Z&to=2026-06-01T12:00:00Z'
expect 200 .complete true
soon=$(date -u -d "@$(($(date -d "$(service_time)" +%s) + 2))" +%Y-%m-%dT%H:%M:%SZ)
is_over() {
    get "/v1/metrics/transitions?from=2026-06-01T10:00:00Z&to=$soon"
    [ "$(value .complete)" = true ]
}
! is_over || fail "it is said to be over before its end"
eventually 10 is_over

step "an order that comes late corrects what was counted"
order bob b0 2026-02-20T10:00:00Z
get '/v1/metrics/stages?from=2026-02-28&to=2026-03-02'
[ "$(customers 2026-02-28 first_purchase)/$(customers 2026-03-01 first_purchase)/$(customers 2026-03-01 repeat_purchase)" = 2/2/1 ] ||
    fail "bob was there before"
get /v1/metrics/stages -H "If-None-Match: $etag"
expect 200
get '/v1/metrics/transitions?from=2026-03-01&to=2026-03-02'
[ "$(moves null first_purchase)" = 1 ] || fail "bob's first order moved to February"

step "over time by weeks and months, by role, and as a table"
get '/v1/metrics/stages?interval=month&group_by=role&model=purchase&from=2026-02-01'
expect 200 .interval month .complete false '[.data[].period] | unique | join(" ")' '2026-02-01 2026-03-01 2026-04-01 2026-05-01 2026-06-01' \
    '[.data[] | select(.period == "2026-03-01" and .customers > 0) | "\(.role) \(.customers) \(.entered) \(.left)"] | join(", ")' \
    'new 1 2 3, active 2 2 0, lost 1 1 0' '.data[0].time' 2026-01-31T23:00:00.000Z '.data[0] | has("stage")' false
get '/v1/metrics/stages?interval=week'
expect 200 '[.data[].period] | unique | length' 13 '.data[-1].complete' false
get '/v1/metrics/flows?interval=total&from=2026-03-01&to=2026-04-01&format=csv'
expect 200
expect_header Content-Type '^text/csv'
[ "$(head -n 1 <<< "$reply" | tr -d '\r')" = model,from,to,from_role,to_role,customers ] || fail "the line of names"
grep -q '^purchase,first_purchase,churned,new,lost,1' <<< "$reply" || fail "dora's move"
get '/v1/metrics/survival?stage=first_purchase&format=ndjson'
expect 200
[ "$(head -n 1 <<< "$reply" | jq -c '[.days, .at_risk, .survival]')" = '[0,4,1]' ] || fail "the curve begins with all four"

step "how long somebody who was erased would have stayed is not known from then on"
curve() { # DAYS: at_risk, ended and censored
    get '/v1/metrics/survival?stage=first_purchase'
    value "[.data[] | select(.days == $1) | .at_risk, .ended, .censored] | join(\" \")"
}
[ "$(curve 91)" = "2 0 1" ] || fail "carl came on March 2"
delete /v1/customers/carl
expect 200
[ "$(curve 91)" = "2 0 1" ] || fail "he counts as long as he was seen"
get '/v1/metrics/time_in_stage?stage=first_purchase'
expect 200 '.data[0] | [.stays, .ended, .going_on] | join(" ")' '4 3 1'
get /v1/metrics/stages
expect 200 '[.data[].customers] | add' 4
stop
verify
serve LIFECYCLED_CLOCK=2026-06-11T12:00:00Z
[ "$(curve 91)/$(curve 101)" = "2 0 1/" ] || fail "ten days later he has stayed no longer"

step "a stage that a later version does not have is told of the days on which it was there"
get /v1/models/purchase
document=$(value '.document | del(.stages[] | select(.key == "repeat_purchase")) | tojson')
put /v1/models/purchase "$document" -H "If-Match: $(header ETag)"
expect 200
left_repeat() {
    get '/v1/metrics/stages?model=purchase'
    [ "$(value '[.data[].stage] | index("repeat_purchase")')" = null ]
}
eventually 20 left_repeat
get '/v1/metrics/stages?from=2026-05-31&to=2026-06-01'
expect 200 '[.data[] | select(.stage == "repeat_purchase") | "\(.role) \(.customers)"] | join(", ")' 'active 2'
get '/v1/metrics/transitions?from=2026-06-01'
expect 200 '[.data[] | select(.from == "repeat_purchase") | .customers] | add' 2
get '/v1/metrics/time_in_stage?stage=repeat_purchase'
expect 200 '.data[0] | [.stays, .ended, .going_on] | join(" ")' '2 2 0'

step "a model that is withdrawn is not told, and what cannot be told is no empty answer"
delete /v1/models/purchase -H 'If-Match: *'
expect 204
put /v1/models/growth '{"preset":"growth"}' -H 'If-None-Match: *'
expect 201
get /v1/metrics/churn
refused 422 cannot_answer
get '/v1/metrics/churn?model=growth'
refused 422 cannot_answer
get '/v1/metrics/stages?model=purchase'
refused 400 invalid_parameter

step "what is no range or no model is refused"
get '/v1/metrics/stages?to=2026-03-01'
refused 400 invalid_parameter
get '/v1/metrics/stages?from=2026-03-02&to=2026-03-01'
refused 400 invalid_parameter
get '/v1/metrics/transitions?from=spring'
refused 400 invalid_parameter
get '/v1/metrics/transitions?model=nothing'
refused 400 invalid_parameter

finish
