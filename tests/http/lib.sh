# shellcheck shell=bash
# What the scenarios share. A scenario sources it, makes a shop, starts the service, and tells a story:
#
#   . "$(dirname "$0")/lib.sh"
#   shop demo EUR Europe/Berlin        # a database of its own; $write_key, $read_key and $admin_key
#   serve LIFECYCLED_CLOCK=2026-01-01T00:00:00Z
#   step "a first order makes a customer new"
#   track '{"userId":"anna","event":"Order Completed","properties":{"order_id":"1","revenue":20}}'
#   expect 200 .models[0].to new
#   finish                             # stops the service, which must end well, and verifies the ledger
#
# Requests go through tests/contract/proxy.mjs, which holds each of them and each reply to openapi.yaml, at $url;
# at $direct the service is reached without it, for what is no HTTP or takes its time on purpose.
set -euo pipefail

readonly ADMIN_URL=$LIFECYCLED_TEST_DATABASE_URL
readonly CONTRACT=$PWD/tests/contract
DATABASE=http_$$
work=$(mktemp -d)
contract_out=${LIFECYCLED_TEST_CONTRACT:-$work}
touch "$contract_out/breaches"
breaches_before=$(wc -l < "$contract_out/breaches")
service=''
proxy=''
now_step='before the first step'
url=''
direct=''
status=''
reply=''
clock=''
clock_set_at=0

# The same role and cluster, another database: "postgresql://role@/database?host=..."
LIFECYCLED_DATABASE_URL=$(sed -E "s|^([a-z]+://[^/]*/)[^?]*|\1$DATABASE|" <<< "$ADMIN_URL")
export LIFECYCLED_DATABASE_URL
export LIFECYCLED_LISTEN=127.0.0.1:0
export LIFECYCLED_METRIC_AGE_MS=0 # an answer is that of all that was sent before

# They share the proxy, which knows one service: one scenario at a time. Its children have the lock too.
exec 9> "$contract_out/scenario"
if ! flock -w 60 9; then
    echo "another scenario, or what it has left behind, is still running:" >&2
    ps -eo pid,ppid,etime,args >&2
    exit 1
fi

# --- telling ----------------------------------------------------------------------------------------------

step() {
    now_step=$1
    printf '  %s\n' "$1"
}

fail() {
    printf 'FAILED: %s\n' "$now_step" >&2
    printf '%s\n' "$@" >&2
    if [ -n "$status" ]; then
        printf 'the last reply was %s: %s\n' "$status" "${reply:0:2000}" >&2
    fi
    exit 1
}

at_exit() {
    local code=$?
    trap - EXIT
    set +e
    [ -z "$service" ] || kill -KILL "$service" 2> /dev/null
    jobs -p | xargs -r kill 2> /dev/null
    wait 2> /dev/null
    if [ "$code" -ne 0 ] && [ "$code" -ne 77 ] && [ -f "$work/log" ]; then
        echo "the last lines of the service's log:"
        tail -n 20 "$work/log"
    fi
    if [ "$(wc -l < "$contract_out/breaches")" -gt "$breaches_before" ]; then
        echo "openapi.yaml and the service disagree:"
        tail -n +$((breaches_before + 1)) "$contract_out/breaches" | sort -u
        [ "$code" -ne 0 ] || code=1
    fi
    psql -qX "$ADMIN_URL" -c "DROP DATABASE IF EXISTS $DATABASE WITH (FORCE)" > /dev/null 2>&1
    if declare -F also_at_exit > /dev/null; then
        also_at_exit
    fi
    rm -rf "$work"
    exit "$code"
}
trap at_exit EXIT

# --- the service ------------------------------------------------------------------------------------------

database() { # make the database, empty
    psql -qX "$ADMIN_URL" -c "CREATE DATABASE $DATABASE"
}

keys_of() { # SHOP: sets write_key, read_key and admin_key
    write_key=$("$LIFECYCLED_BIN" keys create --shop "$1" --scope write)
    read_key=$("$LIFECYCLED_BIN" keys create --shop "$1" --scope read)
    admin_key=$("$LIFECYCLED_BIN" keys create --shop "$1" --scope admin)
}

