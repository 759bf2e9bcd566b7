#!/usr/bin/env bash
# A client follows the feed by long poll, server-sent events and webhooks while the service and PostgreSQL are killed:
# nothing is missing, nothing comes out of order for a customer, and the numbers have no gap.
command -v node > /dev/null || {
    echo "node is not installed: skipped"
    exit 77
}
readonly ROUNDS=${FOLLOW_ROUNDS:-8}
home=$(mktemp -d)
# a cluster of its own, durable, which it may kill
LIFECYCLED_TEST_DATABASE_URL=$(tools/private-postgres start "$home")
export LIFECYCLED_TEST_DATABASE_URL
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"
also_at_exit() {
    tools/private-postgres delete "$home"
    rm -rf "$home"
}

free_port() {
    node -e 'const s = require("net").createServer(); s.listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}
kill_postgres() {
    local data pid
    data=$(readlink -e "$home/cluster" || echo "$home")/data
    pid=$(head -n 1 "$data/postmaster.pid")
    kill -KILL "$pid"
    while kill -0 "$pid" 2> /dev/null; do
        sleep 0.02
    done
    tools/private-postgres start "$home" > /dev/null
}

shop follow EUR Europe/Berlin
port=$(free_port)
hooks=$(free_port)
export LIFECYCLED_SECRET_KEY=follow-secret LIFECYCLED_WEBHOOK_ALLOW=127.0.0.1/32
# not by the proxy: the client speaks to the service itself
LIFECYCLED_LISTEN=127.0.0.1:$port
serve LIFECYCLED_LOG_LEVEL=info

step "a webhook is asked for, and the client begins to follow and to send"
post /v1/webhook-endpoints "{\"url\":\"http://127.0.0.1:$hooks/changes\"}"
expect 201
secret=$(value .secret)
endpoint=$(value .id)
post "/v1/webhook-endpoints/$endpoint/recover" '{"since":1,"all":true}' # what came before it
expect 202
mkfifo "$work/tell"
node tests/clients/follow.mjs "$direct" "$write_key" "$read_key" "$hooks" "$secret" < "$work/tell" > "$work/follow" 2>&1 &
client=$!
exec 8> "$work/tell"
eventually 10 grep -q ready "$work/follow"

step "the service and PostgreSQL are killed again and again"
for round in $(seq "$ROUNDS"); do
    sleep "0.$((RANDOM % 8 + 2))"
    case $((round % 3)) in
    0) kill_postgres ;;
    *)
        kill -KILL "$service"
        wait "$service" 2> /dev/null || true
        service=''
        [ $((round % 2)) -eq 0 ] || kill_postgres
        serve LIFECYCLED_LOG_LEVEL=info
        ;;
    esac
done

step "each way has seen every change once, in order"
sleep 1
echo end >&8
exec 8>&-
code=0
wait "$client" || code=$?
cat "$work/follow"
[ "$code" -eq 0 ] || fail "$(cat "$work/follow")"
[ "$(sed -nE 's/^([0-9]+) orders.*/\1/p' "$work/follow")" -gt 20 ] || fail "hardly anything was sent"
finish
