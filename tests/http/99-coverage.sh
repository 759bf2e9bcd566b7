#!/usr/bin/env bash
# All that openapi.yaml promises was seen, and nothing else, in the scenarios before this one.
set -euo pipefail

[ -z "${TEST_ONLY:-}" ] || {
    echo "only some scenarios have run"
    exit 77
}
[ -s "${LIFECYCLED_TEST_CONTRACT:-}/seen" ] || {
    echo "the scenarios did not run behind the proxy"
    exit 77
}
node tests/contract/coverage.mjs openapi.yaml "$LIFECYCLED_TEST_CONTRACT" tests/contract/unseen.txt