shop() { # KEY CURRENCY TIMEZONE: a migrated database with this shop and its keys
    database
    "$LIFECYCLED_BIN" migrate 2> /dev/null
    "$LIFECYCLED_BIN" shops create "$1" --currency "$2" --timezone "$3" 2> /dev/null
    keys_of "$1"
}

start_proxy() { # unless tests/run has started it for all scenarios
    [ -z "${LIFECYCLED_TEST_CONTRACT:-}" ] || return 0
    [ -z "$proxy" ] || return 0
    [ -d "$CONTRACT/node_modules/ajv" ] || return 0
    node "$CONTRACT/proxy.mjs" openapi.yaml "$contract_out" > "$contract_out/proxy" 2> "$contract_out/proxy-errors" &
    proxy=$!
}

serve() { # [NAME=VALUE ...]: start the service with these settings besides, and wait until it is ready
    local port='' pair
    clock=''
    for pair in "$@"; do
        case $pair in
        LIFECYCLED_CLOCK=*) clock=${pair#*=} ;;
        esac
    done
    clock_set_at=$(date +%s)
    start_proxy
    : > "$work/log"
    env "$@" "$LIFECYCLED_BIN" serve 2>> "$work/log" &
    service=$!
    for _ in $(seq 200); do
        port=$(sed -nE 's/.*"msg":"serving".*"port":([0-9]+).*/\1/p' "$work/log")
        [ -z "$port" ] || break
        kill -0 "$service" 2> /dev/null || break
        sleep 0.05
    done
    [ -n "$port" ] || fail "the service does not start: $(cat "$work/log")"
    echo "$port" > "$contract_out/port"
    direct=http://127.0.0.1:$port
    url=$direct
    [ -f "$contract_out/proxy" ] || return 0
    for _ in $(seq 200); do
        [ ! -s "$contract_out/proxy" ] || break
        sleep 0.05
    done
    [ -s "$contract_out/proxy" ] || fail "the proxy does not start: $(cat "$contract_out/proxy-errors")"
    url=http://127.0.0.1:$(cat "$contract_out/proxy")
}

stop() { # SIGTERM: the service must end by itself, and well
    local code=0
    kill -TERM "$service"
    wait "$service" || code=$?
    service=''
    [ "$code" -eq 0 ] || fail "the service ended with $code"
}

# The instant at which the service's clock is: its start and what has passed since.
service_time() {
    date -u -d "@$(($(date -d "$clock" +%s) + $(date +%s) - clock_set_at + 1))" +%Y-%m-%dT%H:%M:%SZ
}

# hold: from now on no message can be committed, until release
hold() {
    mkfifo "$work/hold"
    psql -qX "$LIFECYCLED_DATABASE_URL" < "$work/hold" > "$work/held" &
    holder=$!
    exec 7> "$work/hold"
    printf 'BEGIN;\nLOCK TABLE event;\n\\echo held\n' >&7
    eventually 10 grep -q held "$work/held"
}

release() {
    printf 'COMMIT;\n\\q\n' >&7
    exec 7>&-
    wait "$holder"
    rm "$work/hold"
}

verify() { # what is stored is what the ledger implies
    local at=''
    [ -z "$clock" ] || at=$(service_time)
    env LIFECYCLED_CLOCK="$at" "$LIFECYCLED_BIN" verify > "$work/verify" 2>&1 || fail "verify: $(cat "$work/verify")"
    grep -q ' 0 differences' "$work/verify" || fail "verify: $(cat "$work/verify")"
}

finish() { # the end of each scenario
    step "the service stops, and what it has stored is what its ledger implies"
    [ -z "$service" ] || stop
    verify
}

# --- requests ---------------------------------------------------------------------------------------------

