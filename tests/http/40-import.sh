#!/usr/bin/env bash
# A shop brings its history. The same import again adds nothing; one that is killed at random moments and run again
# ends where an undisturbed one does; rows that are no messages are set aside with their reasons.
set -euo pipefail

bin=$LIFECYCLED_BIN
work=$(mktemp -d)
prefix=import_$$
export LIFECYCLED_LOG_LEVEL=error
export LIFECYCLED_BATCH_MAX=64 # many transactions, so that a kill falls between two of them

query() { # DATABASE SQL
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "${LIFECYCLED_TEST_DATABASE_URL/\/lifecycled\?//$1?}" -c "$2"
}

clean_up() {
    local database
    for database in "${prefix}_clean" "${prefix}_killed"; do
        query lifecycled "DROP DATABASE IF EXISTS $database WITH (FORCE)" 2> /dev/null || true
    done
    rm -rf "$work"
}
trap clean_up EXIT

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    exit 1
}

expect() { # WHAT IS EXPECTED
    [[ $2 == "$3" ]] || fail "$1: $2, and $3 was expected"
}

# use DATABASE: from here on the program works on this one.
use() {
    export LIFECYCLED_DATABASE_URL=${LIFECYCLED_TEST_DATABASE_URL/\/lifecycled\?//$1?}
}

make_shops() { # DATABASE
    query lifecycled "CREATE DATABASE $1"
    use "$1"
    "$bin" migrate 2> /dev/null
    "$bin" shops create plain --currency EUR --timezone Europe/Berlin 2> /dev/null
    "$bin" demo > /dev/null 2>&1 # with a second model and two segments
}

# All that is known of the imported customers, without what may differ: keys, and when it was found out.
dump() { # DATABASE SHOP FILE
    local of="FROM shop s JOIN customer c USING (shop_id)" where="WHERE s.shop_key = '$2' AND c.external_id LIKE 'i-%'"
    {
        query "$1" "SELECT external_id, payload, occurred_at, kind $of
            JOIN event e ON e.identity_key = c.customer_key $where ORDER BY 1, e.event_id"
        query "$1" "SELECT to_jsonb(c) - ARRAY['customer_key', 'shop_id', 'deadline', 'transition_seq'] $of $where
            ORDER BY external_id"
        query "$1" "SELECT external_id, order_id, completed_at, cancelled_at, value, o.discount, refunded, is_counted
            $of JOIN customer_order o USING (customer_key) $where ORDER BY 1, 2"
        query "$1" "SELECT external_id, model, from_stage, to_stage, at $of JOIN transition t USING (customer_key) $where
            AND superseded_at IS NULL ORDER BY 1, 2, at, seq"
        query "$1" "SELECT external_id, segment, entered_at $of JOIN membership m USING (customer_key) $where
            ORDER BY 1, 2"
        if [[ $2 == plain ]]; then # where nobody but the imported customers is
            query "$1" "SELECT cube, day, a, b, c, s1, s2, s3, s4, s5, s6 FROM tally t JOIN shop s USING (shop_id)
                WHERE s.shop_key = '$2' AND (s1, s2, s3, s4, s5, s6) <> (0, 0, 0, 0, 0, 0) ORDER BY 1, 2, 3, 4, 5"
        fi
    } > "$3"
}

import() { # SHOP: prints the summary
    local status=0
    "$bin" import --shop "$1" --format csv --map userId=customer --map timestamp=day --refused "$work/refused.csv" \
        "$work/history.csv" 2> "$work/stderr" || status=$?
    [[ $status == 65 ]] || { cat "$work/stderr" >&2; fail "import ended with $status"; }
}

# 600 customers with orders, some alike, some refunded; one with more events than a batch holds; three bad rows.
awk 'BEGIN {
    srand(7)
    print "customer,day,event,order_id,revenue"
    for (i = 0; i < 600; i++) {
        n = int(rand() * 8) + 1
        for (k = 0; k < n; k++) {
            day = sprintf("20%02d%02d%02d", 19 + int(rand() * 2), 1 + int(rand() * 12), 1 + int(rand() * 28))
            amount = sprintf("%d.%02d", rand() * 90, rand() * 100)
            if (rand() < 0.15) {
                printf "i-%03d,%s,Order Completed,i-%03d/%d,%s\n", i, day, i, k, amount
                printf "i-%03d,2021-01-0%d,Order Refunded,i-%03d/%d,\n", i, 1 + int(rand() * 9), i, k
            } else {
                printf "i-%03d,%s,,,%s\n", i, day, amount
                if (rand() < 0.1) printf "i-%03d,%s,,,%s\n", i, day, amount
            }
            if (rand() < 0.3) printf "i-%03d,%s,Product Viewed,,\n", i, day
        }
    }
    for (k = 0; k < 300; k++) printf "i-many,2020-%02d-%02d,,,1.00\n", 1 + k % 12, 1 + k % 3
    print ",20200101,,,1.00\ni-bad,2020-13-01,,,1.00\ni-bad,20200101,,,many"
}' > "$work/history.csv"
rows=$(($(wc -l < "$work/history.csv") - 1))
good=$((rows - 3))

