#!/bin/sh
# page.sh: how long `fluent-sync report` takes, how much memory it needs and how large the page is.
#
#   sh test/bench/page.sh [TICKETS]...     250 and 100000 when none is given; medians of 5
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

fluent_sync() {
    env -i PATH="$PATH" HOME="$scratch" FLUENT_API_URL="$site_url" FLUENT_API_USERNAME=mirror \
        FLUENT_API_PASSWORD=secret FLUENT_DB_HOST="$DATABASE_HOST" FLUENT_DB_PORT="$DATABASE_PORT" \
        FLUENT_DB_USER="$DATABASE_USER" FLUENT_DB_PASSWORD="$DATABASE_PASSWORD" \
        FLUENT_DB_NAME=dashboard "$@"
}

# measure TICKETS: of so many generated ones, made as recent as what the page shows.
measure() {
    start_database "$root/test/support"
    start_site "$build/test/sample-site" --tickets "$1"
    fluent_sync "$build/fluent-sync" migrate >/dev/null
    fluent_sync "$build/fluent-sync" --since 2000-01-01 --no-progress >/dev/null
    "$scratch/database/client" dashboard >/dev/null <<END
SET @days = (SELECT DATEDIFF(UTC_DATE(), MAX(created_at)) FROM fluent_tickets);
UPDATE fluent_tickets SET created_at = created_at + INTERVAL @days DAY, resolved_at = resolved_at + INTERVAL @days DAY;
UPDATE requests SET date = date + INTERVAL @days DAY;
ANALYZE TABLE fluent_tickets, requests;
END
    for _ in 1 2 3 4 5; do
        fluent_sync /usr/bin/time -f '%e %M' "$build/fluent-sync" report -o "$scratch/page.html" 2>&1
    done >"$scratch/times"
    printf '%s tickets: %s s, %s KB of memory, %s bytes\n' "$1" \
        "$(cut -d ' ' -f 1 "$scratch/times" | sort -n | sed -n 3p)" \
        "$(cut -d ' ' -f 2 "$scratch/times" | sort -n | sed -n 3p)" "$(wc -c <"$scratch/page.html")"
    stop_servers
    rm -rf "$scratch/database" "$scratch/port"
}

need build demo bench
make_scratch
build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON
[ $# -gt 0 ] || set -- 250 100000
for tickets; do
    measure "$tickets"
done
