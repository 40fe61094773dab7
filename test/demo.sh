#!/bin/sh
# demo.sh: shows fluent-sync at work. Builds it, starts a sample FluentSupport site with 250 recorded
# tickets and an empty MariaDB, both on loopback, and shows each command with what it prints. Leaves
# nothing but the build.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

# Runs without the caller's settings.
fluent_sync() {
    env -i PATH="$PATH" HOME="$scratch" FLUENT_SYNC_CONFIG="$scratch/fluent-sync.ini" \
        "$build/fluent-sync" "$@" 2>&1
}

# show CODE [ARGUMENT]...: shows a command with what it prints; fails unless it exits with CODE.
show() {
    expected=$1 code=0
    shift
    printf '\n$ fluent-sync%s\n' "${*:+ $*}"
    fluent_sync "$@" || code=$?
    if [ "$code" != "$expected" ]; then
        echo "demo.sh: exit code $code, expected $expected" >&2
        exit 1
    elif [ "$code" = 3 ]; then
        echo "exit code 3: one ticket has no creation date; that is what an honest run says"
    fi
}

need build demo
make_scratch
build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON
start_database "$root/test/support"
start_site "$build/test/sample-site" --user mirror --password abcdefghijklmnopqrstuvwx
write_configuration 'abcd efgh ijkl mnop qrst uvwx'

printf '\n$ cat fluent-sync.ini\n'
cat "$scratch/fluent-sync.ini"
show 0 migrate
show 3
show 3
show 0 status
show 0 tickets --limit 5
show 0 rejects
reject=$(fluent_sync rejects --json | jq -r '.[0].fluent_id')
show 0 rejects --accept "$reject"
show 0
show 0 report -o "$build/demo.html"
printf '\nShown: the tables made, the whole list read once, then only what changed; the ticket that
could not be stored, put on record and accepted; and a run that ends with 0.\n'
printf '\nThe page of all this, which any browser opens: file://%s\n' "$build/demo.html"
