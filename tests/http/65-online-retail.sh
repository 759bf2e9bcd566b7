#!/usr/bin/env bash
# Online Retail: what a spreadsheet finds in the raw file, the API finds, too. The raw lines are copied into a table of their own, and asked by SQL that
# knows nothing of events. What was sold goes in without cancellations, since most analyses of these data leave them out.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

file=${ONLINE_RETAIL:-../shared/data/online_retail.csv.gz}
[ -r "$file" ] || { echo "$file is not there"; exit 77; }

same() { # WHAT, OURS, STATEMENT
    sql "$3" > "$work/theirs"
    diff <(printf '%s\n' "$2") "$work/theirs" > "$work/diff" || fail "$1: < the API, > the raw file" "$(head -n 10 "$work/diff")"
    [ -s "$work/theirs" ] || fail "$1: nothing was compared"
}

shop sold GBP Europe/London
step "the import of what was sold"
tools/convert-online-retail "$file" | grep '"userId"' | grep '"event":"Order Completed"' | grep -v '"revenue":"0.00"' > "$work/sold.ndjson"
LIFECYCLED_CLOCK=2011-12-10T00:00:00Z LIFECYCLED_BATCH_MAX=2048 "$LIFECYCLED_BIN" import --shop sold --format ndjson "$work/sold.ndjson" 2> "$work/import" ||
    fail "$(cat "$work/import")"
sql 'CREATE SCHEMA raw; CREATE TABLE raw.line (invoice text, code text, description text, quantity integer, at timestamp, price numeric, customer text, country text)'
gzip -dc "$file" | psql -qX "$LIFECYCLED_DATABASE_URL" -v ON_ERROR_STOP=1 -c '\copy raw.line FROM STDIN CSV HEADER'
# An invoice is an order, at the time of its first line, of the sum of its lines to the penny.
sql "CREATE TABLE raw.sold AS SELECT * FROM raw.line WHERE customer <> '' AND invoice !~ '^C' AND quantity > 0;
    CREATE TABLE raw.bill AS SELECT customer, invoice, min(at) AS at, round(sum(quantity * price), 2) AS value, min(country) AS country
        FROM raw.sold GROUP BY customer, invoice HAVING sum(quantity * price) > 0;
    DELETE FROM raw.sold WHERE invoice NOT IN (SELECT invoice FROM raw.bill);
    CREATE TABLE raw.buyer AS SELECT customer, date_trunc('month', min(at)) AS cohort, count(*) AS bills FROM raw.bill GROUP BY customer; ANALYZE raw.line, raw.sold, raw.bill, raw.buyer"
serve LIFECYCLED_CLOCK=2011-12-10T00:00:00Z
range='from=2010-12-01&to=2012-01-01'

step "orders, revenue and new customers, by month and by day"
get "/v1/metrics/sales?$range&interval=month"
same "by month" "$(value '.data[] | select(.orders > 0) | "\(.period)|\(.orders)|\(.revenue)|\(.new_customers)"')" \
    "SELECT date_trunc('month', b.at)::date, count(*), sum(value), count(*) FILTER (WHERE first) FROM raw.bill b
     JOIN (SELECT invoice, row_number() OVER (PARTITION BY customer ORDER BY at, invoice) = 1 AS first FROM raw.bill) f USING (invoice) GROUP BY 1 ORDER BY 1"
get "/v1/metrics/sales?from=2011-03-20&to=2011-04-05&interval=day"
same "by day, around the change to summer time" "$(value '.data[] | select(.orders > 0) | "\(.day // .period)|\(.orders)|\(.revenue)"')" \
    "SELECT at::date, count(*), sum(value) FROM raw.bill WHERE at >= '2011-03-20' AND at < '2011-04-05' GROUP BY 1 ORDER BY 1"

step "customers, and the share of those who bought again: .6558"
get "/v1/metrics/loyalty?$range"
same "repeat customers" "$(value '.data[] | "\(.customers)|\(.repeat_customers)|\(.orders)"')" \
    "SELECT count(*), count(*) FILTER (WHERE bills > 1), sum(bills) FROM raw.buyer"
expect 200 '.data[0].repeat_rate * 10000 | round' 6558

step "monthly cohorts: customers, orders and revenue"
get "/v1/metrics/cohorts?$range&interval=month"
same "cohorts" "$(value '.data[] | select(.customers > 0) | "\(.cohort)|\(.period)|\(.customers)|\(.orders)|\(.revenue)"')" \
    "SELECT cohort::date, date_trunc('month', at)::date, count(DISTINCT customer), count(*), sum(value) FROM raw.bill JOIN raw.buyer USING (customer)
     GROUP BY 1, 2 ORDER BY 1, 2"

step "the best sellers: orders, units, revenue, buyers"
get "/v1/metrics/products?$range"
same "products" "$(value '.data[:20][] | "\(.product)|\(.orders)|\(.units)|\(.revenue)|\(.buyers)"')" \
    "SELECT code, count(DISTINCT invoice), sum(quantity), sum(round(quantity * price, 2)), count(DISTINCT customer) FROM raw.sold
     GROUP BY 1 ORDER BY 4 DESC, 1 LIMIT 20"

step "countries"
get "/v1/metrics/sales?$range&interval=total&group_by=country"
same "countries" "$(value '[.data[] | select(.orders > 0) | "\(.country)|\(.orders)|\(.revenue)"] | sort | join("\n")')" \
    "SELECT upper(country), count(*), sum(value) FROM raw.bill GROUP BY 1 ORDER BY upper(country) COLLATE \"C\""

step "the pair that is bought together most often"
pairs() { get '/v1/metrics/bought_together'; [ "$status" = 200 ] && [ "$(jq '.data | length' <<< "$reply")" -gt 0 ]; }
eventually 60 pairs
same "a pair" "$(value '.data[0] | "\(.orders)|\(.a_orders)|\(.b_orders)"')" \
    "WITH a AS (SELECT DISTINCT invoice FROM raw.sold WHERE code = '$(value .data[0].a)'), b AS (SELECT DISTINCT invoice FROM raw.sold WHERE code = '$(value .data[0].b)')
     SELECT (SELECT count(*) FROM a JOIN b USING (invoice)), (SELECT count(*) FROM a), (SELECT count(*) FROM b)"

step "the views say the same"
[ "$(sql "SELECT sum(orders) || '|' || sum(revenue) FROM analytics.daily_sales")" = "$(sql "SELECT count(*) || '|' || sum(value) FROM raw.bill")" ] ||
    fail "analytics.daily_sales"
[ "$(sql "SELECT count(*) || '|' || sum(value) FROM analytics.order_lines")" = "$(sql "SELECT count(*) || '|' || sum(value) FROM
    (SELECT sum(round(quantity * price, 2)) AS value FROM raw.sold GROUP BY invoice, code) line")" ] ||
    fail "analytics.order_lines"

stop
verify
