#!/bin/sh
# Runs the tests of the Python package against real servers: python/orrery/test.sh [words for pytest]
set -e
cd "$(dirname "$0")"
python=$(python3 ../../compat/env/setup.py client)
python3 ../../compat/env/setup.py old-client build >/dev/null
exec "$python" -m pytest -c pytest.ini "$@"
