#!/usr/bin/env bash
# What holds requests and replies to openapi.yaml finds the faults that are planted for it.
set -euo pipefail

[ -d tests/contract/node_modules/ajv ] || {
    echo "the checker is not installed"
    exit 77
}
node tests/contract/selftest.mjs openapi.yaml
