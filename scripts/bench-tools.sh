#!/bin/sh
# Install, from Debian, those programs that the benchmarks need beside the tests' and this machine lacks; start none.
set -eu

missing=
command -v pt-archiver >/dev/null || missing="$missing percona-toolkit"
command -v sqlite3 >/dev/null || missing="$missing sqlite3"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "the benchmarks need these Debian packages, or the same from elsewhere:$missing" >&2
    exit 1
fi

echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{
    apt-get update -q &&
        # shellcheck disable=SC2086  # a list of words on purpose
        apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 $missing
} >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    exit 1
}
