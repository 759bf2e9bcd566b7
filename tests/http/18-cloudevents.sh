#!/usr/bin/env bash
# What a shop's own systems publish is understood by what it is called, or by the mapping of its source.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

shop bus EUR Europe/Berlin
serve LIFECYCLED_CLOCK=2026-03-01T12:00:00Z LIFECYCLED_SECRET_KEY=key-of-the-tests

readonly ONE='Content-Type: application/cloudevents+json'
readonly MANY='Content-Type: application/cloudevents-batch+json; charset=utf-8'

events() { # KEY CONTENT-TYPE BODY
    request POST /v1/cloudevents -H "Authorization: Bearer $1" -H "$2" --data-binary "$3"
}

step "a structured event is an order by its type, of the customer that is its subject"
event='{"specversion":"1.0","id":"1","source":"/shop/berlin","type":"com.acme.order.completed","subject":"customers/42",
    "time":"2026-02-28T10:00:00Z","data":{"order_id":"A-1","total":49.90,"currency":"EUR"}}'
events "$write_key" "$ONE" "$event"
expect 200 .accepted 1
get /v1/customers/42
expect 200 .facts.orders_count 1 .facts.revenue 49.90 .facts.last_order_at 2026-02-28T10:00:00.000Z
events "$write_key" "$ONE" "$event"
expect 200 .accepted 0 .duplicates 1

step "of a binary event the headers are the attributes, percent-encoded or quoted"
request POST /v1/cloudevents -u "$write_key:" -H 'ce-specversion: 1.0' -H 'ce-id: "a \"b\" c"' \
    -H 'ce-source: /shop/m%C3%BCnchen' -H 'ce-type: product.viewed' -H 'ce-subject: j%C3%BCrgen' -H "$JSON" -d '{"sku":"p"}'
expect 200 .accepted 1
get /v1/customers/j%C3%BCrgen
expect 200 .id jürgen .facts.product_views_count 1
request POST /v1/cloudevents -u "$write_key:" -H 'ce-specversion: 1.0' -H 'ce-id: %C0%A0' -H 'ce-source: s' \
    -H 'ce-type: product.viewed' -H "$JSON" -d '{}'
refused 400 invalid_utf8
request POST /v1/cloudevents -u "$write_key:" -H "$JSON" -d "$event"
refused 400 missing_member

step "in a batch the bad ones are told by their place, and sink nobody"
events "$write_key" "$MANY" '[
    {"specversion":"1.0","id":"2","source":"s","type":"customer.created","subject":"43","data":{"vip":true}},
    {"specversion":"1.0","id":"3","source":"s","subject":"43"},
    7,
    {"specversion":"1.0","id":"4","source":"s","type":"order.completed","subject":"43","data":{"id":"A-2","total":"ten"}},
    {"specversion":"1.0","id":"5","source":"s","type":"order.completed","subject":"orders/9","data":{"id":"A-3","total":1}},
    {"specversion":"1.0","id":"6","source":"s","type":"order.completed","subject":"43","data_base64":"eyJpZCI6IkEtNCIsInRvdGFsIjo1fQ=="},
    {"specversion":"1.0","id":"7","source":"s","type":"product.viewed","subject":"products/9","data":{}}]'
expect 200 .accepted 3 .refused 4 '[.errors[].index] | join(" ")' '1 2 3 6' \
    '[.errors[].code] | join(" ")' 'missing_member wrong_type invalid_amount missing_identity' \
    '[.errors[].messageId] | join(" ")' 'ce:s 3  ce:s 4 ce:s 7' '.errors[0].pointer' /1/type
get /v1/customers/43
expect 200 .facts.orders_count 1 .facts.revenue 5.00 .traits.vip true
events "$write_key" "$MANY" '[]'
expect 200 .accepted 0 .refused 0

step "a format that is not JSON is not read"
events "$write_key" 'Content-Type: application/cloudevents+avro' x
refused 415 unsupported_media_type

step "a source has a mapping of its own"
post /v1/sources '{"type":"cloudevents","name":"till","settings":{"currency":"EUR","channel":"pos","order_prefix":"till-",
    "mapping":{"user_id":["/data/buyer/no","/subject"],
        "types":{"sale":{"event":"Order Completed","properties":{"order_id":"/data/no","revenue":"/data/sum",
                "products":{"each":"/data/lines","as":{"product_id":"/article","category":"/group"}}},
            "traits":{"email":"/data/buyer/mail"}},
            "return":{"event":"Order Refunded","properties":{"order_id":"/data/sale","total":"/data/sum"}},
            "*":null}}}}'
expect 201 .type cloudevents
key=$(value .key)
events "$key" "$MANY" '[
    {"specversion":"1.0","id":"1","source":"till","type":"drawer.opened"},
    {"specversion":"1.0","id":"2","source":"till","type":"sale","time":"2026-02-20T10:00:00Z","data":{"no":17,"sum":"30.00",
        "buyer":{"no":44},"lines":[{"article":"tea","group":"drinks"},{"article":"cup","group":"china"}],"cashier":"Ada"}},
    {"specversion":"1.0","id":"3","source":"till","type":"return","subject":"44","data":{"sale":17,"sum":"12.00"}},
    {"specversion":"1.0","id":"4","source":"till","type":"sale","data":{"no":18,"sum":"?","buyer":{"no":44}}}]'
expect 200 .accepted 2 .refused 1 '.errors[0].index' 3 '.errors[0].code' invalid_amount
get /v1/customers/44
expect 200 .facts.orders_count 1 .facts.revenue 18.00 .facts.categories_count 2 .facts.first_channel pos
get /v1/customers/44/events
expect 200 '[.data[].properties.order_id] | unique | join(" ")' till-17 '[.data[] | .. | .cashier? // empty] | length' 0
events "$key" "$ONE" '{"specversion":"1.0","id":"5","source":"till","type":"drawer.opened"}'
expect 200 .accepted 0 .refused 0

verify
finish
