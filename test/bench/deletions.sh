#!/bin/bash
# deletions.sh: what it costs a site that deleted tickets are found by the next run: one, then twenty that lie
# apart, each first without the site's activity log, and then with it.
#
#   bash test/bench/deletions.sh [OPTION]...
#     --tickets N      on the site (100000); 1000000 takes some 3 minutes and 6 GB of $TMPDIR
#     --server NAME    as database.sh knows them (mariadb)
#
# For each it prints the pages of the list, the head and the tail included, the other requests, and the time of the
# site, in which a page of 100 tickets takes 0.1 s, one of 500 0.23 s, and one ticket 0.1 s, as a real site does
# with 20,000 tickets. It fails unless just these tickets are marked as deleted.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
. "$root/test/bench/mirror.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

tickets=100000 deleted=0
while [ $# -gt 0 ]; do
    case $1 in
    --tickets) tickets=$2 ;;
    --server) export TEST_SERVER=$2 ;;
    *)
        sed -n 's/^# \{0,1\}//p' "$0" | sed -n 2,11p >&2
        exit 2
        ;;
    esac
    shift 2
done

# apart N: the ids of N tickets that lie as far apart, none of them in the middle of the list.
apart() {
    sql "SELECT id FROM (SELECT CAST(SUBSTRING_INDEX(fluent_id, ':', -1) AS UNSIGNED) AS id,
            ROW_NUMBER() OVER (ORDER BY CAST(SUBSTRING_INDEX(fluent_id, ':', -1) AS UNSIGNED)) AS place
            FROM fluent_tickets WHERE deleted_at IS NULL) AS t
        WHERE place % $((tickets / ($1 + 2))) = 0 LIMIT $1"
}

# large_pages: how many pages of about 500 tickets the site was asked for so far. Pages differ in size.
large_pages() {
    grep -c 'per_page=[4-9][0-9][0-9]' "$scratch/requests" || true
}

# find N: deletes so many on the site, and prints what the next run costs it.
find() {
    local ids stats marked large
    ids=$(apart "$1")
    large=$(large_pages)
    # shellcheck disable=SC2086 # one word for each ticket
    control "[$(printf '{"do":"delete","id":%d},' $ids)"'{"do":"reset_stats"}]'
    run
    stats=$(curl -sf "$site_url/_control/stats")
    deleted=$((deleted + $1))
    marked=$(sql 'SELECT COUNT(*) FROM fluent_tickets WHERE deleted_at IS NOT NULL')
    [ "$marked" = "$deleted" ] || {
        echo "$marked tickets are marked as deleted, not $deleted" >&2
        exit 1
    }
    large=$(($(large_pages) - large))
    jq -r --arg deleted "$1, log $log" --argjson walk $((tickets / 500)) --argjson large "$large" \
        '(.requests * 0.1 + $large * 0.13) as $s |
        "\($deleted)\t\(.tickets_requests)\t\(.requests - .tickets_requests)\t" +
        "\($s * 10 | round / 10) s\t\($s / ($walk * 0.23) * 100 | round) %"' <<<"$stats"
}

# Otherwise a run might read a part of the list as well.
start_mirror "$tickets" "[sync]
full_every = 24h, at once"
printf 'deleted\t\tpages\tothers\tsite\tof a walk\n'
for log in on off; do # once it is off, it is not asked for again within a day
    control "{\"do\":\"site\",\"activity_log\":\"$log\"}"
    find 1
    find 20
done
