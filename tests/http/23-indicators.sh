#!/usr/bin/env bash
# Each indicator on a ledger of at most 20 events, with the answer worked out by hand beside it: tests/golden/indicators/NAME.json.
#
#   {"comment": "...",                  what is shown
#    "shop": {"currency", "timezone"},  EUR and Europe/Berlin unless told
#    "definitions": [{"path", "body"}], put before anything is sent
#    "spend": [...],                    POST /v1/spend
#    "messages": [...],                 of Segment's form; a track unless its type is told
#    "answers": [{"query", "why", "status", "code", "head": {...}, "data": [...], "eventually": true}]}
#
# All is told at $NOW. An answer has exactly the rows of `data`, and each row, and the head, the members that are named there
# with these values; with `status` other than 200 it is a problem with this `code`. `eventually`: a worker must have come by. `why` works the
# answer out.
# shellcheck source=tests/http/lib.sh
. "$(dirname "$0")/lib.sh"

readonly NOW=2026-06-15T10:00:00Z
readonly LEDGERS=$PWD/tests/golden/indicators

of_file() { # FILTER: of the file at hand
    jq -r "$1" "$file"
}

tell() { # post what the file says
    local n i
    n=$(of_file '.definitions // [] | length')
    for ((i = 0; i < n; i++)); do
        put "$(of_file ".definitions[$i].path")" "$(jq -c ".definitions[$i].body" "$file")" -H 'If-Match: *'
        [[ $status == 20[01] ]] || fail "definition $i was not taken"
    done
    if jq -e .spend "$file" > /dev/null; then
        post /v1/spend "$(jq -c '{data: .spend}' "$file")"
        expect 200
    fi
    if jq -e '(.messages | length) > 20' "$file" > /dev/null; then
        fail "more than 20 events cannot be worked out by hand"
    fi
    if jq -e '.messages | length > 0' "$file" > /dev/null; then
        send batch "$(jq -c '{batch: [.messages[] | {type: "track"} + .]}' "$file")"
        expect 200
        [ "$(value '[.. | objects | select(.status? == "refused")] | length')" = 0 ] || fail "a message was refused"
    fi
}

# What is wrong with a reply: the first row or member that is not as expected.
# shellcheck disable=SC2016 # jq's variables
readonly COMPARE='
    def unlike(wanted): . as $is | [wanted | to_entries[] | select($is[.key] != .value) |
        "\(.key) is \($is[.key] | tojson), not \(.value | tojson)"];
    ($answer.head // {}) as $head | . as $reply | unlike($head) +
    (if $answer.data == null then [] else
        (if (.data | length) != ($answer.data | length) then ["\(.data | length) rows, not \($answer.data | length)"] else [] end) +
        [range($answer.data | length) as $i | ($reply.data[$i] // {}) | unlike($answer.data[$i])[] | "row \($i): \(.)"] end)
    | join("; ")'

is_counted() { # ANSWER: is it there?
    get "$(jq -r .query <<< "$1")"
    [ -z "$(jq -r --argjson answer "$1" "$COMPARE" <<< "$reply")" ]
}

check() { # INDEX of an answer
    local answer wanted wrong
    answer=$(jq -c ".answers[$1]" "$file")
    if [ "$(jq .eventually <<< "$answer")" = true ]; then
        eventually 20 is_counted "$answer"
    fi
    wanted=$(jq -r '.status // 200' <<< "$answer")
    get "$(jq -r .query <<< "$answer")"
    [ "$status" = "$wanted" ] || fail "$(jq -r .query <<< "$answer"): the status is $status, not $wanted"
    if [ "$wanted" != 200 ]; then
        [ "$(value .code)" = "$(jq -r .code <<< "$answer")" ] || fail "$(jq -r .query <<< "$answer"): another code"
        return
    fi
    wrong=$(jq -r --argjson answer "$answer" "$COMPARE" <<< "$reply")
    [ -z "$wrong" ] || fail "$(jq -r .query <<< "$answer"): $wrong"
}

shop indicators EUR Europe/Berlin
serve LIFECYCLED_CLOCK=$NOW
for file in "$LEDGERS"/*.json; do
    name=$(basename "$file" .json)
    step "$name: $(of_file '.comment | if type == "array" then .[0] else . end')"
    "$LIFECYCLED_BIN" shops create "i-$name" --currency "$(of_file '.shop.currency // "EUR"')" \
        --timezone "$(of_file '.shop.timezone // "Europe/Berlin"')" 2> /dev/null
    keys_of "i-$name"
    tell
    n_answers=$(of_file '.answers | length')
    for ((k = 0; k < n_answers; k++)); do
        check "$k"
    done
done

finish
