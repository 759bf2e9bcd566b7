#!/usr/bin/env bash
# A shop of WooCommerce closes the gaps that its webhooks left: from an export of its orders, without counting twice.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # ID CUSTOMER STATUS TOTAL MODIFIED [MEMBERS]: made on the 1st, paid unless it is pending
    local paid='"2026-01-01T10:00:05"'
    [ "$3" != pending ] || paid=null
    printf '{"id": %s, "status": "%s", "currency": "EUR", "total": "%s", "total_tax": "3.00", "shipping_total": "5.00",
  "date_created_gmt": "2026-01-01T10:00:00", "date_modified_gmt": "%s", "date_paid_gmt": %s,
  "customer_id": %s, "billing": {"country": "DE"}, "line_items": [{"product_id": 4, "quantity": 1, "price": 7}]%s}' \
        "$1" "$3" "$4" "$5" "$paid" "$2" "${6:-}"
}

import() { # STATUS SUMMARY [ARGUMENT...]: of $work/orders
    local code=0 expected=$1 told=$2
    shift 2
    env LIFECYCLED_CLOCK="$(service_time)" "$LIFECYCLED_BIN" import --shop woo --format woocommerce --user-id id \
        --refused "$work/refused.csv" "$@" "$work/orders" > "$work/summary" 2> "$work/import" || code=$?
    [ "$code" = "$expected" ] || fail "import ended with $code: $(cat "$work/import")"
    grep -q "^$told" "$work/summary" || fail "the summary is $(cat "$work/summary")"
}

shop woo EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z

step "what a webhook has told is known"
track '{"userId":"25","event":"Order Completed","messageId":"woocommerce:order:1:completed",
    "timestamp":"2026-01-01T10:00:00.000Z","properties":{"order_id":"1","revenue":"20","currency":"EUR"}}'
expect 200 .duplicate false

step "an array of orders is taken: what is new is new, what was told is told, what nobody paid is nothing"
{
    echo '['
    order 1 25 processing 28.00 2026-01-01T10:00:00
    echo ','
    order 2 25 completed 18.00 2026-01-03T10:00:00
    echo ','
    order 3 26 pending 99.00 2026-01-01T10:00:00
    echo ']'
} > "$work/orders"
import 0 '3 rows: 2 accepted, 1 duplicates, 0 refused, 1 not paid; 1 customers;'
get /v1/customers/25
expect 200 .facts.orders_count 2 .facts.revenue 30.00 .facts.first_order_at 2026-01-01T10:00:00.000Z
get /v1/customers/26
refused 404 not_found

step "the same export again tells nothing new"
import 0 '3 rows: 0 accepted, 3 duplicates, 0 refused, 1 not paid; 1 customers;'

step "a later state of an order is an update of it, in lines of JSON too; an earlier one does not undo it"
{
    order 2 25 completed 28.00 2026-01-05T10:00:00 | tr -d '\n'
    echo
    order 2 25 completed 10.00 2026-01-02T10:00:00 | tr -d '\n'
    echo
} > "$work/orders"
import 0 '2 rows: 2 accepted, 2 duplicates, 0 refused, 0 not paid;'
get /v1/customers/25
expect 200 .facts.orders_count 2 .facts.revenue 40.00

step "a cancelled order counts no longer"
order 1 25 cancelled 28.00 2026-01-06T10:00:00 > "$work/orders"
import 0 '1 rows: 2 accepted, 1 duplicates, 0 refused, 0 not paid;'
get /v1/customers/25
expect 200 .facts.orders_count 1 .facts.orders_cancelled_count 1 .facts.revenue 20.00

step "an order that is restored counts again, whichever is heard first"
order 1 25 processing 28.00 2026-01-08T10:00:00 > "$work/orders"
import 0 '1 rows: 1 accepted, 1 duplicates, 0 refused, 0 not paid;'
order 1 25 cancelled 28.00 2026-01-07T10:00:00 > "$work/orders"
import 0 '1 rows: 2 accepted, 1 duplicates, 0 refused, 0 not paid;'
get /v1/customers/25
expect 200 .facts.orders_count 2 .facts.orders_cancelled_count 0 .facts.revenue 40.00

step "a bad order is set aside with its place, its neighbours are taken"
{
    echo '[{"id": 8},'
    order 4 27 completed 18.00 2026-01-03T10:00:00
    echo ', no order at all'
    order 5 27 completed 1e99 2026-01-03T10:00:00
    echo ']'
} > "$work/orders"
import 65 '4 rows: 2 accepted, 0 duplicates, 3 refused, 0 not paid; 1 customers;'
[ "$(cut -d, -f1-3 "$work/refused.csv" | grep -E '^[0-9]+,' | tr '\n' ' ')" = \
    '1,missing_member,/date_created_gmt 4,malformed_json, 5,invalid_amount,/total ' ] ||
    fail "refused: $(cat "$work/refused.csv")"

step "two shops of WooCommerce have ids of their own"
order 4 27 completed 18.00 2026-01-03T10:00:00 > "$work/orders"
import 0 '1 rows: 2 accepted, 0 duplicates' --order-prefix north-
get /v1/customers/north-27
expect 200 .facts.orders_count 1

step "refunds stand in the order, and of an order that is refunded all is; a guest is known by the e-mail of the bill"
{
    echo '['
    order 6 28 completed 28.00 2026-01-09T10:00:00 ', "refunds": [{"id": 61, "reason": "", "total": "-4.50"}]'
    echo ','
    order 7 28 refunded 48.00 2026-01-09T10:00:00 ', "refunds": [{"id": 71, "total": "-1.00"}]'
    echo ','
    order 8 0 completed 18.00 2026-01-09T10:00:00 | sed 's/"country"/"email": "Guest@Shop.Example", "country"/'
    echo ']'
} > "$work/orders"
import 0 '3 rows: 9 accepted, 0 duplicates, 0 refused, 0 not paid;'
import 0 '3 rows: 0 accepted, 9 duplicates, 0 refused, 0 not paid;'
get /v1/customers/28
expect 200 .facts.orders_count 1 .facts.revenue 15.50 .facts.revenue_refunded 44.50 .facts.refunds_count 3
guest=$(printf guest@shop.example | sha256sum | cut -d' ' -f1)
get "/v1/customers/email:$guest"
expect 200 .facts.orders_count 1 .facts.revenue 10.00

step "options that mean nothing here are refused"
usage() { # ARGUMENT...
    local code=0
    "$LIFECYCLED_BIN" import --shop woo "$@" "$work/orders" > /dev/null 2> "$work/import" || code=$?
    [ "$code" = 64 ] || fail "import $*: $code"
}
usage --format woocommerce --map userId=id
usage --format woocommerce --user-id name
usage --format csv --order-prefix north-

finish