make_shops "${prefix}_clean"
for shop in plain demo; do
    summary=$(import $shop)
    [[ $summary == "$rows rows: $good accepted, 0 duplicates, 3 refused; 601 customers;"* ]] || fail "$summary"
    dump "${prefix}_clean" $shop "$work/clean.$shop"
done
expect "what was refused" "$(cut -d, -f2,3 "$work/refused.csv" | tr '\n' ' ')" \
    "code,pointer missing_identity, invalid_timestamp,/timestamp invalid_amount,/properties/revenue "
expect "rows that are alike are as many purchases" \
    "$(query "${prefix}_clean" "SELECT orders_count FROM customer JOIN shop USING (shop_id)
        WHERE external_id = 'i-many' AND shop_key = 'plain'")" 300

# Again: nothing new.
summary=$(import plain)
[[ $summary == "$rows rows: 0 accepted, $good duplicates, 3 refused;"* ]] || fail "again: $summary"
dump "${prefix}_clean" plain "$work/again"
cmp -s "$work/clean.plain" "$work/again" || fail "the same import again has changed something"

# As a stream, with quotes and CRLF: the same rows.
status=0
summary=$(cd "$work" && sed -e 's/^i-\([^,]*\),/"i-\1",/' -e 's/$/\r/' history.csv |
    "$bin" import --shop plain --format csv --map userId=customer --map timestamp=day 2> /dev/null) || status=$?
expect "exit status of the stream" $status 65
[[ $summary == "$rows rows: 0 accepted, $good duplicates, 3 refused;"* ]] || fail "stream: $summary"
expect "refused rows of the stream" "$(wc -l < "$work/import.refused.csv")" 4

# Killed in the middle, several times, by signals that leave it no time and one that does.
make_shops "${prefix}_killed"
for shop in plain demo; do
    interrupted=0
    for signal in KILL KILL INT KILL KILL TERM KILL; do
        import_pid=''
        "$bin" import --shop $shop --format csv --map userId=customer --map timestamp=day \
            --refused "$work/refused.csv" "$work/history.csv" > /dev/null 2>&1 &
        import_pid=$!
        sleep "0.$(printf %03d $((RANDOM % 500 + 20)))"
        kill -$signal $import_pid 2> /dev/null || true
        status=0
        wait $import_pid 2> /dev/null || status=$?
        case $signal:$status in
        KILL:137 | INT:130 | TERM:143) interrupted=$((interrupted + 1)) ;;
        *:65) ;; # it was done before
        *) fail "import ended with $status after SIG$signal" ;;
        esac
    done
    ((interrupted > 0)) || fail "no import was interrupted"
    summary=$(import $shop)
    dump "${prefix}_killed" $shop "$work/killed.$shop"
    diff "$work/clean.$shop" "$work/killed.$shop" > "$work/difference" ||
        fail "after being killed the state is another one: $(head -n 5 "$work/difference")"
done

for database in "${prefix}_clean" "${prefix}_killed"; do
    use "$database"
    verified=$("$bin" verify 2>&1) || fail "verify: $verified"
done

# What is wrong with a call is said, and nothing is written.
try() { # STATUS TEXT ARGUMENT...
    local expected=$1 text=$2 status=0
    shift 2
    "$bin" import "$@" > /dev/null 2> "$work/stderr" || status=$?
    expect "exit status of import $*" $status "$expected"
    grep -qF -- "$text" "$work/stderr" || fail "import $*: $(cat "$work/stderr")"
}
try 64 "usage:" --shop plain "$work/history.csv"
try 64 "there is no field custmer" --shop plain --format csv --map custmer=customer "$work/history.csv"
try 64 "no column nobody" --shop plain --format csv --map userId=nobody "$work/history.csv"
try 64 "no column userId" --shop plain --format csv "$work/history.csv"
try 64 "no shop" --shop nowhere --format csv "$work/history.csv"
try 66 "cannot read" --shop plain --format csv "$work/nothing.csv"
try 66 "cannot read" --shop plain --format csv "$work"
