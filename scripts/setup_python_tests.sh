#!/usr/bin/env bash
# Makes build/python-tests, a virtual environment with the Python client and what its tests need. Does nothing if neither
# the client nor the proto has changed since.
set -euo pipefail
cd "$(dirname "$0")/.."

environment=build/python-tests
contents=$(find client/python proto tests/packaging/requirements.txt -type f ! -path '*/build/*' ! -path '*.egg-info/*' ! -path '*/__pycache__/*' \
  | LC_ALL=C sort | xargs sha256sum | sha256sum)
[ "$(cat "$environment/.contents" 2>/dev/null)" = "$contents" ] && exit 0

echo "setup: installing the Python client and its test tools into $environment"
log=$(mktemp)
export PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0
if ! { /usr/bin/python3 -m venv --clear "$environment" &&
    "$environment/bin/pip" install --disable-pip-version-check ./client/python -r client/python/requirements-test.txt \
      -r tests/packaging/requirements.txt; } \
    >"$log" 2>&1; then
  tail -5 "$log" >&2
  echo "setup: could not install the Python client's test tools. Is there a network? The full log: $log" >&2
  exit 1
fi
rm -f "$log"
echo "$contents" > "$environment/.contents"
