#!/usr/bin/env bash
# What sells together and what comes of it, while orders come and go: tests/golden/indicators/ has the numbers.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop products EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-06-15T10:00:00Z LIFECYCLED_PAIRS_AGE_MS=0

line() { # ID
    printf '{"product_id":"%s","name":"The %s","category":"goods","price":5,"quantity":1}' "$1" "$1"
}

order() { # USER ID TIME PRODUCTS [MORE]
    local id lines=
    for id in $4; do
        lines+=${lines:+,}$(line "$id")
    done
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"total\":5${5:-},\"products\":[$lines]}}"
    expect 200 .success true
}

pairs_are() { # "a+b orders" of each
    get /v1/metrics/bought_together
    [ "$(value '[.data[] | "\([.a, .b] | sort | join("+")) \(.orders)"] | sort | join(", ")')" = "$1" ]
}

step "before anything is counted it is said that nothing is"
get /v1/metrics/bought_together
expect 200 .counted_at null .orders 0 .total 0 .data '[]'
value .note.zh | grep -q 没有统计过 || fail "the note does not say why there is nothing"
get '/v1/metrics/bought_together?format=csv'
expect 200
expect_header X-Note '^Nothing has been counted yet'

step "orders are counted soon after they came"
order anna o1 2026-06-01T10:00:00Z "tea pot"
order bob o2 2026-06-02T10:00:00Z "tea pot"
order carl o3 2026-06-03T10:00:00Z "tea pot cup"
order dora o4 2026-06-04T10:00:00Z "tea cup"
eventually 20 pairs_are "cup+tea 2, pot+tea 3"

step "a refunded order leaves the pairs at the next count, and the sales at once"
track '{"userId":"dora","event":"Order Refunded","timestamp":"2026-06-05T10:00:00Z","properties":{"order_id":"o4"}}'
get '/v1/metrics/products?from=2026-06-01&sort=orders'
expect 200 .data[0].product tea .data[0].orders 3 .data[0].returned_units 1 .data[0].return_rate 0.25
eventually 20 pairs_are "pot+tea 3"

step "a merged customer's orders are theirs: nothing that they have is recommended"
track '{"userId":"emil","event":"Product Viewed","timestamp":"2026-06-05T10:00:00Z"}'
get /v1/customers/emil/recommendations
expect 200 .id emil '.products | map(.product) | sort | join(" ")' 'cup pot tea' .products[0].reason.code best_seller .categories[0].category goods
get /v1/customers/dora/recommendations
expect 200 .products[0].product pot .products[0].reason.code best_seller
request POST /v1/customers/emil/merge -u "$admin_key:" -H 'Content-Type: application/json' --data-binary '{"identity":{"type":"user_id","value":"bob"}}'
expect 200
get '/v1/customers/emil/recommendations?limit=1'
expect 200 '.products | map(.product) | join(" ")' cup .categories '[]'

step "what is asked for is checked"
get '/v1/customers/emil/recommendations?limit=101'
expect 400 .code invalid_parameter
get /v1/customers/zoe/recommendations
expect 404 .code not_found

step "the same answer is not sent twice"
get /v1/customers/bob/recommendations
expect 200
request GET /v1/customers/bob/recommendations -u "$read_key:" -H "If-None-Match: $(header ETag)"
expect 304

step "as a table, with what is left out in the headers"
request GET '/v1/metrics/products?from=2026-06-01&limit=1&format=csv' -u "$read_key:"
expect 200
[ "$(header X-Total-Count) $(header X-Has-More)" = '3 true' ] || fail "the headers do not say that there are three rows"
tail -n 1 <<< "$reply" | grep -q '^tea,The tea,3,3,15.00,' || fail "the row is $(tail -n 1 <<< "$reply")"

step "an erased customer's orders leave the pairs; sums stay"
request DELETE /v1/customers/carl -u "$admin_key:"
expect 200
order fay o5 2026-06-06T10:00:00Z cup
eventually 20 pairs_are "pot+tea 2"
get '/v1/metrics/products?from=2026-06-01&sort=orders'
expect 200 .data[0].product tea .data[0].orders 3

step "coupon hunters: a list with pages, and a segment of the same rule"
for i in 1 2 3; do
    order gina "g$i" "2026-06-0${i}T10:00:00Z" cup ',"coupon":"X","discount":2'
    order hugo "h$i" "2026-06-0${i}T10:00:00Z" cup ',"coupon":"X","discount":1'
done
order hugo h4 2026-06-04T10:00:00Z cup
get '/v1/metrics/coupon_hunters?share=0.75&limit=1'
expect 200 .total 2 .has_more true .data[0].id gina .data[0].discounts 6.00 .data[0].share 1
get "/v1/metrics/coupon_hunters?share=0.75&limit=1&cursor=$(value .next_cursor)"
expect 200 .total 2 .has_more false .data[0].id hugo .data[0].share 0.75 .next_cursor null
get '/v1/metrics/coupon_hunters?share=0.75&limit=1&format=csv'
expect 200
tail -n 1 <<< "$reply" | grep -q '^gina,' || fail "the first page has $(tail -n 1 <<< "$reply")"
expect_header Link '^</v1/metrics/coupon_hunters\?share=0.75&limit=1&format=csv&cursor=[^>]*>; rel="next"$'
link=$(header Link)
link=${link#<}
get "${link%%>*}"
expect 200
tail -n 1 <<< "$reply" | grep -q '^hugo,' || fail "the second page has $(tail -n 1 <<< "$reply")"
[ -z "$(header Link)" ] || fail "a page follows the last one"
get '/v1/metrics/coupon_hunters?share=0.75&orders=2&cursor=none'
expect 400 .code invalid_cursor
put /v1/segments/hunters '{"name":{"zh":"羊毛党","en":"Coupon hunters"},"rule":{"and":[{">=":[{"var":"orders_count"},3]},
    {">=":[{"var":"orders_coupon_count"},{"*":[{"var":"orders_count"},0.8]}]}]}}' -H 'If-None-Match: *'
expect 201
is_hunter() {
    get /v1/segments/hunters/customers
    [ "$(value '[.data[].id] | join(" ")')" = gina ]
}
eventually 20 is_hunter

step "recommendations are for those who may read; a customer is found by another name, too"
request GET /v1/customers/emil/recommendations
refused 401 unauthorized
request GET /v1/customers/emil/recommendations -u "$write_key:"
refused 403 forbidden
get '/v1/customers/emil/recommendations?by=user_id'
expect 200

finish
