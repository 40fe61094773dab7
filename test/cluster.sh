#!/bin/sh
# cluster.sh: tests fluent-sync on a real cluster. With Galera, three MariaDB nodes run on loopback
# while people edit, runs meet, and nodes are killed, frozen and cut off. With Group Replication, three
# MySQL nodes run, and the primary, which is not the first host, is killed. In the end, the tables must
# be those that an undisturbed run leaves on a single server.
#
#   sh test/cluster.sh            Galera; takes some minutes, and leaves nothing but the build
#   sh test/cluster.sh --mysql    Group Replication
# shellcheck disable=SC2034,SC2154 # run_NAME, a process, is set and read by eval
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
. "$root/test/support/servers.sh"
. "$root/test/support/nodes.sh"
cluster=galera timeout=10s delay=500
if [ "${1:-}" = --mysql ]; then
    cluster=group timeout=60s delay=2000 TEST_SERVER=mysql
    export TEST_SERVER
fi
# shellcheck source=/dev/null
. "$root/test/support/$cluster.sh"
trap 'stop_servers; remove_scratch' EXIT
trap 'exit 130' HUP INT TERM

TICKETS=3000
PAIRS=20
CONFLICTS=5
checks=0

scene() {
    printf '\n== %s\n' "$*"
}

fail() {
    echo "cluster.sh: $*" >&2
    exit 1
}

# expect WHAT ACTUAL EXPECTED
expect() {
    [ "$2" = "$3" ] || fail "$1: $2, expected $3"
    checks=$((checks + 1))
    echo "$1: $2"
}

# The program

# configure NAME HOSTS DATABASE [PORT]
configure() {
    (umask 077 && cat >"$scratch/$1.ini") <<END
[fluent]
api_url = $site_url
api_username = mirror
api_password = abcdefghijkl
per_page = 100

[mysql]
host = $2
port = ${4:-$ports}
user = test
password = test
database = $3
timeout = $timeout
END
}

# begin NAME [ARGUMENT]...: starts a run with the configuration of that name in the background.
begin() {
    name=$1
    shift
    env -i PATH="$PATH" HOME="$scratch" "$build/fluent-sync" --config "$scratch/$name.ini" "$@" \
        >"$scratch/$name.log" 2>&1 &
    eval "run_$name=$!"
    servers="$servers $!"
}

# finish NAME: waits for the run; $code is its exit code.
finish() {
    eval "run=\$run_$1"
    code=0
    wait "$run" || code=$?
    forget "$run"
}

# ended NAME CODE WHAT
ended() {
    finish "$1"
    [ "$code" = "$2" ] || tail -n 20 "$scratch/$1.log" >&2
    expect "$3, exit code" "$code" "$2"
}

# says NAME TEXT: prints how often the run said so.
says() {
    grep -cF "$2" "$scratch/$1.log" || true
}

# said NAME TEXT WHAT: fails unless the run said so.
said() {
    expect "$3" "$([ "$(says "$1" "$2")" = 0 ] || echo yes)" yes
}

# new_database NAME: creates a database with the tables on all nodes.
new_database() {
    on 2 -e "CREATE DATABASE $1 CHARACTER SET utf8mb4"
    configure migrate "${hosts:-127.0.0.2}" "$1"
    begin migrate migrate
    ended migrate 0 'migration'
}

control() {
    curl -sS --fail --data "$1" "$site_url/_control" >/dev/null
}

# Makes the site take this many milliseconds for each answer.
site_delay() {
    control '{"do":"fault","kind":"delay_ms","times":0}'
    [ "$1" = 0 ] || control "{\"do\":\"fault\",\"kind\":\"delay_ms\",\"match\":\"/tickets\",\"ms\":$1}"
}

# under_way NODE DATABASE ROWS: waits until this many tickets are stored.
under_way() {
    for tries in $(seq 600); do
        rows=$(on "$1" "$2" -e 'SELECT COUNT(*) FROM fluent_tickets')
        [ "$rows" -lt "$3" ] || return 0
        sleep 0.05
    done
    fail "after $tries looks there are only $rows tickets"
}

# The tables

TABLES='requests fluent_tickets fluent_sync_state fluent_sync_status fluent_walk_pages fluent_record fluent_list_proofs fluent_rejects fluent_inbox fluent_outbox'

# Prints each ticket with its request, as it came from the site and as people left it.
MIRROR="SELECT f.fluent_id, f.site_key, f.ticket_number, f.created_at, f.updated_at_fluent,
    f.ticket_status, f.customer_id, f.customer_name, f.customer_email, f.mailbox_id, f.title,
    SHA2(f.customer_message, 256), f.priority, f.product_id, f.product_name, f.agent_id, f.agent_name,
    f.resolved_at, f.response_count, SHA2(f.raw_data, 256), f.fingerprint, f.hidden, f.deleted_at,
    f.invisible_since, r.date, r.time, r.month, r.request_type, r.category, SHA2(r.description, 256),
    r.urgency, r.effort, r.status, r.source, r.website_url, r.estimated_hours, r.billing_date
    FROM fluent_tickets f LEFT JOIN requests r ON r.id = f.request_id ORDER BY f.fluent_id"

