#!/usr/bin/env bash
# `lifecycled score`: numbers of the purchase models for rows of a table, without a database.
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset LIFECYCLED_DATABASE_URL

# The program, and its exit status in $code.
score() {
    code=0
    "$LIFECYCLED_BIN" score "$@" > "$work/out" 2> "$work/err" || code=$?
}

expect() { # CODE TEXT: ends so, and says so
    if [ "$code" != "$1" ] || ! grep -qF -- "$2" "$work/out" "$work/err"; then
        echo "FAILED: not $1 with \"$2\", but $code with:" >&2
        cat "$work/out" "$work/err" >&2
        exit 1
    fi
}

# the customer of the BG/NBD paper, and a new one; a header is welcome
printf 'x,t_x,T,t\r\n2,30.43,38.86,39\r\n\r\n0, 0, 39, 52\r\n' > "$work/rows"
score --model bg --params .243,4.414,.793,2.426 "$work/rows"
expect 0 'palive,p_active,expected'
expect 0 ',1.2260'
[ "$(wc -l < "$work/out")" = 3 ]
[ "$(sed -n 3p "$work/out" | cut -d, -f1)" = 1 ]

# from standard input, without a header; 17 digits are the number itself
score --model mbg --params 1,1,1,1 - <<< '0,0,0,1'
expect 0 '0.5,0.25,'

# with regular gaps a purchase that is due is more likely than one just after another
score --model cnbd --k 3 --params 2,2,.2,3 <<< $'10,20,20,1\n10,20,21,1'
expect 0 palive
awk -F, 'NR == 2 { once = $2 } NR == 3 && $2 > once { found = 1 } END { exit !found }' "$work/out"

# what is wrong has its line
for row in '1,2' '1,2,3,4,5' 'one,2,3,4' 'nan,2,3,4' '1,5,3,4' '-1,0,3,4' '1.5,2,3,4' '0,2,3,4' '1,2,3,1e9' '0x1,2,3,4' '1,2,,4'; do
    score --model mbg --params .5,6,.9,1.6 <<< $'1,2,3,4\n'"$row"
    expect 65 'line 2: '
done

# what is no model
for arguments in '' '--model mbg' '--params 1,1,1,1' '--model pareto --params 1,1,1,1' '--model mbg --params 1,1,1' \
    '--model mbg --params 1,1,1,0' '--model mbg --params 1,1,1,inf' '--model mbg --k 2 --params 1,1,1,1' \
    '--model cnbd --k 5 --params 1,1,1,1' '--model cnbd --k 1.5 --params 1,1,1,1' '--model mbg --params 1,1,1,1 a b' \
    '--model mbg --params 1,1,1,1 --horizon 3' '--model mbg --model bg --params 1,1,1,1'; do
    # shellcheck disable=SC2086 # words
    score $arguments < /dev/null
    expect 64 'usage: lifecycled score'
done
score --model mbg --params 1,1,1,1 "$work/nothing"
expect 66 'nothing'
