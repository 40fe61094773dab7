#!/bin/bash
# day.sh: how many list pages the runs of a day ask a site for, while a few tickets change between them. Time
# passes by setting the instants in the tables back before each run; the site's changes are all of today, so they
# are no more than its newest page holds.
#
#   bash test/bench/day.sh [OPTION]...
#     --tickets N      on the site (100000)
#     --minutes N      between two runs (10), or
#     --uneven         a run a day, up to an hour sooner or later, for a month
#     --full-every T   [sync] full_every (24h)
#     --server NAME    as database.sh knows them (mariadb)
#
# It prints a line for each number of pages, with how many runs asked for as many, and how old the oldest part of
# the list was before a run.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
. "$root/test/bench/mirror.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

tickets=100000 minutes=10 uneven= every=24h
while [ $# -gt 0 ]; do
    case $1 in
    --tickets) tickets=$2 ;;
    --minutes) minutes=$2 ;;
    --uneven) uneven=1 minutes=1440 ;;
    --full-every) every=$2 ;;
    --server) export TEST_SERVER=$2 ;;
    *)
        sed -n 's/^# \{0,1\}//p' "$0" | sed -n 2,14p >&2
        exit 2
        ;;
    esac
    [ "$1" = --uneven ] || shift
    shift
done

# pass SECONDS: as if everything had happened so much earlier.
pass() {
    sql "UPDATE fluent_list_proofs SET proven_at = proven_at - INTERVAL $1 SECOND;
         UPDATE fluent_sync_status SET last_sync_at = last_sync_at - INTERVAL $1 SECOND;
         UPDATE fluent_sync_state SET watermark = watermark - INTERVAL $1 SECOND,
         compared_at = compared_at - INTERVAL $1 SECOND, last_full_walk = last_full_walk - INTERVAL $1 SECOND"
}

pages() {
    curl -sf "$site_url/_control/stats" | jq .tickets_requests
}

start_mirror "$tickets" "[sync]
full_every = $every"
runs=$((1440 / minutes)) oldest=0
[ -z "$uneven" ] || runs=30
for i in $(seq "$runs"); do
    pause=$((minutes * 60))
    [ -z "$uneven" ] || pause=$((pause - 3600 + i * 2477 % 7200))
    pass "$pause"
    changes=
    [ $((i % 6)) != 0 ] || changes='{"do":"create"},{"do":"update_random","count":2},'
    control "[$changes"'{"do":"reset_stats"}]'
    age=$(sql 'SELECT TIMESTAMPDIFF(SECOND, last_full_walk, UTC_TIMESTAMP()) FROM fluent_sync_state')
    [ "$age" -le "$oldest" ] || oldest=$age
    run
    pages
done >"$scratch/pages"
sort -n "$scratch/pages" | uniq -c | awk '{ printf "%5d pages: %d runs\n", $2, $1; sum += $1 * $2 }
    END { printf "%5d pages in all\n", sum }'
awk -v age="$oldest" 'BEGIN { printf "before a run the oldest part was %.2f h old at most\n", age / 3600 }'