# Counts tickets, requests of tickets, tickets without a request or with another's, and unfinished work.
COUNTS="SELECT COUNT(*), (SELECT COUNT(*) FROM requests WHERE source = 'fluent'),
    COUNT(*) - COUNT(DISTINCT request_id), (SELECT COUNT(*) FROM fluent_walk_pages) +
    (SELECT COUNT(*) FROM fluent_rejects) + (SELECT COUNT(*) FROM fluent_inbox) +
    (SELECT COUNT(*) FROM fluent_sync_status
    WHERE last_sync_status = 'in_progress') FROM fluent_tickets"

# mirrored DATABASE: fails unless each node holds what the undisturbed run left.
mirrored() {
    for node in $NODES; do
        synced "$node" "$1" "$COUNTS" >"$scratch/counts"
        expect "$1 on node $node: tickets, requests, doubled, unfinished" \
            "$(xargs <"$scratch/counts")" "$(xargs <"$scratch/undisturbed.counts")"
        synced "$node" "$1" "$MIRROR" >"$scratch/mirror"
        cmp "$scratch/mirror" "$scratch/undisturbed" || fail "$1 on node $node differs"
    done
}

# undisturbed COMMAND [FILE]: runs the command on the single server, and then the statements of FILE.
undisturbed() {
    configure single "$DATABASE_HOST" dashboard "$DATABASE_PORT"
    begin single "$1"
    ended single 0 "undisturbed $1"
    "$scratch/database/client" dashboard <"${2:-/dev/null}"
    [ "$1" != sync ] || {
        "$scratch/database/client" -BN dashboard -e "$MIRROR" >"$scratch/undisturbed"
        "$scratch/database/client" -BN dashboard -e "$COUNTS" >"$scratch/undisturbed.counts"
    }
}

# counted NAME: prints the sum of a counter over the nodes.
counted() {
    for node in $NODES; do
        on "$node" -e "SHOW GLOBAL STATUS LIKE '$1'"
    done | awk '{ sum += $2 } END { print sum }'
}

# People

# open_dashboard NODE PAUSE
open_dashboard() {
    on "$1" dashboard -e "DELETE FROM closing; CALL work($2)" >"$scratch/dashboard.log" 2>&1 &
    run_dashboard=$!
    servers="$servers $!"
}

# close_dashboard NODE: ends the edits, and checks that each node's tables contain them.
close_dashboard() {
    on "$1" dashboard -e 'INSERT INTO closing VALUES (1)'
    finish dashboard
    [ "$code" = 0 ] || fail "the dashboard: $(cat "$scratch/dashboard.log")"
    for node in $NODES; do
        expect "node $node: edits lost of $(on "$node" dashboard -e 'SELECT COUNT(*) FROM edits')" \
            "$(synced "$node" dashboard 'CALL lost_edits()')" 0
    done
    on "$1" dashboard -e 'CALL same_edits()' >"$scratch/edits"
}

# The scenes

migrations() {
    scene 'two migrations on two nodes at once'
    on 1 -e 'CREATE DATABASE dashboard CHARACTER SET utf8mb4'
    configure a 127.0.0.1 dashboard
    configure b 127.0.0.2 dashboard
    begin a migrate
    begin b migrate
    finish a
    codes=$code
    finish b
    case $codes$code in
    00 | 07 | 70) ;;
    *) fail "exit codes $codes and $code: $(cat "$scratch/a.log" "$scratch/b.log")" ;;
    esac
    expect 'recorded migrations' "$(synced 3 dashboard 'SELECT COUNT(*) FROM fluent_schema_version')" \
        "$(find "$root/migrations" -name '*.sql' | wc -l)"
    on 1 dashboard <"$root/test/support/dashboard.sql"
}

first_import() {
    scene 'first import through one node, people edit through another'
    site_delay 100
    open_dashboard 2 0.01
    begin a sync
    ended a 0 'first import'
    close_dashboard 2
    undisturbed sync "$scratch/edits"
    mirrored dashboard
}

# Gives every other ticket another title, which its request must follow.
retitle() {
    seq 1 2 "$TICKETS" | awk -v round="$1" 'BEGIN { printf "[" } $1 % 50 {
        printf "%s{\"do\":\"update\",\"id\":%d,\"set\":{\"title\":\"Title %d of %d\"}}", comma, $1, round, $1
        comma = "," } END { printf "]" }' >"$scratch/retitle"
    control "@$scratch/retitle"
}

