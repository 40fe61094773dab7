#!/bin/bash
# sites.sh: what many sites in one database cost each other. Imports one site, copies its rows by SQL for the
# others, and prints a table of what somebody waits for: a column for each program.
#
#   bash test/bench/sites.sh [OPTION]...
#     --sites N        so many sites (100), with
#     --tickets N      so many tickets each (10000), and
#     --runs N         so many rows of runs each (10000)
#     --server NAME    as database.sh knows them (mariadb)
#     --before DIR     a clone of another version, whose program is measured first
#
# With the defaults it needs 10 GB of $TMPDIR and some 10 minutes a program; with --tickets 2000, 2 GB and 4.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
. "$root/test/bench/mirror.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

sites=100 tickets=10000 runs=10000 before=
while [ $# -gt 0 ]; do
    case $1 in
    --sites) sites=$2 ;;
    --tickets) tickets=$2 ;;
    --runs) runs=$2 ;;
    --server) export TEST_SERVER=$2 ;;
    --before) before=$(realpath "$2") ;;
    *)
        sed -n 's/^# \{0,1\}//p' "$0" | sed -n 2,12p >&2
        exit 2
        ;;
    esac
    shift 2
done

# configure SITE: its file, $scratch/SITE.ini.
configure() {
    write_configuration secret "site_key = site$1
date_filter = 2000-01-01
[sync]
keep_runs = $runs"
    mv "$scratch/fluent-sync.ini" "$scratch/$1.ini"
}

# columns TABLE: its names, but for those that a copy has otherwise.
columns() {
    sql "SELECT GROUP_CONCAT(CONCAT('\`', COLUMN_NAME, '\`')) FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = 'dashboard' AND TABLE_NAME = '$1' AND EXTRA NOT LIKE '%GENERATED%'
        AND COLUMN_NAME NOT IN ('id', 'site_key', 'fluent_id', 'request_id')"
}

# numbers N NAME: a derived table NAME (i) of 1 to N.
numbers() {
    echo "(WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $1) SELECT i FROM c) AS $2"
}

# The other sites' rows, site by site: the ids of each follow those of the one before.
copy_sites() {
    local requests columns states last site offset
    requests=$(columns requests) columns=$(columns fluent_tickets) states=$(columns fluent_sync_state)
    last=$(sql 'SELECT GREATEST((SELECT MAX(id) FROM requests), (SELECT MAX(id) FROM fluent_tickets))')
    for site in $(seq 2 "$sites"); do
        offset=$(((site - 1) * last))
        sql "SET foreign_key_checks = 0;
            INSERT INTO requests (id, $requests) SELECT id + $offset, $requests FROM requests WHERE id <= $last;
            INSERT INTO fluent_tickets (id, fluent_id, site_key, request_id, $columns)
                SELECT id + $offset, CONCAT('site$site:', SUBSTRING_INDEX(fluent_id, ':', -1)), 'site$site',
                    request_id + $offset, $columns FROM fluent_tickets WHERE id <= $last;
            INSERT INTO fluent_sync_state (site_key, $states)
                SELECT 'site$site', $states FROM fluent_sync_state WHERE site_key = 'site1'"
    done
}

# The runs of all sites in turn, as cron begins them.
add_runs() {
    sql "SET SESSION $1 = 1000000;
        INSERT INTO fluent_sync_status (site_key, last_sync_at, last_sync_status, mode, exit_code, complete)
        SELECT CONCAT('site', s.i), UTC_TIMESTAMP() - INTERVAL $runs - r.i + 1 MINUTE, 'success', 'incremental', 0, 1
        FROM $(numbers "$runs" r) JOIN $(numbers "$sites" s) ORDER BY r.i, s.i;
        ANALYZE TABLE requests, fluent_tickets, fluent_sync_status, fluent_sync_state" >/dev/null
}

# Seconds that a command takes, whatever it says; the median of three where it changes nothing.
seconds() {
    local from=$EPOCHREALTIME
    "$@" >"$scratch/out" 2>&1 || true
    awk -v from="$from" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f", to - from }'
}
median() {
    for _ in 1 2 3; do
        seconds "$@"
        echo
    done | sort -n | sed -n 2p
}

# row TITLE VALUE: into the column of the program that is measured.
row() {
    printf '%s\t%s\n' "$1" "$2" >>"$scratch/column"
    echo "  $1: $2" >&2
}

# One run of every site, begun at once. Each that ends with something else than 0 is a line in $scratch/failed.
all_at_once() {
    local site
    for site in $(seq 1 "$sites"); do
        { "$program" -q -c "$scratch/$site.ini" || echo failed >>"$scratch/failed"; } 2>>"$scratch/errors" &
    done
    # shellcheck disable=SC2046,SC2086
    wait $(jobs -p | grep -vxF "$(printf '%s\n' $servers)")
}
# How many runs failed while the command went on.
failures() {
    : >"$scratch/failed"
    "$@"
    wc -l <"$scratch/failed"
}

