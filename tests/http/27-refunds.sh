#!/usr/bin/env bash
# An order that changes later, where rules look at windows of orders and where none does: what is kept of orders differs.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

order() { # EVENT ID MESSAGE [PROPERTIES]: of anna
    track "{\"userId\":\"anna\",\"event\":\"Order $1\",\"messageId\":\"$3\",\"properties\":{\"order_id\":\"$2\"${4:-}}}"
    expect 200 .success true
}
facts() { # PLACE: orders, net revenue, refunds
    get /v1/customers/anna
    [ "$(value '.facts | "\(.orders_count) \(.revenue) \(.refunds_count)"')" = "$2" ] || fail "$1: $(value .facts)"
}

changes() { # PREFIX: each in a batch of its own
    order Completed "$1-1" "$1-m1" ',"revenue":10,"currency":"EUR"'
    order Completed "$1-2" "$1-m2" ',"revenue":20,"currency":"EUR"'
    order Refunded "$1-1" "$1-m3" ',"refund_id":"r","total":4,"currency":"EUR"'
    order Refunded "$1-1" "$1-m4"
    order Updated "$1-2" "$1-m5" ',"revenue":25,"currency":"EUR"'
    order Cancelled "$1-2" "$1-m6"
    order Completed "$1-3" "$1-m7" ',"revenue":0,"currency":"EUR"'
    order Refunded "$1-3" "$1-m8"
    order Completed "$1-4" "$1-m9" ',"revenue":7,"currency":"EUR"'
}

shop refunds EUR UTC
serve LIFECYCLED_CLOCK=2026-06-15T10:00:00Z
step "with rules over windows"
put /v1/segments/recent '{"rule":{">=":[{"var":"orders_count_30d"},1]}}'
expect 201
changes a
facts "with windows" "1 7.00 3"

step "without them"
delete /v1/segments/recent -H 'If-Match: *'
expect 204
delete /v1/models/purchase -H 'If-Match: *'
expect 204
changes b
facts "without" "2 14.00 6"

finish
