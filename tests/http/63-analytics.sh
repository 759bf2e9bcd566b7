#!/usr/bin/env bash
# The views of the schema analytics: what they say of a short story, worked out by hand, and that the API says the same.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # USER ID TIME PROPERTIES [CONTEXT]
    track "{\"userId\":\"$1\",\"event\":\"Order Completed\",\"messageId\":\"order-$2\",\"timestamp\":\"$3\",
        \"properties\":{\"order_id\":\"$2\",\"currency\":\"EUR\",$4},\"context\":{${5:-}}}"
    expect 200 .success true
}

says() { # WHAT IS EXPECTED, STATEMENT: as the role of those who may read the views, and nothing else
    local rows
    rows=$(psql -qXAt "$LIFECYCLED_DATABASE_URL" -v ON_ERROR_STOP=1 -c 'SET ROLE lifecycled_analytics' -c "$2" 2>&1) || fail "$rows"
    [ "$rows" = "$1" ] || fail "$2" "says: $rows" "expected: $1"
}
are_added() { [ "$(sql 'SELECT sum(waiting) FROM analytics.freshness')" = 0 ]; }

shop story EUR Europe/Berlin
sql "SELECT count(*) FROM pg_roles WHERE rolname = 'lifecycled_analytics'" | grep -qx 1 ||
    { echo "the cluster has no role lifecycled_analytics"; exit 77; }
serve LIFECYCLED_CLOCK=2026-06-01T12:00:00Z

