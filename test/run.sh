#!/bin/sh
# run.sh: builds fluent-sync with warnings as errors and runs its tests.
#
#   sh test/run.sh [-y] [--server NAME] [--long] [--preset NAME] [ctest's options, such as -R unit]
#
# -y: missing packages are installed without asking.
#
# --server: the database to test on: mariadb (this machine's own), mariadb-11.8, mysql, or all; default:
# mariadb and mysql, on a machine with a MySQL server of its own mysql alone, as the two exclude each
# other. All tests run on the first one, and those that use a database on the others. All but mariadb are
# fetched into a cache (support/fetch.sh). If one cannot be fetched, this is a failure where $CI is set or
# no other server was asked for; otherwise the tests on it are left out, and the last lines say so.
#
# The first line says what this does and how long it takes; ctest then counts the tests ("12/73 Test"),
# and the last lines name the longest ones.
#
# --long: fails every allocation, statement and step in turn, and runs the simulations at full length.
# This takes hours, and ends with what was tried. --preset: a preset of CMakePresets.json; default: ci.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/test/support/build.sh"
trap remove_scratch EXIT
trap 'exit 130' HUP INT TERM

preset=ci long=OFF servers='mariadb mysql' yes=
command -v mariadbd >/dev/null || ! command -v mysqld >/dev/null || servers=mysql
while :; do
    case ${1:-} in
    --server)
        servers=${2:?--server NAME}
        [ "$servers" != all ] || servers='mariadb mariadb-11.8 mysql'
        shift
        ;;
    -y) yes=-y ;;
    --long)
        long=ON
        export WALK_RUNS=200000 RANK_RUNS=400000 HISTORY_RUNS=200000 PUSH_RUNS=100000
        export ALLOC_ALL=1 DB_FAULTS_ALL=1 KILL_ALL=1
        ;;
    --preset)
        preset=${2:?--preset NAME}
        shift
        ;;
    *) break ;;
    esac
    shift
done
# A test waits most of its time: for a time-out, a deadline, a server. The processors have work all the
# same when several wait at once.
jobs=$(($(nproc) * 3))

began=$(date +%s)
minutes() {
    echo "$((($(date +%s) - began + 30) / 60)) minutes"
}

case $long,$# in
ON,*) takes='; this takes hours' ;;
OFF,0) takes='; on two processors this takes a minute for the build and five to eight for each server' ;;
*) takes= ;;
esac
echo "run.sh: builds fluent-sync, then tests it on: $servers$takes"
case " $servers " in
*' mariadb '*) need build test mariadb ;;
*) need build test ;;
esac
build "$preset" "$preset" all -DFLUENT_SYNC_LONG="$long"

# longest: prints the tests of the last run that took the most time.
longest() {
    awk '/ Testing: / { name = $3 } /^Test time = / { print $4, name }' \
        "$build/Testing/Temporary/LastTest.log" | sort -rn | head -n 6 |
        awk '{ printf "%s%s %d s", comma, $2, $1; comma = ", " } END { print "" }'
}

# on_server [ctest's options]...: runs the tests on $TEST_SERVER.
on_server() {
    if ! version=$(bash "$root/test/support/database.sh" version); then
        left_out="$left_out $TEST_SERVER"
        return
    fi
    if [ "$TEST_SERVER" = "${servers%% *}" ]; then
        set -- --no-tests=error "$@"
    else
        set -- --no-tests=ignore -L database "$@"
    fi
    count=$(ctest --test-dir "$build" -N "$@" | sed -n 's/^Total Tests: //p')
    echo "testing on $version: $count tests, $jobs at a time; $(minutes) so far"
    ctest --test-dir "$build" --output-on-failure -j"$jobs" "$@" || code=$?
    echo "the longest: $(longest)"
    [ "$long" = OFF ] || sed -n 's/^tried: //p' "$build/Testing/Temporary/LastTest.log"
}

code=0 left_out=
for TEST_SERVER in $servers; do
    export TEST_SERVER
    on_server "$@"
done
[ -z "$left_out" ] || {
    echo "run.sh: NOT TESTED, since it could not be had:$left_out" >&2
    [ -z "${CI:-}" ] && [ "$left_out" != " $servers" ] || code=1
}
echo "run.sh: $(minutes)"
exit "$code"