# request METHOD PATH [curl's options...]: sets status, reply (the body) and the headers that header() reads.
# Status 000: there was no reply.
request() {
    local method=$1 path=$2
    shift 2
    local options=(-X "$method" -o "$work/body")
    [ "$method" != HEAD ] || options=(-I -o /dev/null)
    rm -f "$work/body"
    status=$(curl -sS --globoff --path-as-is --max-time 60 "${options[@]}" -D "$work/headers" -w '%{http_code}' \
        "$@" "$url$path" 2> "$work/curl") || status=000
    reply=''
    [ ! -f "$work/body" ] || reply=$(< "$work/body")
}

readonly JSON='Content-Type: application/json'

send() { # TYPE BODY [curl's options...]: a message or batch with the write key; BODY may be @FILE
    local type=$1 body=$2
    shift 2
    request POST "/v1/$type" -u "$write_key:" -H "$JSON" --data-binary "$body" "$@"
}

track() { # BODY
    send track "$@"
}

get() { # PATH [curl's options...]: with the read key
    local path=$1
    shift
    request GET "$path" -H "Authorization: Bearer $read_key" "$@"
}

# put, post, patch, delete: with the admin key
put() { # PATH BODY [curl's options...]
    local path=$1 body=$2
    shift 2
    request PUT "$path" -H "Authorization: Bearer $admin_key" -H "$JSON" --data-binary "$body" "$@"
}

post() { # PATH BODY [curl's options...]
    local path=$1 body=$2
    shift 2
    request POST "$path" -H "Authorization: Bearer $admin_key" -H "$JSON" --data-binary "$body" "$@"
}

delete() { # PATH [curl's options...]
    local path=$1
    shift
    request DELETE "$path" -H "Authorization: Bearer $admin_key" "$@"
}

# --- what must be -----------------------------------------------------------------------------------------

value() { # FILTER: what jq finds in the reply
    jq -r "$1" <<< "$reply" 2> "$work/jq" || fail "no JSON, or no $1: $(cat "$work/jq")"
}

# expect STATUS [FILTER VALUE]...: the last reply has this status, and its body these values
expect() {
    [ "$status" = "$1" ] || fail "the status is $status, not $1: $(cat "$work/curl")"
    shift
    local program='' filters=() wanted=() wrong
    while [ $# -ge 2 ]; do
        program="$program${program:+,}[$1]"
        filters+=("$1")
        wanted+=("$2")
        shift 2
    done
    [ -n "$program" ] || return 0
    # all of them at once: a process for each is what takes the time
    wrong=$(jq -r "[$program] | map(map(if type == \"string\" then . else tojson end) | join(\"\n\")) | to_entries |
        map(select(.value != \$ARGS.positional[.key])) | first // empty | \"\(.key) \(.value)\"" --args "${wanted[@]}" \
        <<< "$reply" 2> "$work/jq") || fail "no JSON, or not all of ${filters[*]}: $(cat "$work/jq")"
    [ -z "$wrong" ] || fail "${filters[${wrong%% *}]} is \"${wrong#* }\", not \"${wanted[${wrong%% *}]}\""
}

refused() { # STATUS CODE [POINTER]: a problem with this code, and a pointer into what was sent
    expect "$1"
    [[ $reply == *"\"status\":$1,"*"\"code\":\"$2\""* ]] || fail "the code is not $2"
    [ $# -lt 3 ] || [[ $reply == *"\"errors\":[{\"pointer\":\"$3\""* ]] || fail "the pointer is not $3"
}

header() { # NAME: of the last reply; nothing when it has none
    sed -nE "s/^$1: *(.*)\r$/\1/Ip" "$work/headers" | tail -n 1
}

expect_header() { # NAME REGEX
    [[ $(header "$1") =~ $2 ]] || fail "the header $1 is \"$(header "$1")\", which is not like $2"
}

# eventually SECONDS COMMAND...: until it succeeds
eventually() {
    local until=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -le "$until" ] || fail "this did not come to be in time: $*"
        sleep 0.1
    done
}

sql() { # STATEMENT: its rows
    psql -qXAt "$LIFECYCLED_DATABASE_URL" -v ON_ERROR_STOP=1 -c "$1"
}
