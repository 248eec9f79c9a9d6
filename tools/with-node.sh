#!/bin/sh
# Runs a script with the repository's own Node, installing it first if need be: sh tools/with-node.sh tools/check.ts
set -eu
root=$(cd "$(dirname "$0")/.." && pwd -P)
. "$root/tools/ensure-installed.sh"
cd "$root"
exec "$root/node_modules/.bin/node" "$@"
