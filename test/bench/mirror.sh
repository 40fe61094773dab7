# mirror.sh: for the scripts of this folder to source: a sample site, a database, and fluent-sync between them.
# shellcheck shell=bash disable=SC2154

sql() {
    "$scratch/database/client" --skip-column-names dashboard --execute="$1"
}

control() {
    curl -sf -o /dev/null -d "$1" "$site_url/_control"
}

run() {
    "$build/fluent-sync" --quiet -c "$scratch/fluent-sync.ini" "$@"
}

# start_mirror TICKETS LINES: builds and starts them, and imports so many tickets. LINES: of [fluent], and behind it.
# $scratch/requests then has a line for each request to the site.
start_mirror() {
    need build demo bench
    make_scratch
    build release release 'fluent-sync sample-site' -DFLUENT_SYNC_TESTS=ON
    start_database "$root/test/support"
    start_site "$build/test/sample-site" --tickets "$1" --log "$scratch/requests"
    write_configuration secret "date_filter = 2000-01-01
$2"
    run migrate >/dev/null
    run
}
