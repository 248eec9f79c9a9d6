#!/bin/sh
# Runs the compatibility tests: the real mlflow client against this server, and this server against `mlflow server`.
#
#   compat/run.sh                    everything
#   compat/run.sh artifacts          the tests whose names hold "artifacts"
#   compat/run.sh --against mlflow client    the client's tests against the real `mlflow server`
#   compat/run.sh --write-page       everything, and docs/compatibility.md written anew
#
# Words that begin with "-", names of files and folders below compat/, and options go to pytest as they are.
set -e
cd "$(dirname "$0")"
python=$(python3 env/setup.py client)
python3 env/setup.py old-client openlineage >/dev/null
case "${1-}" in
  '' | -*) ;;
  *) [ -e "$1" ] || { filter=$1; shift; set -- -k "$filter" "$@"; } ;;
esac
exec "$python" -m pytest "$@"