conflicting_edits() {
    scene 'runs that change the requests that people edit through another node'
    site_delay 0
    aborts=$(counted wsrep_local_bf_aborts) failures=$(counted wsrep_local_cert_failures)
    again=0 round=0
    open_dashboard 2 0.005
    until [ "$again" -ge "$CONFLICTS" ]; do
        round=$((round + 1))
        [ "$round" -le 30 ] || fail "only $again conflicts in 30 runs"
        retitle "$round"
        begin a sync --full -v
        ended a 0 "run $round"
        again=$((again + $(says a 'the transaction is tried again')))
    done
    close_dashboard 2
    echo "transactions of the runs tried again: $again; edits that lost: $(on 1 dashboard -e \
        'SELECT COUNT(*) FROM conflicts'); the nodes counted $(($(counted wsrep_local_bf_aborts) - aborts)) aborts and" \
        "$(($(counted wsrep_local_cert_failures) - failures)) failed certifications"
    undisturbed sync "$scratch/edits"
    mirrored dashboard
}

# Starts two runs at the same instant: $works runs, and the other one finds it active.
pair() {
    begin a sync -v
    begin b sync -v
    finish a
    codes=$code
    finish b
    case $codes$code in
    07) lost=b ;;
    70) lost=a ;;
    *) fail "exit codes $codes and $code: $(cat "$scratch/a.log" "$scratch/b.log")" ;;
    esac
    wins=$((wins + 1))
    if [ "$(says $lost 'another run is active')" = 1 ]; then
        seen=$((seen + 1))
    else
        raced=$((raced + 1))
    fi
}

pairs() {
    scene "$PAIRS pairs of runs, each on two nodes at once"
    site_delay "$delay"
    configure b 127.0.0.2 dashboard
    runs=$(on 1 dashboard -e 'SELECT COUNT(*) FROM fluent_sync_status')
    wins=0 seen=0 raced=0
    for _ in $(seq "$PAIRS"); do
        pair
    done
    echo "the other one saw the lease $seen times, and met the winner taking it $raced times"
    expect 'pairs of which one worked and one ended with 7' "$wins" "$PAIRS"
    expect 'run rows' "$(($(synced 3 dashboard 'SELECT COUNT(*) FROM fluent_sync_status') - runs))" "$PAIRS"
}

# The lease is taken on one node while another one still shows it free.
lagging_node() {
    scene 'a run on a node that lags behind while another run works'
    site_delay 4000
    on 2 -e 'FLUSH TABLES WITH READ LOCK; DO SLEEP(2); UNLOCK TABLES' &
    run_lock=$!
    servers="$servers $!"
    until on 2 -e 'SHOW PROCESSLIST' | grep -qF 'DO SLEEP'; do
        sleep 0.1
    done
    begin a sync
    sleep 0.5
    expect 'the lease is free on the node behind, and on the one in use' \
        "$(for node in 2 1; do on "$node" dashboard -e 'SELECT lease_owner IS NULL FROM fluent_sync_state'; done | xargs)" '1 0'
    begin b sync
    ended b 7 'run on the node behind'
    cat "$scratch/b.log"
    ended a 0 'run that has the lease'
    finish lock
}

# disturbed NAME HOSTS DATABASE [PORT]: starts an import, and returns while it is under way.
disturbed() {
    new_database "$3"
    site_delay 100
    configure "$@"
    begin "$1" sync -vv
    under_way 3 "$3" 500
}

killed_nodes() {
    scene 'kill -9 of the node in use'
    disturbed c '127.0.0.1, 127.0.0.2, 127.0.0.3' in_use
    kill_node 1
    ended c 0 'import'
    said c 'connected to 127.0.0.2' 'went on with the next node'
    scene 'the killed node comes back during an import'
    disturbed c '127.0.0.2, 127.0.0.3' comes_back
    start_node 1
    ended c 0 'import'
    joined 1 3
    mirrored in_use
    mirrored comes_back
    scene 'kill -9 of a node that is not in use'
    disturbed c 127.0.0.1 not_in_use
    kill_node 2
    ended c 0 'import'
    said c 'auto_increment_increment says' 'found that the step of ids had changed'
    start_node 2
    joined 2 3
    mirrored not_in_use
}

frozen_node() {
    scene 'the node in use stops answering (SIGSTOP), and wakes up later'
    disturbed c '127.0.0.1, 127.0.0.2, 127.0.0.3' frozen
    signal_node 1 STOP
    ended c 0 'import'
    said c 'connected to 127.0.0.2' 'went on with the next node'
    signal_node 1 CONT
    up away 1 # at first it takes itself for a member still
    joined 1 3
    mirrored frozen
}

