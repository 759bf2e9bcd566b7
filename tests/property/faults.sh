#!/usr/bin/env bash
# tests/property/faults.sh BUILD [FAULT]: plant a fault in a copy of one source file, link a property test with it, and
# expect the test to fail. Exits 0 when every fault (or the one named) is caught. Without FAULT it prints what it did.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=$1
only=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PROPERTY_REDUCE=no
libraries=$(sed -n 's/^LDLIBS := //p' Makefile)

# fault NAME TEST CASES FILE SED: a name, the test that must see it, how many cases it gets, and the change.
fault() {
    local name=$1 test=$2 cases=$3 file=$4 change=$5
    [[ -z $only || $only == "$name" ]] || return 0
    known=yes
    sed -E "$change" "$file" > "$work/$name.c"
    if cmp -s "$file" "$work/$name.c"; then
        echo "$name: nothing to change in $file"
        exit 1
    fi
    cp "$build/liblifecycled.a" "$work/$name.a"
    # as the build has compiled it; private headers stand beside the file
    eval "$(cat "$build/.flags") -w -I$(dirname "$file") -c -o $work/$(basename "$file" .c).o $work/$name.c"
    ar r "$work/$name.a" "$work/$(basename "$file" .c).o" 2> /dev/null
    eval "$(cat "$build/.flags") -w -pie -o $work/$name $build/obj/tests/property/$test.o $build/libsupport.a $work/$name.a \
        -lcmocka $libraries"
    if PROPERTY_CASES=$cases "$work/$name" > "$work/$name.log" 2>&1; then
        echo "$name: $test does not see it"
        exit 1
    fi
    if ! grep -q '^\[  FAILED  \]' "$work/$name.log"; then
        echo "$name: $test did not run"
        cat "$work/$name.log"
        exit 1
    fi
    printf '%-22s %s: %s\n' "$name" "$test" "$(grep -m 1 '^ERROR' "$work/$name.log" || grep -m 1 FAILED "$work/$name.log")"
}

known=no
# a repeated message is counted again
fault repeats_counted test_delivery 1000 "$build/gen/sql.c" \
    '/SQL_EVENT_REPEATS\]/,/src\/db/ s/k\.event_id"/k.event_id AND false"/; /SQL_EVENT_INSERT\]/,/src\/db/ s/::bytea\[\]\)"/::bytea[]) ON CONFLICT DO NOTHING"/'
# an event that comes late is folded onto the present state
fault lateness_ignored test_delivery 1000 src/core/fold.c \
    's/return position_compare\(&position, &state->position\) <= 0;/return false;/'
# a deadline moves its customer one microsecond after its instant
fault deadline_off_by_one test_fold 1000 src/core/fold.c \
    's/(next = \(struct next\)\{\.at = view\.now)(, \.stage)/\1 + 1\2/'
# an order that is as old as the window is long is still in it
fault window_edge test_fold 1000 src/core/fact.c \
    's/counted_until\(state, view->now - info->window_days \* USEC_PER_DAY\)/counted_until(state, view->now - info->window_days * USEC_PER_DAY - 1)/'
# the orders of a customer are not loaded although two messages of one batch name a new one
fault orders_not_loaded test_delivery 6000 src/app/batch_load.c \
    's/state_order\(state, order_of\(entry\)\) \|\| is_named_before\(slot, k\)/state_order(state, order_of(entry))/'
# a definition that applies to the past does not fold anybody anew
fault definition_ignored test_delivery 1000 src/core/fold.c \
    's/return state->position\.at != NONE \&\& definitions_restart\(/return false \&\& definitions_restart(/'
# a stored deadline stays although there is an earlier one
fault deadline_late test_delivery 1000 src/app/batch_decide.c \
    's/slot->old_deadline < \*deadline\)/slot->old_deadline > *deadline)/'
# what a superseded transition added to a tally stays there
fault tally_kept test_delivery 1000 src/app/batch_save.c \
    's/tally_move\(batch, slot, t, -1\);//'
# transitions of one instant are read back in another order than they happened in
fault order_of_ties test_fold 2000 src/core/fold.c \
    's/return !rewritten\[i - 1\] && matches\[i - 1\] < matches\[k\];/return true;/'

if [[ $known == no ]]; then
    echo "there is no fault $only"
    exit 1
fi
