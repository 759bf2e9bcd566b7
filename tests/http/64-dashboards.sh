#!/usr/bin/env bash
# Whatever the dashboards, the alert rules and the page docs/analytics.md ask is asked of the demo shop: each query of the views as the role
# that may read nothing else, each expression of what /metrics tells. promtool (Debian: prometheus) reads the expressions where it is installed.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

database
"$LIFECYCLED_BIN" migrate 2> /dev/null
"$LIFECYCLED_BIN" demo > "$work/keys" 2> /dev/null
read_key=$(sed -n 's/^read_key=//p' "$work/keys")
sql "SELECT count(*) FROM pg_roles WHERE rolname = 'lifecycled_analytics'" | grep -qx 1 ||
    { echo "the cluster has no role lifecycled_analytics"; exit 77; }
serve LIFECYCLED_BUSINESS_GAUGES=1
are_added() { [ "$(sql 'SELECT sum(waiting) FROM analytics.freshness')" = 0 ]; }
eventually 20 are_added

from=$(date -u -d '400 days ago' +%Y-%m-%dT%H:%M:%SZ)
to=$(date -u +%Y-%m-%dT%H:%M:%SZ)
node tests/http/queries.mjs "$from" "$to" demo purchase docker/grafana/dashboards/*.json docs/analytics.md docker/prometheus/alerts.yml \
    > "$work/queries" || fail "what they ask cannot be read"

step "each query of a dashboard and of the page finds something"
# In the order of the file: all queries in one session, a line of its own before each.
jq -r 'select(.sql) | "\\echo @" + .file + ": " + .from + "\n" + (.sql | sub(";\\s*$"; "")) + "\n;"' "$work/queries" > "$work/all.sql"
psql -qXAt "$LIFECYCLED_DATABASE_URL" -v ON_ERROR_STOP=1 -c 'SET ROLE lifecycled_analytics' -f "$work/all.sql" > "$work/found" 2> "$work/sql-errors" ||
    fail "$(tail -n 1 "$work/found" | grep '^@')" "$(cat "$work/sql-errors")"
[ "$(grep -c '^@' "$work/found")" = "$(jq -s 'map(select(.sql)) | length' "$work/queries")" ] || fail "not all were asked"
empty=$(awk '/^@/ {if (name != "" && !n) print name; name = $0; n = 0; next} $0 ~ /[^|]/ {n++} END {if (!n) print name}' "$work/found")
[ -z "$empty" ] || fail "nothing is found by" "$empty"

step "a time series has a column time, in order"
jq -r 'select(.format == "time_series") | .sql' "$work/queries" | grep -qv 'AS "time"' && fail "a time series without a column time"

step "the figures of the business are on /metrics while somebody asks"
request GET /metrics
has_gauges() { request GET /metrics; [[ $reply == *'lifecycle_customers{shop="demo",model="purchase",stage="loyal",role="loyal"} '* ]]; }
eventually 10 has_gauges
metrics=$reply
gauge() { sed -nE "s/^$1 //p" <<< "$metrics"; }
get '/v1/metrics/stages?model=purchase'
[ "$(gauge 'lifecycle_customers\{shop="demo",model="purchase",stage="loyal",role="loyal"\}')" = "$(value '.data[] | select(.stage == "loyal") | .customers')" ] ||
    fail "the gauge and the API differ"
[ "$(sed -nE 's/^lifecycle_customers_revenue\{.*model="purchase".*currency="EUR"\} //p' <<< "$metrics" | awk '{n += $1} END {printf "%.2f", n}')" \
    = "$(sql 'SELECT sum(revenue) FROM analytics.customers')" ] || fail "the revenue of all stages is not the revenue"
[ "$(gauge 'lifecycle_segment_customers\{shop="demo",segment="vip"\}')" = "$(sql "SELECT count(*) FROM analytics.memberships WHERE segment_key = 'vip'")" ] ||
    fail "the members of a segment"
[ "$(gauge 'lifecycle_orders_today\{shop="demo"\}')" = "$(sql "SELECT count(*) FROM analytics.orders JOIN analytics.shops USING (shop_key)
    WHERE is_counted AND day = (now() AT TIME ZONE timezone)::date")" ] || fail "the orders of today"

step "each expression is of metrics that are there"
jq -r 'select(.promql) | .promql' "$work/queries" > "$work/promql"
while IFS= read -r name; do
    grep -qE "^$name(\{| )" <<< "$metrics" || fail "$name is not on /metrics"
done < <(grep -oE '\b(lifecycle|process)_[a-z0-9_]+' "$work/promql" | sort -u | grep -vE '^(lifecycle_http_requests_total)$')
grep -q lifecycle_http_requests_total <<< "$metrics" || fail "lifecycle_http_requests_total is not on /metrics"

if command -v promtool > /dev/null 2>&1; then
    step "promtool reads the metrics, the rules and the expressions"
    promtool check metrics <<< "$metrics" > "$work/promtool" 2>&1 || fail "$(cat "$work/promtool")"
    promtool check rules docker/prometheus/alerts.yml > "$work/promtool" 2>&1 || fail "$(cat "$work/promtool")"
    jq -s '{groups: [{name: "panels", rules: [.[] | select(.promql) | .promql] | to_entries | map({record: "panel:\(.key)", expr: .value})}]}' \
        "$work/queries" > "$work/panels.yml"
    promtool check rules "$work/panels.yml" > "$work/promtool" 2>&1 || fail "$(cat "$work/promtool")"
else
    step "(promtool is not installed: nothing else reads the expressions)"
fi

step "more shops than the setting says: none is told"
stop
"$LIFECYCLED_BIN" shops create other --currency EUR --timezone UTC 2> /dev/null
serve LIFECYCLED_BUSINESS_GAUGES=1
request GET /metrics
sleep 2
request GET /metrics
[[ $reply != *lifecycle_customers* ]] || fail "figures of too many shops"

finish