isolated_node() {
    scene 'the node in use is cut off from the cluster'
    disturbed c '127.0.0.1, 127.0.0.2, 127.0.0.3' cut_off
    isolate 1 1
    ended c 0 'import'
    said c 'connected to 127.0.0.2' 'went on with the next node'
    begin c sync
    ended c 0 'run that begins with the node cut off'
    configure c 127.0.0.1 cut_off
    begin c sync
    ended c 6 'run that knows no other node'
    cat "$scratch/c.log"
    said c 'this node has left its cluster' 'says why'
    isolate 1 0
    joined 1 3
    mirrored cut_off
}

# checksums NODE: prints the checksums of all tables.
checksums() {
    for database in $DATABASES; do
        # shellcheck disable=SC2086
        synced "$1" "$database" "CHECKSUM TABLE $(echo $TABLES | sed 's/ /, /g')"
    done
}

the_end() {
    scene 'at the end'
    for node in $NODES; do
        checksums "$node" >"$scratch/checksums$node"
        cmp "$scratch/checksums$node" "$scratch/checksums1" || fail "nodes 1 and $node differ"
    done
    expect 'step and offset of ids on each node' "$(for node in $NODES; do
        on "$node" -e 'SELECT @@auto_increment_increment, @@auto_increment_offset'
    done | sort | xargs)" '3 1 3 2 3 3'
    expect 'tables that are equal on all nodes' "$(wc -l <"$scratch/checksums1")" \
        "$(($(echo "$DATABASES" | wc -w) * $(echo "$TABLES" | wc -w)))"
}

# Group Replication with a single primary, which is the second host: the first one is read-only.
lost_primary() {
    scene 'an import whose primary is killed'
    hosts='127.0.0.1, 127.0.0.2, 127.0.0.3'
    disturbed c "$hosts" dashboard
    kill_node 2
    NODES='1 3'
    ended c 0 'import'
    said c 'read-only' 'found hosts that cannot be written to'
    said c 'the transaction is tried again' 'waited for the group to elect'
    mirrored dashboard
    scene 'a run with nothing new, with one node gone'
    site_delay 0
    begin c sync
    ended c 0 'run'
    mirrored dashboard
}

# new_group FIRST [OPTION]...: starts a group in place of the one that was there.
new_group() {
    for node in $NODES; do
        kill_node "$node"
    done
    NODES='1 2 3'
    rm -rf "$scratch"/node?
    start_group "$@"
}

# The router's address is the only one that the run knows.
lost_primary_behind_a_router() {
    scene 'an import through MySQL Router whose primary is killed'
    new_group 2
    start_router 2 1 3
    echo "$router_version"
    disturbed c 127.0.0.1 dashboard "$router_port"
    kill_node 2
    NODES='1 3'
    ended c 0 'import'
    expect 'the primary' "$(primary 1)" 1
    said c 'the transaction is tried again' 'connected anew by the same address'
    mirrored dashboard
}

# With several primaries, the foreign key that cascades must be dropped first, as check says.
several_primaries() {
    scene 'several primaries'
    hosts=
    new_group 1 --loose-group-replication-single-primary-mode=OFF \
        --loose-group-replication-enforce-update-everywhere-checks=ON
    new_database dashboard
    configure a 127.0.0.1 dashboard
    begin a sync
    ended a 6 'run with a foreign key that cascades'
    said a 'fluent-sync check' 'says where to look'
    begin a check
    ended a 6 'check'
    on 1 dashboard -e "$(grep -o 'ALTER TABLE .*' "$scratch/a.log")"
    begin a sync
    ended a 0 'run without that key'
    mirrored dashboard
    pairs
}

group_scenes() {
    start_group 2
    printf '%s\n' "three nodes with $(on 1 -e 'SELECT @@version') and Group Replication"
    expect 'the primary' "$(primary 1)" 2
    undisturbed migrate
    undisturbed sync
    lost_primary
    lost_primary_behind_a_router
    several_primaries
    printf '\n%s\n' "$checks checks passed"
}

need build test cluster
make_scratch
build release release 'fluent-sync sample-site'
start_database "$root/test/support"
start_site "$build/test/sample-site" --tickets "$TICKETS" --user mirror --password abcdefghijkl
[ $cluster = galera ] || {
    group_scenes
    exit
}
start_cluster
printf '%s\n' "three nodes with $(on 1 -e 'SELECT @@version') and Galera $(on 1 -e "
    SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_PROVIDER_VERSION'")"

DATABASES='in_use comes_back not_in_use frozen cut_off dashboard'
undisturbed migrate
undisturbed sync
killed_nodes
frozen_node
isolated_node
migrations
first_import
pairs
lagging_node
conflicting_edits
the_end
printf '\n%s\n' "$checks checks passed"
