#!/bin/sh
# Install, from Debian, those programs that the tests need and this machine lacks (servers, a browser, tmux, strace); start none.
set -eu
PATH=$PATH:/usr/sbin

missing=
command -v mariadbd >/dev/null || missing="$missing mariadb-server-core"
command -v mariadb >/dev/null || missing="$missing mariadb-client-core"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing="$missing postgresql"
if ! command -v chromium-headless-shell >/dev/null && ! command -v chromium >/dev/null; then
    missing="$missing chromium-headless-shell libatomic1"
fi
command -v tmux >/dev/null || missing="$missing tmux"
command -v strace >/dev/null || missing="$missing strace"
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "the tests need these Debian packages, or the same from elsewhere:$missing" >&2
    exit 1
fi

# Debian would make and start a PostgreSQL server of its own; the tests bring theirs.
settings=/etc/postgresql-common/createcluster.d
if [ ! -e /etc/postgresql-common ]; then
    mkdir -p "$settings"
    echo "create_main_cluster = false" >"$settings/no-main.conf"
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
