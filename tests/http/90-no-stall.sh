#!/usr/bin/env bash
# Keep-alive connections as many as libmicrohttpd's epoll takes events in a round (128), and twice as many: an epoll
# loop that sleeps although it has work falls from tens of thousands of requests a second to some sixty.
set -euo pipefail

readonly LEAST=2000 # requests a second; far below any machine's rate, far above a stalled loop's
readonly DATABASE=no_stall_$$
readonly ADMIN_URL=$LIFECYCLED_TEST_DATABASE_URL

command -v wrk > /dev/null || {
    echo "wrk is not installed"
    exit 77
}

work=$(mktemp -d)
service=''
# shellcheck disable=SC2317 # called by the trap
clean_up() {
    [ -z "$service" ] || kill -TERM "$service" 2> /dev/null || true
    [ -z "$service" ] || wait "$service" || true
    psql -qX "$ADMIN_URL" -c "DROP DATABASE IF EXISTS $DATABASE WITH (FORCE)" > /dev/null || true
    rm -rf "$work"
}
trap clean_up EXIT

psql -qX "$ADMIN_URL" -c "CREATE DATABASE $DATABASE"
# "postgresql://role@/database?host=..." with the other database
LIFECYCLED_DATABASE_URL=$(sed -E "s|^([a-z]+://[^/]*/)[^?]*|\1$DATABASE|" <<< "$ADMIN_URL")
export LIFECYCLED_DATABASE_URL
export LIFECYCLED_LISTEN=127.0.0.1:0
export LIFECYCLED_LOG_LEVEL=info

"$LIFECYCLED_BIN" migrate
"$LIFECYCLED_BIN" shops create stall --currency EUR --timezone Europe/Berlin
key=$("$LIFECYCLED_BIN" keys create --shop stall --scope write)

"$LIFECYCLED_BIN" serve 2> "$work/log" &
service=$!
port=''
for _ in $(seq 100); do
    port=$(sed -nE 's/.*"msg":"serving".*"port":([0-9]+).*/\1/p' "$work/log")
    [ -z "$port" ] || break
    sleep 0.1
done
[ -n "$port" ] || {
    cat "$work/log"
    exit 1
}

cat > "$work/track.lua" << 'LUA'
local n = 0
local header = {["Authorization"] = "Bearer " .. os.getenv("KEY"), ["Content-Type"] = "application/json"}
function setup(thread) thread:set("id", tostring(math.random(1, 1e9))) end
function request()
    n = n + 1
    local body = string.format('{"messageId":"%s-%d","userId":"c-%d","event":"Product Viewed"}', id, n, n % 1000)
    return wrk.format("POST", "/v1/track", header, body)
end
LUA

# rate PATH-OR-SCRIPT CONNECTIONS: requests a second; fails when a request was refused
rate() {
    local output
    if [ "$1" = track ]; then
        output=$(KEY=$key wrk -t1 -c"$2" -d3s -s "$work/track.lua" "http://127.0.0.1:$port/v1/track")
    else
        output=$(wrk -t1 -c"$2" -d3s "http://127.0.0.1:$port$1")
    fi
    if grep -q 'Non-2xx' <<< "$output"; then
        echo "$output" >&2
        return 1
    fi
    sed -nE 's|^Requests/sec: *([0-9]+).*|\1|p' <<< "$output"
}

status=0
for connections in 127 128 256; do
    for what in /healthz track; do
        n=$(rate "$what" "$connections")
        least=$LEAST
        [ "$what" = /healthz ] || least=$((LEAST / 4)) # the database's share
        printf '%-8s %3d connections: %6d requests a second\n' "$what" "$connections" "$n"
        [ "$n" -ge "$least" ] || status=1
    done
done
exit "$status"