# What a neighbour's insert waits while the command goes on: the longest of many, in seconds.
longest_wait() {
    local from most=0 took
    "$@" >"$scratch/out" 2>&1 &
    local command=$!
    while kill -0 "$command" 2>/dev/null; do
        from=$EPOCHREALTIME
        sql "INSERT INTO fluent_sync_status (site_key, last_sync_status) VALUES ('site3', 'failed');
            INSERT INTO requests (source) VALUES ('sms')" || true
        took=$(awk -v from="$from" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f", to - from }')
        most=$(printf '%s\n' "$most" "$took" | sort -n | tail -n 1)
    done
    wait "$command" || true
    echo "$most"
}

remove_by_hand() {
    sql "START TRANSACTION;
        DELETE r FROM requests r JOIN fluent_tickets f ON f.request_id = r.id WHERE f.site_key = 'site2';
        DELETE FROM fluent_tickets WHERE site_key = 'site2';
        DELETE FROM fluent_sync_status WHERE site_key = 'site2';
        DELETE FROM fluent_sync_state WHERE site_key = 'site2';
        COMMIT"
}

# A migration anew: each of its statements finds its work done.
migrate_again() {
    sql 'DELETE FROM fluent_schema_version WHERE version > 1'
    "$program" migrate -q -c "$scratch/1.ini"
}

measure() {
    local middle=$scratch/$((sites / 2)).ini most
    row 'W1 all sites at once, nothing new' "$(seconds all_at_once) s"
    row 'W2 tickets --edited' "$(median "$program" tickets --edited -c "$middle") s"
    row 'W3 tickets' "$(median "$program" tickets -c "$middle") s"
    row 'W3 tickets --status nosuch' "$(seconds "$program" tickets --status nosuch -c "$middle") s"
    row 'W4 status' "$(median "$program" status -c "$middle") s"
    sql "UPDATE fluent_sync_status SET last_sync_status = 'failed' WHERE site_key = 'site$((sites / 2))' AND id >
        (SELECT id FROM (SELECT MIN(id) AS id FROM fluent_sync_status WHERE site_key = 'site$((sites / 2))') AS first)"
    row 'W5 status --max-age, all failed since' "$(median "$program" status --max-age 1d -c "$middle") s"
    row 'W6 migrate, each statement done' "$(seconds migrate_again) s"
    row 'W7 a neighbour waits for a full walk' "$(longest_wait "$program" --full -q -c "$middle") s"
    if "$program" help forget >"$scratch/out" 2>&1; then
        row 'W8 removing a site' "$(seconds "$program" forget site4 --yes -c "$middle") s"
        row 'W8 a neighbour waits for that' "$(longest_wait "$program" forget site2 --yes -c "$middle") s"
    else
        row 'W8 a neighbour waits for that' "$(longest_wait remove_by_hand) s"
    fi
    most=$(sql 'SELECT @@max_connections')
    sql 'SET GLOBAL max_connections = 30'
    row 'W9 runs that fail at 30 connections' "$(failures all_at_once)"
    sql "SET GLOBAL max_connections = $most; ALTER TABLE fluent_tickets MODIFY customer_message TEXT NULL"
    sql "DELETE FROM fluent_schema_version"
    row 'W10 migrate tells of a rewrite' "$("$program" migrate --dry-run -c "$middle" |
        sed -n 's/^-- fluent_tickets is written anew: .* may take \(.*\)\. Others.*/\1/p' | grep . || echo no)"
}

# fill: a server with all sites' rows, made by $program.
fill() {
    local site depth=cte_max_recursion_depth
    start_database "$root/test/support"
    start_site "$build/test/sample-site" --tickets "$tickets"
    sql 'SELECT @@version' | grep -q MariaDB && depth=max_recursive_iterations
    sql 'SET GLOBAL max_connections = 500; SET GLOBAL innodb_buffer_pool_size = 2147483648'
    for site in $(seq 1 "$sites"); do
        configure "$site"
    done
    "$program" migrate -q -c "$scratch/1.ini"
    "$program" -q -c "$scratch/1.ini"
    copy_sites
    add_runs "$depth"
}

# measure_program NAME: $scratch/NAME becomes its column.
measure_program() {
    echo "$1: $("$program" --version)" >&2
    : >"$scratch/column"
    fill
    measure
    mv "$scratch/column" "$scratch/$1"
    stop_servers
    rm -rf "$scratch/database" "$scratch/port"
}

need build demo
make_scratch
build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON >&2
if [ -n "$before" ]; then
    here=$build there=$root
    root=$before
    build release release 'fluent-sync' >&2
    program=$build/fluent-sync build=$here root=$there
    measure_program before
fi
program=$build/fluent-sync
measure_program now

echo "$sites sites of $tickets tickets and $runs runs, $(bash "$root/test/support/database.sh" version), $(nproc) cores"
{
    [ -z "$before" ] || cat "$scratch/before"
    cat "$scratch/now"
} | cut -f 1 | awk '!seen[$0]++' | while IFS= read -r title; do
    printf '%-42s' "$title"
    for column in ${before:+before} now; do
        printf '%22s' "$(awk -F '\t' -v title="$title" '$1 == title { print $2 }' "$scratch/$column")"
    done
    echo
done
