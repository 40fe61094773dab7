#!/bin/bash
# valgrind.sh: runs migrate, a first sync, a second one and commands that read under valgrind: they must leak
# nothing, and use no memory that is not theirs. Skipped (77) for a binary with a sanitizer, which valgrind
# cannot run.
set -euo pipefail

! grep -qaF __asan_init "$FLUENT_SYNC" || exit 77
support=$SOURCE_DIR/test/support
. "$support/servers.sh"
scratch=$(mktemp -d)
trap 'stop_servers; rm -rf "$scratch"' EXIT
trap 'exit 130' HUP INT TERM

# expect CODE [ARGUMENT]...; 99 is valgrind's own.
expect() {
    local expected=$1 code=0
    shift
    env -i PATH="$PATH" HOME="$scratch" FLUENT_API_URL="$site_url" FLUENT_API_USERNAME=mirror \
        FLUENT_API_PASSWORD=secret FLUENT_DB_HOST="$DATABASE_HOST" FLUENT_DB_PORT="$DATABASE_PORT" \
        FLUENT_DB_USER="$DATABASE_USER" FLUENT_DB_PASSWORD="$DATABASE_PASSWORD" \
        FLUENT_DB_NAME=dashboard \
        valgrind --quiet --leak-check=full --error-exitcode=99 "$FLUENT_SYNC" "$@" || code=$?
    if [ "$code" != "$expected" ]; then
        echo "fluent-sync $*: exit code $code, expected $expected" >&2
        exit 1
    fi
}

start_database "$support"
start_site "$SAMPLE_SITE"
expect 0 migrate
expect 3 # a recorded ticket has no created_at
expect 3 --json
expect 0 status --json
expect 0 report -o "$scratch/page.html"
expect 0 show 260
expect 0 map 13
expect 0 tickets --all-sources --limit 5
