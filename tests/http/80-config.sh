#!/usr/bin/env bash
# Before it serves, the program looks at its settings and its database, and says what is wrong with them.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

# says STATUS PATTERN COMMAND...: it ends with this status, and says something like this
says() {
    local exit_status=$1 pattern=$2 code=0
    shift 2
    timeout 20 "$@" > "$work/said" 2>&1 < /dev/null || code=$?
    [ "$code" = "$exit_status" ] || fail "$* ended with $code: $(cat "$work/said")"
    grep -qE -- "$pattern" "$work/said" || fail "$* said: $(cat "$work/said")"
}

step "settings that are right are right"
says 0 'settings are valid' "$LIFECYCLED_BIN" --check-config

step "each setting that is wrong is named, with its value and what it may be"
"$LIFECYCLED_BIN" print settings > "$work/settings"
wrong() { # NAME VALUE
    local may_be
    may_be=$(awk -F ' [|] ' -v name="\`LIFECYCLED_$1\`" '$1 ~ name { print $4 }' "$work/settings")
    [ -n "$may_be" ] || fail "$1 is not among the settings"
    says 78 "LIFECYCLED_$1 is \"$2\"; it must be ${may_be//./\\.}" env "LIFECYCLED_$1=$2" "$LIFECYCLED_BIN" --check-config
    says 78 "LIFECYCLED_$1" env "LIFECYCLED_$1=$2" "$LIFECYCLED_BIN" serve
}
wrong LISTEN nowhere
wrong LISTEN 127.0.0.1:65536
wrong CLOCK yesterday
wrong LOG_LEVEL loud
wrong LANES 3
wrong PREPARED_STATEMENTS maybe
sed -nE 's/^[|] .LIFECYCLED_([A-Z_]+). .* [|] ([1-9][0-9]*) to ([0-9]+) [|] .*/\1 \2 \3/p' "$work/settings" > "$work/numbers"
[ "$(wc -l < "$work/numbers")" -ge 10 ] || fail "not all numbers were found: $(cat "$work/numbers")"
while read -r name least most; do
    wrong "$name" "$((least - 1))"
    wrong "$name" "$((most + 1))"
done < "$work/numbers"
wrong QUEUE_MAX many
says 78 'LIFECYCLED_WEBHOOK_ALLOW names "10.0.0.1/8", which is no network' env LIFECYCLED_WEBHOOK_ALLOW=127.0.0.1,10.0.0.1/8 "$LIFECYCLED_BIN" --check-config
says 78 'LIFECYCLED_WEBHOK_ALLOW is no setting' env LIFECYCLED_WEBHOK_ALLOW=x "$LIFECYCLED_BIN" --check-config

step "a secret is not told"
says 78 'DATABASE_URL must be 1 to 1023 bytes' env "LIFECYCLED_DATABASE_URL=$(head -c 2000 /dev/zero | tr '\0' s)" "$LIFECYCLED_BIN" --check-config
! grep -q ssss "$work/said" || fail "the secret is told"
says 78 'cannot be read' env -u LIFECYCLED_DATABASE_URL LIFECYCLED_DATABASE_URL_FILE="$work/none" "$LIFECYCLED_BIN" --check-config

step "a file of settings is read, and the environment wins over it"
printf '# settings\nlog_level = warn\nqueue_max = 17\n' > "$work/file"
says 0 valid "$LIFECYCLED_BIN" --config "$work/file" --check-config
printf 'queue_max = none\n' > "$work/wrong"
says 78 "$work/wrong, line 1: queue_max is \"none\"" "$LIFECYCLED_BIN" --config "$work/wrong" --check-config
says 0 valid env LIFECYCLED_QUEUE_MAX=5 "$LIFECYCLED_BIN" --config "$work/file" --check-config
printf 'quue_max = 5\n' > "$work/wrong"
says 78 'is no setting' "$LIFECYCLED_BIN" --config "$work/wrong" --check-config

step "a database that is not there is told"
says 69 '^lifecycled serve: the database cannot be reached [(]LIFECYCLED_DATABASE_URL says where it is[)]$' env LIFECYCLED_DATABASE_URL="postgresql://nobody@/nothing?host=$work" "$LIFECYCLED_BIN" serve

step "a database without a schema is told, and what to do about it"
database
says 78 'the database has no schema: run .lifecycled migrate' "$LIFECYCLED_BIN" serve
says 78 'no schema' "$LIFECYCLED_BIN" verify

step "migrate makes the schema, once"
says 0 'migration\(s\) were run' "$LIFECYCLED_BIN" migrate
says 0 'up to date' "$LIFECYCLED_BIN" migrate
"$LIFECYCLED_BIN" migrate 2>&1 | grep rebuild && fail "there is nothing to rebuild"

step "a schema that is newer or older than the program is refused, by every verb that would use it"
version=$(sql 'SELECT max(version) FROM schema_migration')
sql "INSERT INTO schema_migration VALUES ($((version + 1)), 'of_tomorrow', now())"
for verb in serve verify migrate 'shops list' 'keys list'; do
    # shellcheck disable=SC2086 # a verb and its argument
    says 78 "schema version $((version + 1)), newer than this binary's $version: install the newer lifecycled" "$LIFECYCLED_BIN" $verb
done
sql "DELETE FROM schema_migration WHERE version > $version"
if [ "$version" -gt 1 ]; then
    sql "CREATE TABLE put_away AS SELECT * FROM schema_migration WHERE version = $version"
    sql "DELETE FROM schema_migration WHERE version = $version"
    says 78 "schema version $((version - 1)), older than this binary's $version: run .lifecycled migrate" "$LIFECYCLED_BIN" serve
    sql 'INSERT INTO schema_migration SELECT * FROM put_away'
    sql 'DROP TABLE put_away'
fi

step "sums that an older version has left are told, until they are restated"
"$LIFECYCLED_BIN" shops create config --currency EUR --timezone Europe/Berlin 2> /dev/null
keys_of config
sql 'UPDATE tally_head SET fold_version = 1'
says 0 'customers of 1 shop.*run .lifecycled rebuild' "$LIFECYCLED_BIN" migrate
serve LIFECYCLED_LOG_LEVEL=info
grep -q '"msg":"metrics are partial until lifecycled rebuild is run".*"shops":1' "$work/log" || fail "the service says nothing of partial metrics"
says 1 'tally_head.fold_version' "$LIFECYCLED_BIN" verify
says 0 ' 0 differences remain' "$LIFECYCLED_BIN" rebuild
"$LIFECYCLED_BIN" migrate 2>&1 | grep rebuild && fail "the sums were restated"

step "an address that is taken is told"
says 78 'cannot listen at' env LIFECYCLED_LISTEN="${direct#http://}" "$LIFECYCLED_BIN" serve

step "shops and keys are made right, or not at all"
says 65 'exists already' "$LIFECYCLED_BIN" shops create config --currency EUR --timezone Europe/Berlin
says 65 'currency' "$LIFECYCLED_BIN" shops create second --currency XXL --timezone Europe/Berlin
says 65 'time zone' "$LIFECYCLED_BIN" shops create second --currency EUR --timezone Europe/Atlantis
says 65 'key' "$LIFECYCLED_BIN" shops create 'Second Shop' --currency EUR --timezone Europe/Berlin
says 64 usage "$LIFECYCLED_BIN" keys create --shop config --scope all
says 65 'no shop' "$LIFECYCLED_BIN" keys create --shop nowhere --scope read
says 64 usage "$LIFECYCLED_BIN" dance

finish
