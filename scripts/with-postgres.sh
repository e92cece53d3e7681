#!/usr/bin/env bash
# Runs a command with a private, throw-away PostgreSQL beside it, whose address
# the command finds in CALLYARD_TEST_POSTGRES. The server listens on no port, only
# on a socket in its own folder; afterwards it is stopped and the folder removed.
# Debian's `postgresql` package is installed if it is missing.
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: $0 COMMAND [ARGUMENT…]" >&2
    exit 2
fi

# Debian's own programs by their full path: whatever else is called pg_ctl on
# this machine is not meant.
newest_bin() {
    for dir in /usr/lib/postgresql/*/bin; do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then echo "$dir"; fi
    done | sort -V | tail -n 1
}

bin=$(newest_bin)
if [ -z "$bin" ]; then
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then as_root=(sudo -n); fi
    echo "installing postgresql …" >&2
    "${as_root[@]}" apt-get update -qq >&2
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >&2
    bin=$(newest_bin)
fi
if [ -z "$bin" ]; then
    echo "PostgreSQL is not installed and could not be: install Debian's package postgresql." >&2
    exit 1
fi

# PostgreSQL refuses to run as root.
as_owner=()
if [ "$(id -u)" -eq 0 ]; then as_owner=(runuser -u postgres --); fi

# Short, because the path of a socket may have only 107 bytes.
home=$(mktemp -d /tmp/callyard-pg.XXXXXX)
if [ "$(id -u)" -eq 0 ]; then chown postgres: "$home"; fi

stop() {
    (cd "$home" && "${as_owner[@]}" "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null 2>&1) || true
    rm -rf "$home"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for name in $(compgen -v PG); do unset "$name"; done
(
    cd "$home"
    "${as_owner[@]}" "$bin/initdb" -D "$home/data" -U callyard -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$home/initdb.log" 2>&1 ||
        { cat "$home/initdb.log" >&2; exit 1; }
    # What is tested is our SQL, not PostgreSQL's durability.
    "${as_owner[@]}" "$bin/pg_ctl" -D "$home/data" -w -t 60 -l "$home/data/log" \
        -o "-k $home -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200" \
        start >/dev/null || { cat "$home/data/log" >&2; exit 1; }
)

export CALLYARD_TEST_POSTGRES="postgres://callyard@localhost/postgres?host=${home//\//%2F}"
status=0
"$@" || status=$?
exit "$status"
