#!/usr/bin/env bash
# Why a customer stands where they do, and what would move them; and that it does when it is done.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop explain EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-08-17T00:00:00Z

order() { # USER NUMBER TIME: a message
    echo "{\"type\":\"track\",\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$1-$2\",\"revenue\":40,\"currency\":\"EUR\"}}"
}

# Three orders, the last 169 days ago
customer() { # USER
    send batch "{\"batch\":[$(order "$1" 1 2026-01-01T00:00:00Z),$(order "$1" 2 2026-02-01T00:00:00Z),
        $(order "$1" 3 2026-03-01T00:00:00Z)]}"
    expect 200 .accepted 3
}

put /v1/models/bank '{"preset":"bank"}'
expect 201
put /v1/segments/vip '{"name":{"zh":"贵宾","en":"VIP"},"rule":{"and":[{">=":[{"var":"revenue"},"200.50"]},
    {"<":[{"var":"days_since_last_seen"},365]}]}}'
expect 201
customer anna

step "the stage is told with the rule that decided, the facts it uses, and what each other stage misses"
get /v1/customers/anna/explain
expect 200 .id anna '.models | length' 2 '.models[0].model' purchase '.models[0].stage' repeat_purchase \
    '.models[0].role' active '.models[0].decided_by' rule '.models[0].since' 2026-02-01T00:00:00.000Z \
    '.models[0].stages | length' 5 '[.models[0].stages[] | select(.current)] | map(.stage) | join(" ")' repeat_purchase \
    '[.models[0].stages[] | select(.overruled)] | map(.stage) | join(" ")' churned \
    '.models[0].stages[3].rule.holds' false '.models[0].stages[3].rule.missing[0]' 'orders is at least 4 (now 3)' \
    '.models[0].stages[3].rule.facts[0].fact' orders_count '.models[0].stages[3].rule.facts[0].value' 3 \
    '.models[0].stages[3].rule.condition.all[0].missing' true '.models[0].stages[3].rule.condition.all[0].difference' 1

step "money is a decimal string, also in what is missing"
expect 200 '.segments[0].segment' vip '.segments[0].member' false \
    '.segments[0].rule.condition.all[0].value' 120.00 '.segments[0].rule.condition.all[0].wanted' 200.50 \
    '.segments[0].rule.condition.all[0].difference' 80.50 \
    '.segments[0].rule.missing[0]' 'revenue is at least 200.50 (now 120.00)'

step "it is told how far the other stages are, in English and in Chinese"
expect 200 '.models[0].by_time[0].text' '11 days from Churned if nothing happens' '.models[0].by_time[0].days' 11 \
    '.models[0].by_event[0].text' 'One more order makes this customer Loyal' \
    '.segments[0].by_event[1].text' 'One more order of 80.50 EUR brings this customer into VIP'
get '/v1/customers/anna/explain?lang=zh'
expect 200 '.models[0].by_time[0].text' 11\ 天后将变为流失客户 '.models[0].by_event[0].text' 再下\ 1\ 单即成为忠诚客户 \
    '.models[0].stages[3].rule.missing[0]' 订单数至少为\ 4（现为\ 3）
get /v1/customers/anna/explain -H 'Accept-Language: zh-CN,zh;q=0.9'
expect 200 '.models[0].by_time[0].stage' churned '.models[0].by_time[0].text' 11\ 天后将变为流失客户

step "who has not ordered yet is told what an order of the shop's middle customer would do"
track '{"userId":"bob","event":"Product Viewed"}'
get /v1/customers/bob/explain
expect 200 .usual_order_value 40.00 '.models[0].by_event[0].text' 'One order moves this customer to First purchase'

step "one model is explained alone, any instant can be asked about, and what is not there is 404"
get '/v1/customers/anna/explain?model=bank'
expect 200 '.models | length' 1 '.models[0].model' bank '.segments | length' 0
get '/v1/customers/anna/explain?as_of=2026-01-15T00:00:00Z'
expect 200 '.models[0].stage' first_purchase .as_of 2026-01-15T00:00:00.000Z
get '/v1/customers/anna/explain?model=nope'
refused 404 not_found
get /v1/customers/nobody/explain
refused 404 not_found
get '/v1/customers/anna/explain?as_of=yesterday'
refused 400 invalid_parameter

step "what is said to come by time alone comes at that instant, and not before"
get /v1/customers/anna/explain
at=$(value '.models[0].by_time[0].at')
get "/v1/customers/anna?as_of=$at"
expect 200 '.stages[0].stage' churned '.stages[0].since' "$at"
get "/v1/customers/anna?as_of=$(date -u -d "$at - 1 second" +%Y-%m-%dT%H:%M:%S).999999Z"
expect 200 '.stages[0].stage' repeat_purchase

# send_way USER NUMBER: the messages of way ${way}, as many as it has times, or the one as often
send_way() {
    local i n
    n=$(jq length <<< "$messages")
    for ((i = 0; i < $(jq .times <<< "$way"); i++)); do
        message=$(jq -c --arg user "$1" --arg id "$1-way-$i" ".[$i % $n] + {userId: \$user, messageId: \$id}" <<< "$messages")
        send "$(jq -r .type <<< "$message")" "$message"
        expect 200 .success true
    done
}

step "what is said to move a customer moves them when it is done: each way, on a customer of its own"
get /v1/customers/anna/explain
explanation=$reply
n=0
for path in '.models[0].by_event' '.models[1].by_event' '.segments[0].by_event'; do
    for ((i = 0; i < $(jq "$path | length" <<< "$explanation"); i++)); do
        n=$((n + 1))
        customer "c$n"
        get "/v1/customers/c$n/explain"
        way=$(value "${path}[$i]")
        messages=$(jq -c .messages <<< "$way")
        send_way "c$n"
        get "/v1/customers/c$n"
        case $path in
        .models*) expect 200 ".stages[${path:8:1}].stage" "$(jq -r .stage <<< "$way")" ;;
        *) expect 200 '.segments | length' 1 ;;
        esac
    done
done
[ "$n" -ge 8 ] || fail "only $n ways were tried"

finish
