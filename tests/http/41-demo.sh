#!/usr/bin/env bash
# The demo: keys and nothing else on stdout, customers in every stage, and one who is about to slip.
set -euo pipefail

bin=$LIFECYCLED_BIN
database=demo_$$
export LIFECYCLED_LOG_LEVEL=error

query() { # DATABASE SQL
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d "${LIFECYCLED_TEST_DATABASE_URL/\/lifecycled\?//$1?}" -c "$2"
}

clean_up() {
    query lifecycled "DROP DATABASE IF EXISTS $database WITH (FORCE)" 2> /dev/null || true
}
trap clean_up EXIT

expect() { # WHAT IS EXPECTED
    [[ $2 == "$3" ]] || {
        printf 'FAILED: %s: %s, and %s was expected\n' "$@" >&2
        exit 1
    }
}

query lifecycled "CREATE DATABASE $database"
export LIFECYCLED_DATABASE_URL=${LIFECYCLED_TEST_DATABASE_URL/\/lifecycled\?//$database?}
"$bin" migrate 2> /dev/null

keys=$("$bin" demo 2> /dev/null)
expect "lines on stdout" "$(wc -l <<< "$keys")" 3
expect "keys among them" "$(grep -Ec '^(write|read|admin)_key=[A-Za-z0-9_]{20,}$' <<< "$keys")" 3

expect "stages of purchase in which nobody is" "$(query "$database" "
    SELECT count(*) FROM definition_stage s
    WHERE model = 1 AND coalesce((SELECT sum(s1) FROM tally t WHERE t.cube = 1 AND t.a = 1 AND t.b = s.stage), 0) = 0")" 0
expect "segments in which nobody is" "$(query "$database" "
    SELECT count(*) FROM definition d
    WHERE kind = 2 AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.segment = d.number)")" 0
expect "models" "$(query "$database" "SELECT string_agg(key, ' ' ORDER BY key) FROM definition WHERE kind = 1")" \
    "journey purchase"
expect "customer-slipping has from two to three minutes" "$(query "$database" "
    SELECT deadline - now() BETWEEN '2 minutes' AND '3 minutes' FROM customer WHERE external_id = 'customer-slipping'")" t

status=0
"$bin" demo > /dev/null 2>&1 || status=$?
expect "exit status of a second demo" $status 65
"$bin" verify > /dev/null 2>&1