step "three customers buy in April of Berlin, one of them takes an order back, and a fourth is erased"
spring='"campaign":{"name":"spring","source":"newsletter"}'
tea='{"product_id":"P1","name":"Tea","category":"tea","price":10'
order anna a1 2026-03-31T22:30:00Z "\"revenue\":25,\"country\":\"de\",\"products\":[$tea,\"quantity\":2},
    {\"product_id\":\"P2\",\"category\":\"cups\",\"price\":5}]" "$spring"
order anna a2 2026-04-10T10:00:00Z "\"revenue\":10,\"discount\":2,\"coupon\":\"X\",\"products\":[$tea}]"
order bob b1 2026-04-02T10:00:00Z '"revenue":30'
track '{"userId":"bob","event":"Order Refunded","messageId":"r1","timestamp":"2026-04-05T10:00:00Z","properties":{"order_id":"b1","total":5,"currency":"EUR"}}'
order carl c1 2026-04-03T10:00:00Z '"revenue":40'
track '{"userId":"carl","event":"Order Cancelled","messageId":"x1","timestamp":"2026-04-04T10:00:00Z","properties":{"order_id":"c1"}}'
order dora d1 2026-04-03T10:00:00Z '"revenue":7'
delete /v1/customers/dora
eventually 10 are_added

step "customers and orders, without the erased"
says $'anna|user|2|35.00|35.00|0.00|repeat_purchase|active\nbob|user|1|25.00|30.00|5.00|first_purchase|new\ncarl|user|0|0.00|0.00|0.00|prospect|prospect' \
    'SELECT customer_id, customer_kind, orders_count, revenue, revenue_gross, revenue_refunded, stage_key, role FROM analytics.customers ORDER BY 1'
says $'a1|2026-04-01|counted|25.00|0.00|25.00|0.00|f|newsletter|spring|DE\na2|2026-04-10|counted|10.00|0.00|10.00|2.00|t|newsletter|spring|\nb1|2026-04-02|counted|30.00|5.00|25.00|0.00|f|||\nc1|2026-04-03|cancelled|40.00|0.00|0|0.00|f|||' \
    'SELECT order_id, day, status, value, refunded, net_value, discount, has_coupon, channel, campaign, country FROM analytics.orders ORDER BY 1'
says $'a1|P1|Tea|tea|2.000|20.00\na1|P2||cups|1.000|5.00\na2|P1|Tea|tea|1.000|10.00' \
    'SELECT order_id, product_id, product_name, category, units, l.value FROM analytics.order_lines l JOIN analytics.orders USING (order_key) ORDER BY 1, 2'
says $'anna||first_purchase|event|2026-03-31T22:30:00Z\nanna|first_purchase|repeat_purchase|event|2026-04-10T10:00:00Z' \
    "SELECT customer_id, from_stage_key, to_stage_key, cause, to_char(moved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SSZ')
     FROM analytics.transitions JOIN analytics.customers USING (customer_key) WHERE customer_id = 'anna' ORDER BY moved_at"
says '2026-04-10 10:00:00+00' "SELECT since FROM analytics.customer_stages JOIN analytics.customers USING (customer_key) WHERE customer_id = 'anna'"

step "sums, with the erased"
says $'2026-04-01|1|25.00|25.00|0.00|0|1\n2026-04-02|1|25.00|30.00|0.00|0|1\n2026-04-03|1|7.00|7.00|0.00|0|1\n2026-04-10|1|10.00|10.00|2.00|1|0' \
    'SELECT day, orders, revenue, revenue_gross, discounts, coupon_orders, new_customers FROM analytics.daily_sales ORDER BY 1'
says '2|35.00|1' "SELECT sum(orders), sum(revenue), sum(new_customers) FROM analytics.daily_channels WHERE channel = 'newsletter' AND campaign = 'spring'"
says $'cups|1|1.000|5.00\ntea|2|3.000|30.00' \
    'SELECT category, sum(orders), sum(units), sum(revenue) FROM analytics.daily_categories GROUP BY 1 ORDER BY 1'
says $'P1|2|3.000|30.00|1|1\nP2|1|1.000|5.00|1|0' \
    'SELECT product_id, orders, units, revenue, buyers, repeat_buyers FROM analytics.products ORDER BY 1'
says '2026-04-01|0|3|3|1.0000|4|67.00' \
    "SELECT cohort, period_number, customers, cohort_customers, rate, orders, revenue FROM analytics.cohorts WHERE grain = 'month'"
says $'2026-04-01|3|0|0|0\n2026-05-01|0|0|0|3' \
    "SELECT period, new_customers, retained_customers, resurrected_customers, dormant_customers FROM analytics.growth WHERE grain = 'month'
     AND (active_customers > 0 OR dormant_customers > 0) ORDER BY 1"
says '1|2|35.00|1' \
    "SELECT sum(customers), sum(orders), sum(revenue), sum(repeat_customers) FROM analytics.acquisition WHERE channel = 'newsletter'"

step "the sums are those of the rows where nobody was erased"
says t "SELECT (SELECT sum(revenue) - 7 FROM analytics.daily_sales) = (SELECT sum(net_value) FROM analytics.orders)
    AND (SELECT sum(net_value) FROM analytics.orders) = (SELECT sum(revenue) FROM analytics.customers)"
says '' "SELECT model_key, stage_key FROM analytics.daily_stages d JOIN analytics.stage_counts s USING (model_key, stage_key)
    WHERE day = (SELECT max(day) FROM analytics.daily_stages) AND d.customers <> s.customers"

step "the API says the same of segments, one without a name among them"
put /v1/segments/regulars '{"rule":{">=":[{"var":"orders_count"},2]}}'
put /v1/segments/buyers '{"name":{"zh":"买过","en":"Buyers"},"rule":{">=":[{"var":"orders_count"},1]}}'
is_settled() { [ "$(sql 'SELECT count(*) FROM crawl WHERE finished_at IS NULL')" = 0 ] && are_added; }
eventually 10 is_settled
get /v1/metrics/segments
says "$(value '.data[] | "\(.segment)|\(if .name.en == "" then .segment else .name.en end)|\(.customers)"')" \
    'SELECT segment_key, segment_name, customers FROM analytics.segments ORDER BY segment_number'
says $'regulars|1\nbuyers|2' 'SELECT segment_key, count(*) FROM analytics.memberships GROUP BY 1 ORDER BY 2'

step "the API says the same of stages, sales and moves"
get /v1/metrics/stages
says "$(value '[.data[] | select(.customers != 0) | "\(.model)|\(.stage)|\(.customers)"] | sort | join("\n")')" \
    "SELECT model_key, stage_key, customers FROM analytics.stage_counts WHERE customers <> 0 ORDER BY model_key, stage_key"
get '/v1/metrics/sales?from=2026-03-31&to=2026-05-01&interval=day'
says "$(value '.data[] | select(.orders > 0) | "\(.day // .period)|\(.orders)|\(.revenue)|\(.new_customers)"')" \
    'SELECT day, orders, revenue, new_customers FROM analytics.daily_sales WHERE orders > 0 ORDER BY 1'
get '/v1/metrics/transitions?from=2026-03-01&to=2026-06-01'
says "$(value '.data | sort_by([.from // "", .to]) | map("\(.from // "")|\(.to)|\(.customers)") | join("\n")')" \
    "SELECT from_stage_key, to_stage_key, sum(customers) FROM analytics.daily_moves WHERE day BETWEEN '2026-03-01' AND '2026-05-31'
     GROUP BY 1, 2 ORDER BY coalesce(from_stage_key, ''), 2"

finish
