#!/usr/bin/env bash
# A shop of WooCommerce, with the payloads of its documentation: what its orders and accounts say is what the customer's
# facts say, to the cent.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/http/shops.sh
. "$(dirname "$0")/shops.sh"

has_samples || exit 77

shop doors USD America/New_York
serve LIFECYCLED_CLOCK=2017-06-01T12:00:00Z "$SECRET_KEY"
make_source woocommerce 'our shop' '{"secret":"hush hush hush"}'
secret='hush hush hush'
JOHN=email:$(printf john.doe@example.com | sha256sum | cut -d' ' -f1)

# deliver TOPIC FILE [MEMBER VALUE]...: the sample with these members
deliver() {
    local topic=$1 file=$2
    shift 2
    edited "woocommerce/$file" "$@" > "$work/delivery"
    deliver_woocommerce "$topic" "$work/delivery"
}

john() { # [FILTER VALUE]...
    get "/v1/customers/$JOHN"
    expect 200 "$@"
}

step "the ping of a new webhook hears 200, as it is posted: a form without a signature"
request POST "$place" --data-binary "@$SAMPLES/woocommerce/ping.txt"
expect 200
[ "$status" = 200 ] || fail "not exactly 200"

step "an order that waits for its money is nothing yet"
deliver order.created order_created.json status '"pending"' date_paid_gmt null date_paid null
expect 200 .accepted 0 .refused 0
get "/v1/customers/$JOHN"
refused 404 not_found

step "paid, it counts at its total less tax and shipping, of the guest whose e-mail it bears"
deliver order.updated order_created.json
expect 200 .success true .duplicates 0
john .facts.orders_count 1 .facts.revenue 18.00 .facts.first_order_at 2017-03-22T19:28:02.000Z

step "delivered again it is a repeat, and completed it is the same order"
deliver_woocommerce order.updated "$work/delivery"
expect 200 .accepted 0
deliver order.updated order_updated_completed.json
expect 200 .refused 0
deliver_woocommerce order.updated "$work/delivery"
expect 200 .accepted 0
john .facts.orders_count 1 .facts.revenue 18.00

step "a refund inside the order is taken off once"
deliver order.updated order_updated_partially_refunded.DERIVED.json
expect 200 .refused 0
deliver_woocommerce order.updated "$work/delivery"
expect 200 .accepted 0
john .facts.orders_count 1 .facts.revenue 8.00

step "put into the trash it counts no longer, restored it does"
printf '{"id":727}' > "$work/delivery"
deliver_woocommerce order.deleted "$work/delivery"
expect 200 .accepted 1
john .facts.orders_count 0 .facts.revenue 0.00
deliver order.restored order_updated_partially_refunded.DERIVED.json date_modified_gmt '"2035-01-01T00:00:00"'
[ "$status" = 200 ] || fail "not restored"
deliver order.restored order_updated_partially_refunded.DERIVED.json date_modified_gmt \
    "\"$(service_time | tr -d Z)\""
expect 200 .refused 0
john .facts.orders_count 1 .facts.revenue 8.00

step "the guest's account, and a user of the site with this e-mail, are one customer"
deliver_woocommerce customer.created "$SAMPLES/woocommerce/customer.json"
expect 200 .accepted 1
get /v1/customers/woocommerce:25
expect 200 .id woocommerce:25 .facts.orders_count 1 .facts.revenue 8.00 .traits.role customer
send identify '{"userId":"jd","traits":{"email":"john.doe@example.com"}}'
expect 200
for id in jd woocommerce:25 "$JOHN"; do
    get "/v1/customers/$id"
    expect 200 .id jd .facts.orders_count 1 .facts.revenue 8.00
done

step "a wrong signature is refused, and an unknown topic taken"
request POST "$place" -H "$JSON" -H 'X-WC-Webhook-Topic: order.created' -H "X-WC-Webhook-Signature: $(printf x | hmac "$secret")" \
    --data-binary "@$SAMPLES/woocommerce/order_created.json"
refused 401 bad_signature
deliver_woocommerce action.wc_add_to_cart "$SAMPLES/woocommerce/refund.json"
expect 200 .accepted 0

step "an export of the same orders tells nothing new"
printf '[%s]' "$(edited woocommerce/order_updated_partially_refunded.DERIVED.json)" > "$work/orders"
env LIFECYCLED_CLOCK="$(service_time)" "$LIFECYCLED_BIN" import --shop doors --format woocommerce "$work/orders" > "$work/summary"
grep -q '^1 rows: 0 accepted' "$work/summary" || fail "the summary is $(cat "$work/summary")"

step "the source's counters say so, and the log of what came shows nobody"
eventually 10 counted .refused.bad_signature 1
get "/v1/sources/$source/recent?limit=100"
expect 200
for personal in john.doe example.com Market 555-5555 'San Francisco'; do
    [[ $reply != *"$personal"* ]] || fail "the log of the source holds $personal"
done
silent john.doe example.com 555-5555 hush "$write_key" "$read_key" "$admin_key" "$source" woocommerce:25

finish
